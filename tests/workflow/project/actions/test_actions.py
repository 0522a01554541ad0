from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions import add, combine, regions, reshape, review, run, tag
from cryoves_app.workflow.project.actions.patch import Action
from tests.workflow.edits import TOMOGRAM, human

A = Vesicle(
    1, 100.0, 100.0, 100.0, 20.0, contrast=0.8, p_value=0.5, flags=(Flag.NOT_FITTED, Flag.FACE), label=10
)
B = Vesicle(2, 100.0, 100.0, 160.0, 10.0, status=Status.OUTLIER, reason="pale", tags=("docked",))
C = Vesicle(5, 300.0, 300.0, 300.0, 20.0)
START = Project(TOMOGRAM, vesicles=VesicleSet.of([A, B, C], next_id=9))


def after(action: Action, start: Project = START) -> dict[int, Vesicle]:
    return {v.id: v for v in action.forward.apply(start).vesicles}


def test_added_vesicle_is_by_hand_accepted_and_last() -> None:
    action = add.add_vesicle(START, Vesicle(1, 1.0, 2.0, 3.0, 20.0, contrast=0.9, status=Status.OUTLIER))
    new = after(action)[9]
    assert (new.origin, new.status, new.reviewed, new.contrast) == (Origin.MANUAL, Status.ACCEPTED, True, 0.9)
    assert action.title == "Add vesicle 9"
    assert [v.id for v in action.forward.apply(START).vesicles] == [1, 2, 5, 9]


@pytest.mark.parametrize(
    "sphere", [Sphere(1, 2, 3, 0), Sphere(1, 2, 3, -5), Sphere(1, math.nan, 3, 5), Sphere(1, 2, 3, 1e9)]
)
def test_spheres_that_cannot_be_are_refused(sphere: Sphere) -> None:
    with pytest.raises(CryoVesError):
        add.add_vesicle(START, Vesicle(1, *sphere.centre_nm, sphere.radius_nm))
    with pytest.raises(CryoVesError):
        reshape.set_spheres(START, {1: sphere})
    with pytest.raises(CryoVesError):
        combine.split(START, 1, [C.sphere, sphere])


def test_imported_vesicles_keep_free_ids_only() -> None:
    action = add.import_vesicles(START, [replace(C, id=i) for i in (5, 20, 3, 9)], "b.mod")
    assert sorted(after(action)) == [1, 2, 5, 9, 20, 21, 22]
    assert after(action)[20].origin is Origin.IMPORTED
    assert action.title == "Import 4 vesicles from b.mod"
    with pytest.raises(CryoVesError, match="holds no vesicle"):
        add.import_vesicles(START, [], "b.mod")


def test_vesicles_and_regions_come_in_one_step() -> None:
    zone = Region("AZ", RegionKind.ACTIVE_ZONE)
    action = add.import_vesicles(START, [replace(C, id=20)], "b.mod", [zone])
    done = action.forward.apply(START)
    assert (len(done.vesicles), done.regions) == (4, (zone,))
    assert action.title == "Import 1 vesicles and 1 regions from b.mod"
    undone = action.inverse.apply(done)
    assert (undone.vesicles.vesicles, undone.regions) == (START.vesicles.vesicles, ())
    assert add.import_vesicles(START, [], "b.mod", [zone]).title == "Import 1 regions from b.mod"


def test_move_makes_measures_unknown_and_keeps_decisions() -> None:
    moved = after(reshape.move(START, [1, 2], (1.0, 2.0, -3.0)))
    assert moved[1].sphere == Sphere(101.0, 102.0, 97.0, 20.0)
    assert (moved[1].contrast, moved[1].p_value, moved[1].label) == (None, None, 10)
    assert moved[1].flags == (Flag.FACE,)
    assert moved[1].origin is Origin.EDITED
    assert (moved[2].status, moved[2].tags, moved[2].reason) == (Status.OUTLIER, ("docked",), "pale")


