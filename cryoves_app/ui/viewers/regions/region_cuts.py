"""Which voxels regions cover in a slice, worked out in threads so that large regions never hold the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.analysis.geometry.oblique import ObliquePlane, PlaneGrid, sample_mask
from cryoves_app.analysis.geometry.packed_mask import Before, PackedMask
from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Region
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.regions.region_looks import NUMBERS
from cryoves_app.ui.viewers.regions.region_model import RegionModel
from cryoves_app.ui.viewers.slicing import Plane

#: The whole volume is worked out this long after the last edit.
PAUSE_MS = 300
Picture = NDArray[np.uint8]


@dataclass
class _Known:
    """What has been worked out of one region; ``before`` is what was known of it before the last edit."""

    region: Region
    planes: RegionPlanes
    packed: PackedMask | None = None
    before: Before | None = None


class RegionCuts(QObject):
    """One slice of XY is worked out at once; the other planes, and the scene, wait for the whole volume."""

    completed = Signal()  # the whole volume of every visible region is known

    def __init__(self, model: RegionModel, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._document = model, document
        self._known: dict[str, _Known] = {}
        self._grid: tuple[tuple[int, int, int], float] = ((1, 1, 1), 1.0)
        self._work = Progress()
        self._completing = Recompute(self, self._complete, self._take, pause_ms=PAUSE_MS)
        model.changed.connect(self._follow)
        document.volume_changed.connect(self._follow)

    @property
    def is_complete(self) -> bool:
        return all(known.packed is not None for known in self._shown())

    def slice_of(self, region: Region, z: int) -> NDArray[np.bool_]:
        """One slice of a region, at once."""
        known = self._known[region.name]
        return known.planes.plane(z) if known.packed is None else known.packed.cut(0, z)

    def packed(self) -> list[tuple[Region, PackedMask]]:
        """The visible regions whose whole volume is known."""
        return [(k.region, k.packed) for k in self._shown() if k.packed is not None]

    def cut(self, plane: Plane, index: int) -> Picture | None:
        """Numbers of kinds (rows along the plane's vertical axis), if they are known without computing.

        Across the drawn slices what was there before an edit stays until the volume is worked out again.
        """
        shown = self._shown()
        masks = [k.packed or (k.before[1] if k.before and plane is not Plane.XY else None) for k in shown]
        if not shown or any(mask is None for mask in masks):
            return None
        cuts = [mask.cut(plane.normal, index) for mask in masks if mask is not None]
        return _painted([(k.region, _turned(cut, plane)) for k, cut in zip(shown, cuts, strict=True)])

    def on_plane(self, plane: ObliquePlane, grid: PlaneGrid) -> Callable[[], Picture | None]:
        """What works out numbers of kinds at the points of an oblique plane, of the regions that are known whole."""
        known = self.packed()
        return lambda: _painted([(region, sample_mask(mask, plane, grid)) for region, mask in known])

    def compute(self, index: int) -> Callable[[], Picture | None]:
        """What works out a slice of XY in a thread."""
        shown = self._shown()
        return lambda: _painted([(k.region, k.planes.plane(index)) for k in shown])

    def _shown(self) -> list[_Known]:
        return [self._known[r.name] for r in self._model.visible if r.name in self._known]

    def _follow(self) -> None:
        """Forget what is no longer so, and begin anew after a pause."""
        volume = self._document.volume
        grid = (volume.shape, self._document.voxel_size_nm) if volume else ((1, 1, 1), 1.0)
        old = self._known if grid == self._grid else {}
        self._known, self._grid = {}, grid
        for region in self._model.regions:
            known = old.get(region.name)
            if known is None or known.region is not region:
                known = _Known(region, RegionPlanes(region, *grid), before=_last(known))
            self._known[region.name] = known
        if not self.is_complete:
            self._work.token.cancel()
            self._completing.ask()

    def _complete(self) -> Callable[[], list[tuple[_Known, PackedMask]]] | None:
        self._work = work = Progress()
        missing, grid = [k for k in self._shown() if k.packed is None], self._grid
        if not missing:
            return None
        # with planes of its own, so that what was worked out of the slice that is shown stays at hand
        return lambda: [(k, PackedMask.of(RegionPlanes(k.region, *grid), work, k.before)) for k in missing]

    def _take(self, found: list[tuple[_Known, PackedMask]]) -> None:
        for known, packed in found:
            known.packed = packed
        if self.is_complete:
            self.completed.emit()


def _last(known: _Known | None) -> Before | None:
    """The newest whole volume of a region."""
    if known is None or known.packed is None:
        return known.before if known else None
    return known.region, known.packed


def _painted(planes: list[tuple[Region, NDArray[np.bool_]]]) -> Picture | None:
    """The kinds' numbers, nothing where no region is."""
    picture: Picture | None = None
    for region, plane in sorted(planes, key=lambda item: NUMBERS[item[0].kind]):
        picture = np.zeros(plane.shape, np.uint8) if picture is None else picture
        picture[plane] = NUMBERS[region.kind]
    return picture


def _turned(cut: NDArray[np.bool_], plane: Plane) -> NDArray[np.bool_]:
    return cut.T if plane.horizontal < plane.vertical else cut
