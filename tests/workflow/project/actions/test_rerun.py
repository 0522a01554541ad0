"""A re-run keeps what people did."""

from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.box import Box
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions.rerun import inside, merge_rerun


def _at(identity: int, x_nm: float, **more: object) -> Vesicle:
    return Vesicle(identity, 50.0, 50.0, x_nm, 20.0).but(**more)


def test_human_work_stays_and_new_ones_upon_it_are_dropped() -> None:
    old = VesicleSet.of(
        [
            _at(1, 0),
            _at(2, 100, reviewed=True, status=Status.REJECTED),
            _at(3, 200),
            _at(7, 300, origin=Origin.MANUAL),
        ]
    )
    new = VesicleSet.of([_at(1, 102), _at(2, 3), _at(3, 500)])
    merged = merge_rerun(old, new)
    assert (merged.kept, merged.new, merged.gone) == (2, 1, 1)
    assert {v.id: v.x_nm for v in merged.vesicles} == {2: 100, 7: 300, 1: 3, 8: 500}
    assert merged.vesicles.get(2) == old.get(2)
    assert merged.sentence() == "Kept 2 by hand, 1 new, 1 gone."


def test_a_run_in_a_box_replaces_only_what_lies_in_it() -> None:
    old = VesicleSet.of([_at(1, 0), _at(2, 100), _at(3, 200, origin=Origin.MANUAL), _at(4, 230)])
    new = VesicleSet.of([_at(1, 152), _at(2, 226)])
    box = Box((0, 0, 60), (100, 100, 130))  # voxels of 2 nm: x from 120 to 260 nm
    merged = merge_rerun(old, new, inside(box, 2.0, (100, 100, 200)))
    assert {v.id: v.x_nm for v in merged.vesicles} == {1: 0, 2: 100, 3: 200, 4: 226, 5: 152}
    assert (merged.kept, merged.new, merged.gone) == (1, 1, 0)
    assert inside(Box((0, 0, 0), (50, 50, 30)), 2.0, (100, 100, 200))(
        _at(1, -8)
    )  # cut by the face, centre beyond it


@st.composite
def _sets(draw: st.DrawFn) -> VesicleSet:
    places = draw(st.lists(st.floats(0, 400), max_size=8, unique=True))
    origins = st.sampled_from([Origin.AUTO, Origin.MANUAL, Origin.EDITED])
    return VesicleSet.of(
        [_at(n, x, origin=draw(origins)) for n, x in enumerate(places, 1)], draw(st.integers(1, 30))
    )


@given(_sets(), _sets())
def test_no_work_by_hand_is_ever_lost_and_no_id_given_twice(old: VesicleSet, new: VesicleSet) -> None:
    merged = merge_rerun(old, VesicleSet.of(v.but(origin=Origin.AUTO) for v in new))
    assert {v for v in old if v.is_human_work} <= set(merged.vesicles)
    assert merged.vesicles.next_id >= old.next_id
    ids = {v.id for v in old}
    assert all(v.id in ids or v.id >= old.next_id for v in merged.vesicles)


@given(_sets())
def test_the_same_run_again_changes_nothing(old: VesicleSet) -> None:
    automatic = VesicleSet.of((v.but(origin=Origin.AUTO) for v in old), old.next_id)
    merged = merge_rerun(automatic, automatic)
    assert {v.sphere for v in merged.vesicles} == {v.sphere for v in automatic}
    assert (merged.kept, merged.new, merged.gone) == (0, 0, 0)