def test_resize_and_fit() -> None:
    assert after(reshape.resize(START, 5, 25.0))[5].radius_nm == 25.0
    fitted = after(
        reshape.set_spheres(START, {5: A.sphere}, {5: {"contrast": 0.6, "status": Status.REJECTED}})
    )[5]
    assert fitted.sphere == A.sphere
    assert fitted.contrast == 0.6
    assert fitted.status is Status.ACCEPTED
    by_hand = replace(START, vesicles=START.vesicles.replaced([C.but(origin=Origin.MANUAL)]))
    assert after(reshape.resize(by_hand, 5, 25.0), by_hand)[5].origin is Origin.MANUAL


def test_decisions_count_as_checked() -> None:
    rejected = review.reject(START, [1, 5]).forward.apply(START)
    assert [v.status for v in rejected.vesicles] == [Status.REJECTED, Status.OUTLIER, Status.REJECTED]
    assert rejected.vesicles.vesicles[0].reason == "rejected by hand"
    assert rejected.vesicles.vesicles[0].reviewed
    restored = after(review.restore(rejected, [1]), rejected)
    assert (restored[1].status, restored[1].reason) == (Status.ACCEPTED, "")
    accepted = after(review.accept(START, [2]))[2]
    assert (accepted.status, accepted.reason, accepted.reviewed) == (Status.ACCEPTED, "", True)
    assert not after(review.set_reviewed(rejected, [1], False), rejected)[1].reviewed


def test_selection_must_exist() -> None:
    with pytest.raises(CryoVesError, match="No vesicle is selected"):
        review.reject(START, [])
    with pytest.raises(CryoVesError, match="no vesicle 77"):
        review.reject(START, [1, 77])


def test_tags_go_on_and_off() -> None:
    on = tag.toggle_tag(START, [1, 2], " docked ")
    assert [v.tags for v in after(on).values()] == [("docked",), ("docked",), ()]
    tagged = on.forward.apply(START)
    assert [v.tags for v in after(tag.toggle_tag(tagged, [1, 2], "docked"), tagged).values()] == [(), (), ()]
    assert on.title == "Tag “docked”: 2 vesicles"
    for bad in ("", "  ", "a;b"):
        with pytest.raises(CryoVesError, match="needs a name"):
            tag.toggle_tag(START, [1], bad)


def test_merge_rejects_the_others_and_loses_nothing() -> None:
    merged = after(combine.merge_vesicles(START, [1, 2]))
    assert (merged[1].status, merged[1].reviewed, merged[1].tags) == (Status.ACCEPTED, True, ("docked",))
    assert 100 < merged[1].x_nm < 110
    assert (merged[2].status, merged[2].reason) == (Status.REJECTED, "merged into vesicle 1")
    given = after(combine.merge_vesicles(START, [2, 1], C.sphere, {"contrast": 0.4}))
    assert (given[2].sphere, given[2].contrast, given[1].reason) == (C.sphere, 0.4, "merged into vesicle 2")
    with pytest.raises(CryoVesError, match="at least two"):
        combine.merge_vesicles(START, [1, 1])


def test_split_makes_new_vesicles_beside_the_old_one() -> None:
    parts = after(combine.split(START, 2, [A.sphere, B.sphere, C.sphere], [{}, {"contrast": 0.3}, {}]))
    assert sorted(parts) == [1, 2, 5, 9, 10]
    assert [parts[i].sphere for i in (2, 9, 10)] == [A.sphere, B.sphere, C.sphere]
    assert parts[9].contrast == 0.3
    assert parts[9].tags == ("docked",)
    assert parts[9].origin is Origin.MANUAL
    assert all(Flag.SPLIT in parts[i].flags for i in (2, 9, 10))
    with pytest.raises(CryoVesError, match="two or more"):
        combine.split(START, 2, [A.sphere])


