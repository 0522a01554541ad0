"""What correlation a fit must reach so that it is no chance.

Decoys tell what places without a vesicle reach. Where the candidates as a whole are no better than decoys, noise alone
makes some that are, so far more is asked; unless the candidates themselves fall into two groups, one of chance and one
that stands clear of it: then the border between them is known better than from decoys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.acceptance.normal_mixture import fit_normal_mixture
from cryoves_app.domain.arrays import Values

#: What a fit must reach in decoys' correlations: where the typical candidate is well above it, and where it is below.
#: The best of twenty candidates in pure noise reach 1.6.
_AMONG_CLEAR, _AMONG_CHANCE = 0.8, 1.7
#: Fewer candidates than this make no two groups, and fewer than that no better one.
_FEWEST, _FEWEST_BETTER = 20, 6
#: How much better two groups must explain the candidates than one (Bayesian information criterion): of noise at most 4,
#: where a fifth are vesicles in strong noise 50 to 500.
_CLEARLY_TWO = 25.0
#: A fit belongs to the better group where that is so many times as likely.
_ODDS = 9.0
#: Added to the groups' variances: no group is narrower than this, in square roots of decoys' correlations.
_NARROWEST = 0.02
_STEPS = 400
#: What comes in must look like those before as much as nine in ten of them do: other round things do not.
_LIKENESS = 0.1
#: Where those places that stand clear of chance are this share of those before, and most of them that much like these,
#: they are no other round things: the network is blind, and misses faint ones, too.
_BLIND = 1 / 3


def chance_margin(all_of: Sequence[float], right: Sequence[float], by_chance: float, usual: float) -> float:
    """What a fit must reach, in correlations that are reached by chance.

    Parameters
    ----------
    all_of, right
        Correlations of all candidates, and of those of the right size with a dark membrane.
    by_chance
        The decoys' correlation; 0 where none is known.
    usual
        What is asked where nothing speaks for more or less; 0: nothing.
    """
    typical = float(np.median(all_of)) if len(all_of) else 0.0
    if typical >= usual * by_chance:
        return min(_AMONG_CLEAR, usual)
    if usual == 0:
        return 0.0
    most = max(_AMONG_CHANCE, usual)
    border = _better_group(np.asarray(right) / by_chance)
    if np.isfinite(border):
        return float(np.clip(border, usual, most))
    return usual if typical >= by_chance else most


def least_likeness(known: Values, places: Values) -> float:
    """What places must reach that a search for more vesicles came to, most of them by chance.

    Parameters
    ----------
    known, places : (n,) arrays
        Correlations of known vesicles and of the places with the model of the known ones, without unit;
        0 where nothing is fitted.

    Returns
    -------
    float
        A correlation, without unit.
    """
    fitted = places[places > 0]
    by_chance = float(np.median(fitted)) if len(fitted) else 1.0
    alike = float(np.quantile(known, _LIKENESS))
    border = by_chance * _better_group(fitted / by_chance)
    better = fitted[fitted > border]
    if len(better) >= _BLIND * len(known) and np.median(better) >= alike:
        return border
    return alike


def _better_group(correlations: Values) -> float:
    """Where the better of two groups begins; infinite where there is one group only.

    A correlation is the root of a share of variance, and the root of that in turn is normally distributed where there
    is nothing but chance (measured in noise with and without membranes).
    The correlations ``(n,)`` have a unit in which those by chance are about 1.
    """
    roots = np.sqrt(correlations[correlations > 0])
    if len(roots) < _FEWEST:
        return np.inf
    one, two = (fit_normal_mixture(roots, groups, _NARROWEST**2) for groups in (1, 2))
    if one.bic(roots) - two.bic(roots) < _CLEARLY_TWO:
        return np.inf
    at = np.linspace(two.mean[0], roots.max(), _STEPS)
    chance, better = two.log_joint(at).T
    border = at[better - chance > np.log(_ODDS)].min(initial=np.inf)
    return float(border**2) if (roots > border).sum() >= _FEWEST_BETTER else np.inf
