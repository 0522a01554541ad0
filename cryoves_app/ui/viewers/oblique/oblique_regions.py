"""The regions where the oblique slice cuts them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from cryoves_app.analysis.geometry.oblique import PlaneGrid
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.oblique.oblique_view import ObliqueView
from cryoves_app.ui.viewers.overlays import MapOverlay
from cryoves_app.ui.viewers.regions.region_cuts import RegionCuts
from cryoves_app.ui.viewers.regions.region_looks import fill_table
from cryoves_app.ui.viewers.regions.region_model import RegionModel

_Filled = tuple[NDArray[np.uint8] | None, PlaneGrid]


class ObliqueRegions(QObject):
    """Filled as in the slices, as soon as the whole of a region is known."""

    def __init__(self, view: ObliqueView, model: RegionModel, cuts: RegionCuts) -> None:
        super().__init__(view)
        self._view, self._cuts = view, cuts
        self.fill = MapOverlay(view.canvas.box, fill_table, (0, 255))
        self.fill.set_visible(False)
        self._filling = Recompute(self, self._cut, self._put)
        view.drawn.connect(self._filling.ask)
        model.changed.connect(self._filling.ask)
        cuts.completed.connect(self._filling.ask)

    def _cut(self) -> Callable[[], _Filled] | None:
        view = self._view
        if view.isHidden() or view.is_bare or view.grid.rows == 0 or not self._cuts.packed():
            self.fill.set_visible(False)
            return None
        grid, cut = view.grid, self._cuts.on_plane(view.shown, view.grid)
        return lambda: (cut(), grid)

    def _put(self, filled: _Filled) -> None:
        picture, grid = filled
        self.fill.set_visible(picture is not None)
        if picture is not None:
            self.fill.show(picture, grid.step_px, (grid.left, grid.low))
