"""Several tomograms one after the other: the states, without a window."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.workflow.batch.tomogram_list import (
    LEFT,
    NO_VOXEL_SIZE,
    NOT_BEGUN,
    NOT_SAVED,
    Phase,
    TomogramList,
)
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.segment.outcome import RunEnded, RunStatus

FOUND = VesicleSet.of([Vesicle(1, 10.0, 10.0, 10.0, 20.0), Vesicle(2, 90.0, 90.0, 90.0, 22.0)])
NOTHING = VesicleSet()
DONE = RunEnded(RunStatus.FOUND, 2, "2 vesicles found.", Cost(3.0, 4.0, 5))


@dataclass
class Recorder:
    """Writes down what the list asks for, and does nothing."""

    asked: list[object] = field(default_factory=list)
    saves: bool = True

    def open(self, path: Path) -> None:
        self.asked.append(("open", path.name))

    def segment(self) -> None:
        self.asked.append("segment")

    def stop(self) -> None:
        self.asked.append("stop")

    def save(self, home: Path) -> bool:
        self.asked.append(("save", home.name))
        return self.saves


@pytest.fixture
def window() -> Recorder:
    return Recorder()


def made(tmp_path: Path, window: Recorder, *names: str, told: list[str] | None = None) -> TomogramList:
    finished = told if told is not None else []
    return TomogramList(
        [tmp_path / n for n in names], window, on_finished=lambda: finished.append("finished")
    )


def run_through(work: TomogramList, path: Path, outcome: RunEnded = DONE, found: VesicleSet = FOUND) -> None:
    work.opened(path, knows_voxel_size=True)
    work.begun()
    work.ended(outcome, found, 2.2)


def phases(work: TomogramList) -> list[Phase]:
    return [entry.phase for entry in work.entries]


def test_every_tomogram_goes_from_waiting_to_saved_and_then_the_next(
    tmp_path: Path, window: Recorder
) -> None:
    told: list[str] = []
    work = made(tmp_path, window, "a.mrc", "b.mrc", told=told)
    assert phases(work) == [Phase.WAITING] * 2
    work.start()
    assert phases(work)[0] is Phase.OPENING
    work.opened(tmp_path / "a.mrc", knows_voxel_size=True)
    assert phases(work)[0] is Phase.BEGUN
    work.begun()
    assert phases(work)[0] is Phase.RUNNING
    work.ended(DONE, FOUND, 2.2)
    assert phases(work) == [Phase.SAVED, Phase.OPENING]
    run_through(work, tmp_path / "b.mrc")
    assert not work.busy
    assert told == ["finished"]
    assert window.asked == [
        ("open", "a.mrc"), "segment", ("save", "a.cryoves"), ("open", "b.mrc"), "segment", ("save", "b.cryoves"),
    ]  # fmt: skip
    assert work.words() == "2 of 2 tomograms segmented."


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
@pytest.mark.parametrize("sentence", ["No graphics card was found.", "Anything was found and saved.", ""])
def test_a_run_without_a_result_saves_nothing_whatever_its_sentence(
    tmp_path: Path, window: Recorder, status: RunStatus, sentence: str
) -> None:
    work = made(tmp_path, window, "a.mrc", "b.mrc")
    work.start()
    run_through(work, tmp_path / "a.mrc", RunEnded(status, 0, sentence), NOTHING)
    assert phases(work) == [Phase.FAILED, Phase.OPENING]
    assert work.entries[0].failure == sentence
    assert ("save", "a.cryoves") not in window.asked


def test_a_tomogram_without_vesicles_is_a_result(tmp_path: Path, window: Recorder) -> None:
    work = made(tmp_path, window, "a.mrc")
    work.start()
    run_through(work, tmp_path / "a.mrc", RunEnded(RunStatus.NOTHING_FOUND, 0, "Nothing."), NOTHING)
    assert phases(work) == [Phase.SAVED]
    assert work.entries[0].words == "0 vesicles"
    work.start()  # it is not done again
    assert window.asked.count("segment") == 1


def test_what_cannot_be_opened_begun_or_saved_fails_with_its_reason(tmp_path: Path, window: Recorder) -> None:
    window.saves = False
    work = made(tmp_path, window, "gone.mrc", "slow.mrc", "unsized.mrc", "full.mrc")
    work.start()
    work.failed("It does not exist.")
    work.opened(tmp_path / "slow.mrc", knows_voxel_size=True)
    work.failed(NOT_BEGUN)
    work.opened(tmp_path / "unsized.mrc", knows_voxel_size=False)
    run_through(work, tmp_path / "full.mrc")
    assert [e.failure for e in work.entries] == ["It does not exist.", NOT_BEGUN, NO_VOXEL_SIZE, NOT_SAVED]
    assert work.words() == "0 of 4 tomograms segmented. Look at gone.mrc: It does not exist."
    work.start()  # they are tried again
    assert phases(work) == [Phase.OPENING, Phase.FAILED, Phase.FAILED, Phase.FAILED]


def test_answers_that_nobody_waits_for_change_nothing(tmp_path: Path, window: Recorder) -> None:
    work = made(tmp_path, window, "a.mrc")
    for _ in range(2):
        work.opened(tmp_path / "a.mrc", knows_voxel_size=True)
        work.begun()
        work.ended(DONE, FOUND, 2.2)
        work.failed("late")
    assert phases(work) == [Phase.WAITING]
    assert window.asked == []
    work.start()
    work.begun()  # of the project before
    assert phases(work) == [Phase.OPENING]
    work.ended(DONE, FOUND, 2.2)
    assert phases(work) == [Phase.OPENING]
    work.opened(tmp_path / "a.mrc", knows_voxel_size=True)
    work.begun()
    work.failed("of another file")
    assert phases(work) == [Phase.RUNNING]


def test_stopping_leaves_the_one_at_hand_waiting(tmp_path: Path, window: Recorder) -> None:
    told: list[str] = []
    work = made(tmp_path, window, "a.mrc", "b.mrc", told=told)
    work.start()
    work.opened(tmp_path / "a.mrc", knows_voxel_size=True)
    work.begun()
    work.stop()
    work.ended(RunEnded(RunStatus.CANCELLED, 0, "Cancelled."), NOTHING, 2.2)
    assert phases(work) == [Phase.WAITING] * 2
    assert window.asked[-1] == "stop"
    assert told == []


@pytest.mark.parametrize("by_run", [True, False])
def test_a_user_who_goes_elsewhere_ends_the_list(tmp_path: Path, window: Recorder, by_run: bool) -> None:
    work = made(tmp_path, window, "a.mrc", "b.mrc")
    work.start()
    work.opened(tmp_path / "a.mrc", knows_voxel_size=True)
    work.begun()
    if by_run:
        work.ended(RunEnded(RunStatus.LEFT, 2, "Another tomogram is open."), NOTHING, 2.2)
    else:
        work.opened(tmp_path / "other.mrc", knows_voxel_size=True)
    assert phases(work) == [Phase.FAILED, Phase.WAITING]
    assert work.entries[0].failure == LEFT
    assert not work.busy


def test_what_has_vesicles_already_is_left_out(tmp_path: Path, window: Recorder) -> None:
    work = made(tmp_path, window, "a.mrc", "b.mrc")
    work.take_vesicles(tmp_path / "a.cryoves", FOUND, 2.2)
    work.take_vesicles(tmp_path / "b.mrc", NOTHING, 2.2)
    assert [e.words for e in work.entries] == ["2 vesicles", "not segmented"]
    work.start()
    assert window.asked == [("open", "b.mrc")]


def project_of(path: Path, tomogram: Path) -> None:
    reference = TomogramReference(tomogram.name, str(tomogram), 10, "ab", (9, 9, 9), 2.2)
    ProjectFile.create(path, Project(reference)).close()


def test_tomograms_of_one_stem_get_projects_of_their_own(tmp_path: Path, window: Recorder) -> None:
    work = made(tmp_path, window, "a.mrc", "a.rec", "b.mrc")
    assert [e.home.name for e in work.entries] == ["a.mrc.cryoves", "a.rec.cryoves", "b.cryoves"]
    project_of(tmp_path / "b.cryoves", tmp_path / "b.mrc")
    work = made(tmp_path, window, "b.mrc")
    assert work.entries[0].file() == tmp_path / "b.cryoves"
    work = made(tmp_path, window, "b.rec")  # the project beside it is of another tomogram
    assert work.entries[0].file() == tmp_path / "b.rec"
    assert work.entries[0].home.name == "b.rec.cryoves"


def test_the_table_has_a_row_for_each(tmp_path: Path, window: Recorder) -> None:
    work = made(tmp_path, window, "a.mrc", "b.mrc", "c.mrc")
    work.start()
    run_through(work, tmp_path / "a.mrc")
    work.failed("It does not exist.")
    rows = [entry.summary().row() for entry in work.entries]
    assert [(r["state"], r["error"], r["vesicles"]) for r in rows] == [
        ("done", "", 2), ("failed", "It does not exist.", ""), ("waiting", "", ""),
    ]  # fmt: skip
    assert (rows[0]["median_radius_nm"], rows[0]["wall_s"], rows[0]["voxel_size_nm"]) == (
        "21.000",
        3.0,
        "2.2",
    )
