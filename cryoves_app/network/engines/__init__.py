"""Engines: the same network on different libraries and devices."""

from __future__ import annotations

import importlib.util

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.engines.base import AUTO, BF16, F32, Engine
from cryoves_app.network.engines.gpu import gpu_engine
from cryoves_app.network.model_store import Model
from cryoves_app.network.weights import Weights

#: Engines that ``auto`` tries on a processor, best first, with the package each needs.
_CPU_ORDER = (("openvino", "openvino"), ("onnx", "onnxruntime"), ("tensorflow", "tensorflow"))

ENGINES = ("auto", *(name for name, _ in _CPU_ORDER))
PRECISIONS = (AUTO, F32, BF16)

__all__ = ["ENGINES", "PRECISIONS", "Engine", "create_engine"]


def create_engine(
    model: Model, engine: str = "auto", device: str = "auto", threads: int = 2, precision: str = AUTO
) -> Engine:
    """Make the engine that runs a model.

    Parameters
    ----------
    model
        From ``model_store``.
    engine
        ``auto``, ``openvino``, ``tensorflow`` or ``onnx``.
    device
        ``cpu``, ``gpu``, ``gpu:N``, or ``auto``: a graphics card if there is one that computes what the processor
        does, else the processor. A card that fails, now or during a run, is left, and the engine's ``note`` says why.
    threads
        Processor threads.
    precision
        ``f32``, or ``bf16`` with OpenVINO: twice as fast where the processor has it, and about 1e-3 off; ``auto``
        takes that where the processor has it and a trial tile agrees.

    Raises
    ------
    CryoVesError
        If the engine or device is unknown or not there, or the model's weights are damaged.
    """
    if engine not in ENGINES:
        raise CryoVesError(f"There is no engine “{engine}”; choose one of {', '.join(ENGINES)}.")
    if precision not in PRECISIONS:
        raise CryoVesError(f"There is no precision “{precision}”; choose one of {', '.join(PRECISIONS)}.")
    kind, index = _parsed(device)
    weights = model.weights()
    if kind == "cpu":
        return _on_cpu(weights, engine, threads, precision)
    reference = _on_cpu(weights, "auto", threads, F32)
    made, reason = gpu_engine(weights, engine, threads, index, reference)
    if made is not None:
        return made
    if not reason and kind == "gpu":
        raise CryoVesError(
            "No graphics card that the installed engines can use was found; choose the device cpu."
        )
    wanted = engine if kind == "auto" else "auto"
    if wanted in ("auto", reference.name) and precision == F32:
        made = reference
    else:
        made = _on_cpu(weights, wanted, threads, precision)
    if reason:
        made.note = f"The graphics card cannot be used ({reason}), so the processor computes."
    return made


def _parsed(device: str) -> tuple[str, int | None]:
    """``auto``, ``cpu`` or ``gpu``, and the number of the card where one was given."""
    kind, _, index = device.partition(":")
    if kind in ("auto", "cpu") and not index:
        return kind, None
    if kind == "gpu" and (index.isdecimal() or not index):
        return kind, int(index) if index else None
    raise CryoVesError(f"There is no device “{device}”; choose auto, cpu, gpu or gpu:N.")


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _on_cpu(weights: Weights, engine: str, threads: int, precision: str) -> Engine:
    for name, package in _CPU_ORDER:
        if engine not in ("auto", name):
            continue
        if _installed(package):
            made = _made(name, weights, threads, precision)
            if engine == "auto" and name != _CPU_ORDER[0][0]:
                made.note = f"OpenVINO is not installed, so {name} is used, which is slower."
            return made
        if engine == name:
            raise CryoVesError(f"The engine “{name}” needs the package {package}, which is not installed.")
    raise CryoVesError("No engine is installed: install the package openvino.")


def _made(name: str, weights: Weights, threads: int, precision: str) -> Engine:
    if name == "openvino":
        from cryoves_app.network.engines.openvino import openvino_on_processor

        return openvino_on_processor(weights, threads, precision)
    if name == "onnx":
        from cryoves_app.network.engines.onnx import OnnxEngine

        return OnnxEngine(weights, threads)
    from cryoves_app.network.engines.tensorflow import TensorFlowEngine

    return TensorFlowEngine(weights, threads)
