"""The start page: where to drop files, what was open lately, the sample."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.tomogram_names import shown_name
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.ui.base import theme

THUMBNAIL = QSize(132, 96)


def one_for_each_tomogram(paths: Iterable[Path]) -> list[Path]:
    """Files opened lately, newest first; where a tomogram and its project are among them, the project alone."""
    found: dict[Path, Path] = {}
    for path in paths:
        place = path.with_suffix("")
        if place not in found or path.suffix == SUFFIX:
            found[place] = path
    return list(found.values())


class StartPage(QWidget):
    """Shown until something is open."""

    open_wanted = Signal()
    sample_wanted = Signal()
    check_wanted = Signal()
    tour_wanted = Signal()
    recent_chosen = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout()
        column.setSpacing(14)
        column.addWidget(self._title())
        column.addWidget(self._drop_zone())
        column.addLayout(self._buttons())
        self._recent_title = QLabel("Open again")
        self._recent_title.setProperty("heading", True)
        column.addWidget(self._recent_title)
        self.recent = QGridLayout()
        self.recent.setSpacing(10)
        column.addLayout(self.recent)
        box = QGridLayout(self)
        box.setRowStretch(0, 1)
        box.setRowStretch(2, 2)
        box.setColumnStretch(0, 1)
        box.setColumnStretch(2, 1)
        box.addLayout(column, 1, 1)
        self.show_recent([], {})

    @staticmethod
    def _title() -> QWidget:
        title = QLabel(
            "<span style='font-size:22pt; font-weight:600'>CryoVes</span><br>"
            "Synaptic vesicles in cryo-electron tomograms, as exact spheres"
        )
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        return title

    def _drop_zone(self) -> QWidget:
        zone = QFrame()
        zone.setMinimumSize(400, 150)
        zone.setStyleSheet("QFrame#drop { border: 2px dashed palette(mid); border-radius: 10px; }")
        zone.setObjectName("drop")
        symbol = QToolButton()
        symbol.setAutoRaise(True)
        symbol.setIconSize(QSize(40, 40))
        symbol.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.give_icon(symbol, "tray-arrow-down")
        symbol.clicked.connect(self.open_wanted)
        words = QLabel("Drop tomograms here (.mrc, .rec, .map, .tif, .cryoves)")
        self.open_button = QPushButton("Open a tomogram…")
        theme.mark_primary(self.open_button)
        self.open_button.clicked.connect(self.open_wanted)
        box = QVBoxLayout(zone)
        box.addStretch(1)
        for widget in (symbol, words, self.open_button):
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        return zone

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self.sample_button = self._button("Try the sample", "flask-outline", self.sample_wanted)
        self.tour_button = self._button("Five-minute tour", "map-outline", self.tour_wanted)
        self.check_button = self._button("Check this computer", "stethoscope", self.check_wanted)
        for button in (self.sample_button, self.tour_button, self.check_button):
            line.addWidget(button)
        return line

    @staticmethod
    def _button(text: str, symbol: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        theme.give_icon(button, symbol)
        button.setMinimumHeight(34)
        button.clicked.connect(signal)
        return button

    def show_recent(self, paths: list[Path], thumbnails: dict[Path, QPixmap]) -> None:
        """List tomograms that were open lately."""
        while (item := self.recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._recent_title.setVisible(bool(paths))
        for number, path in enumerate(paths[:6]):
            self.recent.addWidget(self._recent_button(path, thumbnails.get(path)), number // 3, number % 3)

    def _recent_button(self, path: Path, thumbnail: QPixmap | None) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(thumbnail if thumbnail is not None else theme.icon("cube-scan"))
        button.setIconSize(THUMBNAIL)
        name = shown_name(path)
        name = name if len(name) < 22 else f"{name.removesuffix(path.suffix)[:17]}…{path.suffix}"
        button.setText(name)
        button.setToolTip(str(path))
        button.setAutoRaise(True)
        button.clicked.connect(lambda _=False, p=path: self.recent_chosen.emit(p))
        return button
