"""Histograms and the usual figures of a measure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cryoves_app.domain.arrays import Indices, Values

_FEWEST_BINS, _MOST_BINS = 5, 40


@dataclass(frozen=True)
class Description:
    """Of the known values; ``None`` where there are too few."""

    count: int
    mean: float | None
    sd: float | None
    median: float | None


def describe(values: Values) -> Description:
    """Count, mean, standard deviation (of a sample) and median.

    Parameters
    ----------
    values : (n,) array
        Of any unit, which the figures share; NaN and infinite ones are left out.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return Description(0, None, None, None)
    sd = float(known.std(ddof=1)) if len(known) > 1 else None
    return Description(len(known), float(known.mean()), sd, float(np.median(known)))


def bin_edges(values: Values) -> Values:
    """Edges of bins of a round width, near the width of Freedman and Diaconis (1981).

    Parameters
    ----------
    values : (n,) array
        Of any unit, which the edges share; NaN and infinite ones are left out.

    Returns
    -------
    (m + 1,) array
        Rising, in the values' unit, the last one above the largest value; two edges around a value that all share, none
        where nothing is known.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(0)
    low, high = float(known.min()), float(known.max())
    if high == low:
        half = round_width(max(abs(low), 1.0) / 20)
        return np.array([low - half, low + half])
    quarters = np.percentile(known, [25, 75])
    wanted = 2 * float(quarters[1] - quarters[0]) / len(known) ** (1 / 3)
    width = round_width(min(max(wanted, (high - low) / _MOST_BINS), (high - low) / _FEWEST_BINS))
    first = math.floor(low / width + 1e-9)
    count = math.floor(high / width + 1e-9) + 1 - first
    edges = np.asarray((first + np.arange(count + 1)) * width, dtype=np.float64)
    # products of decimals may miss the value that they should meet
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], np.nextafter(high, np.inf))
    return edges


def bins_of(values: Values, edges: Values) -> Indices:
    """In which bin each value lies.

    Parameters
    ----------
    values : (n,) array
        Of any unit.
    edges : (m + 1,) array
        Rising, in the values' unit.

    Returns
    -------
    (n,) array
        Numbers of bins from 0; -1 for unknown values and those outside.
    """
    found = np.searchsorted(edges, values, side="right") - 1
    outside = ~np.isfinite(values) | (found < 0) | (found >= len(edges) - 1)
    return np.where(outside, -1, found)


def round_width(width: float) -> float:
    """The one of 1, 2, 2.5 and 5 times a power of ten that is nearest by ratio."""
    power = 10.0 ** math.floor(math.log10(width))
    return float(
        min((1.0, 2.0, 2.5, 5.0, 10.0), key=lambda step: abs(math.log(step * power / width))) * power
    )


def rank_correlation(x: Values, y: Values) -> float | None:
    """Spearman's correlation of the pairs that are known; ``None`` for fewer than three or constant ones.

    Parameters
    ----------
    x, y : (n,) arrays
        Of any unit; NaN where not known.
    """
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3:
        return None
    from scipy.stats import (
        rankdata,  # takes half a second to load, which the window's start need not wait for
    )

    ranks = [rankdata(values[both]) for values in (x, y)]
    if min(r.std() for r in ranks) == 0:
        return None
    return float(np.corrcoef(*ranks)[0, 1])
