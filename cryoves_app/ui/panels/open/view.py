"""What was opened: name, size, voxel size, and a 40 nm circle to judge it by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.units import ANGSTROM_PER_NM
from cryoves_app.ui.base import theme

VESICLE_NM = 40.0
CIRCLE = "The circle is as large as a 40 nm vesicle would be. Does it fit?"
NO_CIRCLE = "With a voxel size, a circle shows here how large a 40 nm vesicle would be."
#: Half the last digit that can be typed in ångström.
SMALLEST_STEP_NM = 0.00005


@dataclass(frozen=True)
class Suggestion:
    """A voxel size that is probably right, and the words for it."""

    voxel_size_nm: float
    text: str


class VoxelSizePreview(QWidget):
    """The middle of the central slice with a circle as large as a 40 nm vesicle would be."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(150)
        self._image: QImage | None = None
        self.voxel_size_nm: float | None = None

    def sizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_slice(self, image: NDArray[np.uint8], voxel_size_nm: float | None) -> None:
        """Show grey values 0–255 (rows from bottom to top)."""
        flipped = np.ascontiguousarray(image[::-1])
        rows, columns = flipped.shape
        self._image = QImage(flipped.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
        self.set_voxel_size(voxel_size_nm)

    def set_voxel_size(self, voxel_size_nm: float | None) -> None:
        self.voxel_size_nm = voxel_size_nm
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.VIEW_GROUND))
        if self._image is not None:
            self._paint(painter, self._image)
        painter.end()

    def _paint(self, painter: QPainter, image: QImage) -> None:
        scale = max(self.width() / image.width(), self.height() / image.height())
        shown = QRectF(0, 0, self.width() / scale, self.height() / scale)
        shown.moveCenter(QPointF(image.width() / 2, image.height() / 2))
        painter.drawImage(QRectF(self.rect()), image, shown)
        if self.voxel_size_nm:
            radius = VESICLE_NM / 2 / self.voxel_size_nm * scale
            for colour, width in (("#000000", 4.0), (theme.YELLOW, 2.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawEllipse(QPointF(self.width() / 2, self.height() / 2), radius, radius)


class OpenView(QWidget):
    """The form of the first step."""

    voxel_size_given = Signal(float)  # nm
    open_wanted = Signal()
    level_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known_nm: float | None = None
        self._suggested_nm = 0.0
        self.nothing = QLabel("No tomogram is open yet.")
        self.open_button = QPushButton("Open a tomogram…")
        theme.mark_primary(self.open_button)
        self.open_button.clicked.connect(self.open_wanted)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.level = QPushButton("Open another level…")
        self.level.setProperty("link", True)
        self.level.setToolTip("The image holds the tomogram at several resolutions")
        self.level.clicked.connect(self.level_wanted)
        self.level.hide()
        self.doubt = QLabel()
        self.doubt.setWordWrap(True)
        self.doubt.setProperty("warning", True)
        self.suggestion = QPushButton()
        self.suggestion.setToolTip("Puts this value below; the circle shows whether it fits")
        self.suggestion.clicked.connect(lambda: self._type_nm(self._suggested_nm))
        self.preview = VoxelSizePreview()
        self.explanation = QLabel()
        self.explanation.setWordWrap(True)
        self.explanation.setProperty("faint", True)
        self._box = box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for widget in (self.nothing, self.open_button, self.facts, self.level, self.doubt, self.suggestion):
            box.addWidget(widget)
        box.addLayout(self._voxel_line())
        box.addWidget(self.use_button)
        box.addWidget(self.preview)
        box.addWidget(self.explanation)

    def add_below(self, widget: QWidget) -> None:
        """Put something under the form."""
        self._box.addWidget(widget)

    def _voxel_line(self) -> QHBoxLayout:
        self.voxel_size = QDoubleSpinBox()
        self.voxel_size.setDecimals(3)
        self.voxel_size.setRange(0, 999)
        self.voxel_size.setSpecialValueText("not known")
        self.voxel_size.setKeyboardTracking(False)
        self.voxel_size.setToolTip("Edge of one voxel. Look it up in the acquisition or reconstruction log.")
        self.unit = QComboBox()
        self.unit.addItems(["Å", "nm"])
        self.use_button = QPushButton("Use this voxel size")
        theme.mark_primary(self.use_button)
        self.use_button.clicked.connect(self._give)
        self.voxel_size.valueChanged.connect(lambda _value: self._show_typed())
        self.unit.currentTextChanged.connect(lambda _text: self._show_typed())
        self.voxel_label = QLabel("Voxel size")
        line = QHBoxLayout()
        line.addWidget(self.voxel_label)
        line.addWidget(self.voxel_size, 1)
        line.addWidget(self.unit)
        return line

    def _show_typed(self) -> None:
        """The circle follows what is typed; only another value than the known one can be used."""
        typed = self._typed_nm()
        self.preview.set_voxel_size(typed or None)
        self.explanation.setText(CIRCLE if typed > 0 else NO_CIRCLE)
        self.use_button.setVisible(typed > 0 and abs(typed - (self._known_nm or 0.0)) > SMALLEST_STEP_NM)

    def _type_nm(self, voxel_size_nm: float) -> None:
        scale = ANGSTROM_PER_NM if self.unit.currentText() == "Å" else 1.0
        self.voxel_size.setValue(voxel_size_nm * scale)

    def _typed_nm(self) -> float:
        value = self.voxel_size.value()
        return value / ANGSTROM_PER_NM if self.unit.currentText() == "Å" else value

    def _give(self) -> None:
        if self._typed_nm() > 0:
            self.voxel_size_given.emit(self._typed_nm())

    def show_nothing(self) -> None:
        self._show_parts(is_open=False)
        self.doubt.hide()
        self.level.hide()

    def offer_levels(self, are_there: bool) -> None:
        """Whether the image has other levels that can be opened instead."""
        self.level.setVisible(are_there)

    def show_tomogram(
        self, facts: str, voxel_size_nm: float | None, doubt: str, suggestion: Suggestion | None = None
    ) -> None:
        """Show what is known. ``doubt``: what is odd, and why the voxel size has to be typed in."""
        self._known_nm, self._suggested_nm = voxel_size_nm, suggestion.voxel_size_nm if suggestion else 0.0
        self._show_parts(is_open=True)
        self.facts.setText(facts)
        self.doubt.setText(doubt)
        self.doubt.setVisible(bool(doubt))
        self.suggestion.setText(suggestion.text if suggestion else "")
        self.suggestion.setVisible(suggestion is not None)
        self.unit.setCurrentText("Å")
        self.voxel_size.setValue((voxel_size_nm or 0.0) * ANGSTROM_PER_NM)
        self._show_typed()

    def _show_parts(self, *, is_open: bool) -> None:
        for widget in (self.nothing, self.open_button):
            widget.setVisible(not is_open)
        parts: tuple[QWidget, ...] = (
            self.facts,
            self.voxel_label,
            self.voxel_size,
            self.unit,
            self.preview,
            self.explanation,
        )
        for part in parts:
            part.setVisible(is_open)
        for part in (self.use_button, self.suggestion):
            part.hide()
