"""The global threshold in one pass, against erosion threshold by threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from cryoves_app.analysis.segmentation.threshold import shell_sums, shell_threshold

MAPS = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.floats(0, 1, width=16)
)
THRESHOLDS = np.array([0.0, 0.125, 0.25, 0.5, 0.75, 0.9])


def by_erosion(p: np.ndarray, image: np.ndarray, threshold: float) -> tuple[float, int]:
    mask = p > threshold
    shell = mask & ~ndimage.binary_erosion(mask)
    return float(image[shell].sum(dtype=float)), int(shell.sum())


@given(MAPS, st.integers(0, 99))
def test_one_pass_equals_one_erosion_for_each_threshold(p: np.ndarray, seed: int) -> None:
    image = np.random.default_rng(seed).normal(size=p.shape).astype(np.float32)
    totals, counts = shell_sums(p, image, THRESHOLDS)
    expected = [by_erosion(p, image, float(t)) for t in THRESHOLDS]
    assert counts.tolist() == [n for _, n in expected]
    np.testing.assert_allclose(totals, [t for t, _ in expected], atol=1e-4)


def ball_with_membrane(threshold_at_membrane: float) -> tuple[np.ndarray, np.ndarray]:
    z, y, x = np.ogrid[:33, :33, :33]
    rho = np.sqrt((z - 16.0) ** 2 + (y - 16) ** 2 + (x - 16) ** 2)
    p = np.clip(1 - (1 - threshold_at_membrane) * rho / 10, 0, 1).astype(np.float32)
    return p, -np.exp(-0.5 * ((rho - 9.5) / 1.0) ** 2).astype(np.float32)


@pytest.mark.parametrize("at_membrane", [0.6, 0.8])
def test_the_shell_of_the_best_threshold_is_the_membrane(at_membrane: float) -> None:
    p, image = ball_with_membrane(at_membrane)
    found = shell_threshold(p, image, np.linspace(0.3, 0.98, 69))
    assert found is not None
    assert not found.at_edge
    assert found.value == pytest.approx(at_membrane, abs=0.04)


def test_a_threshold_at_the_end_of_the_range_says_so() -> None:
    p, image = ball_with_membrane(0.6)
    found = shell_threshold(p, image, np.linspace(0.8, 0.95, 5))
    assert found is not None
    assert found.at_edge


def test_no_shell_at_all_is_no_threshold() -> None:
    empty = np.zeros((5, 5, 5), np.float32)
    assert shell_threshold(empty, empty, np.linspace(0.5, 0.9, 4)) is None


def test_empty_shells_never_win() -> None:
    p = np.full((5, 5, 5), 0.6, np.float32)
    found = shell_threshold(p, np.ones_like(p), np.array([0.5, 0.7, 0.9]))
    assert found is not None
    assert found.value == pytest.approx(0.5)
