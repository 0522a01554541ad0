"""ONNX Runtime: serves graphics cards, and processors where OpenVINO is not at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Grey
from cryoves_app.network.engines.base import (
    NO_MARGINS,
    Engine,
    Footprint,
    Margins,
    crop_margins,
    run_checked,
    translate_error,
)
from cryoves_app.network.onnx_graph import INPUT, LOGITS, onnx_bytes
from cryoves_app.network.weights import Weights

CUDA, DIRECTML = "CUDAExecutionProvider", "DmlExecutionProvider"

#: Providers that compute on a graphics card, best first, and the memory for a tile there. DirectML gets less: it also
#: serves cards that borrow the computer's own memory, and Windows resets a card that is busy for two seconds.
GPU_PROVIDERS: Mapping[str, float] = {CUDA: 2e9, DIRECTML: 1e9}


def available_gpu_providers() -> list[str]:
    """The graphics-card providers of the installed ONNX Runtime, best first; which of them start is another matter."""
    built_in = _onnxruntime().get_available_providers()
    return [provider for provider in GPU_PROVIDERS if provider in built_in]


def provider_options(provider: str, index: int | None) -> dict[str, object]:
    """Options of a provider for the card of that number, or for the one to be preferred."""
    if provider == CUDA:
        # CUDA would round to ten bits, and try every algorithm anew for each shape of a tile.
        return {"device_id": index or 0, "use_tf32": 0, "cudnn_conv_algo_search": "HEURISTIC"}
    if index is None:
        # Card 0 is the one that drives the screen: on laptops the slower of two.
        return {"performance_preference": "high_performance", "device_filter": "gpu"}
    return {"device_id": index}


class OnnxEngine(Engine):
    """Runs through ONNX Runtime; ``provider`` is one of its names, none for the processor."""

    name = "onnx"
    _footprint = Footprint(per_input=420.0, per_output=4.0)

    def __init__(
        self, weights: Weights, threads: int = 2, provider: str | None = None, device_index: int | None = None
    ) -> None:
        super().__init__(weights)
        self._one_at_a_time = threading.Lock()
        self._session = _session(weights, threads, provider, device_index)
        self.device = "cpu"
        if provider is not None and self._session.get_providers()[0] == provider:
            self.device = f"gpu:{device_index or 0}"
            self.tile_memory_bytes = GPU_PROVIDERS[provider]

    def logits(
        self,
        tile: Grey,
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> Grey:
        """As ``Engine.logits``: a tile ``(z, y, x)`` in standard deviations to logits."""
        data = np.ascontiguousarray(tile, dtype=np.float32)[None, None]
        output = run_checked(lambda: self._run(data), check)
        return np.array(crop_margins(output[0, 0], margins))

    def _run(self, data: NDArray[np.float32]) -> NDArray[np.float32]:
        with (
            self._one_at_a_time
        ):  # a tile that was left still runs, and DirectML bears no second one beside it
            try:
                return self._session.run([LOGITS], {INPUT: data})[0]
            except Exception as error:  # ONNX Runtime's errors have no other base in common
                raise translate_error("ONNX Runtime", error) from error


def _session(weights: Weights, threads: int, provider: str | None, index: int | None) -> Any:
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    providers: list[object] = ["CPUExecutionProvider"]
    if provider is not None:
        providers.insert(0, (provider, provider_options(provider, index)))
    if provider == CUDA:
        onnxruntime.preload_dlls()  # where pip has put CUDA's libraries, the loader does not look by itself
    if provider == DIRECTML:
        options.enable_mem_pattern = False  # with it, or with parallel execution, DirectML refuses to start
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Falling back by itself, ONNX Runtime would only print why.
    return onnxruntime.InferenceSession(
        onnx_bytes(weights), options, providers=providers, enable_fallback=False
    )


def _onnxruntime() -> Any:
    """The library, which tells Windows nothing either; elsewhere the variable of ``environment`` counts."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime
