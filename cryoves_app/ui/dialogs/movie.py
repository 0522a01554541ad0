"""Asks how large, how fine and how fast a movie is to be."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from cryoves_app.ui.dialogs.figure import save_or_cancel


@dataclass(frozen=True)
class MovieChoice:
    """What a movie is to be like; ``every`` n-th slice, or so many ``pictures`` of a turn."""

    width_px: int = 960
    per_second: int = 15
    every: int = 1
    pictures: int = 120


class MovieDialog(QDialog):
    """Of a movie through ``slices`` of them, or of one turn where that is ``None``."""

    chosen = Signal(object)  # MovieChoice

    def __init__(self, title: str, choice: MovieChoice, parent: QWidget | None, slices: int | None) -> None:
        super().__init__(parent)
        self._slices = slices
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.width_px = QSpinBox(minimum=100, maximum=4000, suffix=" pixels", value=choice.width_px)
        self.width_px.setSingleStep(160)
        self.per_second = QSpinBox(
            minimum=1, maximum=60, suffix=" pictures a second", value=choice.per_second
        )
        self.every = QSpinBox(minimum=1, maximum=100, value=choice.every)
        self.pictures = QSpinBox(minimum=8, maximum=2000, value=choice.pictures)
        self.length = QLabel()
        self.length.setProperty("faint", True)
        self._arrange()
        self._tell_length()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.addRow("Width", self.width_px)
        form.addRow("Speed", self.per_second)
        if self._slices is None:
            form.addRow("Pictures of a turn", self.pictures)
        else:
            form.addRow("Every n-th slice", self.every)
        form.addRow("", self.length)
        for field in (self.per_second, self.pictures, self.every):
            field.valueChanged.connect(self._tell_length)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(save_or_cancel(self))

    @property
    def count(self) -> int:
        """How many pictures there will be."""
        return self.pictures.value() if self._slices is None else -(-self._slices // self.every.value())

    def _tell_length(self) -> None:
        self.length.setText(f"{self.count} pictures, {self.count / self.per_second.value():.1f} s")

    @property
    def choice(self) -> MovieChoice:
        return MovieChoice(
            self.width_px.value(), self.per_second.value(), self.every.value(), self.pictures.value()
        )

    def accept(self) -> None:
        choice = self.choice
        super().accept()
        self.chosen.emit(choice)
