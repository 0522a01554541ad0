"""OpenVINO: the engine for processors, and for Intel's graphics cards.

Its graph is made from the weights, so nothing else need be installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cryoves_app.domain.arrays import Grey
from cryoves_app.network.architecture import Architecture, Convolution, assemble
from cryoves_app.network.engines.base import (
    AUTO,
    BF16,
    F32,
    NO_MARGINS,
    POLL_SECONDS,
    Engine,
    Footprint,
    Margins,
    translate_error,
)
from cryoves_app.network.engines.trial import trial_tile
from cryoves_app.network.weights import Weights

#: Largest difference of a probability in bfloat16; nets whose answers hang on the third digit stay in float32.
_BF16_TOLERANCE = 0.03

#: What trials have shown, by the hash of the network: each tomogram of a list makes an engine.
_DIFFERENCES: dict[str, float] = {}

Key = tuple[tuple[int, int, int], Margins]


class OpenVinoEngine(Engine):
    """Runs on the processor, in float32 unless ``precision`` says ``bf16``; or on another ``target`` of OpenVINO.

    A graph is compiled for each shape and kept while tiles of that shape follow each other. Context is cut off as
    soon as no later layer needs it, which saves a third of the work and half of the memory of a tile.
    """

    name = "openvino"
    _footprint = Footprint(per_input=90.0, per_output=115.0)

    def __init__(self, weights: Weights, threads: int = 2, precision: str = F32, target: str = "CPU") -> None:
        super().__init__(weights)
        import openvino

        self.device = target.lower().replace(".", ":")
        self.precision = precision
        self._target = target
        self._core = openvino.Core()
        # Without the hint OpenVINO computes in bfloat16 wherever the processor can, 5e-4 off.
        self._options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        if target == "CPU":
            self._options |= {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
        self._key: Key | None = None
        self._request: Any = None

    def logits(
        self,
        tile: Grey,
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> Grey:
        """As ``Engine.logits``: a tile ``(z, y, x)`` in standard deviations to logits."""
        z, y, x = tile.shape
        try:
            request = self._request_for(((z, y, x), margins))
            request.start_async(
                {0: np.ascontiguousarray(tile, dtype=np.float32)[None, None]}, share_inputs=True
            )
            _wait(request, check)
            return np.array(request.get_output_tensor().data[0, 0])
        except RuntimeError as error:
            self._key = self._request = None
            raise translate_error("OpenVINO", error) from error

    def _request_for(self, key: Key) -> Any:
        if key != self._key:
            self._key = self._request = None  # gives the memory of the last shape back first
            model = _Graph(self.weights, *key).model()
            self._request = self._core.compile_model(
                model, self._target, self._options
            ).create_infer_request()
            self._key = key
        return self._request


def openvino_on_processor(weights: Weights, threads: int, precision: str) -> OpenVinoEngine:
    """The engine in a precision; ``auto`` is bfloat16 where the processor has it and a trial tile agrees."""
    if precision == F32:
        return OpenVinoEngine(weights, threads)
    plain = OpenVinoEngine(weights, threads)
    if not _has_bfloat16():
        plain.note = "" if precision == AUTO else "This processor has no bfloat16, so float32 is used."
        return plain
    short = OpenVinoEngine(weights, threads, BF16)
    if precision == AUTO and not _agree(short, plain):
        return plain
    return short


def _has_bfloat16() -> bool:
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _agree(short: Engine, plain: Engine) -> bool:
    return _trial_difference(short, plain) <= _BF16_TOLERANCE


def _trial_difference(short: Engine, plain: Engine) -> float:
    """The largest difference on a trial tile; a network that was tried in this process is not tried again."""
    network = plain.weights.sha256()
    if network not in _DIFFERENCES:
        tile = trial_tile()
        _DIFFERENCES[network] = float(np.abs(short.predict(tile) - plain.predict(tile)).max())
    return _DIFFERENCES[network]


def _wait(request: Any, check: Callable[[], None]) -> None:
    try:
        while not request.wait_for(int(POLL_SECONDS * 1000)):
            check()
    except BaseException:
        request.cancel()
        raise
    request.wait()


class _Graph:
    """The network as OpenVINO operations on ``(1, channel, z, y, x)`` for one shape and its margins."""

    def __init__(self, weights: Weights, shape: tuple[int, int, int], margins: Margins) -> None:
        import openvino
        import openvino.opset13 as ops

        self._openvino, self._ops = openvino, ops
        self._weights = weights
        self._input = ops.parameter([1, 1, *shape], np.float32)
        self._rims = _Rims(weights.architecture, margins)

    def model(self) -> Any:
        logits = assemble(self._weights.architecture, self, self._input)
        if self._weights.architecture.fold == 1:
            logits = self._cut(logits, self._rims.last())
        return self._openvino.Model([self._ops.result(logits)], [self._input])

    def fold(self, x: Any, edge: int) -> Any:
        return self._ops.space_to_depth(x, "blocks_first", edge)

    def unfold(self, x: Any, edge: int) -> Any:
        return self._ops.depth_to_space(self._cut(x, self._rims.last()), "blocks_first", edge)

    def convolve(self, x: Any, convolution: Convolution) -> Any:
        kernel, bias = self._weights.layers[convolution.name].folded()
        filters = np.ascontiguousarray(kernel.transpose(4, 3, 0, 1, 2))
        pad = [convolution.size // 2] * 3
        x = self._ops.convolution(x, self._ops.constant(filters), [1] * 3, pad, pad, [1] * 3)
        x = self._ops.add(x, self._ops.constant(bias.reshape(1, -1, 1, 1, 1)))
        return x if convolution.is_head else self._ops.relu(x)

    def halve(self, x: Any) -> Any:
        return self._ops.max_pool(x, [2] * 3, [1] * 3, [0] * 3, [0] * 3, [2] * 3).output(0)

    def merge(self, deep: Any, skip: Any, level: int) -> Any:
        cuts = self._rims.merge(level)
        doubled = self._ops.interpolate(
            self._cut(deep, cuts.deep),
            self._ops.constant(np.full(3, 2.0, np.float32)),
            mode="nearest",
            shape_calculation_mode="scales",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
            axes=self._ops.constant(np.array([2, 3, 4], np.int64)),
        )
        return self._ops.concat([self._cut(doubled, cuts.doubled), self._cut(skip, cuts.skip)], 1)

    def _cut(self, x: Any, amounts: Margins) -> Any:
        if amounts == NO_MARGINS:
            return x
        begin = np.array([low for low, _ in amounts], np.int64)
        end = np.array([-high if high else np.iinfo(np.int64).max for _, high in amounts], np.int64)
        steps, axes = np.ones(3, np.int64), np.array([2, 3, 4], np.int64)
        return self._ops.slice(x, begin, end, steps, axes)


class _Cuts:
    """What ``merge`` cuts off: from the deeper level, from it once doubled, and from the skip connection."""

    def __init__(self, deep: Margins, doubled: Margins, skip: Margins) -> None:
        self.deep, self.doubled, self.skip = deep, doubled, skip


class _Rims:
    """Follows how much of the margins is still there, and cuts it to what later layers need.

    Only sides with a margin are cut: where a tile ends at the volume's own face, the padding of the convolutions is
    what an untiled run would see too.
    """

    def __init__(self, architecture: Architecture, margins: Margins) -> None:
        self._architecture = architecture
        self._margins = _each(margins, lambda m: m // architecture.fold)
        self._present = self._on_level(self._margins, architecture.depth)

    def _on_level(self, margins: Margins, level: int) -> Margins:
        return _each(margins, lambda m: m >> level)

    def merge(self, level: int) -> _Cuts:
        needed = self._architecture.rim_px(level)
        kept_deep = _each(self._present, lambda m: min(m, -(-needed // 2)))
        kept = _each(kept_deep, lambda m: min(2 * m, needed))
        here = self._on_level(self._margins, level)
        cuts = _Cuts(
            _difference(self._present, kept_deep),
            _difference(_each(kept_deep, lambda m: 2 * m), kept),
            _difference(here, kept),
        )
        self._present = kept
        return cuts

    def last(self) -> Margins:
        """What is left of the margins at the network's end."""
        return self._present


def _each(margins: Margins, change: Callable[[int], int]) -> Margins:
    z, y, x = ((change(low), change(high)) for low, high in margins)
    return z, y, x


def _difference(a: Margins, b: Margins) -> Margins:
    z, y, x = ((p[0] - q[0], p[1] - q[1]) for p, q in zip(a, b, strict=True))
    return z, y, x
