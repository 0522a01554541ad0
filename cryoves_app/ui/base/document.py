"""What the window shows now: the open tomogram, its vesicles, what is selected, and where we look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap, Volume


class Document(QObject):
    """State shared by all views and panels. It emits when it changes and knows none of them."""

    volume_changed = Signal()
    shown_changed = Signal()  # another volume of the same grid is drawn
    compared_changed = Signal()  # a second volume is drawn beside it, another one, or none any more
    vesicles_changed = Signal()
    regions_changed = Signal()
    selection_changed = Signal()
    cursor_changed = Signal()
    recipe_changed = Signal()
    probability_changed = Signal()
    pools_changed = Signal()
    fly_requested = Signal(object)  # vesicle id; None for the crosshair alone

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._volume: Volume | None = None
        self._instead: Volume | None = None
        self._compared: Volume | None = None
        self._vesicles = VesicleSet()
        self._regions: tuple[Region, ...] = ()
        self._provisional: VesicleSet | None = None
        self._selection: tuple[int, ...] = ()
        self._cursor: Position = (0.0, 0.0, 0.0)
        self._recipe = Recipe()
        self._pools = PoolPlan()
        self._probability: GridMap | None = None
        self.run: dict[str, Any] = {}

    @property
    def volume(self) -> Volume | None:
        return self._volume

    @property
    def shown_volume(self) -> Volume | None:
        """What the views draw: the tomogram, or another volume on its grid."""
        return self._instead or self._volume

    def show_instead(self, volume: Volume | None) -> None:
        """Draw another volume on the tomogram's grid; ``None`` for the tomogram itself."""
        self._instead = volume
        self.shown_changed.emit()

    @property
    def compared(self) -> Volume | None:
        """The volume that the slices show beside ``shown_volume``, if two are compared."""
        return self._compared

    def compare_with(self, volume: Volume | None) -> None:
        """Draw a second volume on the tomogram's grid beside the first; ``None`` for none."""
        if volume is not self._compared:
            self._compared = volume
            self.compared_changed.emit()

    @property
    def voxel_size_nm(self) -> float:
        """Voxel size of the open tomogram; 1 where it is not known yet."""
        known = self._volume.info.voxel_size_nm if self._volume else None
        return known or 1.0

    @property
    def knows_voxel_size(self) -> bool:
        return self._volume is not None and self._volume.info.voxel_size_nm is not None

    @property
    def vesicles(self) -> VesicleSet:
        return self._vesicles

    @property
    def regions(self) -> tuple[Region, ...]:
        return self._regions

    @property
    def selection(self) -> tuple[int, ...]:
        return self._selection

    @property
    def cursor(self) -> Position:
        """The crosshair ``(z, y, x)`` in voxels."""
        return self._cursor

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    @property
    def pools(self) -> PoolPlan:
        """How the vesicles are divided for counting."""
        return self._pools

    @property
    def probability(self) -> GridMap | None:
        return self._probability

    def set_volume(self, volume: Volume | None) -> None:
        """Show another tomogram; vesicles, selection and probability of the last one go."""
        self._volume = volume
        self._instead = self._compared = None
        self._probability = None
        self._provisional = None
        self.set_vesicles(VesicleSet())
        self.set_regions(())
        if volume is not None:
            depth, height, width = volume.shape
            self._cursor = ((depth - 1) / 2 // 1, (height - 1) / 2 // 1, (width - 1) / 2 // 1)
        self.volume_changed.emit()
        self.probability_changed.emit()
        self.cursor_changed.emit()

    def set_voxel_size(self, voxel_size_nm: float) -> None:
        """What the user says the voxel size is."""
        if self._volume is not None:
            self._volume = self._volume.with_voxel_size(voxel_size_nm)
            self.volume_changed.emit()

    def set_vesicles(self, vesicles: VesicleSet, then_select: Iterable[int] | None = None) -> None:
        """Other vesicles; what is selected stays so, or those of ``then_select`` are, before anybody is told.

        Who draws vesicles and selection draws both once.
        """
        self._vesicles = vesicles
        wanted = self._selection if then_select is None else then_select
        chosen = tuple(dict.fromkeys(i for i in wanted if vesicles.get(i) is not None))
        other, self._selection = chosen != self._selection, chosen
        self.vesicles_changed.emit()
        if other:
            self.selection_changed.emit()

    def set_regions(self, regions: tuple[Region, ...]) -> None:
        if regions != self._regions:
            self._regions = regions
            self.regions_changed.emit()

    def show_provisional(self, vesicles: VesicleSet) -> None:
        """Show what a run has found so far; the vesicles themselves stay as they are until it ends."""
        self._provisional = vesicles
        self.vesicles_changed.emit()

    def end_provisional(self) -> None:
        if self._provisional is not None:
            self._provisional = None
            self.vesicles_changed.emit()

    @property
    def shown_vesicles(self) -> VesicleSet:
        """What is drawn: a running segmentation's results so far, else the vesicles."""
        return self._vesicles if self._provisional is None else self._provisional

    def set_probability(self, probability: GridMap | None) -> None:
        self._probability = probability
        self.probability_changed.emit()

    def set_recipe(self, recipe: Recipe) -> None:
        if recipe != self._recipe:
            self._recipe = recipe
            self.recipe_changed.emit()

    def set_pools(self, pools: PoolPlan) -> None:
        if pools != self._pools:
            self._pools = pools
            self.pools_changed.emit()

    def select(self, ids: Iterable[int]) -> None:
        """Select vesicles; the last one is the current one."""
        chosen = tuple(dict.fromkeys(ids))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit()

    def toggle(self, vesicle_id: int) -> None:
        """Take a vesicle into the selection, or out of it."""
        rest = [i for i in self._selection if i != vesicle_id]
        self.select(rest if len(rest) < len(self._selection) else [*rest, vesicle_id])

    @property
    def current(self) -> Vesicle | None:
        """The vesicle that was selected last."""
        return self._vesicles.get(self._selection[-1]) if self._selection else None

    def selected(self) -> list[Vesicle]:
        found = (self._vesicles.get(i) for i in self._selection)
        return [v for v in found if v is not None]

    def move_cursor(self, position: Position) -> None:
        """Put the crosshair somewhere, kept inside the volume."""
        if self._volume is None:
            return
        limits = self._volume.shape
        inside = tuple(float(np.clip(p, 0, n - 1)) for p, n in zip(position, limits, strict=True))
        if inside != self._cursor:
            self._cursor = inside  # type: ignore[assignment]
            self.cursor_changed.emit()

    def fly_to(self, vesicle_id: int, selected: Sequence[int] = ()) -> None:
        """Select a vesicle, or those of ``selected``, and centre every view on it."""
        vesicle = self._vesicles.get(vesicle_id)
        if vesicle is None:
            return
        self.select(selected or [vesicle_id])
        z, y, x, _radius = vesicle.sphere.to_px(self.voxel_size_nm)
        self.move_cursor((z, y, x))
        self.fly_requested.emit(vesicle_id)

    def fly_to_place(self, position: Position) -> None:
        """Centre every view on a place where there may be no vesicle."""
        self.move_cursor(position)
        self.fly_requested.emit(None)
