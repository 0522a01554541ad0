"""What a mouse tool of the 3-D view can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from cryoves_app.domain.arrays import Position

#: A press that moves no further than this many screen pixels is a click.
CLICK_PIXELS = 3


@dataclass(frozen=True)
class ScenePointer:
    """The mouse on the 3-D canvas, in its pixels from the upper left corner."""

    x: float
    y: float
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def control(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    def is_near(self, other: ScenePointer) -> bool:
        """Whether a press here and a release there are a click."""
        return max(abs(self.x - other.x), abs(self.y - other.y)) <= CLICK_PIXELS


class SceneSurface(Protocol):
    """The part of the 3-D view that tools use."""

    def vesicle_under(self, at: ScenePointer) -> int | None:
        """The id of the vesicle that is seen under the mouse."""

    def spots(self) -> NDArray[np.float64]:
        """Where the centres of all shown vesicles are on the canvas, ``(N, 2)``; rows as in the scene model."""

    def along_view(self, position: Position, start: ScenePointer, end: ScenePointer) -> Position:
        """A voxel position carried along the plane of the screen, as far as the mouse went."""

    def show_sketch(self, spheres: list[tuple[Position, float]]) -> None:
        """Draw spheres (centre and radius in voxels) that are not yet there."""

    def show_lasso(self, points: list[tuple[float, float]]) -> None:
        """Draw a line on the canvas that is being drawn."""


class SceneTool:
    """Does nothing. ``press`` and ``wheel`` answer whether they used the event; else the camera gets it."""

    cursor = Qt.CursorShape.ArrowCursor

    def press(self, surface: SceneSurface, at: ScenePointer) -> bool:
        return False

    def drag(self, surface: SceneSurface, at: ScenePointer) -> None: ...

    def release(self, surface: SceneSurface, at: ScenePointer) -> None: ...

    def wheel(self, surface: SceneSurface, at: ScenePointer, steps: float) -> bool:
        return False
