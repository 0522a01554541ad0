"""What a run does to files that are there before it, come while it computes, or change under it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import Band, PoolPlan
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.storage import merging
from cryoves_app.storage.temporary import clear_leftovers_once
from cryoves_app.workflow.common.output_folder import complete_folder
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.actions.review import reject
from cryoves_app.workflow.project.hand_work import hand_work
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.segment.job import segment_job
from cryoves_app.workflow.segment.live_job import live_segment_job
from cryoves_app.workflow.segment.live_order import LiveOrder
from cryoves_app.workflow.segment.order import SegmentJob
from tests.cli.program import environment
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.storage.processes import kill, left_alone

SHAPE = (60, 70, 80)
OUTLINE = Region(
    "cell", RegionKind.CYTOPLASM, (Contour(((9.0, 5.0, 5.0), (9.0, 5.0, 40.0), (9.0, 60.0, 40.0))),)
)
Work = Callable[[Session], None]


@pytest.fixture
def job(tmp_path: Path) -> SegmentJob:
    """A tomogram of one grey value, which takes a second."""
    path = write_mrc_bytes(tmp_path / "flat.mrc", np.full(SHAPE, 7, "f4"))
    return SegmentJob(str(path), str(tmp_path / "out" / "flat"))


def _run(
    job: SegmentJob, at_write: Callable[[], object] = lambda: None, **changes: object
) -> dict[str, object]:
    """Run it; ``at_write`` happens when it has computed and is about to write."""

    def listen(step: str, fraction: float, message: str) -> None:
        if step == "write":
            at_write()

    return segment_job(replace(job, **changes), JobContext(Progress(listen)))  # type: ignore[arg-type]


def _project(job: SegmentJob) -> Path:
    return Path(job.folder) / "flat.cryoves"


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
    _run(job)
    path = _project(job)
    if when == "before":
        _work_on(path, _draw)
    before = fingerprint(path)
    with pytest.raises(CryoVesError, match=r"work by hand \(1 region, 1 step\); .*--into"):
        _run(job, lambda: _work_on(path, _draw) if when == "meanwhile" else None, force=True)
    assert (fingerprint(path) == before) is (when == "before")
    assert [r.name for r in read_project(path).regions] == ["cell"]
    assert sorted(p.name for p in Path(job.folder).parent.iterdir()) == ["flat"]


def test_looking_at_a_project_is_no_work(job: SegmentJob) -> None:
    _run(job)
    _work_on(_project(job), lambda session: session.set_values(views={"z": 3}))
    assert hand_work(_project(job)) == []
    _run(job, force=True)


def test_regions_of_a_file_are_no_work_by_hand(job: SegmentJob, tmp_path: Path) -> None:
    _run(job)
    _work_on(_project(job), _draw)
    other = replace(job, folder=str(tmp_path / "second" / "flat"), region=str(_project(job)))
    _run(other)
    assert len(read_project(_project(other)).regions) == 1
    assert hand_work(_project(other)) == []
    _run(other, force=True)


def test_work_saved_during_a_run_into_the_project_is_kept(job: SegmentJob, tmp_path: Path) -> None:
    _run(job)
    path = _project(job)
    _run(job, lambda: _work_on(path, _draw), folder=str(tmp_path / "second" / "flat"), into=str(path))
    assert [r.name for r in read_project(path).regions] == ["cell"]


# -- the mark of a finished run


def _record(job: SegmentJob) -> dict[str, object]:
    return json.loads((Path(job.folder) / "run.json").read_text(encoding="utf-8"))


def _state(job: SegmentJob) -> dict[str, tuple[int, str]]:
    return {p.name: fingerprint(p) for p in Path(job.folder).iterdir() if p.is_file()}


PAPER = {"recipe": Recipe(name="other")}


def test_a_file_that_cannot_be_replaced_leaves_the_earlier_run_whole(job: SegmentJob) -> None:
    _run(job)
    (Path(job.folder) / "vesicles.csv").unlink()
    (Path(job.folder) / "vesicles.csv").mkdir()
    (Path(job.folder) / "vesicles.csv" / "mine").touch()
    before = _state(job)
    with pytest.raises(CryoVesError, match="A folder is in the way"):
        _run(job, force=True, **PAPER)
    assert _state(job) == before
    assert (Path(job.folder) / "vesicles.csv" / "mine").exists()


def test_a_publish_that_fails_half_way_brings_the_earlier_run_back(
    job: SegmentJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where no file goes away that another program has open."""
    _run(job)
    before, move = _state(job), merging._move

    def refuse_the_table(file: Path, place: Path) -> None:
        if file.name == "vesicles.csv":
            raise PermissionError(
                13, "The process cannot access the file because it is being used", str(file)
            )
        move(file, place)

    monkeypatch.setattr(merging, "_move", refuse_the_table)
    with pytest.raises(CryoVesError, match="could not be written"):
        _run(job, force=True, **PAPER)
    assert _state(job) == before
    monkeypatch.undo()
    assert _run(job, skip_done=True).skipped
    with pytest.raises(CryoVesError, match="move this one away"):
        _run(job, skip_done=True, **PAPER)


