"""What several people say of one vesicle."""

from __future__ import annotations

from cryoves_app.domain.vesicle import Judgement, Status, Vesicle

FOUND = Vesicle(1, 0.0, 0.0, 0.0, 20.0)


def test_the_last_word_of_each_person_is_kept() -> None:
    once = FOUND.judged(Status.ACCEPTED, "Ada")
    assert (once.reviewed, once.reviewer, once.agreement) == (True, "Ada", "")
    twice = once.judged(Status.REJECTED, "Ben", "too pale")
    assert (twice.status, twice.reason, twice.reviewer) == (Status.REJECTED, "too pale", "Ben")
    assert twice.judgements == (Judgement("Ada", Status.ACCEPTED), Judgement("Ben", Status.REJECTED))
    assert twice.is_disputed
    settled = twice.judged(Status.REJECTED, "Ada")
    assert settled.judgements == (Judgement("Ben", Status.REJECTED), Judgement("Ada", Status.REJECTED))
    assert (settled.agreement, settled.is_disputed) == ("agreed", False)


def test_who_takes_a_mark_back_takes_only_the_own_judgement_back() -> None:
    both = FOUND.judged(Status.ACCEPTED, "Ada").judged(Status.ACCEPTED, "Ben")
    assert both.not_judged("Ben").judgements == (Judgement("Ada", Status.ACCEPTED),)
    assert not both.not_judged("Ben").reviewed
    assert both.not_judged("Ben").is_human_work


def test_without_a_name_it_only_counts_as_checked() -> None:
    nameless = FOUND.judged(Status.REJECTED)
    assert (nameless.reviewed, nameless.judgements, nameless.reviewer) == (True, (), "")
