"""Which share of a new network is kept."""

from __future__ import annotations

from collections.abc import Callable

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import Weights, random_weights
from cryoves_app.workflow.training.blending import NamedScores, has_forgotten, not_forgetting

SMALL = Architecture(filters=2, fold=2)
OLD, NEW = random_weights(SMALL, 1), random_weights(SMALL, 2)


def share_of(weights: Weights) -> float:
    first = "head"
    old, new = (w.layers[first].kernel.ravel()[0] for w in (OLD, NEW))
    return float((weights.layers[first].kernel.ravel()[0] - old) / (new - old))


def falling(by: float) -> Callable[[Weights], NamedScores]:
    return lambda weights: {"f1": 0.9 - by * share_of(weights), "dice": 0.9}


def shares(by: float) -> list[float]:
    return [found.share for found in not_forgetting(OLD, NEW, falling(by))]


def test_all_shares_may_be_kept_where_nothing_is_forgotten_the_largest_first() -> None:
    assert shares(0.009) == [1.0, 0.75, 0.5, 0.25]


def test_only_less_may_be_kept_where_too_much_is_forgotten() -> None:
    assert shares(0.018) == [0.5, 0.25]


def test_a_quarter_is_the_least() -> None:
    assert shares(0.5) == [0.25]


def test_what_is_not_asked_for_is_not_scored() -> None:
    scored: list[float] = []

    def score(weights: Weights) -> NamedScores:
        scored.append(round(share_of(weights), 2))
        return {"f1": 0.9, "dice": 0.9}

    assert next(not_forgetting(OLD, NEW, score)).share == 1.0
    assert scored == [0.0, 1.0]


def test_a_hundredth_may_be_forgotten() -> None:
    before = {"f1": 0.97, "dice": 0.96}
    assert not has_forgotten(before, {"f1": 0.961, "dice": 0.951})
    assert has_forgotten(before, {"f1": 0.97, "dice": 0.94})
