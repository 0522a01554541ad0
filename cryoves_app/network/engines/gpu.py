"""Graphics cards: found, tried on one tile against the processor, and left where they fail."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.weights import Weights

Candidate = Callable[[], Engine]

#: Largest difference of a probability between card and processor; cards round a little more than processors.
TOLERANCE = 2e-3

_TILE_PX = 32


def gpu_engine(weights: Weights, engine: str, threads: int, index: int, reference: Engine) -> tuple[Engine | None, str]:
    """The first engine on a graphics card that computes what the processor does.

    Returns
    -------
    The engine, or none and the reason in words; the reason is empty where no card was found.
    """
    reason = ""
    for candidate in _candidates(weights, engine, threads, index):
        try:
            made = candidate()
            _compare(made, reference)
            return made, ""
        except Exception as error:  # noqa: BLE001 - drivers fail in every way there is; the run goes on without
            reason = " ".join(str(error).split())[:200] or type(error).__name__
    return None, reason


def _compare(engine: Engine, reference: Engine) -> None:
    tile = np.random.default_rng(0).standard_normal((_TILE_PX,) * 3, dtype=np.float32)
    difference = float(np.abs(engine.predict(tile) - reference.predict(tile)).max())
    if not difference <= TOLERANCE:
        raise CryoVesError(f"its results differ from the processor's by {difference:.2g}")


def _candidates(weights: Weights, engine: str, threads: int, index: int) -> Iterator[Candidate]:
    finders = {"onnx": _onnx, "tensorflow": _tensorflow, "openvino": _openvino}
    for name, find in finders.items():
        if engine in ("auto", name):
            candidate = find(weights, threads, index)
            if candidate is not None:
                yield candidate


def _onnx(weights: Weights, threads: int, index: int) -> Candidate | None:
    """ONNX Runtime: CUDA, or on Windows any card through DirectML."""
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    from cryoves_app.network.engines import onnx

    provider = onnx.available_gpu_provider()
    if provider is None:
        return None

    def make() -> Engine:
        engine = onnx.OnnxEngine(weights, threads, provider, index)
        if engine.device == "cpu":
            raise CryoVesError(f"ONNX Runtime cannot start {provider.removesuffix('ExecutionProvider')}")
        return engine

    return make


def _tensorflow(weights: Weights, threads: int, index: int) -> Candidate | None:
    """TensorFlow with CUDA, which there is on Linux alone. Nothing is imported where it could not be."""
    if platform.system() != "Linux" or not Path(f"/dev/nvidia{index}").exists() or not _full_tensorflow():
        return None

    def make() -> Engine:
        import tensorflow as tf

        if len(tf.config.list_physical_devices("GPU")) <= index:
            raise CryoVesError("TensorFlow sees no graphics card")
        from cryoves_app.network.engines.tensorflow import TensorFlowEngine

        return TensorFlowEngine(weights, threads, index)

    return make


def _full_tensorflow() -> bool:
    """Whether TensorFlow is installed, and not the build for processors alone."""
    try:
        return bool(version("tensorflow"))
    except PackageNotFoundError:
        return False


def _openvino(weights: Weights, threads: int, index: int) -> Candidate | None:
    """OpenVINO on a card of Intel."""
    if importlib.util.find_spec("openvino") is None:
        return None
    import openvino

    cards = [name for name in openvino.Core().available_devices if name.startswith("GPU")]
    if index >= len(cards):
        return None
    from cryoves_app.network.engines.openvino import OpenVinoEngine

    return lambda: OpenVinoEngine(weights, threads, target=cards[index])
