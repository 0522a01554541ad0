"""The half of a population that lies closest together: the minimum covariance determinant.

Our own, because loading the library that has it takes half a second, and 50 MB, for a few hundred rows; the tests
compare the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array, Chosen

#: Starts from so many random handfuls of rows; the best of them are followed to the end.
_STARTS, _BEST = 500, 20
_FIRST_STEPS, _MOST_STEPS = 2, 50
#: Numbers that are held at once, for populations of many thousands.
_AT_ONCE = 4_000_000

#: (s, h): for each start, the rows that are its half.
_Halves = NDArray[np.intp]


def compact_half(rows: Array) -> Chosen:
    """Which ``(n + k + 1) / 2`` rows have the covariance of the smallest determinant.

    Parameters
    ----------
    rows : (n, k) array
        Finite, of any unit but comparable size; at least ``k + 1`` of them.

    Returns
    -------
    (n,) bool array
        The same for the same rows: starts are drawn from a fixed seed.

    References
    ----------
    P. Rousseeuw and K. Van Driessen, Technometrics 41 (1999), 212-223: fast MCD, concentration steps.
    """
    count, width = rows.shape
    size = min(count, -(-(count + width + 1) // 2))
    starts = max(_BEST, min(_STARTS, _AT_ONCE // (count * width)))
    halves = _concentrated(rows, _handfuls(count, width + 1, starts), size, _FIRST_STEPS)
    halves = np.unique(halves, axis=0)
    best = halves[np.argsort(_determinants(rows, halves), kind="stable")[:_BEST]]
    best = _concentrated(rows, best, size, _MOST_STEPS)
    chosen = np.zeros(count, bool)
    chosen[best[int(np.argmin(_determinants(rows, best)))]] = True
    return chosen


def _handfuls(count: int, size: int, starts: int) -> _Halves:
    rng = np.random.default_rng(0)
    return np.stack([rng.choice(count, min(size, count), replace=False) for _ in range(starts)])


def _concentrated(rows: Array, halves: _Halves, size: int, steps: int) -> _Halves:
    """After so many steps to the rows that are nearest by the half's own covariance, or when nothing changes."""
    for _ in range(steps):
        nearer = _nearest(rows, halves, size)
        if np.array_equal(nearer, halves):
            break
        halves = nearer
    return halves


def _nearest(rows: Array, halves: _Halves, size: int) -> _Halves:
    mean, covariance = _moments(rows, halves)
    offsets = rows[None] - mean[:, None]
    weights = np.linalg.pinv(covariance, hermitian=True)
    distance = np.einsum("snk,snk->sn", offsets @ weights, offsets)
    return np.sort(np.argpartition(distance, size - 1, axis=1)[:, :size], axis=1)


def _moments(rows: Array, halves: _Halves) -> tuple[Array, Array]:
    members = rows[halves]
    mean = members.mean(axis=1)
    offsets = members - mean[:, None]
    return mean, np.matmul(offsets.transpose(0, 2, 1), offsets) / halves.shape[1]


def _determinants(rows: Array, halves: _Halves) -> Array:
    return np.asarray(np.linalg.det(_moments(rows, halves)[1]), float)
