"""What a mouse tool of the slice views can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.viewers.pointer import Pointer

#: A press that moves no further than this many screen pixels is a click.
CLICK_PIXELS = 3


class SliceSurface(Protocol):
    """The part of a slice view that tools use."""

    def vesicle_under(self, pointer: Pointer) -> int | None:
        """The id of the vesicle whose circle is under the mouse."""

    def show_sketch(
        self,
        circles: list[tuple[Position, float]],
        *,
        good: bool = True,
        points: Sequence[Position] = (),
        note: str = "",
    ) -> None:
        """Draw spheres (centre and radius in voxels) that are not yet there, and points, in all slices.

        ``note`` stands beside the first of them in this one.
        """

    def show_lasso(self, points: list[Position], *, note: str = "") -> None:
        """Draw a line that is being drawn; ``note`` stands at its end."""

    def pan(self, horizontal: float, vertical: float) -> None:
        """Shift the view by voxels."""

    @property
    def travelled_px(self) -> float:
        """How far the mouse has been from the place of its press, in pixels of the screen."""


def pan_with(surface: SliceSurface, start: Pointer, at: Pointer) -> None:
    """Shift the view so that what was taken stays under the mouse."""
    surface.pan(start.horizontal - at.horizontal, start.vertical - at.vertical)


def is_click(surface: SliceSurface) -> bool:
    """Whether the mouse, at its release, has never left the place of its press."""
    return surface.travelled_px <= CLICK_PIXELS


class Tool:
    """A tool that does nothing; what it says of itself makes its menu entry, its button and its line among the keys.

    ``hint`` tells in a sentence how it is used, ``gestures`` what each movement of the mouse does, if there is more to
    say. ``wheel`` answers whether the tool used the turn; else the slice moves on.
    """

    name = ""
    title = ""
    icon = ""
    shortcut = ""
    hint = ""
    gestures: tuple[tuple[str, str], ...] = ()
    cursor = Qt.CursorShape.ArrowCursor
    #: Whether its drags do nothing that another program's habits could not take.
    only_clicks = False
    #: Narrow windows have no room for tools that a step's own button offers.
    in_toolbar = True

    def press(self, surface: SliceSurface, at: Pointer) -> None: ...

    def drag(self, surface: SliceSurface, at: Pointer) -> None: ...

    def release(self, surface: SliceSurface, at: Pointer) -> None: ...

    def hover(self, surface: SliceSurface, at: Pointer) -> None: ...

    def wheel(self, surface: SliceSurface, at: Pointer, steps: float) -> bool:
        return False

    def double_click(self, surface: SliceSurface, at: Pointer) -> bool:
        """Whether the tool used it; else the views centre there."""
        return False

    def wants(self, key: Qt.Key) -> bool:
        """Whether the tool takes this key now, before the commands get it."""
        return False

    def key(self, surface: SliceSurface, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None: ...

    def leave(self, surface: SliceSurface) -> None: ...

    def put_away(self) -> None:
        """Another tool is taken: forget what was begun."""
