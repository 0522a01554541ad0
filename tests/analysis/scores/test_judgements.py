"""Cohen's κ against its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.scores.judgements import cohens_kappa

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12)


@given(ANSWERS)
def test_kappa_is_what_is_beyond_chance(answers: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in answers], [b for _, b in answers]
    found = cohens_kappa(first, second)
    if not answers:
        assert found is None
        return
    n = len(answers)
    observed = sum(a == b for a, b in answers) / n
    yes, also = sum(first) / n, sum(second) / n
    chance = yes * also + (1 - yes) * (1 - also)
    if chance == 1:
        assert found is None
    else:
        assert found == pytest.approx((observed - chance) / (1 - chance))


def test_a_known_table() -> None:
    """20 times both yes, 15 times both no, 5 and 10 times differing: 0.4."""
    answers = [(True, True)] * 20 + [(False, False)] * 15 + [(True, False)] * 5 + [(False, True)] * 10
    assert cohens_kappa([a for a, _ in answers], [b for _, b in answers]) == pytest.approx(0.4)
