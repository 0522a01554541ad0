import numpy as np
import pytest

from cryoves_app.analysis.packed_mask import PackedMask
from cryoves_app.analysis.regions import RegionPlanes, rasterise
from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Contour, Region, RegionKind

SHAPE = (9, 14, 21)
REGION = Region(
    "r",
    RegionKind.CYTOPLASM,
    tuple(Contour(((z, 2.0, 3.0), (z, 4.0 + z, 18.0), (z, 11.0, 6.0))) for z in (1.0, 7.0)),
    interpolate=True,
)


def test_cuts_along_every_axis_are_those_of_the_mask() -> None:
    packed = PackedMask.of(RegionPlanes(REGION, SHAPE, 1.0))
    mask = rasterise(REGION, SHAPE, 1.0).astype(bool)
    assert mask.any()
    for axis, length in enumerate(SHAPE):
        for index in range(length):
            np.testing.assert_array_equal(packed.cut(axis, index), mask.take(index, axis))
    np.testing.assert_array_equal(packed.thinned(3), mask[::3, ::3, ::3])


def test_building_stops_when_asked_to() -> None:
    progress = Progress()
    progress.token.cancel()
    with pytest.raises(Cancelled):
        PackedMask.of(RegionPlanes(REGION, SHAPE, 1.0), progress)
