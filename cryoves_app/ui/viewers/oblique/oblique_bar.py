"""What stands above the oblique slice: its angles as numbers, and the way back to none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from cryoves_app.analysis.geometry.oblique import Angles
from cryoves_app.ui.base import theme

_TITLE = "<b>Oblique</b>"
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
        self._shown: Angles = (0.0, 0.0, 0.0)
        self.fields = [self._field(name, tip) for name, tip in zip("xyz", _TIPS, strict=True)]
        self.reset = self._button("restore", "Back to XY: no angle at all")
        self.reset.clicked.connect(lambda: self.angles_given.emit((0.0, 0.0, 0.0)))
        self.maximise = self._button("arrow-expand", "Show the oblique slice alone, or all four views")
        self.maximise.clicked.connect(self.maximise_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 4, 1)
        row.setSpacing(3)
        self.title = QLabel(_TITLE)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._wanted_px = self.title.sizeHint().width()
        row.addWidget(self.title, 1)
        for widget in (*self.fields, self.reset, self.maximise):
            row.addWidget(widget)

    def _field(self, name: str, tip: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox(minimum=-180, maximum=180, decimals=1, prefix=f"{name} ", suffix="°")
        field.setWrapping(True)
        field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setKeyboardTracking(False)
        field.setFixedWidth(field.fontMetrics().horizontalAdvance("x −180.0°") + 6)
        field.setToolTip(f"{tip}; degrees, counter-clockwise")
        field.valueChanged.connect(lambda value: self._give("xyz".index(name), value))
        return field

    def _give(self, place: int, value: float) -> None:
        """Only this number is new: the others may be shown rounded."""
        angles = list(self._shown)
        angles[place] = value
        self.angles_given.emit(tuple(angles))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow view the numbers go before the title, which is never cut off."""
        super().resizeEvent(event)
        self.title.setText(_TITLE if self.title.width() >= self._wanted_px else "")

    def _button(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        theme.give_icon(button, icon)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolTip(tip)
        return button

    def show_angles(self, angles: Angles) -> None:
        self._shown = angles
        for field, angle in zip(self.fields, angles, strict=True):
            field.blockSignals(True)
            field.setValue(angle)
            field.blockSignals(False)