def test_regions_are_added_changed_and_removed() -> None:
    zone = Region("AZ", RegionKind.ACTIVE_ZONE)
    now = regions.add_region(START, zone).forward.apply(START)
    line = Contour(((1.0, 2.0, 3.0),), closed=False)
    now = regions.set_contours(now, 0, [line]).forward.apply(now)
    assert now.regions == (replace(zone, contours=(line,)),)
    now = regions.add_region(now, replace(zone, name="cell")).forward.apply(now)
    removal = regions.remove_region(now, 0)
    assert [r.name for r in removal.forward.apply(now).regions] == ["cell"]
    assert removal.inverse.apply(removal.forward.apply(now)) == now
    for index in (-1, 2):
        with pytest.raises(CryoVesError, match="not there"):
            regions.remove_region(now, index)


def test_run_again_keeps_what_people_did() -> None:
    worked = START
    for action in (review.accept(START, [1]),):
        worked = action.forward.apply(worked)
    worked = reshape.move(worked, [5], (0.0, 0.0, 4.0)).forward.apply(worked)
    found = VesicleSet.of([A.but(id=1, x_nm=101.0), Vesicle(2, 500.0, 500.0, 500.0, 20.0)])
    action, sentence = run.take_over_run(worked, found, Recipe(name="other"), "lab", {"seconds": 3})
    done = action.forward.apply(worked)
    assert human(done) == human(worked)
    assert (done.recipe.name, done.model, done.run) == ("other", "lab", {"seconds": 3})
    assert "1 new" in sentence
    assert action.inverse.apply(done).vesicles.vesicles == worked.vesicles.vesicles
    assert action.inverse.apply(done).recipe == worked.recipe


def test_first_run_is_told_as_such() -> None:
    action, _ = run.take_over_run(Project(TOMOGRAM), VesicleSet.of([A, B]), Recipe(), "default", {})
    assert action.title == "Segment: 2 vesicles"


def test_every_judgement_carries_the_name_of_who_judged() -> None:
    ada = review.accept(START, [1, 2], "Ada").forward.apply(START)
    ben = review.reject(ada, [1], "Ben").forward.apply(ada)
    ben = review.set_reviewed(ben, [2], by="Ben").forward.apply(ben)
    names = {v.id: [str(judgement) for judgement in v.judgements] for v in ben.vesicles}
    assert names == {1: ["Ada: accepted", "Ben: rejected"], 2: ["Ada: accepted", "Ben: accepted"], 5: []}
    again = review.accept(ada, [1], "Ben")
    assert not again.forward.is_empty  # agreeing is a judgement, too
    assert again.inverse.apply(again.forward.apply(ada)).vesicles.vesicles == ada.vesicles.vesicles


def test_made_by_hand_is_judged_by_who_made_it() -> None:
    ada = review.accept(START, [1, 2, 5], "Ada").forward.apply(START)
    added = after(add.add_vesicle(ada, Vesicle(1, 1.0, 2.0, 3.0, 20.0), "Ben"), ada)
    assert added[9].reviewer == "Ben"
    merged = after(combine.merge_vesicles(ada, [1, 2], by="Ben"), ada)
    assert (merged[1].reviewer, merged[1].agreement) == ("Ben", "agreed")
    assert (merged[2].reviewer, merged[2].agreement) == ("Ben", "disputed")
    parts = after(combine.split(ada, 5, [C.sphere, A.sphere], by="Ben"), ada)
    assert [str(v) for v in parts[5].judgements] == ["Ada: accepted", "Ben: accepted"]
    assert [str(v) for v in parts[9].judgements] == ["Ben: accepted"]


def test_judgements_survive_a_move_and_a_new_run() -> None:
    ada = review.reject(START, [1], "Ada").forward.apply(START)
    moved = reshape.move(ada, [1], (1.0, 2.0, 3.0)).forward.apply(ada)
    assert (
        after(run.take_over_run(moved, VesicleSet.of([C]), Recipe(), "m", {})[0], moved)[1].reviewer == "Ada"
    )
