"""How things are drawn, shared by all views: contrast, colouring, what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from cryoves_app.analysis.geometry.oblique import Angles
from cryoves_app.ui.base.mouse_habits import MouseHabits
from cryoves_app.ui.viewers.colouring import BY_STATUS
from cryoves_app.ui.viewers.slice_cache import SliceCache
from cryoves_app.ui.viewers.slicing import Look


@dataclass(frozen=True)
class ViewSettings:
    """Everything about the drawing that a user can change."""

    levels: tuple[float, float] = (0.0, 1.0)
    look: Look = field(default_factory=Look)
    colour_by: str = BY_STATUS
    show_vesicles: bool = True
    show_rejected: bool = False
    only_unchecked: bool = False
    checked_by: str = ""  # whose judgement counts as checked; empty for anybody's
    fill_vesicles: bool = False
    show_shapes: bool = False
    show_regions: bool = True
    show_crosshair: bool = True
    show_probability: bool = False
    show_labels: bool = False
    overlay_opacity: float = 0.4
    box_edge_px: int = 0
    row_zero_at_bottom: bool = True
    link_zoom: bool = True
    mouse: MouseHabits = MouseHabits.CRYOVES
    show_axes: bool = True
    other_levels: tuple[float, float] = (0.0, 1.0)  # of the volume that is compared
    swipe_share: float = 0.5  # how much of a slice the shown volume has then
    oblique_deg: Angles = (0.0, 0.0, 0.0)


class ViewState(QObject):
    """The settings now, a signal when they change, and the slices that the views have read."""

    changed = Signal(object)  # the set of changed names

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = ViewSettings()
        self.slices = SliceCache()

    def change(self, **values: Any) -> None:
        new = replace(self.settings, **values)
        names = {n for n in values if getattr(new, n) != getattr(self.settings, n)}
        if names:
            self.settings = new
            self.changed.emit(names)

    def toggle(self, name: str) -> None:
        self.change(**{name: not getattr(self.settings, name)})
