"""The order of the review, and the reasons in words."""

from __future__ import annotations

from typing import Any

import pytest

from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.review import Norms, ReviewOrder, ReviewQueue, doubts, trouble


def some_vesicle(number: int, **more: Any) -> Vesicle:
    return Vesicle(number, 0, 0, 0, 20, **more)


def test_review_goes_from_the_worst_to_the_best_and_around() -> None:
    vesicles = VesicleSet.of(
        [
            some_vesicle(1, p_value=0.5),
            some_vesicle(2, p_value=0.001, status=Status.OUTLIER),
            some_vesicle(3, p_value=0.01),
            some_vesicle(4, p_value=1e-9, status=Status.REJECTED),
            some_vesicle(5, p_value=0.2, reviewed=True),
        ]
    )
    queue = ReviewQueue.of(vesicles)
    assert [v.id for v in queue.ordered] == [2, 3, 5, 1]
    seen = []
    at = None
    for _ in range(4):
        at = queue.next_unchecked(at)
        assert at is not None
        seen.append(at.id)
    assert seen == [2, 3, 1, 2]
    back = queue.next_unchecked(vesicles.get(2), -1)
    assert back is not None
    assert back.id == 1
    assert ReviewQueue.of(VesicleSet()).next_unchecked(None) is None


def test_doubts_are_words() -> None:
    norms = Norms(correlation=0.7, probability=0.9)
    assert doubts(some_vesicle(1, p_value=0.5, correlation=0.69), norms) == ()
    bad = some_vesicle(
        2, p_value=1e-5, correlation=0.3, probability=0.2, reason="low contrast", flags=(Flag.FACE,)
    )
    assert doubts(bad, norms) == (
        "low contrast",
        "the network is not sure",
        "its membrane looks different",
        "cut by a face of the tomogram",
    )


NORMS = Norms(correlation=0.8, probability=0.95)
USUAL: dict[str, Any] = {"p_value": 0.6, "correlation": 0.8, "probability": 0.95}


@pytest.mark.parametrize(
    "worse",
    [
        {"p_value": 0.004},
        {"correlation": 0.4},
        {"probability": 0.5},
        {"flags": (Flag.OVERLAP,)},
        {"flags": (Flag.FACE,)},
        {"flags": (Flag.NOT_CONVERGED,)},
        {"status": Status.OUTLIER},
    ],
)
def test_each_kind_of_evidence_brings_a_vesicle_forward(worse: dict[str, Any]) -> None:
    usual, doubtful = some_vesicle(1, **USUAL), some_vesicle(2, **{**USUAL, **worse})
    assert trouble(doubtful, NORMS) > trouble(usual, NORMS)
    others = [some_vesicle(n, **USUAL) for n in range(3, 9)]
    assert ReviewQueue.of(VesicleSet.of([usual, doubtful, *others])).ordered[0].id == 2


def test_several_doubts_weigh_more_than_one() -> None:
    one = some_vesicle(1, **{**USUAL, "p_value": 0.005})
    several = some_vesicle(2, **{**USUAL, "p_value": 0.005, "correlation": 0.5, "flags": (Flag.OVERLAP,)})
    assert trouble(several, NORMS) > trouble(one, NORMS)
    assert len(doubts(several, NORMS)) == 3


@pytest.mark.parametrize("reason", ["unusual radius 31 nm, usual is 20 nm (p = 0.0001)", "any other words"])
def test_a_low_p_value_is_told_where_no_reason_says_why(reason: str) -> None:
    told = some_vesicle(1, p_value=1e-4, reason=reason)
    assert doubts(told, NORMS) == (reason,)
    assert doubts(some_vesicle(1, p_value=1e-4), NORMS) == ("unlike the other vesicles",)


def test_unknown_measures_are_no_evidence() -> None:
    assert trouble(some_vesicle(1), NORMS) == 0
    assert trouble(some_vesicle(1, **USUAL), Norms()) == pytest.approx(0.22, abs=0.01)


def test_one_edit_ranks_one_vesicle_anew_and_gives_the_same_order() -> None:
    vesicles = VesicleSet.of(some_vesicle(n, p_value=1 / n, correlation=0.8) for n in range(1, 40))
    order = ReviewOrder()
    before = order.queue(vesicles)
    assert order.queue(vesicles) is before
    edited = vesicles.replaced([some_vesicle(7, p_value=1e-5, correlation=0.8)])
    after = order.queue(edited)
    assert [v.id for v in after.ordered] == [v.id for v in ReviewQueue.of(edited).ordered]
    assert after.ordered[0].id == 7
    assert after.norms is before.norms
    others = VesicleSet.of(some_vesicle(n, p_value=0.5, correlation=0.3) for n in range(1, 40))
    assert order.queue(others).norms.correlation == 0.3
