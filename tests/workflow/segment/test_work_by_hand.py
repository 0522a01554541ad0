"""What people did to a project outlives runs that would write in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import Band, PoolPlan
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.actions.review import reject
from cryoves_app.workflow.project.hand_work import hand_work
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.segment.order import SegmentJob
from tests.workflow.segment.flat import SHAPE, project_of, run_flat

OUTLINE = Region(
    "cell", RegionKind.CYTOPLASM, (Contour(((9.0, 5.0, 5.0), (9.0, 5.0, 40.0), (9.0, 60.0, 40.0))),)
)
Work = Callable[[Session], None]


def _draw(session: Session) -> None:
    session.do(add_region(session.project, OUTLINE))


def _undo_drawing(session: Session) -> None:
    _draw(session)
    session.undo()


def _divide(session: Session) -> None:
    session.set_values(pools=PoolPlan(bands=(Band("near", 0.0, 50.0),)))


def _other_recipe(session: Session) -> None:
    recipe = session.project.recipe
    session.set_values(recipe=replace(recipe, input=replace(recipe.input, expected_radius_nm=22.0)))


def _companion(session: Session) -> None:
    session.set_values(companions=(session.project.tomogram,))


def _remove_vesicle(session: Session) -> None:
    after = replace(session.project, vesicles=VesicleSet())
    session.do(Action.between("remove", "Remove 1 vesicle", session.project, after))


def _reject(session: Session) -> None:
    session.do(reject(session.project, [1]))


KINDS: dict[str, tuple[Work, str]] = {
    "regions": (_draw, "1 region, 1 step"),
    "what was undone": (_undo_drawing, "1 step"),
    "pools": (_divide, "pools"),
    "recipe": (_other_recipe, "a changed recipe"),
    "companions": (_companion, "1 companion"),
    "rejected vesicles": (_reject, "1 vesicle, 1 step"),
    "removed vesicles": (_remove_vesicle, "1 step"),
}


def _work_on(path: Path, work: Work) -> None:
    session = Session.open(path)
    work(session)
    session.save()
    session.close()


@pytest.mark.parametrize("kind", KINDS)
def test_work_is_anything_that_a_person_did(tmp_path: Path, kind: str) -> None:
    work, words = KINDS[kind]
    path = tmp_path / "p.cryoves"
    tomogram = TomogramReference("a.mrc", "/a.mrc", 1, "0", SHAPE, 2.0)
    vesicles = VesicleSet.of([Vesicle(1, 60.0, 60.0, 60.0, 20.0)])
    write_project(path, Project(tomogram, vesicles=vesicles, run={"recipe": Recipe().to_dict()}))
    assert hand_work(path) == []
    _work_on(path, work)
    assert ", ".join(hand_work(path)) == words


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_force_never_replaces_a_project_with_work(job: SegmentJob, when: str) -> None:
    run_flat(job)
    path = project_of(job)
    if when == "before":
        _work_on(path, _draw)
    before = fingerprint(path)
    with pytest.raises(CryoVesError, match=r"work by hand \(1 region, 1 step\); .*--into"):
        run_flat(job, lambda: _work_on(path, _draw) if when == "meanwhile" else None, force=True)
    assert (fingerprint(path) == before) is (when == "before")
    assert [r.name for r in read_project(path).regions] == ["cell"]
    assert sorted(p.name for p in Path(job.folder).parent.iterdir()) == ["flat"]


def test_looking_at_a_project_is_no_work(job: SegmentJob) -> None:
    run_flat(job)
    _work_on(project_of(job), lambda session: session.set_values(views={"z": 3}))
    assert hand_work(project_of(job)) == []
    run_flat(job, force=True)


def test_regions_of_a_file_are_no_work_by_hand(job: SegmentJob, tmp_path: Path) -> None:
    run_flat(job)
    _work_on(project_of(job), _draw)
    other = replace(job, folder=str(tmp_path / "second" / "flat"), region=str(project_of(job)))
    run_flat(other)
    assert len(read_project(project_of(other)).regions) == 1
    assert hand_work(project_of(other)) == []
    run_flat(other, force=True)


def test_work_saved_during_a_run_into_the_project_is_kept(job: SegmentJob, tmp_path: Path) -> None:
    run_flat(job)
    path = project_of(job)
    run_flat(job, lambda: _work_on(path, _draw), folder=str(tmp_path / "second" / "flat"), into=str(path))
    assert [r.name for r in read_project(path).regions] == ["cell"]
