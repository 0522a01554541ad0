from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Grey
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.network.engines import create_engine, openvino
from cryoves_app.network.engines.base import Engine, Margins
from cryoves_app.network.engines.onnx import OnnxEngine
from cryoves_app.network.engines.openvino import OpenVinoEngine, openvino_on_processor
from cryoves_app.network.model_store import import_weights
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weights import Weights
from tests.needs import needs_onnxruntime
from tests.network.conftest import TensorFlowAnswers, lively_weights
from tests.network.reference_unet import probability

ENGINES = [OpenVinoEngine, pytest.param(OnnxEngine, marks=needs_onnxruntime)]


@pytest.mark.parametrize("kind", ENGINES)
def test_an_engine_agrees_with_the_reference(kind: type[Engine], any_weights: Weights) -> None:
    volume = np.random.default_rng(2).normal(size=(16, 16, 24)).astype(np.float32)
    found = kind(any_weights).predict(volume)
    assert np.abs(found - probability(any_weights, volume)).max() <= 1e-5
    assert found.std() > 0.02


def test_tensorflow_and_csbdeep_agree_with_openvino_on_a_phantom(
    tensorflow_answers: TensorFlowAnswers, any_weights: Weights
) -> None:
    """Also that Keras itself loads the weight files that we write."""
    folder, name = tensorflow_answers.folder, "a" if any_weights.architecture.fold == 1 else "folded"
    expected = OpenVinoEngine(any_weights).predict(np.load(folder / "volume.npy"))
    assert np.abs(np.load(folder / f"{name}_engine.npy") - expected).max() <= 1e-4
    assert np.abs(np.load(folder / f"{name}_keras.npy") - expected).max() <= 1e-4
    assert expected.std() > 0.02


@pytest.mark.parametrize("shape", [(4, 4, 4), (5, 9, 13), (3, 1, 2)])
def test_any_shape_is_predicted(shape: tuple[int, int, int], any_weights: Weights) -> None:
    volume = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    assert OpenVinoEngine(any_weights).predict(volume).shape == shape


@pytest.mark.parametrize(
    "margins",
    [
        ((0, 0), (24, 24), (24, 24)),
        ((24, 0), (0, 32), (8, 40)),
        ((0, 0), (8, 8), (0, 0)),
        ((56, 0), (0, 0), (0, 24)),
    ],
)
@pytest.mark.parametrize("kind", ENGINES)
def test_margins_are_left_out_and_change_nothing(
    kind: type[Engine], margins: Margins, any_weights: Weights, phantom: NDArray[np.float32]
) -> None:
    """As far as the context does reach: what is near a margin that is too narrow is left out, too."""
    engine = kind(any_weights)
    tile = phantom[:, :96]
    whole = engine.logits(tile)
    inside = tuple(slice(low, n - high) for n, (low, high) in zip(tile.shape, margins, strict=True))
    assert np.abs(engine.logits(tile, margins) - whole[inside]).max() <= 1e-5


@pytest.mark.parametrize("kind", ENGINES)
def test_a_running_tile_can_be_left(kind: type[Engine], weights: Weights) -> None:
    def stop() -> None:
        raise Cancelled

    engine = kind(weights)
    with pytest.raises(Cancelled):
        engine.logits(np.zeros((128, 128, 128), np.float32), check=stop)
    small = np.ones((8, 8, 8), np.float32)
    assert np.isfinite(engine.predict(small)).all()


def test_auto_is_openvino_on_a_processor(data_folder: Path, tmp_path: Path, weights: Weights) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    engine = create_engine(import_weights(tmp_path / "a.weights.h5", "mine"))
    assert (engine.name, engine.device, engine.note) == ("openvino", "cpu", "")


@pytest.mark.parametrize(
    ("engine", "device", "sentence"),
    [
        ("caffe", "cpu", "no engine"),
        ("auto", "tpu", "no device"),
        ("auto", "gpu:x", "no device"),
        ("openvino", "gpu", "graphics card"),
    ],
)
def test_unknown_engines_and_devices_are_told(
    data_folder: Path, tmp_path: Path, weights: Weights, engine: str, device: str, sentence: str
) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    model = import_weights(tmp_path / "a.weights.h5", "mine")
    with pytest.raises(CryoVesError, match=sentence):
        create_engine(model, engine, device)


@pytest.mark.parametrize("fold", [1, 2])
def test_short_numbers_are_used_where_they_agree(fold: int) -> None:
    """On a processor without them, ``auto`` stays in float32 without a word, and who asks for them is told."""
    weights = lively_weights(fold=fold)
    volume = np.random.default_rng(2).normal(size=(16, 16, 24)).astype(np.float32)
    plain = openvino_on_processor(weights, 1, "f32")
    asked, auto = (openvino_on_processor(weights, 1, kind) for kind in ("bf16", "auto"))
    assert plain.precision == "f32"
    assert asked.precision == "bf16" or "no bfloat16" in asked.note
    assert auto.precision in ("f32", asked.precision)
    assert auto.note == ""
    assert np.abs(auto.predict(volume) - plain.predict(volume)).max() <= 0.05


def test_short_numbers_that_do_not_agree_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "_BF16_TOLERANCE", -1.0)
    assert openvino_on_processor(lively_weights(), 1, "auto").precision == "f32"


def test_an_unknown_precision_is_told(data_folder: Path, tmp_path: Path, weights: Weights) -> None:
    write_weights(tmp_path / "a.weights.h5", weights)
    with pytest.raises(CryoVesError, match="no precision"):
        create_engine(import_weights(tmp_path / "a.weights.h5", "mine"), precision="f8")


def test_a_network_is_tried_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tomogram of a list makes an engine anew; another network is tried, too."""
    monkeypatch.setattr(openvino, "_DIFFERENCES", {})
    tried: list[int] = []
    trial_tile = openvino.trial_tile

    def counted() -> Grey:
        tried.append(1)
        return trial_tile()

    monkeypatch.setattr(openvino, "trial_tile", counted)
    one, other = lively_weights(), lively_weights(fold=2)
    for network in (one, one, other, one):
        openvino_on_processor(network, 1, "auto")
    has_bfloat16 = openvino_on_processor(one, 1, "bf16").precision == "bf16"
    assert len(tried) == (2 if has_bfloat16 else 0)
