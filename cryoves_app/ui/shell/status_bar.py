"""The line at the bottom: where the mouse is, what is running, what is saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStatusBar, QWidget

from cryoves_app.domain.measures import format_number
from cryoves_app.ui.base.share_bar import ShareBar
from cryoves_app.ui.shell.job_line import JobLine
from cryoves_app.ui.viewers.pointer import Pointer


class StatusBar(QStatusBar):
    """Three parts, left to right."""

    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.place = QLabel()
        self.place.setMinimumWidth(330)
        self.job = QLabel()
        self.bar = ShareBar()
        self.bar.setFixedWidth(140)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancel_wanted)
        self.saved = QLabel()
        self.saved.setContentsMargins(0, 0, 10, 0)
        self.addWidget(self.place)
        self.addWidget(self._job_part(), 1)
        self.drawing = JobLine("Stop drawing the movie; nothing is left of it")
        self.addPermanentWidget(self.drawing)
        self.addPermanentWidget(self.saved)
        self.end_job()

    def _job_part(self) -> QWidget:
        self._job_widget = QWidget()
        line = QHBoxLayout(self._job_widget)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.job)
        line.addWidget(self.bar)
        line.addWidget(self.cancel)
        line.addStretch(1)
        return self._job_widget

    def show_pointer(self, pointer: Pointer | None, value: float | None, voxel_size_nm: float | None) -> None:
        self.place.setText(place_text(pointer, value, voxel_size_nm) if pointer else "")

    def show_job(self, text: str, fraction: float) -> None:
        self._job_widget.show()
        self.job.setText(text)
        self.bar.show_share(fraction)

    def end_job(self) -> None:
        self._job_widget.hide()

    def show_saved(self, text: str) -> None:
        self.saved.setText(text)


def place_text(pointer: Pointer, value: float | None, voxel_size_nm: float | None) -> str:
    """``x 212 y 148 z 63 · IMOD slice 64 · 466.4 325.6 138.6 nm · −12.3``; IMOD counts slices from 1."""
    z, y, x = pointer.position
    parts = [f"x {x:.0f} y {y:.0f} z {z:.0f}", f"IMOD slice {round(z) + 1}"]
    if voxel_size_nm:
        parts.append(" ".join(f"{p * voxel_size_nm:.1f}" for p in (x, y, z)) + " nm")
    if value is not None:
        parts.append(format_number(value, 1 if abs(value) < 1000 else 0))
    return " · ".join(parts)
