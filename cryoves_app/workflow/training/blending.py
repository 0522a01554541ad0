"""How much of a short training is kept: weights between the old and the new network, picked on held-out tomograms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


def not_forgetting(old: Weights, new: Weights, score: Callable[[Weights], NamedScores]) -> Iterator[Blend]:
    """Blends that forget little, the most of the new network first.

    Parameters
    ----------
    old, new
        The network before and after the training.
    score
        Gives ``f1`` and ``dice`` of weights on what must not be forgotten.

    Yields
    ------
    Blend
        Each is scored when it is asked for. Where all forget too much, the one with the least of the new network comes;
        the scores that are told say what it forgot.
    """
    before = score(old)
    good = False
    for share in SHARES:
        found = Blend(blend(old, new, share), share)
        if not has_forgotten(before, score(found.weights)):
            good = True
            yield found
    if not good:
        yield found


def has_forgotten(before: NamedScores, after: NamedScores) -> bool:
    """Whether F1 or Dice fell by more than a hundredth."""
    return any(after[name] < before[name] - WORSE for name in ("f1", "dice"))
