"""How much the network computes."""

from __future__ import annotations

from math import prod

from cryoves_app.network.architecture import Architecture, Convolution, assemble


def operations_per_voxel(architecture: Architecture) -> float:
    """Multiplications and additions of all convolutions for one voxel of a tile; normalisation is not counted."""
    counter = _Counter()
    assemble(architecture, counter, 1.0)
    return counter.operations


class _Counter:
    """Follows the number of places, as a share of the tile's voxels, through the network."""

    def __init__(self) -> None:
        self.operations = 0.0

    def fold(self, x: float, edge: int) -> float:
        return x / edge**3

    def unfold(self, x: float, edge: int) -> float:
        return x * edge**3

    def convolve(self, x: float, convolution: Convolution) -> float:
        self.operations += 2 * x * prod(convolution.kernel_shape)
        return x

    def halve(self, x: float) -> float:
        return x / 8

    def merge(self, _deep: float, skip: float, _level: int) -> float:
        return skip
