"""What the mouse does over the slices besides the tool in use: as here, as in 3dmod, or as in napari."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MouseHabits(StrEnum):
    """Whose habits; the value is what the settings keep."""

    CRYOVES = "cryoves"
    IMOD = "3dmod"
    NAPARI = "napari"

    @classmethod
    def named(cls, name: str) -> MouseHabits:
        """Those of this name; our own where it is none."""
        return cls(name) if name in set(cls) else cls.CRYOVES

    @property
    def way(self) -> Way:
        return _WAYS[self]


@dataclass(frozen=True)
class Way:
    """What wheel and buttons do."""

    name: str
    wheel_zooms: bool = False  # with Ctrl it goes through the slices; else the other way round
    left_drag_pans: bool = False  # everywhere, where the tool in use only clicks
    right_drag_zooms: bool = False  # else it sets the contrast

    @property
    def gestures(self) -> tuple[tuple[str, str], ...]:
        """What each movement does, for people."""
        wheel = ("Next or previous slice", "Zoom")
        plain, control = reversed(wheel) if self.wheel_zooms else wheel
        zoom, contrast = "Zoom (up and down)", "Contrast (sideways: brightness, up and down: contrast)"
        pans = (("Left drag", "With Select and Navigate, anywhere: pan"),) if self.left_drag_pans else ()
        return (
            ("Wheel", plain),
            ("Ctrl + wheel", control),
            *pans,
            ("Middle drag; Space + left drag", "Pan"),
            ("Right drag", zoom if self.right_drag_zooms else contrast),
            ("Double click", "Centre all views"),
            ("Space, held", "Hide everything drawn over the image"),
        )


_WAYS = {
    MouseHabits.CRYOVES: Way("CryoVes"),
    MouseHabits.IMOD: Way("3dmod", wheel_zooms=True, left_drag_pans=True),
    MouseHabits.NAPARI: Way("napari", wheel_zooms=True, left_drag_pans=True, right_drag_zooms=True),
}
