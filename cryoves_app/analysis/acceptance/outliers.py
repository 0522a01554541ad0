"""Mahalanobis distances and p-values that mean what they say.

The manuscript computes ``D² = (x - μ)ᵀ S⁻¹ (x - μ)`` with mean and covariance of all vesicles and reads p from χ².
With outliers in the reference, or with few vesicles, such p-values are not uniform on clean populations. Here:

1. Robust start: the minimum covariance determinant finds the bulk.
2. The reference grows from the bulk to all vesicles that are not far out (p ≥ 10⁻³), until it no longer changes.
3. Each vesicle is compared with the reference *without itself*; for normal features
   ``D² · m (m - k) / (k (m + 1) (m - 1))`` then follows F with ``k`` and ``m - k`` degrees of freedom exactly
   (Hotelling's T² for a new observation; ``m`` reference vesicles, ``k`` features), for any sample size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cryoves_app.analysis.acceptance.compact_half import compact_half
from cryoves_app.domain.arrays import Array, Chosen, Values

#: Vesicles less likely than this do not belong to the reference.
_REFERENCE_P = 1e-3
_FIRST_P = 0.01
_MOST_ROUNDS = 20
#: A feature that varies less than this share of its size does not vary: it is left out.
_NO_VARIATION = 1e-9


@dataclass(frozen=True)
class OutlierTest:
    """How far each vesicle is from the population.

    Attributes
    ----------
    mahalanobis_sq : (n,) array
        D², without unit; NaN where not defined.
    p_value : (n,) array
        0 to 1; NaN where not defined.
    reference : (n,) bool array
        The vesicles that were compared with.
    note
        A sentence when there are no p-values.
    """

    mahalanobis_sq: Values
    p_value: Values
    reference: Chosen
    note: str = ""


def mahalanobis_test(features: Array, candidates: Chosen | None = None) -> OutlierTest:
    """Test each row against the population.

    Parameters
    ----------
    features : (n, k) array
        Columns of any unit. Rows with NaN are compared by what is known of them, and do not enter the reference.
    candidates : (n,) bool array, optional
        Which rows may enter the reference, for instance those whose image looks like a vesicle.

    Notes
    -----
    Fewer than ``k + 3`` usable rows, or features that do not vary, give no p-values and a note.

    References
    ----------
    Equations 6 and 7 of the manuscript; reference and distribution are those of the module's docstring.
    """
    features = np.asarray(features, float)
    count = len(features)
    finite = np.asarray(np.isfinite(features).all(axis=1), dtype=bool).reshape(count)
    usable: NDArray[np.bool_] = np.array(finite if candidates is None else finite & candidates, dtype=bool)
    varying = _varying(features[usable])
    none = np.full(count, np.nan)
    if usable.sum() < max(varying.sum(), 1) + 3:
        note = f"No p-values: {int(usable.sum())} vesicles are too few to tell what is usual."
        return OutlierTest(none, none.copy(), usable, note)
    if not varying.any():
        return OutlierTest(none, none.copy(), usable, "No p-values: all vesicles have the same measures.")
    scaled = _scaled(features[:, varying], usable)
    reference: NDArray[np.bool_] = _grown(scaled, usable, _bulk(scaled, usable))
    d2, p = _leave_one_out(scaled, finite, reference)
    for row in np.flatnonzero(~finite).tolist():
        d2[row], p[row] = _by_what_is_known(features, row, reference)
    return OutlierTest(d2, p, reference)


def _by_what_is_known(features: Array, row: int, reference: Chosen) -> tuple[float, float]:
    """A row that lacks features, such as a vesicle that a face cuts, against the reference by those that it has."""
    known = np.isfinite(features[row])
    if not known.any():
        return np.nan, np.nan
    d2, p = distances_to(features[row : row + 1, known], features[reference][:, known])
    return float(d2[0]), float(p[0])


def _varying(features: Array) -> NDArray[np.bool_]:
    if not len(features):
        return np.zeros(features.shape[1] if features.ndim == 2 else 0, bool)
    size = np.abs(features).max(axis=0)
    return np.asarray(np.ptp(features, axis=0) > _NO_VARIATION * np.maximum(size, 1e-12))


def _scaled(features: Array, usable: NDArray[np.bool_]) -> Array:
    """Features of comparable size, so that covariances are well conditioned."""
    centre = np.median(features[usable], axis=0)
    spread = features[usable].std(axis=0)
    return np.asarray((features - centre) / np.where(spread > 0, spread, 1.0))


def _bulk(features: Array, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The half of the vesicles that lie closest together, by minimum covariance determinant."""
    rows = features[usable]
    bulk = np.zeros(len(features), bool)
    size, width = rows.shape
    if size < 3 * width + 3:
        bulk[usable] = True
        return bulk
    bulk[np.flatnonzero(usable)[compact_half(rows)]] = True
    return bulk


