"""Which links of a search earlier judgements speak of."""

from __future__ import annotations

from cryoves_app.domain.links.judgement import SAME_WITHIN_NM, LinkJudgement, LinkPlace, judgements_of
from cryoves_app.domain.vesicle import Status


def judged(a: int, b: int, x_nm: float, status: Status = Status.REJECTED) -> LinkJudgement:
    return LinkJudgement(LinkPlace(a, b, (0.0, 0.0, x_nm)), status)


def place(a: int, b: int, x_nm: float) -> LinkPlace:
    return LinkPlace(a, b, (0.0, 0.0, x_nm))


def test_the_nearest_link_of_the_same_ends_is_meant() -> None:
    known = [judged(1, 2, 10.0)]
    assert judgements_of([place(1, 2, 13.0), place(1, 2, 11.0)], known) == [None, known[0]]


def test_others_ends_and_far_ones_are_not_meant() -> None:
    known = [judged(1, 2, 0.0), judged(0, 2, 0.0)]
    assert judgements_of([place(1, 3, 0.0), place(1, 2, SAME_WITHIN_NM + 0.1)], known) == [None, None]
    assert judgements_of([place(0, 2, SAME_WITHIN_NM)], known) == [known[1]]


def test_each_judgement_speaks_of_one_link() -> None:
    known = [judged(1, 2, 0.0), judged(1, 2, 4.0, Status.ACCEPTED)]
    assert judgements_of([place(1, 2, 2.5), place(1, 2, 3.5)], known) == [known[0], known[1]]
    assert judgements_of([place(1, 2, 3.9)], known) == [known[1]]
    assert judgements_of([], known) == []
