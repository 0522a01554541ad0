import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.engines.openvino import OpenVinoEngine
from cryoves_app.network.weight_files import parse_weights, write_weights
from cryoves_app.network.weights import Weights
from tests.network.conftest import lively_weights
from tests.network.reference_unet import probability


@pytest.mark.parametrize("name", ["weights.h5", "weights_v1.h5"])
def test_published_weights_agree_with_a_plain_reference(shared_data: Path, name: str) -> None:
    weights = parse_weights(shared_data / "cryovesnet_weights" / name)
    volume = np.random.default_rng(5).normal(size=(16, 20, 12)).astype(np.float32)
    found = OpenVinoEngine(weights).predict(volume)
    assert np.abs(found - probability(weights, volume)).max() <= 1e-5
    assert found.std() > 1e-4  # the comparison is of something


def test_weights_survive_writing(tmp_path: Path, weights: Weights) -> None:
    path = tmp_path / "a.weights.h5"
    write_weights(path, weights)
    again = parse_weights(path)
    assert again.architecture == weights.architecture
    assert again.sha256() == weights.sha256()


def test_the_hash_tells_weights_apart(weights: Weights) -> None:
    assert lively_weights(seed=4).sha256() != weights.sha256()
    assert lively_weights().sha256() == weights.sha256()


def test_a_keras_archive_is_read(tmp_path: Path, weights: Weights) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.write(tmp_path / "a.weights.h5", "model.weights.h5")
        archive.writestr("config.json", '{"module": "os", "class_name": "system"}')
    assert parse_weights(tmp_path / "a.keras").sha256() == weights.sha256()


def _text(path: Path, weights: Weights) -> None:
    path.write_text("these are not weights")


def _empty(path: Path, weights: Weights) -> None:
    path.write_bytes(b"")


def _truncated(path: Path, weights: Weights) -> None:
    write_weights(path, weights)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _other_network(path: Path, weights: Weights) -> None:
    with h5py.File(path, "w") as file:
        for index in range(11):
            group = file.create_group(f"layers/conv3d{f'_{index}' if index else ''}/vars")
            group.create_dataset("0", data=np.zeros((3, 3, 3, 1, 8), np.float32))
            group.create_dataset("1", data=np.zeros(8, np.float32))


def _huge(path: Path, weights: Weights) -> None:
    """A first layer that claims 4 TB without holding a byte."""
    write_weights(path, weights)
    with h5py.File(path, "a") as file:
        group = file["layers/conv3d_1/vars"]
        del group["0"]
        group.create_dataset("0", shape=(3, 3, 3, 200_000, 200_000), dtype="f4", chunks=(3, 3, 3, 64, 64))


def _not_finite(path: Path, weights: Weights) -> None:
    write_weights(path, weights)
    with h5py.File(path, "a") as file:
        file["layers/conv3d_2/vars/1"][0] = np.nan


def _external(path: Path, weights: Weights) -> None:
    write_weights(path, weights)
    with h5py.File(path, "a") as file:
        del file["layers/conv3d/vars/1"]
        file["layers/conv3d/vars/1"] = h5py.ExternalLink("elsewhere.h5", "/secret")


def _plain_hdf5(path: Path, weights: Weights) -> None:
    with h5py.File(path, "w") as file:
        file["volume"] = np.zeros(3)


def _zip_without_weights(path: Path, weights: Weights) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_text, "no weight file"),
        (_empty, "no weight file"),
        (_truncated, "damaged"),
        (_other_network, "another network"),
        (_huge, "another network"),
        (_not_finite, "not numbers"),
        (_external, "not laid out"),
        (_plain_hdf5, "no weights"),
        (_zip_without_weights, "no weights"),
    ],
)
def test_a_wrong_file_gets_one_clear_sentence(tmp_path: Path, weights: Weights, make, sentence: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "wrong.h5"
    make(path, weights)
    with pytest.raises(CryoVesError, match=sentence) as failure:
        parse_weights(path)
    assert "wrong.h5" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_missing_file_gets_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="cannot be opened"):
        parse_weights(tmp_path / "none.h5")
