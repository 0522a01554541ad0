"""A mixture of normal populations of one measure, by expectation and maximisation.

Our own, because loading the library that has it takes half a second, and 50 MB, for a few hundred numbers; the tests
compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from cryoves_app.domain.arrays import Array, Indices, Values

_MOST_STEPS = 300
#: The fit ends when a value's mean log likelihood rises by less than this.
_SETTLED = 1e-5


@dataclass(frozen=True)
class NormalMixture:
    """Populations in the order of their means.

    Attributes
    ----------
    weight, mean, variance : (k,) arrays
        Share of each population, its mean and its variance in the values' unit.
    """

    weight: Values
    mean: Values
    variance: Values

    def log_joint(self, values: Values) -> Array:
        """Log density of each value ``(n,)`` in each population, with its share: ``(n, k)``."""
        squared = (values[:, None] - self.mean) ** 2 / self.variance
        return np.asarray(np.log(self.weight) - 0.5 * (np.log(2 * np.pi * self.variance) + squared))

    def log_likelihood(self, values: Values) -> float:
        """Of all values ``(n,)`` together, in the mixture's unit."""
        return float(special.logsumexp(self.log_joint(values), axis=1).sum())

    def bic(self, values: Values) -> float:
        """The Bayesian information criterion for values ``(n,)`` of the mixture's unit: smaller is better."""
        free = 3 * len(self.mean) - 1
        return free * float(np.log(len(values))) - 2 * self.log_likelihood(values)

    def member(self, values: Values) -> Indices:
        """The number of the likeliest population of each value ``(n,)``, from 0."""
        return np.asarray(np.argmax(self.log_joint(values), axis=1))


def fit_normal_mixture(values: Values, populations: int, floor: float) -> NormalMixture:
    """The likeliest mixture that is reached from three starts: parts of like number, of like width, between wide gaps.

    Parameters
    ----------
    values : (n,) array
        Finite, of any unit; at least ``populations`` of them.
    populations
        How many.
    floor
        Added to each variance, in the values' unit squared: no population collapses to a point.

    References
    ----------
    A. Dempster, N. Laird and D. Rubin, J. R. Stat. Soc. B 39 (1977), 1-38.
    """
    values = np.sort(values)
    fits = [
        _settled(values, _maximised(values, parts, floor), floor) for parts in _starts(values, populations)
    ]
    return max(fits, key=lambda fit: fit.log_likelihood(values))


def _starts(values: Values, populations: int) -> list[Array]:
    """Memberships ``(n, k)`` of sorted values."""
    count = len(values)
    by_number = [count * k // populations for k in range(1, populations)]
    edges = np.linspace(values[0], values[-1], populations + 1)[1:-1]
    by_width = np.searchsorted(values, edges).tolist()
    by_gap = np.sort(np.argsort(np.diff(values), kind="stable")[::-1][: populations - 1] + 1).tolist()
    return [_memberships(count, cuts) for cuts in (by_number, by_width, by_gap)]


def _memberships(count: int, cuts: list[int]) -> Array:
    part = np.searchsorted(np.asarray(cuts, int), np.arange(count), side="right")
    return np.eye(len(cuts) + 1)[part]


def _settled(values: Values, mixture: NormalMixture, floor: float) -> NormalMixture:
    before = -np.inf
    for _ in range(_MOST_STEPS):
        joint = mixture.log_joint(values)
        total = special.logsumexp(joint, axis=1, keepdims=True)
        if total.mean() - before < _SETTLED:
            break
        before = float(total.mean())
        mixture = _maximised(values, np.exp(joint - total), floor)
    return mixture


def _maximised(values: Values, memberships: Array, floor: float) -> NormalMixture:
    size = memberships.sum(axis=0) + 10 * np.finfo(float).eps
    mean = values @ memberships / size
    variance = ((values[:, None] - mean) ** 2 * memberships).sum(axis=0) / size + floor
    order = np.argsort(mean, kind="stable")
    return NormalMixture((size / len(values))[order], mean[order], variance[order])
