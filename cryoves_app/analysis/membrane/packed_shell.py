"""A shell in less than half of its memory, for those that are kept for later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.domain.arrays import Indices, Voxels


@dataclass(frozen=True)
class PackedShell:
    """What a shell holds, with places as numbers in its box; unpacked it is the same to the last bit.

    Attributes
    ----------
    words : (n,) array
        One after the other: where the planes of the box lie along z, y, x in nm (0 where they hold no voxel), the
        numbers of the voxels in their box, their grey values, their weights.
    box_shape, cut
        As in the shell.
    """

    words: NDArray[np.uint32]
    box_shape: tuple[int, int, int]
    cut: bool

    @classmethod
    def of(cls, shell: Shell) -> Self:
        """Pack a shell."""
        places = np.unravel_index(shell.index, shell.box_shape)
        axes = [
            _axis(n, at, nm)
            for n, at, nm in zip(shell.box_shape, places, (shell.z_nm, shell.y_nm, shell.x_nm), strict=True)
        ]
        parts: list[NDArray[Any]] = [*axes, shell.index.astype(np.int32), shell.grey, shell.weight]
        return cls(np.concatenate([p.view(np.uint32) for p in parts]), shell.box_shape, shell.cut)

    @property
    def shell(self) -> Shell:
        """The shell."""
        axes, rest = np.split(self.words, [sum(self.box_shape)])
        index, grey, weight = np.split(rest, 3)
        numbers = index.astype(np.intp)
        ends = np.cumsum(self.box_shape)[:2]
        places = np.unravel_index(numbers, self.box_shape)
        z, y, x = (axis.view(np.float32)[at] for axis, at in zip(np.split(axes, ends), places, strict=True))
        return Shell(
            z, y, x, grey.view(np.float32), weight.view(np.float32), numbers, self.box_shape, self.cut
        )


def _axis(length: int, at: Indices, places_nm: Voxels) -> Voxels:
    axis = np.zeros(length, np.float32)
    axis[at] = places_nm
    return axis
