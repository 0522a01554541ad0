"""Graphics cards: found, tried on one tile against the processor, and left where they fail."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from cryoves_app.domain.errors import CryoVesError, one_line
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.engines.guarded import GuardedEngine
from cryoves_app.network.engines.trial import trial_tile
from cryoves_app.network.weights import Weights

EngineMaker = Callable[[], Engine]

#: Largest difference of a probability between card and processor. Full float32 differs by less than 1e-5, numbers of
#: ten or fewer bits by more than this.
TOLERANCE = 1e-3


def gpu_engine(
    weights: Weights, engine: str, threads: int, index: int | None, reference: Engine
) -> tuple[Engine | None, str]:
    """The first engine on a graphics card that computes what the processor does, with the processor to fall back on.

    Parameters
    ----------
    index
        Number of the card; none for the one that each library prefers.
    reference
        The engine on the processor.

    Returns
    -------
    The engine, or none and the reasons in words; these are empty where no card was found.
    """
    reasons = []
    for candidate in _candidates(weights, engine, threads, index):
        try:
            made = candidate()
            _compare(made, reference)
            return GuardedEngine(made, reference), ""
        except Exception as error:  # noqa: BLE001 - drivers fail in every way there is; the run goes on without
            reasons.append(one_line(error, 200) or type(error).__name__)
    return None, "; ".join(reasons)


def _compare(engine: Engine, reference: Engine) -> None:
    tile = trial_tile()
    difference = float(np.abs(engine.predict(tile) - reference.predict(tile)).max())
    if not difference <= TOLERANCE:
        raise CryoVesError(f"its results differ from the processor's by {difference:.2g}")


def _candidates(weights: Weights, engine: str, threads: int, index: int | None) -> Iterator[EngineMaker]:
    finders = {"onnx": _onnx, "tensorflow": _tensorflow, "openvino": _openvino}
    for name, find in finders.items():
        if engine in ("auto", name):
            yield from find(weights, threads, index)


def _onnx(weights: Weights, threads: int, index: int | None) -> list[EngineMaker]:
    """ONNX Runtime: CUDA, or on Windows any card through DirectML."""
    if importlib.util.find_spec("onnxruntime") is None:
        return []
    from cryoves_app.network.engines import onnx

    def make(provider: str) -> Engine:
        engine = onnx.OnnxEngine(weights, threads, provider, index)
        if engine.device == "cpu":
            raise CryoVesError(f"ONNX Runtime cannot start {provider.removesuffix('ExecutionProvider')}")
        return engine

    return [partial(make, provider) for provider in onnx.available_gpu_providers()]


def _tensorflow(weights: Weights, threads: int, index: int | None) -> list[EngineMaker]:
    """TensorFlow with CUDA, which there is on Linux alone. Nothing is imported where it could not be."""
    number = index or 0
    if platform.system() != "Linux" or not Path(f"/dev/nvidia{number}").exists() or not _full_tensorflow():
        return []

    def make() -> Engine:
        import tensorflow as tf

        if len(tf.config.list_physical_devices("GPU")) <= number:
            raise CryoVesError("TensorFlow sees no graphics card")
        from cryoves_app.network.engines.tensorflow import TensorFlowEngine

        return TensorFlowEngine(weights, threads, number)

    return [make]


def _full_tensorflow() -> bool:
    """Whether TensorFlow is installed, and not the build for processors alone."""
    try:
        return bool(version("tensorflow"))
    except PackageNotFoundError:
        return False


def _openvino(weights: Weights, threads: int, index: int | None) -> list[EngineMaker]:
    """OpenVINO on a card of Intel."""
    if importlib.util.find_spec("openvino") is None:
        return []
    import openvino

    cards = [name for name in openvino.Core().available_devices if name.startswith("GPU")]
    from cryoves_app.network.engines.openvino import OpenVinoEngine

    return [partial(OpenVinoEngine, weights, threads, target=card) for card in cards[index or 0 :][:1]]
