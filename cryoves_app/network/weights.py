"""The network's numbers: what they are, their hash, and how they are folded for inference."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cryoves_app.network.architecture import NORM_EPSILON, Architecture

WeightArray = NDArray[np.float32]


@dataclass(frozen=True)
class BatchNormalisation:
    """Batch normalisation of one convolution's output.

    Attributes
    ----------
    gamma, beta, mean, variance : (out,) arrays
        One number for each channel.
    """

    gamma: WeightArray
    beta: WeightArray
    mean: WeightArray
    variance: WeightArray

    def arrays(self) -> tuple[WeightArray, ...]:
        """The four arrays ``(out,)`` of numbers in the order in which Keras stores them."""
        return (self.gamma, self.beta, self.mean, self.variance)


@dataclass(frozen=True)
class LayerWeights:
    """One convolution.

    Attributes
    ----------
    kernel : (z, y, x, in, out) array
        Numbers without unit.
    bias : (out,) array
        One number for each channel.
    normalisation
        What follows it; ``None`` for the head.
    """

    kernel: WeightArray
    bias: WeightArray
    normalisation: BatchNormalisation | None = None

    def folded(self) -> tuple[WeightArray, WeightArray]:
        """The one convolution that does what convolution and normalisation do.

        Returns
        -------
        kernel, bias : arrays (z, y, x, in, out) and (out,)
            Numbers without unit.
        """
        if self.normalisation is None:
            return self.kernel, self.bias
        gamma, beta, mean, variance = (a.astype(np.float64) for a in self.normalisation.arrays())
        scale = gamma / np.sqrt(variance + NORM_EPSILON)
        kernel = (self.kernel * scale).astype(np.float32)
        return kernel, ((self.bias - mean) * scale + beta).astype(np.float32)

    def arrays(self) -> tuple[WeightArray, ...]:
        """All its numbers: kernel ``(z, y, x, in, out)``, bias and normalisation ``(out,)``."""
        return (self.kernel, self.bias, *(self.normalisation.arrays() if self.normalisation else ()))


@dataclass(frozen=True)
class Weights:
    """All numbers of a network, by the name of the convolution."""

    architecture: Architecture
    layers: Mapping[str, LayerWeights] = field(repr=False)

    def __iter__(self) -> Iterator[tuple[str, LayerWeights]]:
        """Layers in the order of the graph."""
        for convolution in self.architecture.convolutions():
            yield convolution.name, self.layers[convolution.name]

    def sha256(self) -> str:
        """A hash of the numbers alone, the same whichever file they came from."""
        digest = hashlib.sha256()
        for name, layer in self:
            digest.update(name.encode())
            for array in layer.arrays():
                digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return digest.hexdigest()


def random_weights(architecture: Architecture, seed: int) -> Weights:
    """Weights to start training from: Glorot-uniform kernels, as csbdeep's builder makes them."""
    rng = np.random.default_rng(seed)
    layers = {}
    for convolution in architecture.convolutions():
        fan = convolution.size**3 * (convolution.inputs + convolution.outputs)
        limit = np.sqrt(6.0 / fan)
        kernel = rng.uniform(-limit, limit, convolution.kernel_shape).astype(np.float32)
        ones, zeros = np.ones(convolution.outputs, np.float32), np.zeros(convolution.outputs, np.float32)
        norm = None if convolution.is_head else BatchNormalisation(ones, zeros, zeros, ones)
        layers[convolution.name] = LayerWeights(kernel, zeros, norm)
    return Weights(architecture, layers)


def blend(old: Weights, new: Weights, share: float) -> Weights:
    """Between two networks of one architecture: each number is ``(1 - share) old + share new``.

    After a short training, weights in between forget less than they lose of what was learned (Wortsman et al. 2022,
    “Robust fine-tuning of zero-shot models”).

    Raises
    ------
    ValueError
        If their architectures differ.
    """
    if old.architecture != new.architecture:
        raise ValueError("only weights of one architecture can be blended")
    return Weights(old.architecture, {name: _between(layer, new.layers[name], share) for name, layer in old})


def _between(old: LayerWeights, new: LayerWeights, share: float) -> LayerWeights:
    kernel, bias, *norm = (
        ((1 - share) * a + share * b).astype(np.float32)
        for a, b in zip(old.arrays(), new.arrays(), strict=True)
    )
    return LayerWeights(kernel, bias, BatchNormalisation(*norm) if norm else None)
