"""Where the mouse is in a slice, as tools see it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.viewers.slicing import Plane


@dataclass(frozen=True)
class Pointer:
    """The mouse on a slice.

    ``position`` is ``(z, y, x)`` in voxels; ``voxels_per_pixel`` tells how large a screen pixel is here.
    """

    plane: Plane
    position: Position
    voxels_per_pixel: float
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def horizontal(self) -> float:
        return self.position[self.plane.horizontal]

    @property
    def vertical(self) -> float:
        return self.position[self.plane.vertical]

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)
