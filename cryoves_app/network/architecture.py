"""The U-Net as data: which convolutions it has, in which order, and how they are connected.

The network is the one csbdeep's ``custom_unet`` builds with batch normalisation (method, section 2). A folded one
works at half the resolution: each block of 2×2×2 voxels goes in as 8 channels and comes out of 8, so that its map has
every voxel and it costs a sixth. Every engine makes its own graph from this description and the weights, so none of
them needs another's file format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cryoves_app.domain.errors import CryoVesError

T = TypeVar("T")

#: Convolutions per level; csbdeep's naming below holds for this number.
_PER_LEVEL = 2

#: Name of the last, 1×1×1 convolution, whose output is the logit.
HEAD = "head"

#: What Keras adds to the variance in batch normalisation.
NORM_EPSILON = 1e-3

MAX_DEPTH = 3
MAX_FILTERS = 64
#: Edges of blocks whose voxels may become channels; 1 is none.
FOLDS = (1, 2)


@dataclass(frozen=True)
class Convolution:
    """One convolution; all but the head are followed by batch normalisation and ReLU."""

    name: str
    inputs: int
    outputs: int

    @property
    def is_head(self) -> bool:
        """Whether it is the last one."""
        return self.name == HEAD

    @property
    def size(self) -> int:
        """Edge of the kernel."""
        return 1 if self.is_head else 3

    @property
    def kernel_shape(self) -> tuple[int, int, int, int, int]:
        """Shape ``(z, y, x, in, out)``, as Keras stores it."""
        return (self.size, self.size, self.size, self.inputs, self.outputs)


class Operations(Protocol[T]):
    """What an engine offers so that the network can be assembled from it."""

    def fold(self, x: T, edge: int) -> T:
        """Blocks of ``edge``³ voxels to as many channels, in the order z, y, x."""

    def unfold(self, x: T, edge: int) -> T:
        """Those channels to one, whose blocks they are."""

    def convolve(self, x: T, convolution: Convolution) -> T:
        """Convolution, normalisation and ReLU; the head is a bare convolution."""

    def halve(self, x: T) -> T:
        """Maximum over 2×2×2 voxels."""

    def merge(self, deep: T, skip: T, level: int) -> T:
        """``deep`` doubled by repetition, then the channels of ``skip`` of the same level appended."""


@dataclass(frozen=True)
class Architecture:
    """A U-Net of csbdeep's making: ``depth`` poolings and ``filters`` channels at its finest level.

    ``fold`` is the edge of the blocks of voxels that are that level's.
    """

    depth: int = 2
    filters: int = 16
    fold: int = 1

    @property
    def multiple(self) -> int:
        """Tiles start, and volumes end, at multiples of this many voxels."""
        return self.fold << self.depth

    @property
    def channels(self) -> int:
        """How many go into the U-Net and come out of it."""
        return self.fold**3

    @property
    def context_px(self) -> int:
        """Voxels around a tile beyond which nothing changes its result: 24 for a depth of 2, 48 if folded."""
        reach = 0
        for _ in range(self.depth):
            reach = -(-(reach + _PER_LEVEL) // 2)  # two convolutions, then pooling
        reach += _PER_LEVEL
        for _ in range(self.depth):
            reach = 2 * reach + _PER_LEVEL
        return -(-reach * self.fold // self.multiple) * self.multiple

    def rim_px(self, level: int) -> int:
        """Voxels of a level around the wanted region that ``merge`` must still deliver on it."""
        rim = _PER_LEVEL
        for _ in range(level):
            rim = -(-rim // 2) + _PER_LEVEL
        return rim

    def convolutions(self) -> tuple[Convolution, ...]:
        """All convolutions in the order of the graph, which is also the order in weight files."""
        found: list[Convolution] = []

        class Recorder:
            """Follows the number of channels through the network."""

            def fold(self, x: int, edge: int) -> int:
                return edge**3

            def unfold(self, x: int, edge: int) -> int:
                return 1

            def convolve(self, x: int, convolution: Convolution) -> int:
                found.append(convolution)
                return convolution.outputs

            def halve(self, x: int) -> int:
                return x

            def merge(self, deep: int, skip: int, level: int) -> int:
                return deep + skip

        assemble(self, Recorder(), 1)
        return tuple(found)

    def parameter_count(self) -> int:
        """Numbers in a weight file, the running means and variances included."""
        return sum(
            c.size**3 * c.inputs * c.outputs + c.outputs * (1 if c.is_head else 5)
            for c in self.convolutions()
        )


def assemble(architecture: Architecture, operations: Operations[T], x: T) -> T:
    """Connect the network and return its logits.

    Parameters
    ----------
    architecture
        Which U-Net.
    operations
        The engine's building blocks.
    x
        The engine's input: one channel, edges multiples of ``architecture.multiple``.
    """
    channels = architecture.channels
    x = operations.fold(x, architecture.fold) if architecture.fold > 1 else x
    skips: list[tuple[T, int]] = []

    def convolve(value: T, name: str, outputs: int) -> T:
        nonlocal channels
        inputs, channels = channels, outputs
        return operations.convolve(value, Convolution(name, inputs, outputs))

    for level in range(architecture.depth):
        for index in range(_PER_LEVEL):
            x = convolve(x, f"down_level_{level}_no_{index}", architecture.filters << level)
        skips.append((x, channels))
        x = operations.halve(x)
    deepest = architecture.depth
    x = convolve(x, "middle_0", architecture.filters << deepest)
    x = convolve(x, f"middle_{_PER_LEVEL}", architecture.filters << (deepest - 1))
    for level in reversed(range(architecture.depth)):
        skip, skip_channels = skips[level]
        x = operations.merge(x, skip, level)
        channels += skip_channels
        x = convolve(x, f"up_level_{level}_no_0", architecture.filters << level)
        x = convolve(x, f"up_level_{level}_no_{_PER_LEVEL}", architecture.filters << max(0, level - 1))
    x = convolve(x, HEAD, architecture.channels)
    return operations.unfold(x, architecture.fold) if architecture.fold > 1 else x


def architecture_of(kernel_shapes: Sequence[tuple[int, ...]]) -> Architecture:
    """The architecture whose convolutions, in order, have these kernel shapes.

    Raises
    ------
    CryoVesError
        If there is none.
    """
    depth, rest = divmod(len(kernel_shapes) - _PER_LEVEL - 1, 2 * _PER_LEVEL)
    first = kernel_shapes[0] if kernel_shapes else ()
    folds = {fold**3: fold for fold in FOLDS}
    known = len(first) == 5 and first[-2] in folds and 1 <= first[-1] <= MAX_FILTERS
    if rest == 0 and 1 <= depth <= MAX_DEPTH and known:
        candidate = Architecture(depth, first[-1], folds[first[-2]])
        if [c.kernel_shape for c in candidate.convolutions()] == [tuple(s) for s in kernel_shapes]:
            return candidate
    raise CryoVesError("these weights belong to another network than the U-Net that CryoVes uses.")


def build_keras(architecture: Architecture, dropout: float = 0.0) -> Any:
    """The U-Net as a Keras model ``(None, z, y, x, channels)`` → probability, made by csbdeep's own builder.

    A folded one takes folded voxels and gives folded ones.
    """
    from csbdeep.internals.nets import custom_unet

    return custom_unet(
        (None, None, None, architecture.channels),
        "sigmoid",
        n_channel_out=architecture.channels,
        n_depth=architecture.depth,
        n_filter_base=architecture.filters,
        kernel_size=(3, 3, 3),
        n_conv_per_depth=_PER_LEVEL,
        batch_norm=True,
        dropout=dropout,
        pool_size=(2, 2, 2),
    )
