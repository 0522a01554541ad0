"""Vesicles among much chance: whether fits fall into two groups, and where the better one begins."""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.fits.normal_mixture import fit_normal_mixture
from cryoves_app.domain.arrays import Values

#: Fewer candidates than this make no two groups, and fewer than that no better one.
_FEWEST, _FEWEST_BETTER = 20, 6
#: How much better two groups must explain the candidates than one (Bayesian information criterion): of noise at most 4,
#: where a fifth are vesicles in strong noise 50 to 500.
_CLEARLY_TWO = 25.0
#: A fit belongs to the better group where that is so many times as likely.
_ODDS = 9.0
#: Added to the groups' variances: no group is narrower than this, where the median is 1.
_NARROWEST = 0.02
_STEPS = 400


def better_group(correlations: Values) -> float:
    """Where the better of two groups begins; infinite where there is one group only.

    A correlation is the root of a share of variance, and the root of that in turn is normally distributed where there
    is nothing but chance (measured in noise with and without membranes).

    Parameters
    ----------
    correlations : (n,) array
        Of fits with the model, without unit; those of 0 or less do not count.
    """
    found = correlations[correlations > 0]
    if len(found) < _FEWEST:
        return np.inf
    middle = float(np.median(found))
    roots = np.sqrt(found / middle)
    one, two = (fit_normal_mixture(roots, groups, _NARROWEST**2) for groups in (1, 2))
    if one.bic(roots) - two.bic(roots) < _CLEARLY_TWO:
        return np.inf
    at = np.linspace(two.mean[0], roots.max(), _STEPS)
    chance, better = two.log_joint(at).T
    border = at[better - chance > np.log(_ODDS)].min(initial=np.inf)
    return float(border**2) * middle if (roots > border).sum() >= _FEWEST_BETTER else np.inf
