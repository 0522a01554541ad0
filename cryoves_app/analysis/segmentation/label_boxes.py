"""Label volumes in small boxes: what an object touches, and whether it hangs together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import Window


def boxes_of(labels: NDArray[Any]) -> dict[int, Window]:
    """The bounding box, in voxels, of every number above 0 in a label volume ``(z, y, x)``."""
    found = ndimage.find_objects(labels)
    return {label: box for label, box in enumerate(found, start=1) if box is not None}


def pad_box(box: Window, shape: tuple[int, ...]) -> Window:
    """The box with one voxel more on each side, within the volume."""
    return tuple(
        slice(max(part.start - 1, 0), min(part.stop + 1, length))
        for part, length in zip(box, shape, strict=True)
    )


def component_count(labels: NDArray[Any], label: int, box: Window) -> int:
    """Of how many pieces (joined by faces) one number of a label volume consists.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers.
    label
        The number.
    box
        Its bounding box.
    """
    return int(ndimage.label(labels[box] == label)[1])


def face_neighbours(labels: NDArray[Any], label: int, box: Window) -> set[int]:
    """The numbers that share a voxel's face with one, 0 for the ground included.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers.
    label
        The number.
    box
        Its bounding box.
    """
    part = labels[pad_box(box, labels.shape)]
    own = part == label
    rim = ndimage.binary_dilation(own) & ~own
    return {int(value) for value in np.unique(part[rim])}


def smaller_pieces(labels: NDArray[Any], label: int, box: Window) -> NDArray[np.bool_] | None:
    """The voxels of a number that do not hang together with its largest piece.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers.
    label
        The number.
    box
        Its bounding box.

    Returns
    -------
    (z, y, x) bool array or None
        Within the box; None where the number is one piece.
    """
    own = labels[box] == label
    pieces, count = ndimage.label(own)
    if count < 2:
        return None
    sizes = np.bincount(pieces.ravel())[1:]
    return np.asarray(own & (pieces != 1 + int(sizes.argmax())))
