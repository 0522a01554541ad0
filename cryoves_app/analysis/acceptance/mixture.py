"""Several populations in one tomogram: large dense-core vesicles among small clear ones are no outliers.

A mixture of one to three normal populations of log radius is chosen by the Bayesian information criterion. Only compact
populations that stand apart count: a cloud of outliers is wide, and stays an outlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.fits.normal_mixture import fit_normal_mixture
from cryoves_app.domain.arrays import Chosen, Indices, Values

_MOST = 3
#: A population has at least so many members, and is so much better an explanation (difference of the criterion).
_FEWEST = 5
_BETTER = 10.0
#: It is no wider than this many times the largest population, and so many of its standard deviations away.
_WIDEST, _APART = 2.0, 2.5
#: A standard deviation of log radius that is usual for vesicles of one kind, however narrow the largest population is.
_USUAL = 0.15
_FLOOR = 1e-4


@dataclass(frozen=True)
class Groups:
    """Which population each value belongs to.

    Attributes
    ----------
    member : (n,) array
        Numbers of populations from 0.
    mean, deviation : (k,) arrays
        Mean and standard deviation of each population, in the values' unit.
    """

    member: Indices
    mean: Values
    deviation: Values

    def standardised(self, values: Values) -> Values:
        """Values ``(n,)`` less the mean of their population, in its standard deviations."""
        return np.asarray((values - self.mean[self.member]) / self.deviation[self.member])


def find_groups(values: Values, usable: Chosen) -> Groups | None:
    """The populations of some values; ``None`` where there is only one.

    Parameters
    ----------
    values : (n,) array
        Of any unit; NaN where unknown: such rows belong to the largest population.
    usable : (n,) bool array
        Which values may make the populations.
    """
    known = usable & np.isfinite(values)
    rows = values[known]
    if len(rows) < 2 * _FEWEST or not rows.std() > 0:
        return None
    fits = [
        fit_normal_mixture(rows, populations, _FLOOR)
        for populations in range(1, min(_MOST, len(rows) // _FEWEST) + 1)
    ]
    alone = fits[0].bic(rows)
    for found in sorted(fits[1:], key=lambda f: f.bic(rows)):
        deviation = np.sqrt(found.variance)
        if found.bic(rows) < alone - _BETTER and _stand_apart(found.mean, deviation, found.member(rows)):
            whole = np.where(np.isfinite(values), values, found.mean[int(np.argmax(found.weight))])
            return Groups(found.member(whole), found.mean, deviation)
    return None


def _stand_apart(mean: Values, deviation: Values, member: Indices) -> bool:
    counts = np.bincount(member, minlength=len(mean))
    main = int(np.argmax(counts))
    order = np.argsort(mean)
    gaps = np.diff(mean[order]) / np.maximum(deviation[order][:-1], deviation[order][1:])
    compact = deviation.max() <= max(_WIDEST * deviation[main], _USUAL)
    return bool(counts.min() >= _FEWEST and compact and gaps.min() >= _APART)
