"""ONNX Runtime: serves graphics cards on Windows, and processors where OpenVINO is not at hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cryoves_app.network.engines.base import (
    NO_MARGINS,
    Engine,
    EngineOutOfMemory,
    Footprint,
    Margins,
    run_checked,
    without_margins,
)
from cryoves_app.network.onnx_graph import INPUT, LOGITS, onnx_bytes
from cryoves_app.network.weights import Weights

#: Providers that compute on a graphics card, best first.
GPU_PROVIDERS = ("CUDAExecutionProvider", "DmlExecutionProvider")

#: Options for full float32 precision: CUDA would round to ten bits.
_PRECISE = {"CUDAExecutionProvider": {"use_tf32": 0}}


def available_gpu_provider() -> str | None:
    """The graphics-card provider of the installed ONNX Runtime, if it has one."""
    import onnxruntime

    return next((p for p in GPU_PROVIDERS if p in onnxruntime.get_available_providers()), None)


class OnnxEngine(Engine):
    """Runs through ONNX Runtime; ``provider`` is one of its names, none for the processor."""

    name = "onnx"
    _footprint = Footprint(per_input=420.0, per_output=4.0)

    def __init__(
        self, weights: Weights, threads: int = 2, provider: str | None = None, device_index: int = 0
    ) -> None:
        super().__init__(weights)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers: list[object] = ["CPUExecutionProvider"]
        if provider is not None:
            providers.insert(0, (provider, {"device_id": device_index, **_PRECISE.get(provider, {})}))
        self._session = onnxruntime.InferenceSession(onnx_bytes(weights), options, providers=providers)
        used = self._session.get_providers()[0]
        self.device = "cpu" if used == "CPUExecutionProvider" else f"gpu:{device_index}"

    def logits(
        self, tile: NDArray[np.float32], margins: Margins = NO_MARGINS, check: Callable[[], None] = lambda: None
    ) -> NDArray[np.float32]:
        data = np.ascontiguousarray(tile, dtype=np.float32)[None, None]
        try:
            output = run_checked(lambda: self._session.run([LOGITS], {INPUT: data})[0], check)
        except RuntimeError as error:
            if "memory" in str(error).lower() or "alloc" in str(error).lower():
                raise EngineOutOfMemory("ONNX Runtime ran out of memory.") from error
            raise
        return np.array(without_margins(output[0, 0], margins))
