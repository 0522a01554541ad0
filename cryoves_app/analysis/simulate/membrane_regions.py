"""The plasma membrane of a simulated terminal as regions: what lies inside, and the membrane itself."""

from __future__ import annotations

from skimage.measure import find_contours

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.analysis.geometry.thinning import thinned
from cryoves_app.analysis.simulate.compartments import Compartments
from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.region import Contour, Region, RegionKind

#: Lines keep to the membrane's middle within this, in voxels.
_TOLERANCE_PX = 0.1


def membrane_regions(terminal: Compartments) -> tuple[Region, ...]:
    """Cytoplasm up to the membrane's inner edge, and the whole membrane as an active zone of its thickness.

    Without a membrane there is neither.
    """
    if terminal.membrane is None:
        return ()
    thickness_nm = terminal.membrane.thickness_nm
    cytoplasm: list[Contour] = []
    middle: list[Contour] = []
    for z in range(terminal.shape[0]):
        height = terminal.height_nm(z)
        if height is not None:
            cytoplasm += outlines((height < 0)[None], (z, 0, 0))
            middle += [_line(z, points) for points in find_contours(height, thickness_nm / 2)]
    inside = Region("cytoplasm", RegionKind.CYTOPLASM, tuple(cytoplasm))
    zone = Region("active zone", RegionKind.ACTIVE_ZONE, tuple(middle), tube_nm=thickness_nm)
    return tuple(region for region in (inside, zone) if region.contours)


def _line(z: int, points: AnyArray) -> Contour:
    kept = thinned(points, _TOLERANCE_PX)
    return Contour(tuple((float(z), float(y), float(x)) for y, x in kept), closed=False)
