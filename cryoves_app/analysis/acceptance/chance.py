"""What correlation a fit must reach so that it is no chance.

Decoys tell what places without a vesicle reach. Where the candidates as a whole are no better than decoys, noise alone
makes some that are, so far more is asked; unless the candidates themselves fall into two groups, one of chance and one
that stands clear of it: then the border between them is known better than from decoys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.fits.better_group import better_group
from cryoves_app.domain.arrays import Values

#: What a fit must reach in decoys' correlations: where the typical candidate is well above it, and where it is below.
#: The best of twenty candidates in pure noise reach 1.6.
_AMONG_CLEAR, _AMONG_CHANCE = 0.8, 1.7
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
    border = better_group(np.asarray(right)) / by_chance
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
    alike = float(np.quantile(known, _LIKENESS))
    border = better_group(places)
    better = places[places > border]
    if len(better) >= _BLIND * len(known) and np.median(better) >= alike:
        return border
    return alike
