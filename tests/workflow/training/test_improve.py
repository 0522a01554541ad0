"""A round of improving, with a tiny network and tomograms that are smaller than those of the program."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.model_store import load_model, make_card, write_folder
from cryoves_app.network.weights import random_weights
from cryoves_app.workflow.jobs.messages import EpochDone, Failed
from cryoves_app.workflow.jobs.supervisor import Callbacks, WorkerProcess
from cryoves_app.workflow.training.improve_order import Improved, ImproveOrder
from cryoves_app.workflow.training.unfinished import unfinished_rounds
from tests.needs import needs_training
from tests.phantoms import phantom

VOXEL_NM = 2.2
BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0), (50.0, 60.0, 102.0, 21.0)]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """TensorFlow lives in it; simulated tomograms are made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYOVES_DATA", str(tmp_path_factory.mktemp("data")))
        with WorkerProcess(1) as made:
            yield made


@pytest.fixture
def start(tmp_path: Path) -> Path:
    weights = random_weights(Architecture(filters=2, fold=2), 1)
    write_folder(tmp_path / "start", weights, make_card(weights, "start", "a test"))
    return tmp_path / "start"


def corrected_project(folder: Path, name: str, *, corrected: bool = True) -> str:
    grey = phantom(BALLS, (48, 64, 64), seed=len(name)).grey.astype("float32")
    folder.mkdir(parents=True, exist_ok=True)
    tomogram = folder / f"{name}.mrc"
    write_map(tomogram, grey, VolumeInfo(grey.shape, grey.dtype, VOXEL_NM))
    found = [Vesicle(n, *ball, reviewed=corrected) for n, ball in enumerate(BALLS, 1)]
    if corrected:
        found[0] = replace(found[0], origin=Origin.MANUAL)
        found.append(Vesicle(4, 50.0, 110.0, 110.0, 15.0, status=Status.REJECTED, reviewed=True))
    size, digest = fingerprint(tomogram)
    reference = TomogramReference(tomogram.name, str(tomogram), size, digest, grey.shape, VOXEL_NM)
    path = folder / f"{name}.cryoves"
    ProjectFile.create(path, Project(reference, vesicles=VesicleSet.of(found))).close()
    return str(path)


def order_of(tmp_path: Path, start: Path, *projects: str, **more: object) -> ImproveOrder:
    order = ImproveOrder(
        projects, str(tmp_path / "better"), str(start), epochs=2, patches=4, mixed_in=1, judged_by=1
    )
    return replace(order, **more)  # type: ignore[arg-type]


@needs_training
def test_one_round_makes_a_model_that_says_what_it_learned(
    tmp_path: Path, start: Path, worker: WorkerProcess
) -> None:
    project = corrected_project(tmp_path / "a", "a")
    told: list[int] = []
    results: list[Improved] = []
    callbacks: Callbacks[Improved] = Callbacks(
        on_epoch=lambda done: told.append(done.epoch), on_done=results.append
    )
    worker.submit(order_of(tmp_path, start, project, part="last"), callbacks)
    assert worker.wait()
    (result,) = results
    assert told == [1, 2]
    assert result.corrected == {}  # one tomogram cannot be held out
    assert "is not known" in result.sentence
    assert set(result.simulated) == {"before", "after"}
    before, after = load_model(start).weights(), load_model(result.model).weights()
    changed = [name for name, layer in before if (layer.kernel != after.layers[name].kernel).any()]
    assert changed == ["up_level_0_no_0", "up_level_0_no_2", "head"]
    training = json.loads((tmp_path / "better" / "card.json").read_text())["training"]
    assert training["corrections"] == "1 vesicle added, 0 corrected, 1 rejected"
    assert training["start"]["weights_sha256"] == load_model(start).weights_hash
    assert {p.name for p in tmp_path.iterdir()} == {"a", "better", "start"}
    with pytest.raises(CryoVesError, match="exists already"):
        worker.run(order_of(tmp_path, start, project))


@needs_training
def test_of_four_tomograms_the_last_is_held_out(tmp_path: Path, start: Path, worker: WorkerProcess) -> None:
    projects = [corrected_project(tmp_path / name, name) for name in ("a", "bb", "ccc", "dddd")]
    result = worker.run(order_of(tmp_path, start, *projects, epochs=1, mixed_in=0, judged_by=0))
    assert set(result.corrected) == {"before", "after"}
    card = json.loads((tmp_path / "better" / "card.json").read_text())
    assert card["training"]["tomograms"] == ["a.mrc", "bb.mrc", "ccc.mrc"]
    assert card["training"]["held_out"] == ["dddd.mrc"]
    assert card["scores"]["f1"] == result.corrected["after"]["f1"]


@needs_training
def test_a_killed_round_goes_on_as_if_it_had_never_stopped(
    tmp_path: Path, start: Path, worker: WorkerProcess
) -> None:
    project = corrected_project(tmp_path / "a", "a")
    order = order_of(tmp_path, start, project, epochs=3, mixed_in=0, judged_by=0)
    worker.run(order)
    whole = load_model(order.output).weights()

    second = replace(order, output=str(tmp_path / "second"))
    failed: list[Failed] = []

    def kill(done: EpochDone) -> None:
        if done.epoch == 1 and worker.pid is not None:
            os.kill(worker.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    worker.submit(second, Callbacks(on_epoch=kill, on_failed=failed.append))
    assert worker.wait()
    assert len(failed) == 1
    assert unfinished_rounds(tmp_path) == [replace(second, resume=True)]
    with pytest.raises(CryoVesError, match="was begun in"):
        worker.run(second)
    worker.run(replace(second, resume=True))
    assert load_model(second.output).weights().sha256() == whole.sha256()
    assert not second.unfinished.exists()


@needs_training
def test_where_nothing_was_corrected_nothing_is_learned(
    tmp_path: Path, start: Path, worker: WorkerProcess
) -> None:
    project = corrected_project(tmp_path / "a", "a", corrected=False)
    with pytest.raises(CryoVesError, match="Nothing was corrected"):
        worker.run(order_of(tmp_path, start, project))
    assert not (tmp_path / "better").exists()
