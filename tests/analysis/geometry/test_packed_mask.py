from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.geometry.packed_mask import PackedMask, unchanged_slices
from cryoves_app.analysis.geometry.regions import RegionPlanes, rasterise
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
    thinned = mask.reshape(3, 3, *SHAPE[1:]).any(axis=1)[:, ::3, ::3]
    np.testing.assert_array_equal(packed.thinned(3), thinned)


def test_building_stops_when_asked_to() -> None:
    progress = Progress()
    progress.token.cancel()
    with pytest.raises(Cancelled):
        PackedMask.of(RegionPlanes(REGION, SHAPE, 1.0), progress)


def _some_region(rng: np.random.Generator, interpolate: bool) -> Region:
    contours = []
    for z in sorted(rng.choice(SHAPE[0] + 2, rng.integers(1, 6))):
        corners = rng.uniform(-1, 15, (rng.integers(2, 6), 2))
        contours.append(
            Contour(tuple((float(z), float(y), float(x)) for y, x in corners), bool(rng.random() < 0.95))
        )
    return Region("r", RegionKind.CYTOPLASM, tuple(contours), interpolate)


@given(seed=st.integers(0, 10**6), interpolate=st.booleans())
def test_an_edit_works_out_what_it_touches_and_no_more(seed: int, interpolate: bool) -> None:
    rng = np.random.default_rng(seed)
    old = _some_region(rng, interpolate)
    z = int(rng.integers(0, SHAPE[0]))
    fresh = _some_region(rng, interpolate).contours[: rng.integers(0, 3)]
    moved = (replace(c, points_px=tuple((float(z), y, x) for _, y, x in c.points_px)) for c in fresh)
    new = old.with_slice(z, moved)
    if rng.random() < 0.2:
        new = replace(new, interpolate=not interpolate)
    before = old, PackedMask.of(RegionPlanes(old, SHAPE, 1.0))
    whole = PackedMask.of(RegionPlanes(new, SHAPE, 1.0))
    np.testing.assert_array_equal(
        PackedMask.of(RegionPlanes(new, SHAPE, 1.0), before=before).bits, whole.bits
    )


def test_a_change_reaches_to_the_next_outlines_that_stayed() -> None:
    rings = (Contour(((z, 1.0, 1.0), (z, 9.0, 1.0), (z, 9.0, 9.0))) for z in (0.0, 3.0, 5.0, 8.0))
    old = replace(REGION, contours=tuple(rings))
    new = old.with_slice(3, [Contour(((3.0, 1.0, 1.0), (3.0, 9.0, 1.0), (3.0, 9.0, 12.0)))])
    assert np.flatnonzero(~unchanged_slices(old, new, 9)).tolist() == [1, 2, 3, 4]
    flat = replace(old, interpolate=False)
    assert np.flatnonzero(~unchanged_slices(flat, replace(new, interpolate=False), 9)).tolist() == [3]
    assert not unchanged_slices(old, replace(new, kind=RegionKind.ACTIVE_ZONE), 9).any()
