"""Which layers of a network learn; the others stay as they are, their running means and variances included."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from cryoves_app.network.architecture import Architecture


class LearnedPart(StrEnum):
    """From which layer on a network learns."""

    ALL = "all"
    DECODER = "decoder"  # what follows the deepest level
    LAST = "last"  # the finest level of the decoder


def hold_others(model: Any, architecture: Architecture, part: LearnedPart) -> None:
    """Let only ``part`` of a Keras model learn; before it is compiled."""
    if part is LearnedPart.ALL:
        return
    level = architecture.depth - 1 if part is LearnedPart.DECODER else 0
    first = f"up_level_{level}_no_0"
    for layer in model.layers:
        if layer.name == first:
            return
        layer.trainable = False


def hold_normalisations(model: Any) -> None:
    """Let batch normalisation do in training what it does in use; before the model is compiled.

    Otherwise each step normalises by the few patches of its batch, which mix looks, and the running means and
    variances drift towards them, away from what the network knew.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
