"""Engines: the same network on different libraries and devices."""

from __future__ import annotations

import importlib.util

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.model_store import Model
from cryoves_app.network.weights import Weights

#: Engines that ``auto`` tries on a processor, best first, with the package each needs.
_CPU_ORDER = (("openvino", "openvino"), ("onnx", "onnxruntime"), ("tensorflow", "tensorflow"))

ENGINES = ("auto", *(name for name, _ in _CPU_ORDER))

__all__ = ["ENGINES", "Engine", "create_engine"]


def create_engine(
    model: Model, engine: str = "auto", device: str = "auto", threads: int = 2, precision: str = "f32"
) -> Engine:
    """Make the engine that runs a model.

    Parameters
    ----------
    model
        From ``model_store``.
    engine
        ``auto``, ``openvino``, ``tensorflow`` or ``onnx``.
    device
        ``auto``, ``cpu``, ``gpu`` or ``gpu:N``.
    threads
        Processor threads.
    precision
        ``f32``, or ``bf16`` with OpenVINO: twice as fast where the processor has it, and 5e-4 off.

    Raises
    ------
    CryoVesError
        If the engine or device is unknown or not installed, or the model's weights are damaged.
    """
    if engine not in ENGINES:
        raise CryoVesError(f"There is no engine “{engine}”; choose one of {', '.join(ENGINES)}.")
    gpu = _gpu_index(device)
    if gpu is not None:
        return _on_gpu(model.weights(), engine, threads, gpu)
    return _on_cpu(model.weights(), engine, threads, precision)


def _gpu_index(device: str) -> int | None:
    name, _, index = device.partition(":")
    if name in ("auto", "cpu") and not index:
        return None
    if name == "gpu" and (index.isdecimal() or not index):
        return int(index or 0)
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
        from cryoves_app.network.engines.openvino import OpenVinoEngine

        return OpenVinoEngine(weights, threads, precision)
    if name == "onnx":
        from cryoves_app.network.engines.onnx import OnnxEngine

        return OnnxEngine(weights, threads)
    from cryoves_app.network.engines.tensorflow import TensorFlowEngine

    return TensorFlowEngine(weights, threads)


def _on_gpu(weights: Weights, engine: str, threads: int, index: int) -> Engine:
    if engine in ("auto", "onnx") and _installed("onnxruntime"):
        from cryoves_app.network.engines.onnx import OnnxEngine, available_gpu_provider

        provider = available_gpu_provider()
        if provider is not None:
            return OnnxEngine(weights, threads, provider, index)
    if engine in ("auto", "tensorflow") and _installed("tensorflow"):
        import tensorflow as tf

        if len(tf.config.list_physical_devices("GPU")) > index:
            from cryoves_app.network.engines.tensorflow import TensorFlowEngine

            return TensorFlowEngine(weights, threads, index)
    raise CryoVesError("No graphics card that the installed engines can use was found; choose the device cpu.")
