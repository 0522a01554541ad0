import json
import os
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network import model_store
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weights import Weights
from cryoves_app.storage.temporary import clear_leftovers_once
from tests.network.conftest import lively_weights
from tests.network.reference_unet import probability
from tests.storage.processes import killed_in


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


def test_a_folded_network_is_known_to_be_cheaper(data_folder: Path, tmp_path: Path) -> None:
    work = []
    for fold in (1, 2):
        path = tmp_path / f"{fold}.weights.h5"
        write_weights(path, lively_weights(16, fold=fold))
        work.append(model_store.import_weights(path, f"fold{fold}").relative_work)
    assert work[0] == 1.0
    assert work[1] < 0.25


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
    assert card["architecture"] == {"unet_depth": 2, "filters": 4, "fold": 1}
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


def _others(folder: Path) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of work")
    (folder / "sub" / "data.rec").write_text("years of work")
    return folder


@pytest.mark.parametrize("known", [[], ["card.json"], ["card.json", "model.weights.h5", "model.onnx"]])
def test_force_never_touches_a_folder_with_files_of_others(
    weight_file: Path, tmp_path: Path, known: list[str]
) -> None:
    model = model_store.import_weights(weight_file, "mine")
    papers = _others(tmp_path / "papers")
    for name in known:
        (papers / name).write_text("{}")
    before = sorted(papers.rglob("*"))
    with pytest.raises(
        CryoVesError, match=r"papers holds what does not belong to a model \(sub, thesis\.txt"
    ):
        model_store.export_model(model, papers, force=True)
    assert sorted(papers.rglob("*")) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "mine.weights.h5", "papers"]


@pytest.mark.parametrize("name", ["file", "file.onnx", "file.h5"])
def test_a_folder_or_file_of_another_kind_is_left_alone(weight_file: Path, tmp_path: Path, name: str) -> None:
    model = model_store.import_weights(weight_file, "mine")
    place = tmp_path / name
    place.mkdir() if "." in name else place.touch()
    with pytest.raises(CryoVesError, match=r"is a file, not a model|a folder of that name is there"):
        model_store.export_model(model, place, force=True)
    assert place.exists()


def test_files_beside_an_imported_model_are_left_alone(weight_file: Path) -> None:
    model = model_store.import_weights(weight_file, "mine")
    (model.folder / "notes.txt").write_text("mine")
    with pytest.raises(CryoVesError, match=r"notes\.txt"):
        model_store.import_weights(weight_file, "mine", force=True)
    assert (model.folder / "notes.txt").exists()
    assert model_store.load_model("mine").weights_hash == model.weights_hash


@pytest.mark.skipif(os.name == "nt", reason="modes as POSIX has them")
@pytest.mark.parametrize("name", ["m.onnx", "m.h5", "m"])
def test_what_is_exported_may_be_read_by_whom_the_user_lets(
    weight_file: Path, tmp_path: Path, name: str
) -> None:
    model = model_store.import_weights(weight_file, "mine")
    before = os.umask(0o022)
    try:
        path = model_store.export_model(model, tmp_path / name)
    finally:
        os.umask(before)
    modes = {p.stat().st_mode & 0o777 for p in ([path] if path.is_file() else path.iterdir())}
    assert modes == {0o644}


def test_half_a_model_is_no_model(weight_file: Path) -> None:
    """What a process that was killed leaves, on this computer or another."""
    model = model_store.import_weights(weight_file, "mine")
    half = model.folder.with_name(".cryoves-1a223745e39-00000000-9c691c.partial") / "mine"
    half.mkdir(parents=True)
    (half / "card.json").write_text((model.folder / "card.json").read_text())
    (model.folder.parent / "._mine").mkdir()
    (model.folder.parent / "._mine" / "card.json").write_text((model.folder / "card.json").read_text())
    assert [m.name for m in model_store.list_models()].count("mine") == 1
    assert len(model_store.list_models()) == 2


def test_a_model_whose_replacing_was_killed_is_back(weight_file: Path) -> None:
    model = model_store.import_weights(weight_file, "mine")
    killed_in(
        "__import__('cryoves_app.storage.replacing', fromlist=['x']).replacing_folder("
        "path, __import__('cryoves_app.network.model_store', fromlist=['x']).MODEL_FOLDER)",
        "pass",
        path=model.folder,
        renames=2,
    )
    assert not model.folder.exists()
    clear_leftovers_once.cache_clear()  # as in the next process
    assert model_store.load_model("mine").weights_hash == model.weights_hash
