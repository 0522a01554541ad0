"""A mask as runs of voxels is the same mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from cryoves_app.analysis.geometry.run_mask import RunMask, as_runs, dilate_mask


def _random_mask(seed: int) -> np.ndarray:
    """Noise, full slices and empty ones, so that runs begin and end at the ends of rows and slices, too."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 9, 3))
    chances = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], shape[0])
    return (rng.random(shape) < chances[:, None, None]).astype(np.uint8)


@given(st.integers(0, 10**6))
def test_it_is_read_as_the_array_that_it_was_made_from(seed: int) -> None:
    mask, rng = _random_mask(seed), np.random.default_rng(seed)
    runs = RunMask.of_array(mask)
    np.testing.assert_array_equal(runs, mask)
    np.testing.assert_array_equal(list(runs), mask)
    z, y, x = rng.integers(0, mask.shape, (20, 3)).T
    np.testing.assert_array_equal(runs[z, y, x], mask[z, y, x])
    assert runs[int(z[0]), int(y[0]), int(x[0])] == mask[z[0], y[0], x[0]]
    step = int(rng.integers(1, 4))
    for key in (
        (slice(None, None, step),) * 3,
        (slice(1, 4), slice(0, 2), slice(2, None)),
        slice(2, 5),
        int(z[0]),
        -1,
        (slice(None), int(y[0])),
        (slice(9, 9), 0, 0),
    ):
        np.testing.assert_array_equal(runs[key], mask[key], str(key))
    assert (runs.shape, runs.size, len(runs)) == (mask.shape, mask.size, len(mask))


@given(st.integers(0, 10**6))
def test_what_it_tells_of_itself_is_true(seed: int) -> None:
    mask = _random_mask(seed)
    runs = as_runs(mask)
    assert as_runs(runs) is runs
    assert (runs.count, runs.any()) == (mask.sum(), mask.any())
    inside = np.argwhere(mask)
    np.testing.assert_array_equal(runs.voxels(), inside)
    found = None if not len(inside) else tuple(zip(inside.min(axis=0), inside.max(axis=0), strict=True))
    assert runs.bounds() == found


@given(st.integers(0, 10**6), st.floats(0, 5))
def test_it_is_widened_as_the_whole_array_would_be(seed: int, reach: float) -> None:
    mask = _random_mask(seed)
    size = 2 * int(np.ceil(reach)) + 1
    np.testing.assert_array_equal(
        dilate_mask(RunMask.of_array(mask), reach), maximum_filter(mask, size, mode="constant")
    )


def test_its_memory_grows_with_the_outline() -> None:
    """A ball of twice the radius has eight times the voxels, and four times the runs."""

    def held(radius: int) -> int:
        grid = np.ogrid[-radius : radius + 1, -radius : radius + 1, -radius : radius + 1]
        return RunMask.of_array(sum(g**2 for g in grid) <= radius**2).edges.nbytes

    assert held(40) / held(20) == pytest.approx(4, rel=0.05)
