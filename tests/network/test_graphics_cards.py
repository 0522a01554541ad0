"""Engines on graphics cards, as far as a computer without one can tell: cards are played by the processor."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.network.engines import create_engine, gpu, onnx
from cryoves_app.network.engines.base import NO_MARGINS, EngineOutOfMemory, Margins
from cryoves_app.network.engines.guarded import GuardedEngine
from cryoves_app.network.engines.onnx import OnnxEngine
from cryoves_app.network.engines.openvino import OpenVinoEngine
from cryoves_app.network.engines.trial import trial_tile
from cryoves_app.network.model_store import Model, import_weights
from cryoves_app.network.tiling import predict_volume
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weights import Weights

onnxruntime = pytest.importorskip("onnxruntime", reason="graphics cards are reached by ONNX Runtime")
native = pytest.importorskip("onnxruntime.capi.onnxruntime_pybind11_state")


class _Card(OpenVinoEngine):
    """A card that works until it fails."""

    failure: Exception | None = None

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.device = "gpu:0"
        self.tiles: list[tuple[int, ...]] = []

    def logits(
        self,
        tile: NDArray[np.float32],
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float32]:
        if self.failure is not None:
            raise self.failure
        self.tiles.append(tile.shape)
        return super().logits(tile, margins, check)


class _BrokenCard(_Card):
    """A driver that computes something else."""

    def logits(
        self,
        tile: NDArray[np.float32],
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> NDArray[np.float32]:
        return super().logits(tile, margins, check) + np.float32(0.1)


class _SmallSession:
    """ONNX Runtime with little memory: tiles above a size fail as its own allocator does."""

    def __init__(self, session: Any, largest: int) -> None:
        self._session, self._largest = session, largest
        self.sizes: list[int] = []

    def run(self, names: list[str], feed: dict[str, NDArray[np.float32]]) -> Any:
        size = next(iter(feed.values())).size
        self.sizes.append(size)
        if size > self._largest:
            raise native.RuntimeException(
                "BFCArena: Failed to allocate memory for requested buffer of size 99"
            )
        return self._session.run(names, feed)


@pytest.fixture
def model(data_folder: Path, tmp_path: Path, weights: Weights) -> Model:
    write_weights(tmp_path / "a.weights.h5", weights)
    return import_weights(tmp_path / "a.weights.h5", "mine")


@pytest.mark.parametrize("device", ["auto", "gpu"])
def test_a_card_that_computes_wrongly_is_left_with_a_sentence(
    model: Model, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(gpu, "_onnx", lambda *_: [lambda: _BrokenCard(model.weights())])
    engine = create_engine(model, "auto", device)
    assert (engine.name, engine.device) == ("openvino", "cpu")
    sentence = r"The graphics card cannot be used \(its results differ .*\), so the processor computes\."
    assert re.fullmatch(sentence, engine.note)


def test_half_precision_does_not_pass_for_the_processors_results(model: Model) -> None:
    low = OpenVinoEngine(model.weights(), precision="bf16")
    tile = trial_tile()
    difference = np.abs(low.predict(tile) - OpenVinoEngine(model.weights()).predict(tile)).max()
    if difference == 0:
        pytest.skip("this processor has no bfloat16")
    assert difference > gpu.TOLERANCE


def test_a_provider_that_does_not_start_is_left_with_a_sentence(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime for processors, as if it had promised CUDA."""
    monkeypatch.setattr(onnx, "available_gpu_providers", lambda: [onnx.CUDA])
    engine = create_engine(model, "auto", "gpu")
    assert (engine.name, engine.device) == ("openvino", "cpu")
    assert "CUDA" in engine.note


def test_a_card_that_agrees_is_used(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "_onnx", lambda *_: [lambda: _Card(model.weights())])
    chosen = [create_engine(model, "auto", device) for device in ("auto", "gpu", "gpu:0", "cpu")]
    assert [engine.device for engine in chosen] == ["gpu:0", "gpu:0", "gpu:0", "cpu"]
    assert not any(engine.note for engine in chosen)


