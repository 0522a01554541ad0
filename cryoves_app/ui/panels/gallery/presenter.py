"""Fills the contact sheet: pictures of what is in sight are made in a thread, and kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.measures import BY_KEY
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.models.vesicle_table import sort_value
from cryoves_app.ui.panels.gallery.view import EDGE, WORST_FIRST, GalleryModel, GalleryView
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.crops import crop, shade_crop
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.review import ReviewQueue

PAUSE_MS = 40
BATCH = 64
#: More new vesicles than this sort the sheet anew, as after a segmentation.
MANY_NEW = 10


class GalleryPresenter(QObject):
    """Order, pictures and selection."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace, self._document = workspace, workspace.document
        self.model = GalleryModel()
        self.view = GalleryView(self.model)
        self._order = WORST_FIRST
        self._places: dict[int, int] = {}  # by id
        self._drawn: dict[int, Sphere] = {}
        self._drawing = Recompute(self.view, self._draw_some, self._take, pause_ms=PAUSE_MS, takes_older=True)
        self.view.selected.connect(self._clicked)
        self.view.flown_to.connect(self._document.fly_to)
        self.view.order_changed.connect(self._reorder)
        self.view.scrolled.connect(self._drawing.ask)
        self.view.shown.connect(self._sort_again)
        self._document.vesicles_changed.connect(self.refresh)
        self._document.volume_changed.connect(self._forget)
        self._document.selection_changed.connect(self._show_selection)
        workspace.state.changed.connect(self._state_changed)

    def _reorder(self, order: str) -> None:
        self._order = order
        self._sort_again()

    def _sort_again(self) -> None:
        self._places.clear()
        self.refresh()

    def _forget(self) -> None:
        self._drawing.forget()
        self._drawn.clear()
        self.model.forget_pictures()
        self._sort_again()

    def _state_changed(self, names: set[str]) -> None:
        if "levels" in names:
            self._forget()
        elif {"only_unchecked", "checked_by"} & names:
            self._sort_again()

    def refresh(self) -> None:
        """Bring vesicles and pictures up to date, once the sheet is seen."""
        if not self.view.isVisible():
            self._places.clear()
            return
        self.model.set_vesicles(self._ordered())
        self.view.show_selection(self._document.selection)
        self._drawing.ask()

    def _show_selection(self) -> None:
        if self.view.isVisible():
            self.view.show_selection(self._document.selection)

    def _ordered(self) -> list[Vesicle]:
        """Everything keeps its place while one works; new vesicles come last, many new ones sort the sheet anew."""
        shown = self._shown()
        new = [v for v in shown if v.id not in self._places]
        if not self._places or len(new) > MANY_NEW:
            shown = self._sorted(shown)
            self._places = {v.id: place for place, v in enumerate(shown)}
            return shown
        for vesicle in new:
            self._places[vesicle.id] = len(self._places)
        return sorted(shown, key=lambda v: self._places[v.id])

    def _shown(self) -> list[Vesicle]:
        settings = self._workspace.state.settings
        if not settings.only_unchecked:
            return list(self._document.vesicles)
        chosen = set(self._document.selection)
        return [v for v in self._document.vesicles if not v.is_checked(settings.checked_by) or v.id in chosen]

    def _sorted(self, shown: list[Vesicle]) -> list[Vesicle]:
        if self._order == WORST_FIRST:
            ranks = {v.id: rank for rank, v in enumerate(ReviewQueue.of(self._document.vesicles).ordered)}
            return sorted(shown, key=lambda v: ranks.get(v.id, len(ranks)))
        measure, voxel = BY_KEY[self._order], self._document.voxel_size_nm
        return sorted(shown, key=lambda v: sort_value(measure.value(v, voxel)))

    def _clicked(self, ids: list[int]) -> None:
        if len(ids) == 1:
            self._document.fly_to(ids[0])
        else:
            self._document.select(ids)

    def _draw_some(self) -> Callable[[], dict[int, NDArray[np.uint8]]] | None:
        """Make the pictures that are in sight and not there yet."""
        volume = self._document.volume
        if volume is None or not self.view.isVisible():
            return None
        rows = [self.model.vesicles[r] for r in self.view.seen_rows()]
        wanted = [v for v in rows if self._drawn.get(v.id) != v.sphere][:BATCH]
        if not wanted:
            return None
        self._drawn.update((v.id, v.sphere) for v in wanted)
        spheres = {v.id: v.sphere.to_px(self._document.voxel_size_nm) for v in wanted}
        levels = self._workspace.state.settings.levels
        return lambda: pictures_of(volume.data, spheres, levels)

    def _take(self, pictures: dict[int, NDArray[np.uint8]]) -> None:
        self.model.set_pictures(pictures)
        self._drawing.ask()


def pictures_of(
    data: VoxelArray, spheres_px: dict[int, tuple[float, float, float, float]], levels: tuple[float, float]
) -> dict[int, NDArray[np.uint8]]:
    """The XY pieces of several vesicles."""
    return {i: shade_crop(crop(data, Plane.XY, sphere, EDGE), levels) for i, sphere in spheres_px.items()}
