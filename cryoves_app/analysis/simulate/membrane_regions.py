"""The plasma membrane of a simulated terminal as regions: what lies inside, and the membrane itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from skimage.measure import approximate_polygon, find_contours

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.analysis.simulate.organelles import PlasmaMembrane
from cryoves_app.domain.arrays import AnyArray, Shape
from cryoves_app.domain.region import Contour, Region, RegionKind

#: Lines keep to the membrane's middle within this, in voxels.
_TOLERANCE_PX = 0.1


def membrane_regions(
    membrane: PlasmaMembrane, shape: Shape, voxel_nm: float, to_scene: Callable[[AnyArray], AnyArray]
) -> tuple[Region, ...]:
    """Cytoplasm up to the membrane's inner edge, and the whole membrane as an active zone of its thickness.

    Parameters
    ----------
    shape
        Of the tomogram, in voxels of ``voxel_nm``.
    to_scene
        Takes points ``(..., 3)`` (``z, y, x``; nm) of the tomogram to the scene.
    """
    cytoplasm: list[Contour] = []
    middle: list[Contour] = []
    for z in range(shape[0]):
        plane = np.stack(np.broadcast_arrays(z, *np.ogrid[: shape[1], : shape[2]]), axis=-1) * voxel_nm
        distance = membrane.sheet.distance(*np.moveaxis(to_scene(plane), -1, 0))
        cytoplasm += outlines((distance < 0)[None], (z, 0, 0))
        middle += [_line(z, points) for points in find_contours(distance, membrane.thickness_nm / 2)]
    inside = Region("cytoplasm", RegionKind.CYTOPLASM, tuple(cytoplasm))
    zone = Region("active zone", RegionKind.ACTIVE_ZONE, tuple(middle), tube_nm=membrane.thickness_nm)
    return tuple(region for region in (inside, zone) if region.contours)


def _line(z: int, points: AnyArray) -> Contour:
    kept = approximate_polygon(points, _TOLERANCE_PX)
    return Contour(tuple((float(z), float(y), float(x)) for y, x in kept), closed=False)
