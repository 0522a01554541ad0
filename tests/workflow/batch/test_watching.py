"""Queues that run elsewhere, by their output folders."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.claims import claim_path, take_claim
from cryoves_app.storage.temporary import LATELY_S
from cryoves_app.workflow.batch.facts import ResultFacts, read_facts
from cryoves_app.workflow.batch.kept_queue import Stage
from cryoves_app.workflow.batch.run import State
from cryoves_app.workflow.batch.summary import TomogramSummary, write_summary
from cryoves_app.workflow.batch.watching import look_at_queue
from tests.workflow.study.projects import make_project, save_project

BALLS = [(50.0, 100.0, 100.0, 20.0), (50.0, 100.0, 200.0, 20.0)]


def seen(folder: Path) -> dict[str, Stage]:
    return {Path(t.folder).name: t.stage for t in look_at_queue(folder)}


def test_stages_are_those_of_the_disk(tmp_path: Path) -> None:
    """A summary may be old, as each of several runs writes it: results and claims go before it."""
    states = {"a": State.WAITING, "b": State.WAITING, "c": State.FAILED, "d": State.FAILED, "e": State.DONE}
    rows = [TomogramSummary(f"/data/{n}.mrc", s, f"/far/{n}", condition="x") for n, s in states.items()]
    write_summary(tmp_path / "summary.csv", rows)
    save_project(tmp_path, make_project(BALLS, "a"))
    save_project(tmp_path, make_project(BALLS, "new"))
    for name in ("b", "d"):
        claim_path(tmp_path / name).write_text("{}")
    long_ago = time.time() - LATELY_S - 60
    os.utime(claim_path(tmp_path / "d"), (long_ago, long_ago))
    assert seen(tmp_path) == {
        "a": Stage.TO_REVIEW, "b": Stage.RUNNING, "c": Stage.FAILED, "d": Stage.FAILED, "e": Stage.WAITING,
        "new": Stage.TO_REVIEW,
    }  # fmt: skip
    first = look_at_queue(tmp_path, reviewed=[str(tmp_path / "a")])[0]
    assert (first.stage, first.job.condition) == (Stage.REVIEWED, "x")
    assert first.project.is_file()


def test_looking_takes_no_claim(tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.csv", [TomogramSummary("/data/a.mrc", folder=str(tmp_path / "a"))])
    with take_claim(tmp_path / "a") or pytest.fail("it was free"):
        assert seen(tmp_path) == {"a": Stage.RUNNING}
    assert seen(tmp_path) == {"a": Stage.WAITING}
    with take_claim(tmp_path / "a") or pytest.fail("it is free again"):
        pass


def test_what_is_no_queue_is_one_sentence(tmp_path: Path) -> None:
    for folder, words in (
        (tmp_path / "gone", "is not there"),
        (tmp_path, "neither summary.csv nor a project"),
    ):
        with pytest.raises(CryoVesError, match=words):
            look_at_queue(folder)


def test_facts_are_those_of_the_project_as_it_is_now(tmp_path: Path) -> None:
    path = save_project(tmp_path, make_project(BALLS, "a", outliers=2, reviewed=1))
    found = read_facts(path)
    assert found == ResultFacts(2, 2, 1, 4)
    assert found.outlier_share == 0.5
    assert not found.is_reviewed
    assert read_facts(tmp_path / "none.cryoves") is None
    assert ResultFacts(0, 0, 0, 0).outlier_share is None
    assert not ResultFacts(0, 0, 0, 0).is_reviewed