def test_the_probability_of_others_is_left(job: SegmentJob) -> None:
    _run(job)
    (Path(job.folder) / "probability.mrc").write_text("mine")
    _run(job, force=True)
    assert (Path(job.folder) / "probability.mrc").read_text() == "mine"


# -- two runs


def test_what_another_run_finished_meanwhile_stays(job: SegmentJob) -> None:
    with pytest.raises(CryoVesError, match="by somebody else meanwhile"):
        _run(job, lambda: _finish(job))
    assert _state(job)["run.json"][0] == 2


def _finish(job: SegmentJob) -> None:
    Path(job.folder).mkdir()
    (Path(job.folder) / "run.json").write_text("{}")


def test_what_another_run_is_at_is_refused_and_in_a_queue_left_to_it(job: SegmentJob) -> None:
    with complete_folder(Path(job.folder), force=False, announce=lambda path: None):
        with pytest.raises(CryoVesError, match="Another run is writing"):
            _run(job)
        left = _run(job, skip_done=True)
        assert left.skipped
        assert "Another run is writing" in left.sentence


# -- a tomogram that changes


def _other_image(path: Path) -> None:
    write_mrc_bytes(path, np.full(SHAPE, 9, "f4"))


def _one_slice(path: Path) -> None:
    """Somewhere in the middle of a file of many blocks."""
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(np.full(SHAPE[1:], 9, "f4").tobytes())


def _exchange(path: Path) -> None:
    other = path.with_name("new.mrc")
    _other_image(other)
    other.replace(path)


