"""Our weights into a Keras model and out of it, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import BatchNormalisation, LayerWeights, Weights


def assign_weights(model: Any, weights: Weights) -> None:
    """Put the weights into csbdeep's model, or our own of the same layout.

    The k-th convolution of the graph goes with the k-th batch normalisation.
    """
    convolutions, norms = _layers(model)
    for index, (_, layer) in enumerate(weights):
        convolutions[index].set_weights([layer.kernel, layer.bias])
        if layer.normalisation is not None:
            norms[index].set_weights(list(layer.normalisation.arrays()))


def weights_from(model: Any, architecture: Architecture) -> Weights:
    """The weights of a Keras model as they are now."""
    convolutions, norms = _layers(model)
    layers = {}
    for index, convolution in enumerate(architecture.convolutions()):
        kernel, bias = (np.array(a, np.float32) for a in convolutions[index].get_weights())
        norm = None
        if not convolution.is_head:
            norm = BatchNormalisation(*(np.array(a, np.float32) for a in norms[index].get_weights()))
        layers[convolution.name] = LayerWeights(kernel, bias, norm)
    return Weights(architecture, layers)


def _layers(model: Any) -> tuple[list[Any], list[Any]]:
    """The model's convolutions and batch normalisations, in the order of the graph."""
    import keras

    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv3D)]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return convolutions, norms
