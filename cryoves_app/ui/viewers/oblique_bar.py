"""What stands above the oblique slice: its angles as numbers, and the way back to none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QToolButton, QWidget

from cryoves_app.analysis.oblique import Angles
from cryoves_app.ui.base import theme

_TIPS = (
    "Turned about the tomogram's x axis first",
    "Then about its y axis",
    "Then about its z axis",
)


class ObliqueBar(QWidget):
    """Three angles in degrees, a button for none of them, and one for the view alone."""

    angles_given = Signal(object)  # Angles
    maximise_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.fields = [self._field(name, tip) for name, tip in zip("xyz", _TIPS, strict=True)]
        self.reset = self._button("restore", "Back to XY: no angle at all")
        self.reset.clicked.connect(lambda: self.angles_given.emit((0.0, 0.0, 0.0)))
        self.maximise = self._button("arrow-expand", "Show the oblique slice alone, or all four views")
        self.maximise.clicked.connect(self.maximise_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 4, 1)
        row.setSpacing(3)
        row.addWidget(QLabel("<b>Oblique</b>"))
        row.addStretch(1)
        for widget in (*self.fields, self.reset, self.maximise):
            row.addWidget(widget)

    def _field(self, name: str, tip: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox(minimum=-180, maximum=180, decimals=1, prefix=f"{name} ", suffix="°")
        field.setWrapping(True)
        field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setKeyboardTracking(False)
        field.setFixedWidth(field.fontMetrics().horizontalAdvance("x −180.0°") + 16)
        field.setToolTip(f"{tip}; degrees, counter-clockwise")
        field.valueChanged.connect(lambda _value: self.angles_given.emit(self._angles()))
        return field

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        theme.give_icon(button, icon)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolTip(tip)
        return button

    def _angles(self) -> Angles:
        x, y, z = (field.value() for field in self.fields)
        return x, y, z

    def show_angles(self, angles: Angles) -> None:
        for field, angle in zip(self.fields, angles, strict=True):
            field.blockSignals(True)
            field.setValue(angle)
            field.blockSignals(False)
