"""The overview picture."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.patches import Circle

from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.volume import GridMap, Volume, VolumeInfo
from cryoves_app.workflow.overview.overview import draw_overview, write_overview
from cryoves_app.workflow.overview.planes import COLOURS, Scene, nice_length, slab_mean

SHAPE, VOXEL_NM = (30, 40, 50), 2.0
VESICLES = (
    Vesicle(1, 30.0, 40.0, 50.0, 20.0),
    Vesicle(2, 18.0, 40.0, 20.0, 15.0, status=Status.OUTLIER),
    Vesicle(3, 5.0, 10.0, 90.0, 12.0, status=Status.REJECTED),
)


def _volume(values: np.ndarray | None = None) -> Volume:
    data = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32) if values is None else values
    return Volume(VolumeInfo(SHAPE, data.dtype, VOXEL_NM), data)


def test_circles_are_the_spheres_cross_sections() -> None:
    probability = GridMap(np.zeros((20, 27, 33), np.float32), 3.0)
    figure = draw_overview(Scene(_volume(), probability, VESICLES), "three")
    rings = [p for a in figure.axes for p in a.patches if isinstance(p, Circle) and not p.get_fill()]
    found = sorted((p.center, round(p.radius, 6)) for p in rings)
    across_z = [((20.0, 40.0), 9.0), ((50.0, 40.0), 20.0)]  # x, y on the slice at z = 30 nm
    assert all(ring in found for ring in across_z)
    assert len(found) == 2 + 2 + 1  # XY, XZ at y = 40 nm, YZ at x = 50 nm


def test_the_picture_is_written_and_shows_colours(tmp_path: Path) -> None:
    write_overview(tmp_path / "overview.png", _volume(), None, VESICLES, "three")
    pixels = imread(tmp_path / "overview.png")[..., :3]
    blue = np.array([int(COLOURS[Status.ACCEPTED][i : i + 2], 16) for i in (1, 3, 5)]) / 255
    assert pixels.shape[1] == 1680
    assert (np.abs(pixels - blue).max(axis=-1) < 0.02).sum() > 50


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_constant_and_empty_volumes_are_drawn(tmp_path: Path, value: float) -> None:
    write_overview(tmp_path / "o.png", _volume(np.full(SHAPE, value, np.float32)), None, (), "nothing")
    assert (tmp_path / "o.png").stat().st_size > 1000


@pytest.mark.parametrize(("longest", "expected"), [(140.0, 100.0), (99.0, 50.0), (20.0, 20.0), (0.7, 0.5)])
def test_scale_bars_have_round_lengths(longest: float, expected: float) -> None:
    assert nice_length(longest) == pytest.approx(expected)


@pytest.mark.parametrize(("plane", "axis"), [("XY", 0), ("XZ", 1), ("YZ", 2)])
def test_the_mean_of_slices(plane: str, axis: int) -> None:
    values = np.random.default_rng(1).normal(size=(9, 20, 30)).astype(np.float32)
    values[4, 10, 15] = np.nan
    expected = np.nan_to_num(values).take(range(3, 6), axis).mean(axis=axis)
    found = slab_mean(values, 2.0, plane, 8.0, 4.5)
    np.testing.assert_allclose(found, expected.T if plane == "YZ" else expected, atol=1e-6)


def test_large_slices_are_averaged_one_by_one() -> None:
    values = np.zeros((9, 500, 500), np.int16)
    tracemalloc.start()
    slab_mean(values, 1.0, "XY", 4.0, 8.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 4 * 500 * 500  # bytes; nine slices in single precision take 9 MB
