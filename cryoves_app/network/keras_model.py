"""The U-Net in plain Keras 3 with its losses, so that it trains with any of Keras's backends.

Layer for layer it is what csbdeep's builder makes (a test compares the two); csbdeep itself needs TensorFlow.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from cryoves_app.network.architecture import NORM_EPSILON, Architecture, Convolution, assemble

#: How much more a vesicle voxel counts in the weighted loss, as in the published weights.
_POSITIVE_WEIGHT = 10.0


class Loss(StrEnum):
    """What training makes small."""

    BCE = "bce"  # binary cross-entropy, the paper's
    WEIGHTED_BCE = "weighted-bce"  # vesicle voxels count ten times
    BCE_DICE = "bce-dice"  # cross-entropy plus 1 − Dice


def build_logits_model(
    architecture: Architecture, dropout: float = 0.0, mixed_precision: bool = False
) -> Any:
    """A Keras model ``(None, z, y, x, 1)`` → logits of the same shape, float32."""
    import keras

    grey = keras.Input((None, None, None, 1), name="input")
    operations = _Operations(dropout, "mixed_bfloat16" if mixed_precision else "float32")
    return keras.Model(grey, assemble(architecture, operations, grey))


def fold_channels(x: Any, edge: int) -> Any:
    """Voxels ``(n, z, y, x, 1)`` to ``(n, z / edge, y / edge, x / edge, edge³)``, by any backend of Keras."""
    from keras import ops

    offsets = itertools.product(range(edge), repeat=3)
    return ops.concatenate([x[:, z::edge, y::edge, x_::edge] for z, y, x_ in offsets], axis=-1)


def unfold_channels(x: Any, edge: int) -> Any:
    """The reverse of ``fold_channels``."""
    from keras import ops

    _, depth, height, width, _ = ops.shape(x)
    blocks = ops.reshape(x, (-1, depth, height, width, edge, edge, edge))
    blocks = ops.transpose(blocks, (0, 1, 4, 2, 5, 3, 6))
    return ops.reshape(blocks, (-1, depth * edge, height * edge, width * edge, 1))


class _Operations:
    """The network's parts as Keras layers."""

    def __init__(self, dropout: float, dtype: str) -> None:
        self._dropout, self._dtype = dropout, dtype

    def fold(self, x: Any, edge: int) -> Any:
        import keras

        return keras.layers.Lambda(fold_channels, arguments={"edge": edge}, dtype=self._dtype)(x)

    def unfold(self, x: Any, edge: int) -> Any:
        import keras

        return keras.layers.Lambda(unfold_channels, arguments={"edge": edge}, dtype="float32")(x)

    def convolve(self, x: Any, convolution: Convolution) -> Any:
        import keras

        layers = keras.layers
        # The head stays in float32: a logit in bfloat16 has three digits.
        dtype = "float32" if convolution.is_head else self._dtype
        layer = layers.Conv3D(
            convolution.outputs, convolution.size, padding="same", name=convolution.name, dtype=dtype
        )
        x = layer(x)
        if convolution.is_head:
            return x
        x = layers.BatchNormalization(epsilon=NORM_EPSILON, dtype=dtype)(x)
        x = layers.Activation("relu", dtype=dtype)(x)
        return layers.Dropout(self._dropout, dtype=dtype)(x) if self._dropout else x

    def halve(self, x: Any) -> Any:
        import keras

        return keras.layers.MaxPooling3D(2, dtype=self._dtype)(x)

    def merge(self, deep: Any, skip: Any, level: int) -> Any:
        import keras

        doubled = keras.layers.UpSampling3D(2, dtype=self._dtype)(deep)
        return keras.layers.Concatenate(dtype=self._dtype)([doubled, skip])


def loss_function(loss: Loss) -> Callable[[Any, Any], Any]:
    """The loss of ``(target, logits)``, one number for a batch; voxels whose target is above 1 do not count."""
    return {Loss.BCE: _bce, Loss.WEIGHTED_BCE: _weighted_bce, Loss.BCE_DICE: _bce_dice}[loss]


def soft_dice_of_logits(target: Any, logits: Any) -> Any:
    """2 Σ ab / (Σ a² + Σ b²) of target and probability, over the voxels that are known."""
    from keras import ops

    inside, known = _inside_and_known(target)
    probability = ops.sigmoid(logits) * known
    both = 2 * ops.sum(inside * probability) + 1e-6
    return both / (ops.sum(inside * inside) + ops.sum(probability * probability) + 1e-6)


def _bce(target: Any, logits: Any) -> Any:
    from keras import ops

    inside, known = _inside_and_known(target)
    # log(1 + e^x) − t·x, without overflow.
    return _mean(ops.softplus(logits) - inside * logits, known)


def _weighted_bce(target: Any, logits: Any) -> Any:
    from keras import ops

    inside, known = _inside_and_known(target)
    within = inside * ops.softplus(-logits)
    outside = (1 - inside) * ops.softplus(logits)
    return _mean(_POSITIVE_WEIGHT * within + outside, known)


def _bce_dice(target: Any, logits: Any) -> Any:
    return _bce(target, logits) + 1 - soft_dice_of_logits(target, logits)


def _inside_and_known(target: Any) -> tuple[Any, Any]:
    """Where vesicles are, and where that is known; 1 and 0."""
    from keras import ops

    known = ops.cast(target < 1.5, target.dtype)
    return target * known, known


def _mean(values: Any, known: Any) -> Any:
    from keras import ops

    return ops.sum(values * known) / ops.maximum(ops.sum(known), 1)
