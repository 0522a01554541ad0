"""The window's queue: its order and states, its file, and the thread that works it off."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.batch.kept_queue import (
    KeptQueue,
    Stage,
    read_kept_queue,
    tomograms_in,
    write_kept_queue,
)
from cryoves_app.workflow.batch.queue_runner import ELSEWHERE, QueueRunner
from cryoves_app.workflow.batch.run import Outcome
from cryoves_app.workflow.jobs import priority
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult
from tests.formats.mrc_bytes import write_mrc_bytes

BASE = SegmentJob("", "", condition="control")
PATIENCE_S = 100.0


def queue_of(folder: Path, *names: str) -> KeptQueue:
    return KeptQueue().added([folder / name for name in names], folder / "out", BASE)


def names(queue: KeptQueue) -> list[str]:
    return [Path(t.folder).name for t in queue.tomograms]


def test_tomograms_are_added_once_into_folders_of_their_own(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.rec", "a.mrc")
    assert names(queue) == ["a", "b"]
    queue = queue.added([tmp_path / "b.rec", tmp_path / "more" / "b.rec"], tmp_path / "out", BASE)
    assert names(queue)[-1] == "more_b"
    queue = queue.added([tmp_path / "a.rec"], tmp_path / "out", BASE)
    assert len({f.casefold() for f in names(queue)}) == len(names(queue))
    job = queue.tomograms[0].job
    assert (job.skip_done, job.force, job.condition) == (True, False, "control")


def test_what_is_dragged_stands_together_where_it_was_let_go(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.mrc", "c.mrc", "d.mrc")
    a, b, c, d = (t.folder for t in queue.tomograms)
    assert names(queue.placed([d], 0)) == ["d", "a", "b", "c"]
    assert names(queue.placed([a, c], 3)) == ["b", "a", "c", "d"]
    assert names(queue.placed([a], 4)) == ["b", "c", "d", "a"]
    assert names(queue.placed([b, c], 2)) == ["a", "b", "c", "d"]
    assert names(queue.placed(["of another queue"], 1)) == ["a", "b", "c", "d"]
    assert names(queue.placed([a], 99)) == ["b", "c", "d", "a"]


def test_review_goes_on_in_queues_that_run_elsewhere(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.mrc")
    queue = queue.changed([t.folder for t in queue.tomograms], lambda t: replace(t, stage=Stage.TO_REVIEW))
    far = queue_of(tmp_path / "far", "x.mrc").tomograms
    far = tuple(replace(t, stage=Stage.TO_REVIEW) for t in far)
    first, second = queue.tomograms
    assert queue.next_to_review(None, far) == first
    assert queue.next_to_review(second.project, far) == far[0]
    assert queue.next_to_review(far[0].project, far) == first


def test_watched_folders_and_what_was_reviewed_there_are_kept(tmp_path: Path) -> None:
    queue = KeptQueue().watching("/far").watching("/near").watching("/far")
    assert queue.watched == ("/near", "/far")
    queue = queue.with_reviewed_elsewhere(["/far/a", "/far/b"], reviewed=True)
    queue = queue.with_reviewed_elsewhere(["/far/a"], reviewed=False)
    write_kept_queue(tmp_path / "queue.json", queue)
    assert read_kept_queue(tmp_path / "queue.json") == queue
    assert queue.reviewed_elsewhere == ("/far/b",)
    assert queue.watching("/far", watched=False).watched == ("/near",)


def test_moving_keeps_the_order_of_what_is_moved(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.mrc", "c.mrc", "d.mrc")
    a, b, c, d = (t.folder for t in queue.tomograms)
    assert names(queue.moved([c], -1)) == ["a", "c", "b", "d"]
    assert names(queue.moved([a, b], -1)) == ["a", "b", "c", "d"]
    assert names(queue.moved([b, c], 1)) == ["a", "d", "b", "c"]
    assert names(queue.moved([c, d], 1)) == ["a", "b", "c", "d"]
    assert names(queue.without([a, d])) == ["b", "c"]


def test_the_next_to_review_comes_after_the_open_one(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.mrc", "c.mrc")
    assert queue.next_to_review() is None
    result = SegmentResult("Found.", {}, ())
    ended = tuple(t.after(Outcome(t.job, result=result)) for t in queue.tomograms)
    queue = replace(queue, tomograms=ended)
    a, b, c = queue.tomograms
    assert queue.next_to_review() == a
    assert queue.next_to_review(a.project) == b
    assert queue.next_to_review(c.project) == a
    reviewed = queue.changed([a.folder, b.folder], lambda t: replace(t, stage=Stage.REVIEWED))
    assert reviewed.next_to_review(a.project) == c
    assert reviewed.next_to_review(c.project) is None


def test_the_file_holds_all_of_it_and_what_ran_waits_again(tmp_path: Path) -> None:
    queue = queue_of(tmp_path, "a.mrc", "b.mrc")
    a, b = queue.tomograms
    failed = a.after(Outcome(a.job, failure="It is cut off."))
    queue = KeptQueue((failed, replace(b, stage=Stage.RUNNING)), is_paused=True)
    path = tmp_path / "data" / "queue.json"
    write_kept_queue(path, queue)
    assert read_kept_queue(path) == KeptQueue((failed, b), is_paused=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tomograms": 3}', '{"tomograms": [{"job": {}}]}'])
def test_a_damaged_file_is_a_sentence_and_is_kept_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "queue.json"
    path.write_text(text, encoding="utf-8")
    runner = QueueRunner(path, 1, lambda: None, lambda *_: None)
    if text == "{}":  # all of it has defaults
        runner.resume()
    else:
        with pytest.raises(CryoVesError, match="queue"):
            runner.resume()
        assert path.with_suffix(".damaged").read_text(encoding="utf-8") == text
    assert runner.queue == KeptQueue()
    runner.pause(paused=True)
    assert read_kept_queue(path).is_paused
    runner.close()


def test_a_folder_gives_its_tomograms(tmp_path: Path) -> None:
    for name in ("b.MRC", "a.rec.gz", "a.mod", "tilts.st", ".hidden.mrc"):
        (tmp_path / name).touch()
    assert [p.name for p in tomograms_in(tmp_path)] == ["a.rec.gz", "b.MRC"]
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "gone"):
        with pytest.raises(CryoVesError, match="holds no tomogram"):
            tomograms_in(folder)


def test_one_process_has_the_queue(tmp_path: Path) -> None:
    path = tmp_path / "queue.json"
    first, second = (QueueRunner(path, 1, lambda: None, lambda *_: None) for _ in range(2))
    first.pause(paused=True)
    with pytest.raises(CryoVesError, match=ELSEWHERE):
        second.add([tmp_path / "a.mrc"], tmp_path / "out", BASE)
    with pytest.raises(CryoVesError, match=ELSEWHERE):
        second.resume()
    first.add([tmp_path / "b.mrc"], tmp_path / "out", BASE)
    first.close()
    second.resume()
    assert names(second.queue) == ["b"]
    second.close()


def test_the_runner_works_off_what_waits_and_names_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priority, "POLICY", None)  # it would hardly get on beside tests on all processors
    for name in ("a.mrc", "b.mrc"):
        write_mrc_bytes(tmp_path / name, np.full((60, 70, 80), 7, "f4"))
    changed = threading.Condition()
    runner: QueueRunner

    def notify() -> None:
        with changed:
            changed.notify_all()

    def stages() -> list[Stage]:
        return [t.stage for t in runner.queue.tomograms]

    def wait_for(expected: list[Stage]) -> None:
        with changed:
            assert changed.wait_for(lambda: stages() == expected, PATIENCE_S), stages()

    runner = QueueRunner(tmp_path / "queue.json", 1, notify, lambda *_: None)
    runner.pause(paused=True)
    added = runner.add(
        [tmp_path / n for n in ("a.mrc", "gone.mrc", "b.mrc", "a.mrc")], tmp_path / "out", BASE
    )
    assert added == 3
    assert stages() == [Stage.WAITING] * 3
    runner.pause(paused=False)
    wait_for([Stage.TO_REVIEW, Stage.FAILED, Stage.TO_REVIEW])
    if sys.platform != "win32":  # the window goes first
        own = psutil.Process()
        assert max(child.nice() for child in own.children()) == max(19, own.nice())
    a, gone, _b = runner.queue.tomograms
    assert "gone.mrc does not exist" in gone.sentence
    assert a.project.is_file()
    assert a.summary().row()["vesicles"] == 0
    assert gone.summary().row()["error"] == gone.sentence
    before = a.project.stat().st_mtime_ns
    write_mrc_bytes(tmp_path / "gone.mrc", np.full((60, 70, 80), 7, "f4"))
    runner.retry([t.folder for t in runner.queue.tomograms])
    wait_for([Stage.TO_REVIEW] * 3)
    assert a.project.stat().st_mtime_ns == before
    assert read_kept_queue(tmp_path / "queue.json") == runner.queue
    runner.close()
