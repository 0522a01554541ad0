"""Adapting without labels, on a tomogram that is smaller than those of the program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.model_store import MASK, load_model, make_card, write_folder
from cryoves_app.network.weights import random_weights
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.training.adapt_order import AdaptOrder
from tests.needs import needs_training
from tests.phantoms import phantom

BALLS = [
    (52.0, 36.0, 40.0, 18.0),
    (55.0, 98.0, 50.0, 19.0),
    (50.0, 60.0, 92.0, 18.0),
    (54.0, 104.0, 120.0, 20.0),
    (50.0, 40.0, 150.0, 19.0),
    (56.0, 92.0, 180.0, 18.0),
    (52.0, 40.0, 205.0, 19.0),
]
SHAPE = (48, 64, 112)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYOVES_DATA", str(tmp_path_factory.mktemp("data")))
        with WorkerProcess(1) as made:
            yield made


def order_of(folder: Path, balls: list[tuple[float, float, float, float]], **more: object) -> AdaptOrder:
    grey = phantom(balls, SHAPE, seed=1).grey.astype("float32")
    folder.mkdir(exist_ok=True)
    write_map(folder / "a.mrc", grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
    values = {"epochs": 1, "patches": 4, "mixed_in": 0, "judged_by": 0, **more}
    return AdaptOrder((str(folder / "a.mrc"),), str(folder / "new"), **values)  # type: ignore[arg-type]


@needs_training
def test_a_new_network_is_kept_only_where_the_fits_find_more(tmp_path: Path, worker: WorkerProcess) -> None:
    result = worker.run(order_of(tmp_path / "a", BALLS))
    assert result.before.vesicles >= 1
    assert "The fits taught" in result.sentence
    names = {path.name for path in (tmp_path / "a").iterdir()}
    if result.model:
        assert "is kept" in result.sentence
        assert names == {"a.mrc", "new"}
        card = json.loads((tmp_path / "a" / "new" / "card.json").read_text(encoding="utf-8"))
        assert "experimental" in card["source"]
        assert load_model(result.model).weights().sha256() == card["weights_sha256"]
    else:
        assert "dropped" in result.sentence
        assert names == {"a.mrc"}


@needs_training
def test_too_few_certain_vesicles_teach_nothing(tmp_path: Path, worker: WorkerProcess) -> None:
    with pytest.raises(CryoVesError, match="too few to teach anything"):
        worker.run(order_of(tmp_path / "a", BALLS[:2]))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["a.mrc"]


@needs_training
def test_a_model_of_regions_is_refused(tmp_path: Path, worker: WorkerProcess) -> None:
    weights = random_weights(Architecture(filters=2, fold=2), 1)
    write_folder(tmp_path / "wall", weights, make_card(weights, "wall", "a test", kind=MASK))
    with pytest.raises(CryoVesError, match="finds regions"):
        worker.run(order_of(tmp_path / "a", BALLS, start=str(tmp_path / "wall")))
