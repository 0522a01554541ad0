"""What is sent to the workers of a cluster, and what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

import cryoves_app
from cryoves_app.storage.claims import take_claim
from cryoves_app.workflow.batch import cluster, cluster_task
from cryoves_app.workflow.batch.cluster import with_whole_paths
from cryoves_app.workflow.batch.cluster_task import ClusterTask, RareProgress, Refused, do_task
from cryoves_app.workflow.batch.run import Listener, Outcome, State
from cryoves_app.workflow.jobs.codec import from_plain, to_plain
from cryoves_app.workflow.segment.order import SegmentJob


def test_paths_are_whole_and_names_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    job = SegmentJob(
        "a.mrc", "out/a", model="mine", region="{dir}/{stem}_cell.mod", active_zone="zones/{stem}.mod"
    )
    whole = with_whole_paths(job)
    assert (whole.tomogram, whole.folder) == (str(tmp_path / "a.mrc"), str(tmp_path / "out" / "a"))
    assert whole.model == str(tmp_path / "mine")
    assert whole.region == "{dir}/{stem}_cell.mod"
    assert whole.active_zone == str(tmp_path / "zones" / "{stem}.mod")
    assert whole.fit_volume is None
    assert with_whole_paths(SegmentJob("a.mrc", "a")).model == "default"
    assert with_whole_paths(whole) == whole


def test_a_task_tells_each_step_and_little_of_its_progress() -> None:
    """A hundred reports of ten seconds become those at 0, 2, 4, 6 and 8; another step is told at once."""
    now = [0.0]
    rare = RareProgress(lambda: now[0])
    told = []
    for tenth in range(100):
        now[0] = tenth / 10
        if rare.is_due("network"):
            told.append(now[0])
    assert told == [0, 2, 4, 6, 8]
    assert [rare.is_due(step) for step in ("fit", "fit", "network")] == [True, False, True]


def test_a_worker_of_another_version_refuses() -> None:
    task = ClusterTask("run", 0, SegmentJob("a.mrc", "a"), version="0.0.0")
    assert from_plain(Refused, do_task(to_plain(task))) == Refused(cryoves_app.__version__)


def test_what_another_run_holds_is_asked_for_again_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tomogram is cut short, so that its turn ends at once."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "AGAIN_SECONDS", 0.05)
    (tmp_path / "a.mrc").write_bytes(b"nothing")
    (tmp_path / "b.mrc").write_bytes(b"nothing")
    jobs = [SegmentJob(str(tmp_path / f"{n}.mrc"), str(tmp_path / n), threads=1) for n in "ab"]
    held = take_claim(tmp_path / "a")
    assert held is not None
    told: list[Outcome] = []

    def heard(outcome: Outcome) -> None:
        told.append(outcome)
        if len(told) == 1:  # the other one has ended
            held.release()

    with distributed.Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None, set_as_default=False
    ) as client:
        outcomes = cluster.run_on_cluster(jobs, client, Listener(on_outcome=heard), threads=1)
        client.run(close_pool)
    assert [(Path(o.job.tomogram).stem, o.state) for o in outcomes] == [
        ("b", State.FAILED),
        ("a", State.FAILED),
    ]
    assert outcomes == told
    assert "a.mrc" in outcomes[1].failure


def test_patience_with_other_runs_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.0)
    (tmp_path / "a.mrc").write_bytes(b"nothing")
    with (
        take_claim(tmp_path / "a") or pytest.fail("it was free"),
        distributed.Client(
            processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None, set_as_default=False
        ) as client,
    ):
        (outcome,) = cluster.run_on_cluster(
            [SegmentJob(str(tmp_path / "a.mrc"), str(tmp_path / "a"))], client, Listener(), threads=1
        )
    assert outcome.state is State.RUNNING


def close_pool() -> None:
    """End the worker processes that tasks have left in this process."""
    for worker in cluster_task._POOL.idle:
        worker.close()
    cluster_task._POOL.idle.clear()
