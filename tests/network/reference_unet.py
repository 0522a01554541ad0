"""The U-Net in plain numpy and scipy, written from the paper's description: the tests' independent reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate

from cryoves_app.network.weights import LayerWeights, Weights

Channels = NDArray[np.float64]


def _block(x: Channels, layer: LayerWeights) -> Channels:
    """Zero-padded convolution, batch normalisation, ReLU on ``(channel, z, y, x)``."""
    out = np.stack(
        [
            sum(
                correlate(x[i], layer.kernel[..., i, o].astype(float), mode="constant") for i in range(len(x))
            )
            + layer.bias[o]
            for o in range(layer.kernel.shape[-1])
        ]
    )
    norm = layer.normalisation
    if norm is None:
        return out
    gamma, beta, mean, variance = (a.astype(float)[:, None, None, None] for a in norm.arrays())
    return np.maximum((out - mean) / np.sqrt(variance + 0.001) * gamma + beta, 0)


def _halved(x: Channels) -> Channels:
    c, z, y, w = x.shape
    return x.reshape(c, z // 2, 2, y // 2, 2, w // 2, 2).max(axis=(2, 4, 6))


def _doubled(x: Channels) -> Channels:
    return x.repeat(2, 1).repeat(2, 2).repeat(2, 3)


def probability(weights: Weights, volume: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probability of each voxel for the paper's network of two poolings, folded or not."""
    layer, fold = weights.layers, weights.architecture.fold
    x = _folded(volume.astype(float), fold)
    fine = _block(_block(x, layer["down_level_0_no_0"]), layer["down_level_0_no_1"])
    coarse = _block(_block(_halved(fine), layer["down_level_1_no_0"]), layer["down_level_1_no_1"])
    deep = _block(_block(_halved(coarse), layer["middle_0"]), layer["middle_2"])
    x = np.concatenate([_doubled(deep), coarse])
    x = _block(_block(x, layer["up_level_1_no_0"]), layer["up_level_1_no_2"])
    x = np.concatenate([_doubled(x), fine])
    x = _block(_block(x, layer["up_level_0_no_0"]), layer["up_level_0_no_2"])
    return 1 / (1 + np.exp(-_unfolded(_block(x, layer["head"]), fold)))


def _folded(volume: Channels, fold: int) -> Channels:
    z, y, w = (n // fold for n in volume.shape)
    blocks = volume.reshape(z, fold, y, fold, w, fold).transpose(1, 3, 5, 0, 2, 4)
    return blocks.reshape(fold**3, z, y, w)


def _unfolded(x: Channels, fold: int) -> Channels:
    _, z, y, w = x.shape
    blocks = x.reshape(fold, fold, fold, z, y, w).transpose(3, 0, 4, 1, 5, 2)
    return blocks.reshape(z * fold, y * fold, w * fold)
