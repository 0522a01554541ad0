"""Which share of a new network is kept."""

from __future__ import annotations

from collections.abc import Callable

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import Weights, random_weights
from cryoves_app.workflow.training.blending import NamedScores, has_forgotten, pick_blend

SMALL = Architecture(filters=2, fold=2)
OLD, NEW = random_weights(SMALL, 1), random_weights(SMALL, 2)


def share_of(weights: Weights) -> float:
    first = "head"
    old, new = (w.layers[first].kernel.ravel()[0] for w in (OLD, NEW))
    return float((weights.layers[first].kernel.ravel()[0] - old) / (new - old))


def falling(by: float) -> Callable[[Weights], NamedScores]:
    return lambda weights: {"f1": 0.9 - by * share_of(weights), "dice": 0.9}


def test_all_is_kept_where_nothing_is_forgotten() -> None:
    assert pick_blend(OLD, NEW, falling(0.009), None).share == 1.0


def test_less_is_kept_where_too_much_is_forgotten() -> None:
    assert pick_blend(OLD, NEW, falling(0.018), None).share == 0.5


def test_a_quarter_is_the_least() -> None:
    assert pick_blend(OLD, NEW, falling(0.5), None).share == 0.25


def test_of_those_that_forget_little_the_best_on_what_was_wanted_is_kept() -> None:
    def wanted(weights: Weights) -> NamedScores:
        return {"f1": 1 - abs(share_of(weights) - 0.5), "dice": 1.0}

    assert pick_blend(OLD, NEW, falling(0.012), wanted).share == 0.5
    assert pick_blend(OLD, NEW, falling(0.03), wanted).share == 0.25


def test_a_hundredth_may_be_forgotten() -> None:
    before = {"f1": 0.97, "dice": 0.96}
    assert not has_forgotten(before, {"f1": 0.961, "dice": 0.951})
    assert has_forgotten(before, {"f1": 0.97, "dice": 0.94})
