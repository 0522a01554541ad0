"""The tests between the conditions of a study: means of tomograms, counts of vesicles, and many tests at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from cryoves_app.domain.arrays import Array, Values

#: A condition takes part in a test of means with so many tomograms.
FEWEST_TOMOGRAMS = 2
#: Cochran's rule for χ²: no expected count below 1, and no more than a fifth of them below 5.
_LEAST_EXPECTED, _USUAL_EXPECTED, _SMALL_SHARE = 1.0, 5.0, 0.2

#: Values that differ by a smaller share are the same, but for rounding.
_LAST_DIGITS = 1e-12


class MeansTest(StrEnum):
    """Tests between groups of values; the last two where spreads differ, or values are far from normal."""

    ANOVA = "anova"
    WELCH = "welch"
    KRUSKAL = "kruskal"


class NoTest(StrEnum):
    """Why no test is possible."""

    TOO_FEW = "too few"  # fewer than two groups have two values
    CONSTANT = "constant"  # nothing differs within the groups
    SMALL_COUNTS = "small counts"  # χ² would not be distributed as such


@dataclass(frozen=True)
class Comparison:
    """What a test gives: statistic, degrees of freedom and p-value; or why there is none."""

    statistic: float | None = None
    degrees: tuple[float, ...] = ()
    p_value: float | None = None
    obstacle: NoTest | None = None


def compare_means(groups: Sequence[Values], test: MeansTest = MeansTest.ANOVA) -> Comparison:
    """Whether groups have one mean (ANOVA; with Welch's correction) or one distribution (Kruskal and Wallis).

    Parameters
    ----------
    groups : sequence of (n,) arrays
        One value for each tomogram, of any unit; NaN where it is not known. Groups with fewer than two known values
        are left out.

    Returns
    -------
    Comparison
        F with the degrees of freedom between and within groups, or H with those between groups.
    """
    known = [group[np.isfinite(group)] for group in groups]
    known = [group for group in known if len(group) >= FEWEST_TOMOGRAMS]
    if len(known) < 2:
        return Comparison(obstacle=NoTest.TOO_FEW)
    if _is_constant(known, test):
        return Comparison(obstacle=NoTest.CONSTANT)
    between = float(len(known) - 1)
    if test is MeansTest.KRUSKAL:
        found = stats.kruskal(*known)
        return Comparison(float(found.statistic), (between,), float(found.pvalue))
    is_welch = test is MeansTest.WELCH
    found = stats.f_oneway(*known, equal_var=not is_welch)
    within = _welch_degrees(known) if is_welch else float(sum(map(len, known)) - len(known))
    return Comparison(float(found.statistic), (between, within), float(found.pvalue))


def _is_constant(groups: Sequence[Values], test: MeansTest) -> bool:
    """Whether there is no spread to measure differences by; each group needs its own by Welch's rule."""
    if test is MeansTest.KRUSKAL:
        return _is_flat(np.concatenate(groups))
    flat = [_is_flat(group) for group in groups]
    return any(flat) if test is MeansTest.WELCH else all(flat)


def _is_flat(values: Values) -> bool:
    """Whether values differ by no more than the last digits that a computer has."""
    return bool(np.ptp(values) <= _LAST_DIGITS * np.abs(values).max())


def _welch_degrees(groups: Sequence[Values]) -> float:
    """Degrees of freedom within groups of unequal spread, after Welch (1951)."""
    weights = np.array([len(group) / group.var(ddof=1) for group in groups])
    shares = (1 - weights / weights.sum()) ** 2 / np.array([len(group) - 1 for group in groups])
    return float((len(groups) ** 2 - 1) / (3 * shares.sum()))


def compare_counts(counts: Array) -> Comparison:
    """Whether counts are divided in the same way in all rows: Pearson's χ² without correction for continuity.

    Parameters
    ----------
    counts : (k, m) array
        Numbers of vesicles: a row for each condition, a column for each class. Empty rows and columns are left out.

    Returns
    -------
    Comparison
        No p-value where counts are too small for the test (Cochran, 1954).
    """
    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return Comparison(obstacle=NoTest.TOO_FEW)
    expected = stats.contingency.expected_freq(table)
    if expected.min() < _LEAST_EXPECTED or np.mean(expected < _USUAL_EXPECTED) > _SMALL_SHARE:
        return Comparison(obstacle=NoTest.SMALL_COUNTS)
    found = stats.chi2_contingency(table, correction=False)
    return Comparison(float(found.statistic), (float(found.dof),), float(found.pvalue))


def adjust_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values adjusted for their number after Benjamini and Hochberg (1995); unknown ones count for none."""
    known = [p for p in p_values if p is not None]
    adjusted = iter(stats.false_discovery_control(known, method="bh") if known else ())
    return [None if p is None else float(next(adjusted)) for p in p_values]


def standard_deviation(values: Values) -> float | None:
    """The standard deviation of a sample.

    Parameters
    ----------
    values : (n,) array
        Of any unit; NaN where not known.

    Returns
    -------
    float or None
        None for fewer than two known values.
    """
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return None
    return 0.0 if _is_flat(known) else float(known.std(ddof=1))


def standard_error(values: Values) -> float | None:
    """The standard error of a mean.

    Parameters
    ----------
    values : (n,) array
        Of any unit; NaN where not known.

    Returns
    -------
    float or None
        None for fewer than two known values.
    """
    deviation = standard_deviation(values)
    return None if deviation is None else deviation / math.sqrt(np.isfinite(values).sum())
