"""TensorFlow: runs csbdeep's own model, the reference that the other engines are compared with."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from cryoves_app.domain.arrays import Grey
from cryoves_app.network.architecture import build_keras
from cryoves_app.network.engines.base import (
    NO_MARGINS,
    Engine,
    EngineOutOfMemory,
    Footprint,
    Margins,
    crop_margins,
    run_checked,
)
from cryoves_app.network.keras_model import fold_channels, unfold_channels
from cryoves_app.network.keras_weights import assign_weights
from cryoves_app.network.weights import Weights


class TensorFlowEngine(Engine):
    """csbdeep's model in a ``tf.function``; on the first graphics card that TensorFlow sees if ``gpu`` is given.

    Never in a process that draws with OpenGL: the two crash each other.
    """

    name = "tensorflow"
    _footprint = Footprint(per_input=420.0, per_output=4.0)

    def __init__(self, weights: Weights, threads: int = 2, gpu: int | None = None) -> None:
        super().__init__(weights)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        _set_threads(tf, threads)
        if gpu is not None:
            _tame(tf)
            self.tile_memory_bytes = 2e9
        self._tf = tf
        self.device = "cpu" if gpu is None else f"gpu:{gpu}"
        self._placement = f"/device:{self.device.upper()}" if gpu is not None else "/device:CPU:0"
        with tf.device(self._placement):
            model = build_keras(weights.architecture)
            assign_weights(model, weights)
            logits = _without_sigmoid(model, weights.architecture.fold)
        signature = [tf.TensorSpec([1, None, None, None, 1], tf.float32)]
        self._call = tf.function(lambda x: logits(x, training=False), input_signature=signature)

    def logits(
        self,
        tile: Grey,
        margins: Margins = NO_MARGINS,
        check: Callable[[], None] = lambda: None,
    ) -> Grey:
        """As ``Engine.logits``: a tile ``(z, y, x)`` in standard deviations to logits."""
        data = np.ascontiguousarray(tile, dtype=np.float32)[None, ..., None]

        def run() -> Any:
            with self._tf.device(self._placement):
                return self._call(self._tf.constant(data)).numpy()

        try:
            output = run_checked(run, check)
        except self._tf.errors.ResourceExhaustedError as error:
            raise EngineOutOfMemory("TensorFlow ran out of memory.") from error
        return np.array(crop_margins(output[0, ..., 0], margins))


def _set_threads(tf: Any, threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow has run before in this process and keeps its threads; only speed depends on it.
        return


def _tame(tf: Any) -> None:
    """Leave memory of the card to the screen, and compute in full float32, not in ten bits."""
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        for card in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(card, True)
    except RuntimeError:
        # TensorFlow has used the card before in this process and keeps its way with memory.
        return


def _without_sigmoid(model: Any, fold: int) -> Callable[..., Any]:
    """The same model up to its last convolution, on voxels that are not folded."""
    import keras

    logits = keras.Model(model.inputs, model.layers[-1].input)
    if fold == 1:
        return logits
    return lambda x, training: unfold_channels(logits(fold_channels(x, fold), training=training), fold)
