import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.surface import Surface, surface_of
from cryoves_app.domain.region import Contour, Region, RegionKind

SHAPE = (40, 120, 120)


def mask(*slices: int, interpolate: bool) -> PackedMask:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    rings = [
        Contour(tuple((float(z), 60 + 40 * np.sin(a), 60 + 40 * np.cos(a)) for a in angles)) for z in slices
    ]
    return PackedMask.of(
        RegionPlanes(Region("r", RegionKind.CYTOPLASM, tuple(rings), interpolate), SHAPE, 1.0)
    )


@pytest.mark.parametrize("edge", [120, 40])
def test_the_surface_lies_where_the_mask_ends(edge: int) -> None:
    surface = surface_of(mask(10, 29, interpolate=True), edge)
    assert surface is not None
    low, high = surface.corners.min(axis=0), surface.corners.max(axis=0)
    step = 120 / edge
    np.testing.assert_allclose(low, [9.5, 20, 20], atol=1.2 * step)
    np.testing.assert_allclose(high, [29.5, 100, 100], atol=1.2 * step)
    assert surface.triangles.max() == len(surface.corners) - 1


def test_the_surface_faces_outwards() -> None:
    """With z as the first axis, triangles that are anticlockwise from outside enclose a volume above 0."""
    surface = surface_of(mask(10, 29, interpolate=True), 120)
    assert surface is not None
    a, b, c = surface.corners[surface.triangles].astype(float).transpose(1, 0, 2)
    enclosed = float((a * np.cross(b, c)).sum() / 6)
    assert enclosed == pytest.approx(20 * np.pi * 40**2, rel=0.05)


@pytest.mark.parametrize("z", [10, 11, 12])
def test_a_single_slice_is_not_lost_when_thinned(z: int) -> None:
    assert surface_of(mask(z, interpolate=False), 40) is not None


def test_nothing_has_no_surface() -> None:
    assert surface_of(mask(interpolate=False)) is None


def pieces(surface: Surface) -> int:
    """How many parts hang together."""
    a, b = surface.triangles[:, [0, 1]].T, surface.triangles[:, [1, 2]].T
    rows, columns = np.concatenate([a, b], axis=1)
    count = len(surface.corners)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    return int(connected_components(graph, directed=False)[0])


@pytest.mark.parametrize("tube_nm", [3.6, 8.0])
@pytest.mark.parametrize("edge", [120, 40, 24])
def test_a_tube_thinner_than_the_grid_stays_in_one_piece(tube_nm: float, edge: int) -> None:
    line = Contour(tuple((20.0, 20.0 + 0.3 * t, 10.0 + t) for t in range(100)), closed=False)
    zone = Region("active zone", RegionKind.ACTIVE_ZONE, (line,), tube_nm=tube_nm)
    surface = surface_of(PackedMask.of(RegionPlanes(zone, SHAPE, 1.0)), edge)
    assert surface is not None
    assert pieces(surface) == 1
    assert surface.corners[:, 2].min() < 14
    assert surface.corners[:, 2].max() > 105