def _cut(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size // 2)


CHANGES = {
    "written anew": _other_image,
    "a slice": _one_slice,
    "exchanged": _exchange,
    "cut": _cut,
    "gone": os.unlink,
}


def _run_live(job: SegmentJob, cache: Path) -> None:
    live_segment_job(LiveOrder(job, str(cache)), JobContext())


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("live", [False, True])
def test_a_tomogram_that_changes_during_the_run_gives_no_results(
    job: SegmentJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, live: bool
) -> None:
    from cryoves_app.workflow.segment import job as module

    find = module.segment

    def change_meanwhile(*args: object) -> object:
        found = find(*args)  # type: ignore[arg-type]
        CHANGES[change](Path(job.tomogram))
        return found

    monkeypatch.setattr(module, "segment", change_meanwhile)
    monkeypatch.setattr("cryoves_app.workflow.segment.live_job.segment", change_meanwhile)
    with pytest.raises(CryoVesError, match=r"was changed while it was in use|does not exist"):
        _run_live(job, tmp_path) if live else _run(job)
    assert not (tmp_path / "out").exists()


def test_a_tomogram_that_is_only_touched_is_told(job: SegmentJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryoves_app.workflow.segment import job as module

    find = module.segment

    def touch(*args: object) -> object:
        os.utime(job.tomogram, (1, 1))
        return find(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "segment", touch)
    assert any("was written anew" in note.sentence for note in _run(job).notes)


# -- names


@pytest.mark.parametrize("length", [245, 247])
def test_a_long_name_works_as_far_as_the_disk_allows(tmp_path: Path, length: int) -> None:
    name = "n" * length
    path = write_mrc_bytes(tmp_path / f"{name}.mrc", np.full(SHAPE, 7, "f4"))
    _run(SegmentJob(str(path), str(tmp_path / "out" / name)))
    assert (tmp_path / "out" / name / f"{name}.cryoves").is_file()


def test_a_name_too_long_for_the_project_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    name = "n" * 250
    path = write_mrc_bytes(tmp_path / f"{name}.mrc", np.full(SHAPE, 7, "f4"))
    with pytest.raises(CryoVesError, match=r"name .* is too long"):
        _run(SegmentJob(str(path), str(tmp_path / "out" / name)), lambda: pytest.fail("computed"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["tomogram", "fit_volume", "region", "into"])
def test_force_never_replaces_what_the_run_is_made_from(job: SegmentJob, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out" / "labels"
    _run(job, folder=str(folder))
    used = folder / ("flat.cryoves" if name == "into" else "labels.mrc")
    if name != "into":
        used.write_bytes(Path(job.tomogram).read_bytes())
    before = used.read_bytes()
    pattern = used if name in ("tomogram", "into") else f"{{dir}}/{used.relative_to(tmp_path)}"
    with pytest.raises(CryoVesError, match="not replaced"):
        _run(replace(job, folder=str(folder)), force=True, **{name: str(pattern)})
    assert used.read_bytes() == before


def test_a_volume_to_fit_in_may_be_named_by_a_pattern(job: SegmentJob, tmp_path: Path) -> None:
    volume = tmp_path / "flat_raw.mrc"
    volume.write_bytes(Path(job.tomogram).read_bytes())
    _run(job, fit_volume="{dir}/{stem}_raw.mrc")
    assert _record(job)["job"]["fit_volume"] == "{dir}/{stem}_raw.mrc"  # type: ignore[index]


def test_a_finished_folder_is_left_as_it_is_but_not_what_a_kill_left_beside_it(job: SegmentJob) -> None:
    _run(job)
    before, beside = _state(job), Path(job.folder).parent
    kill(left_alone("TemporaryFolder(path)", "new.path.joinpath('labels.mrc').touch()", path=beside))
    assert len(list(beside.iterdir())) == 2
    clear_leftovers_once.cache_clear()  # a killed run and the next one are two processes
    assert _run(job, skip_done=True).skipped
    assert (_state(job), [p.name for p in beside.iterdir()]) == (before, ["flat"])


_KILLED = """
import os, signal, sys
from cryoves_app.domain.progress import Progress
from cryoves_app.storage import merging
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.job import segment_job
from cryoves_app.workflow.segment.order import SegmentJob

moves, move = int(sys.argv[3]), merging._move

def counted(*paths):
    global moves
    moves -= 1
    if moves == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    move(*paths)

merging._move = counted
segment_job(SegmentJob(sys.argv[1], sys.argv[2], recipe=load_recipe("paper"), force=True), JobContext(Progress()))
"""


@pytest.mark.skipif(os.name == "nt", reason="processes are killed as POSIX does")
@pytest.mark.parametrize("moves", [1, 2, 7, 10])
def test_after_a_kill_between_two_renames_the_result_is_whole_again(job: SegmentJob, moves: int) -> None:
    """Whoever repeats the command with --skip-done finds it finished, whoever does without is refused."""
    _run(job)
    command = [sys.executable, "-c", _KILLED, job.tomogram, job.folder, str(moves)]
    killed = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert _run(job, skip_done=True, recipe=load_recipe("paper")).skipped
    whole = ["flat.cryoves", "labels.mrc", "overview.png", "run.json", "vesicles.csv", "vesicles.mod"]
    assert sorted(p.name for p in Path(job.folder).iterdir()) == whole
    assert [p.name for p in Path(job.folder).parent.iterdir()] == ["flat"]
    with pytest.raises(CryoVesError, match="exists already"):
        _run(job)