def _grown(features: Array, usable: NDArray[np.bool_], bulk: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the bulk to all vesicles that are not far from it, until that no longer changes.

    The bulk's covariance is that of a truncated distribution; it is corrected for the first step, whose limit is
    narrow.
    """
    width = features.shape[1]
    first = _distance_sq(features, bulk) * _truncation(bulk.sum() / usable.sum(), width)
    reference = usable & ((first <= special.chdtri(width, _FIRST_P)) | bulk)
    for _ in range(_MOST_ROUNDS):
        near = usable & (
            _p_outside(_distance_sq(features, reference), int(reference.sum()), width) >= _REFERENCE_P
        )
        if near.sum() < width + 2 or (near == reference).all():
            break
        reference = near
    return reference


def _truncation(share: float, width: int) -> float:
    """How much smaller the covariance of the innermost share of a normal distribution is than the whole one's."""
    if share >= 1:
        return 1.0
    cut = special.chdtri(width, 1 - share)
    return float(special.chdtr(width + 2, cut) / share)


def _distance_sq(features: Array, reference: NDArray[np.bool_]) -> Array:
    rows = features[reference]
    away = features - rows.mean(axis=0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(rows, rowvar=False)))
    return np.asarray(np.einsum("ij,jk,ik->i", away, inverse, away))


def _p_outside(d2: Array, size: int, width: int) -> Array:
    """p-value of a new observation at squared distance ``d2`` from a sample of ``size``."""
    if size <= width + 1:
        return np.full(d2.shape, np.nan)
    f = d2 * size * (size - width) / (width * (size + 1) * (size - 1))
    return np.asarray(special.fdtrc(width, size - width, f))


def _leave_one_out(
    features: Array, finite: NDArray[np.bool_], reference: NDArray[np.bool_]
) -> tuple[Array, Array]:
    size, width = int(reference.sum()), features.shape[1]
    d2, p = np.full(len(features), np.nan), np.full(len(features), np.nan)
    if size <= width + 2:
        return d2, p
    for i in np.flatnonzero(finite).tolist():
        others = reference.copy()
        others[i] = False
        d2[i] = _one_distance(features, i, others)
        p[i] = _p_outside(d2[i : i + 1], int(others.sum()), width)[0]
    return d2, p


def _one_distance(features: Array, at: int, reference: NDArray[np.bool_]) -> float:
    rows = features[reference]
    away = features[at] - rows.mean(axis=0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(rows, rowvar=False)))
    return float(away @ inverse @ away)


def distances_to(features: Array, reference: Array) -> tuple[Values, Values]:
    """D² and p-value of new rows against a reference to which they do not belong.

    Parameters
    ----------
    features : (n, k) array
        Columns of any unit. Rows with NaN get NaN.
    reference : (m, k) array
        Finite rows in the same units. Fewer than ``k + 3``, or features that do not vary, give no p-values.

    Returns
    -------
    mahalanobis_sq, p_value : (n,) arrays
        Without unit; p from 0 to 1. NaN where not defined.
    """
    none = np.full(len(features), np.nan)
    size = len(reference)
    varying = _varying(reference)
    width = int(varying.sum())
    if not width or size < width + 3:
        return none, none.copy()
    rows = np.vstack([reference, features])[:, varying]
    is_reference = np.arange(len(rows)) < size
    d2 = _distance_sq(_scaled(rows, is_reference), is_reference)[size:]
    return d2, _p_outside(d2, size, width)
