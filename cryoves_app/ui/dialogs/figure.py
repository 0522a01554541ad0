"""Asks how large a figure or a movie is to be."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

CM_PER_INCH = 2.54


@dataclass(frozen=True)
class FigureChoice:
    """What a figure is to be like."""

    width_cm: float = 8.5
    dpi: int = 300
    whole: bool = True
    scale_bar: bool = True

    @property
    def width_px(self) -> int:
        return round(self.width_cm / CM_PER_INCH * self.dpi)


class FigureDialog(QDialog):
    """Size on paper, resolution, and which part; of a view in 3-D, which is drawn as it is seen, only the size."""

    chosen = Signal(object)  # FigureChoice

    def __init__(self, title: str, choice: FigureChoice, parent: QWidget | None, *, slices: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make_fields(choice)
        form = QFormLayout()
        if slices:
            form.addRow("Part", self.part)
        form.addRow("Width on paper", self.width_cm)
        form.addRow("Resolution", self.dpi)
        form.addRow("", self.pixels)
        if slices:
            form.addRow("", self.scale_bar)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(save_or_cancel(self))
        self._tell_pixels()

    def _make_fields(self, choice: FigureChoice) -> None:
        self.part = QComboBox()
        self.part.addItems(["The whole slice", "What is seen now"])
        self.part.setCurrentIndex(0 if choice.whole else 1)
        self.width_cm = QDoubleSpinBox(
            minimum=1, maximum=100, decimals=1, suffix=" cm", value=choice.width_cm
        )
        self.width_cm.setToolTip("8.5 cm is one column of most journals, 17.5 cm both")
        self.dpi = QSpinBox(minimum=50, maximum=1200, suffix=" dpi", value=choice.dpi)
        self.dpi.setSingleStep(50)
        self.dpi.setToolTip("Of the image; circles, outlines and texts stay sharp in SVG and PDF")
        self.pixels = QLabel()
        self.pixels.setProperty("faint", True)
        self.scale_bar = QCheckBox("Scale bar")
        self.scale_bar.setChecked(choice.scale_bar)
        self.width_cm.valueChanged.connect(self._tell_pixels)
        self.dpi.valueChanged.connect(self._tell_pixels)

    def _tell_pixels(self) -> None:
        self.pixels.setText(f"{self.choice.width_px} pixels wide")

    @property
    def choice(self) -> FigureChoice:
        return FigureChoice(
            self.width_cm.value(),
            self.dpi.value(),
            self.part.currentIndex() == 0,
            self.scale_bar.isChecked(),
        )

    def accept(self) -> None:
        choice = self.choice
        super().accept()
        self.chosen.emit(choice)


def save_or_cancel(dialog: QDialog) -> QDialogButtonBox:
    """The buttons of a dialog after which a file is asked for."""
    kinds = QDialogButtonBox.StandardButton
    buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
    buttons.button(kinds.Save).setText("Save…")
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons
