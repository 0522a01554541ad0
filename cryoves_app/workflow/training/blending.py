"""How much of a short training is kept: weights between the old and the new network, picked on held-out tomograms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryoves_app.network.weights import Weights, blend

#: Shares of the new network that are tried, the most of it first.
SHARES = (1.0, 0.75, 0.5, 0.25)
#: A score that falls by more than this has been forgotten.
WORSE = 0.01

NamedScores = Mapping[str, float]


@dataclass(frozen=True)
class Blend:
    """Weights, and which share of them is the new network's."""

    weights: Weights
    share: float


def pick_blend(
    old: Weights,
    new: Weights,
    kept: Callable[[Weights], NamedScores],
    wanted: Callable[[Weights], NamedScores] | None,
) -> Blend:
    """The blend to keep.

    Parameters
    ----------
    old, new
        The network before and after the training.
    kept
        Gives ``f1`` and ``dice`` of weights on what must not be forgotten.
    wanted
        The same on what was to be learned, if there is anything to judge by; without it the largest share that forgets
        little is taken, with it the best of those.
    """
    before = kept(old)
    good = []
    for share in SHARES:
        found = Blend(blend(old, new, share), share)
        if not has_forgotten(before, kept(found.weights)):
            good.append(found)
            if wanted is None:
                break
    if not good:
        return found  # the least of the new network; the scores that are told say what it forgot
    return good[0] if wanted is None else max(good, key=lambda g: (wanted(g.weights)["f1"], g.share))


def has_forgotten(before: NamedScores, after: NamedScores) -> bool:
    """Whether F1 or Dice fell by more than a hundredth."""
    return any(after[name] < before[name] - WORSE for name in ("f1", "dice"))
