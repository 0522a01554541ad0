"""Sets of vesicles: immutable, with ids that never come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

IDS = st.lists(st.integers(1, 30), unique=True, max_size=10)


def of(ids: list[int], next_id: int = 1) -> VesicleSet:
    return VesicleSet.of([Vesicle(i, 0, 0, i, 20) for i in ids], next_id)


@given(IDS, st.lists(st.integers(1, 30)), st.integers(1, 40))
def test_no_id_is_given_twice(ids: list[int], gone: list[int], next_id: int) -> None:
    before = of(ids, next_id)
    after = before.removed(gone)
    assert {v.id for v in after} == set(ids) - set(gone)
    assert after.next_id == before.next_id > max([0, *ids])
    grown = after.added([Vesicle(after.next_id, 0, 0, 0, 20)])
    assert grown.next_id == after.next_id + 1
    assert len(before) == len(ids)


@given(IDS)
def test_exchange_keeps_the_order(ids: list[int]) -> None:
    changed = of(ids).replaced([Vesicle(i, 9, 9, 9, 9) for i in ids[::2]])
    assert [v.id for v in changed] == ids
    assert all((v.radius_nm == 9) == (v.id in ids[::2]) for v in changed)


@given(IDS, st.lists(st.integers(31, 60), unique=True), st.lists(st.integers(1, 60)), st.randoms())
def test_a_set_finds_what_it_holds_whatever_was_done(ids, more, gone, rng) -> None:
    grown = of(sorted(ids))
    assert all(grown.has(i) for i in ids)  # what knows its places hands them on
    grown = grown.replaced([Vesicle(i, 9, 9, 9, 9) for i in ids[::2]]).inserted(
        Vesicle(i, 0, 0, i, 20) for i in rng.sample(more, len(more))
    )
    assert [v.id for v in grown] == sorted([*ids, *more])
    left = grown.removed(gone)
    assert [i for i in range(1, 61) if left.has(i)] == [v.id for v in left]
    assert [left.get(v.id) for v in left] == list(left)
    assert grown.next_id == left.next_id > max([0, *ids, *more])


def test_what_is_there_is_not_put_in_again() -> None:
    with pytest.raises(ValueError, match="same id"):
        of([3, 4]).inserted([Vesicle(4, 0, 0, 0, 20)])


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        of([3, 4, 3])


def test_only_accepted_ones_count_as_found() -> None:
    some = VesicleSet.of(Vesicle(i, 0, 0, 0, 20, status=s) for i, s in enumerate(Status, 1))
    assert [v.status for v in some.accepted] == [Status.ACCEPTED]
    assert some.get(2) is not None
    assert some.get(9) is None


def test_human_work_is_told_from_the_programs() -> None:
    vesicle = Vesicle(1, 0, 0, 0, 20)
    assert not vesicle.is_human_work
    assert all(
        v.is_human_work
        for v in (
            vesicle.but(origin=Origin.EDITED),
            vesicle.but(reviewed=True),
            vesicle.but(tags=("docked",)),
        )
    )
    assert vesicle.with_sphere(Sphere(1, 2, 3, 4)).sphere == Sphere(1, 2, 3, 4)
