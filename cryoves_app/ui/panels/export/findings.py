"""What the checks before an export for Pyto found; a click selects the vesicles that a line speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.workflow.export.preflight import ExportFinding, Level

_LOOKS = {
    Level.PROBLEM: ("alert-octagon", theme.VERMILLION),
    Level.CAUTION: ("alert", theme.ORANGE),
    Level.NOTE: ("information", theme.SKY_BLUE),
}
NOTHING = "Nothing is in the way."


class FindingList(QWidget):
    """One line for each finding, problems first."""

    vesicles_wanted = Signal(object)  # ids

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.texts: list[str] = []

    def clear(self) -> None:
        """Show nothing: what is exported has changed since the check."""
        self.texts = []
        while (item := self._box.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def show_findings(self, findings: Sequence[ExportFinding]) -> None:
        self.clear()
        if not findings:
            self._add("check-circle", theme.GREEN, NOTHING, ())
        for finding in findings:
            self._add(*_LOOKS[finding.level], finding.sentence, finding.vesicles)

    def _add(self, symbol: str, colour: str, sentence: str, ids: tuple[int, ...]) -> None:
        self.texts.append(sentence)
        line = QFrame()
        box = QHBoxLayout(line)
        box.setContentsMargins(0, 2, 0, 2)
        mark = QLabel()
        mark.setPixmap(_mark(symbol, colour))
        text = QLabel(sentence)
        text.setWordWrap(True)
        box.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        box.addWidget(text, 1)
        self._box.addWidget(line)
        if ids:
            select = QPushButton("Select them" if len(ids) > 1 else "Select it")
            select.setProperty("link", True)
            select.clicked.connect(lambda: self.vesicles_wanted.emit(ids))
            self._box.addWidget(select)


def _mark(symbol: str, colour: str) -> QPixmap:
    return theme.coloured_icon(symbol, colour).pixmap(16, 16)
