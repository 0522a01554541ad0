"""The finished steps of a run: what each did, and how long it took."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.run_progress import STEPS


class StepList(QWidget):
    """One line for each finished step."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self.names: list[str] = []

    def clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.names = []

    def add(self, name: str, seconds: float, *, cached: bool, note: str = "") -> None:
        row = len(self.names)
        self.names.append(name)
        mark = QLabel()
        mark.setPixmap(theme.coloured_icon("check", theme.GREEN).pixmap(14, 14))
        title = QLabel(STEPS.get(name, (name.capitalize(), 0))[0])
        title.setToolTip(note)
        time = QLabel("kept" if cached else f"{seconds:.1f} s")
        time.setProperty("faint", True)
        time.setToolTip("Nothing this step depends on has changed" if cached else "")
        for column, widget in enumerate((mark, title, time)):
            self._grid.addWidget(widget, row, column)
