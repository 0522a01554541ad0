"""What a run does to files that are there before it, come while it computes, or change under it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.storage import merging
from cryoves_app.storage.temporary import clear_leftovers_once
from cryoves_app.workflow.common.output_folder import complete_folder
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.live_job import live_segment_job
from cryoves_app.workflow.segment.live_order import LiveOrder
from cryoves_app.workflow.segment.order import SegmentJob
from tests.cli.program import environment
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.storage.processes import kill, left_alone
from tests.workflow.segment.flat import SHAPE, run_flat

# -- the mark of a finished run


def _record(job: SegmentJob) -> dict[str, object]:
    return json.loads((Path(job.folder) / "run.json").read_text(encoding="utf-8"))


def _state(job: SegmentJob) -> dict[str, tuple[int, str]]:
    return {p.name: fingerprint(p) for p in Path(job.folder).iterdir() if p.is_file()}


PAPER = {"recipe": Recipe(name="other")}


def test_a_file_that_cannot_be_replaced_leaves_the_earlier_run_whole(job: SegmentJob) -> None:
    run_flat(job)
    (Path(job.folder) / "vesicles.csv").unlink()
    (Path(job.folder) / "vesicles.csv").mkdir()
    (Path(job.folder) / "vesicles.csv" / "mine").touch()
    before = _state(job)
    with pytest.raises(CryoVesError, match="A folder is in the way"):
        run_flat(job, force=True, **PAPER)
    assert _state(job) == before
    assert (Path(job.folder) / "vesicles.csv" / "mine").exists()


def test_a_publish_that_fails_half_way_brings_the_earlier_run_back(
    job: SegmentJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where no file goes away that another program has open."""
    run_flat(job)
    before, move = _state(job), merging._move

    def refuse_the_table(file: Path, place: Path) -> None:
        if file.name == "vesicles.csv":
            raise PermissionError(
                13, "The process cannot access the file because it is being used", str(file)
            )
        move(file, place)

    monkeypatch.setattr(merging, "_move", refuse_the_table)
    with pytest.raises(CryoVesError, match="could not be written"):
        run_flat(job, force=True, **PAPER)
    assert _state(job) == before
    monkeypatch.undo()
    assert run_flat(job, skip_done=True).skipped
    with pytest.raises(CryoVesError, match="move this one away"):
        run_flat(job, skip_done=True, **PAPER)


def test_the_probability_of_others_is_left(job: SegmentJob) -> None:
    run_flat(job)
    (Path(job.folder) / "probability.mrc").write_text("mine")
    run_flat(job, force=True)
    assert (Path(job.folder) / "probability.mrc").read_text() == "mine"


# -- two runs


def test_what_another_run_finished_meanwhile_stays(job: SegmentJob) -> None:
    with pytest.raises(CryoVesError, match="by somebody else meanwhile"):
        run_flat(job, lambda: _finish(job))
    assert _state(job)["run.json"][0] == 2


def _finish(job: SegmentJob) -> None:
    Path(job.folder).mkdir()
    (Path(job.folder) / "run.json").write_text("{}")


def test_what_another_run_is_at_is_refused_and_in_a_queue_left_to_it(job: SegmentJob) -> None:
    with complete_folder(Path(job.folder), force=False, announce=lambda path: None):
        with pytest.raises(CryoVesError, match="Another run is writing"):
            run_flat(job)
        left = run_flat(job, skip_done=True)
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
        _run_live(job, tmp_path) if live else run_flat(job)
    assert not (tmp_path / "out").exists()


def test_a_tomogram_that_is_only_touched_is_told(job: SegmentJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryoves_app.workflow.segment import job as module

    find = module.segment

    def touch(*args: object) -> object:
        os.utime(job.tomogram, (1, 1))
        return find(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "segment", touch)
    assert any("was written anew" in note.sentence for note in run_flat(job).notes)


# -- names


@pytest.mark.parametrize("length", [245, 247])
def test_a_long_name_works_as_far_as_the_disk_allows(tmp_path: Path, length: int) -> None:
    name = "n" * length
    path = write_mrc_bytes(tmp_path / f"{name}.mrc", np.full(SHAPE, 7, "f4"))
    run_flat(SegmentJob(str(path), str(tmp_path / "out" / name)))
    assert (tmp_path / "out" / name / f"{name}.cryoves").is_file()


def test_a_name_too_long_for_the_project_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    name = "n" * 250
    path = write_mrc_bytes(tmp_path / f"{name}.mrc", np.full(SHAPE, 7, "f4"))
    with pytest.raises(CryoVesError, match=r"name .* is too long"):
        run_flat(SegmentJob(str(path), str(tmp_path / "out" / name)), lambda: pytest.fail("computed"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["tomogram", "fit_volume", "region", "into"])
def test_force_never_replaces_what_the_run_is_made_from(job: SegmentJob, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out" / "labels"
    run_flat(job, folder=str(folder))
    used = folder / ("flat.cryoves" if name == "into" else "labels.mrc")
    if name != "into":
        used.write_bytes(Path(job.tomogram).read_bytes())
    before = used.read_bytes()
    pattern = used if name in ("tomogram", "into") else f"{{dir}}/{used.relative_to(tmp_path)}"
    with pytest.raises(CryoVesError, match="not replaced"):
        run_flat(replace(job, folder=str(folder)), force=True, **{name: str(pattern)})
    assert used.read_bytes() == before


def test_a_volume_to_fit_in_may_be_named_by_a_pattern(job: SegmentJob, tmp_path: Path) -> None:
    volume = tmp_path / "flat_raw.mrc"
    volume.write_bytes(Path(job.tomogram).read_bytes())
    run_flat(job, fit_volume="{dir}/{stem}_raw.mrc")
    assert _record(job)["job"]["fit_volume"] == "{dir}/{stem}_raw.mrc"  # type: ignore[index]


def test_a_finished_folder_is_left_as_it_is_but_not_what_a_kill_left_beside_it(job: SegmentJob) -> None:
    run_flat(job)
    before, beside = _state(job), Path(job.folder).parent
    kill(left_alone("TemporaryFolder(path)", "new.path.joinpath('labels.mrc').touch()", path=beside))
    assert len(list(beside.iterdir())) == 2
    clear_leftovers_once.cache_clear()  # a killed run and the next one are two processes
    assert run_flat(job, skip_done=True).skipped
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
    run_flat(job)
    command = [sys.executable, "-c", _KILLED, job.tomogram, job.folder, str(moves)]
    killed = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run_flat(job, skip_done=True, recipe=load_recipe("paper")).skipped
    whole = ["flat.cryoves", "labels.mrc", "overview.png", "run.json", "vesicles.csv", "vesicles.mod"]
    assert sorted(p.name for p in Path(job.folder).iterdir()) == whole
    assert [p.name for p in Path(job.folder).parent.iterdir()] == ["flat"]
    with pytest.raises(CryoVesError, match="exists already"):
        run_flat(job)
