"""The minimum covariance determinant against the library's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import MinCovDet

from cryoves_app.analysis.acceptance.compact_half import compact_half


def determinant(rows: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.linalg.det(np.cov(rows[chosen].T, bias=True).reshape(rows.shape[1], -1)))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("number", "width"), [(14, 1), (30, 3), (150, 4), (700, 3)])
def test_hardly_a_half_that_the_library_finds_is_closer_together(number: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((number, width))
    rows[: number // 5] += 4 + rng.standard_normal((number // 5, width))
    chosen = compact_half(rows)
    theirs = MinCovDet(random_state=0).fit(rows).raw_support_
    assert chosen.sum() == theirs.sum()
    assert determinant(rows, chosen) <= 1.02 * determinant(rows, theirs)


@pytest.mark.parametrize("seed", range(4))
def test_a_third_far_away_is_left_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((120, 3))
    rows[:40] += 12
    assert not compact_half(rows)[:40].any()


def test_rows_that_lie_in_a_plane_are_no_failure() -> None:
    rows = np.random.default_rng(1).standard_normal((40, 3))
    rows[:, 2] = rows[:, 0]
    assert compact_half(rows).sum() == 22


def test_the_same_rows_give_the_same_half() -> None:
    rows = np.random.default_rng(2).standard_normal((60, 4))
    np.testing.assert_array_equal(compact_half(rows), compact_half(rows))