def test_the_next_candidate_is_tried_where_the_first_fails(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fails() -> _Card:
        tried.append("first")
        raise CryoVesError("no driver")

    def works() -> _Card:
        tried.append("second")
        return _Card(model.weights())

    monkeypatch.setattr(gpu, "_onnx", lambda *_: [fails])
    monkeypatch.setattr(gpu, "_tensorflow", lambda *_: [works])
    engine = create_engine(model, "auto", "auto")
    assert tried == ["first", "second"]
    assert (engine.device, engine.note) == ("gpu:0", "")


def test_cuda_comes_before_directml_and_before_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    built_in = ["DmlExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    assert onnx.available_gpu_providers() == [onnx.CUDA, onnx.DIRECTML]


def test_directml_gets_the_settings_it_demands(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory patterns and parallel execution off; without a number the fast card, not the one of the screen."""
    asked: dict[str, Any] = {}
    real = onnxruntime.InferenceSession

    def session(content: bytes, options: Any, providers: list[Any], **kept: Any) -> Any:
        asked.update(options=options, providers=providers)
        return real(content, options, providers=providers[1:], **kept)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    OnnxEngine(weights, 1, onnx.DIRECTML)
    assert not asked["options"].enable_mem_pattern
    assert asked["options"].execution_mode == onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    fast = {"performance_preference": "high_performance", "device_filter": "gpu"}
    assert asked["providers"] == [("DmlExecutionProvider", fast), "CPUExecutionProvider"]
    assert onnx.provider_options(onnx.DIRECTML, 1) == {"device_id": 1}
    assert onnx.provider_options(onnx.CUDA, None)["use_tf32"] == 0


def test_short_memory_of_onnx_runtime_makes_tiles_smaller(
    weights: Weights, phantom: NDArray[np.float32]
) -> None:
    engine = OnnxEngine(weights, threads=1)
    small = _SmallSession(engine._session, largest=72 * 100 * 64)
    engine._session = small
    found, expected = np.empty_like(phantom), np.empty_like(phantom)
    predict_volume(engine, phantom, found)
    predict_volume(OpenVinoEngine(weights), phantom, expected)
    assert max(small.sizes) > small._largest >= small.sizes[-1]
    assert np.abs(found - expected).max() <= 1e-4


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("Not enough memory resources are available to complete this operation.", EngineOutOfMemory),
        (
            "DmlCommittedResourceAllocator.cpp(22): Exception(1) tid(1) 8007000E Nicht gen\xfcgend",
            EngineOutOfMemory,
        ),
        ("CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED", EngineOutOfMemory),
        ("CUDA failure 700: an illegal memory access was encountered", CryoVesError),
        ("887A0005 The GPU device instance has been suspended.", CryoVesError),
    ],
)
def test_only_short_memory_counts_as_such(weights: Weights, told: str, kind: type[Exception]) -> None:
    class Session:
        def run(self, *_: object) -> None:
            raise native.Fail(told)

    engine = OnnxEngine(weights)
    engine._session = Session()
    with pytest.raises(kind):
        engine.predict(np.zeros((8, 8, 8), np.float32))


def test_a_card_that_fails_during_a_run_is_left_and_the_result_is_whole(
    weights: Weights, phantom: NDArray[np.float32]
) -> None:
    card = _Card(weights)
    engine = GuardedEngine(card, OpenVinoEngine(weights))
    found, expected = np.empty_like(phantom), np.empty_like(phantom)

    def fail_after_the_first(tile: NDArray[np.float32], *rest: Any) -> NDArray[np.float32]:
        logits = OpenVinoEngine.logits(card, tile, *rest)
        card.failure = RuntimeError("The driver was reset.")
        card.logits = lambda *_: _Card.logits(card, tile)  # type: ignore[method-assign]
        return logits

    card.logits = fail_after_the_first  # type: ignore[method-assign]
    predict_volume(engine, phantom, found, memory_budget_bytes=20e6)
    predict_volume(OpenVinoEngine(weights), phantom, expected)
    assert np.abs(found - expected).max() <= 1e-4
    assert (engine.name, engine.device) == ("openvino", "cpu")
    assert engine.note == (
        "The graphics card failed during the run (The driver was reset); the processor computed the rest."
    )


def test_a_card_without_memory_for_a_small_tile_is_left(weights: Weights) -> None:
    card = _Card(weights)
    card.failure = EngineOutOfMemory("short of memory")
    engine = GuardedEngine(card, OpenVinoEngine(weights))
    with pytest.raises(EngineOutOfMemory):
        engine.logits(np.zeros((128, 128, 128), np.float32))
    assert engine.device == "gpu:0"
    assert engine.predict(np.zeros((32, 32, 32), np.float32)).shape == (32, 32, 32)
    assert engine.device == "cpu"


def test_a_cancelled_tile_is_not_the_cards_fault(weights: Weights) -> None:
    card = _Card(weights)
    card.failure = Cancelled()
    engine = GuardedEngine(card, OpenVinoEngine(weights))
    with pytest.raises(Cancelled):
        engine.predict(np.zeros((32, 32, 32), np.float32))
    assert (engine.device, engine.note) == ("gpu:0", "")
