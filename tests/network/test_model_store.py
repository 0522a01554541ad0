import json
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network import model_store
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weights import Weights
from tests.network.conftest import lively_weights
from tests.network.reference_unet import probability


@pytest.fixture
def weight_file(data_folder: Path, tmp_path: Path, weights: Weights) -> Path:
    write_weights(tmp_path / "mine.weights.h5", weights)
    return tmp_path / "mine.weights.h5"


def test_an_imported_model_is_found_by_name_folder_and_file(weight_file: Path, weights: Weights) -> None:
    model = model_store.import_weights(weight_file, "mine")
    assert model.voxel_size_nm == 2.2
    for place in ("mine", model.folder, weight_file):
        assert model_store.load_model(place).weights().sha256() == weights.sha256() == model.weights_hash


def test_imported_models_are_listed_behind_the_bundled_ones(weight_file: Path) -> None:
    before = [m.name for m in model_store.list_models()]
    model_store.import_weights(weight_file, "mine")
    assert [m.name for m in model_store.list_models()] == [*before, "mine"]


def test_a_taken_name_needs_force(weight_file: Path, tmp_path: Path) -> None:
    model_store.import_weights(weight_file, "mine")
    other = lively_weights(seed=9)
    write_weights(tmp_path / "other.weights.h5", other)
    with pytest.raises(CryoVesError, match="exists already"):
        model_store.import_weights(tmp_path / "other.weights.h5", "mine")
    model_store.import_weights(tmp_path / "other.weights.h5", "mine", force=True)
    assert model_store.load_model("mine").weights_hash == other.sha256()


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "ü"])
def test_names_that_could_leave_the_folder_are_refused(weight_file: Path, name: str) -> None:
    with pytest.raises(CryoVesError, match="cannot name"):
        model_store.import_weights(weight_file, name)


def test_an_unknown_model_is_told_with_those_that_exist(weight_file: Path) -> None:
    model_store.import_weights(weight_file, "mine")
    with pytest.raises(CryoVesError, match=r"no model “nobody”.*mine"):
        model_store.load_model("nobody")


def test_weights_that_are_not_those_of_the_card_are_refused(weight_file: Path) -> None:
    model = model_store.import_weights(weight_file, "mine")
    write_weights(model.folder / model_store.WEIGHTS, lively_weights(seed=9))
    with pytest.raises(CryoVesError, match="not those of its card"):
        model_store.load_model("mine").weights()


@pytest.mark.parametrize("card",
    [
        "not json", "[]", '{"voxel_size_nm": "2"}', '{"voxel_size_nm": 2.2}', "[" * 6000,
        '{"voxel_size_nm": 2.2, "weights_sha256": "", "target_inset_nm": 1e999}',
        '{"voxel_size_nm": 2.2, "weights_sha256": "", "target_inset_nm": "2"}',
        f'{{"voxel_size_nm": 1{"0" * 400}, "weights_sha256": ""}}',
        '{"voxel_size_nm": true, "weights_sha256": ""}', "a\\0b",
    ],
)  # fmt: skip
def test_a_damaged_card_is_told_and_left_out_of_the_list(weight_file: Path, card: str) -> None:
    model = model_store.import_weights(weight_file, "mine")
    (model.folder / model_store.CARD).write_text(card)
    with pytest.raises(CryoVesError, match="card"):
        model_store.load_model("mine")
    assert "mine" not in [m.name for m in model_store.list_models()]


def test_the_onnx_export_agrees_with_the_reference(
    weight_file: Path, tmp_path: Path, weights: Weights
) -> None:
    model = model_store.import_weights(weight_file, "mine")
    path = model_store.export_model(model, tmp_path / "mine.onnx")
    volume = np.random.default_rng(1).normal(size=(8, 12, 16)).astype(np.float32)
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(["probability"], {"volume": volume[None, None]})
    assert np.abs(found[0, 0] - probability(weights, volume)).max() <= 1e-5


@pytest.mark.parametrize("name", ["copy", "copy.h5"])
def test_an_export_can_be_imported_again(
    weight_file: Path, tmp_path: Path, weights: Weights, name: str
) -> None:
    model = model_store.import_weights(weight_file, "mine")
    path = model_store.export_model(model, tmp_path / name)
    assert model_store.import_weights(path, "again").weights().sha256() == weights.sha256()
    with pytest.raises(CryoVesError, match="exists already"):
        model_store.export_model(model, tmp_path / name)


def test_a_failed_import_leaves_nothing(weight_file: Path, data_folder: Path) -> None:
    weight_file.write_text("broken")
    with pytest.raises(CryoVesError):
        model_store.import_weights(weight_file, "mine")
    assert not list(data_folder.rglob("*"))


def test_every_card_says_what_the_network_expects(weight_file: Path) -> None:
    model = model_store.import_weights(weight_file, "mine")
    card = json.loads((model.folder / model_store.CARD).read_text(encoding="utf-8"))
    assert card["architecture"] == {"unet_depth": 2, "filters": 4}
    assert "dark" in card["input"]


def test_the_bundled_model_is_whole_and_says_what_it_is() -> None:
    model = model_store.load_model(model_store.DEFAULT)
    assert model.bundled
    assert model.weights().architecture.filters == 16
    assert model.target_inset_nm == pytest.approx(2.25)
    assert "simulated" in model.card["limits"]
    assert model.card["training"]["commands"]
    assert sum(p.stat().st_size for p in model.folder.iterdir()) < 5e6


def test_the_bundled_model_cannot_be_replaced(weight_file: Path) -> None:
    with pytest.raises(CryoVesError, match="comes with CryoVes"):
        model_store.import_weights(weight_file, "default", force=True)
