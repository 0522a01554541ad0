"""The cheapest heights, against trying all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cryoves_app.analysis.surfaces.height_field import LARGEST_STEP, best_lines, between_steps, height_field


@pytest.mark.parametrize("seed", range(5))
def test_a_line_is_the_best_of_all(seed: int) -> None:
    costs = np.random.default_rng(seed).normal(size=(2, 5, 4)).astype(np.float32)

    def total(line: int, heights: tuple[int, ...]) -> float:
        steps = np.diff(heights)
        if np.abs(steps).max() > LARGEST_STEP:
            return float("inf")
        return float(sum(costs[line, n, h] for n, h in enumerate(heights)) + 0.3 * (steps**2).sum())

    found = best_lines(costs, 0.3)
    for line in range(2):
        best = min(product(range(4), repeat=5), key=lambda heights: total(line, heights))
        assert tuple(found[line]) == best


def test_a_surface_follows_its_own_ridge_where_another_is_as_dark() -> None:
    """Two ridges of the same depth that rise together; the seed says which is meant."""
    lines, places, count = 30, 40, 60
    z, n, h = np.ogrid[:lines, :places, :count]
    own = 15 + 0.4 * z + 3 * np.sin(n / 6)
    costs = -(np.exp(-((h - own) ** 2) / 4) + np.exp(-((h - own - 12) ** 2) / 4)).astype(np.float32) * 3
    for which in (0, 12):
        seeded = costs.copy()
        seeded[4] += 0.01 * (h[0] - own[4] - which) ** 2
        heights = height_field(seeded, 4, 0.2, 0.3)
        assert np.abs(heights - (own[..., 0] + which)).max() <= 1.0


def test_heights_between_steps() -> None:
    h = np.arange(9.0)
    costs = np.stack([(h - 4.3) ** 2, (h - 3.6) ** 2, np.zeros(9)])[None].astype(np.float32)
    assert between_steps(costs, np.array([[4, 4, 0]]))[0] == pytest.approx([4.3, 3.6, 1.0])
