"""Patches made different from each other: turned, mirrored, resized, with other grey values and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import Grey, Shape, Window


@dataclass(frozen=True)
class Augmentation:
    """How far patches are changed; all draws are uniform within these limits."""

    flips: bool = True
    rotation_deg: float = 180.0  # within the x-y plane only: the missing wedge makes z different
    scale: float = 0.15
    grey_scale: float = 0.25
    grey_offset: float = 0.2
    noise: float = 0.35

    @property
    def warps(self) -> bool:
        """Whether patches are turned or resized."""
        return self.rotation_deg > 0 or self.scale > 0


def widen_box(
    corner: NDArray[np.int64], patch: Shape, shape: Sequence[int], augmentation: Augmentation
) -> tuple[Window, list[tuple[int, int]]]:
    """What must be read so that a turned or shrunk patch is filled.

    Parameters
    ----------
    corner : (3,) array
        First voxel of the patch, ``z, y, x``.
    patch
        Its shape ``z, y, x`` in voxels; as long along y as along x.
    shape
        Of the volume, in voxels.

    Returns
    -------
    box
        The part of the volume.
    pads
        Voxels before and after it, by axis, that must be mirrored at the faces.
    """
    turned = np.sqrt(2) if augmentation.rotation_deg else 1.0
    needs = (1 + augmentation.scale) * np.array(patch) * (1.0, turned, turned)
    box, pads = [], []
    for start, edge, length, need in zip(corner, patch, shape, needs, strict=True):
        more = int(np.ceil((need - edge) / 2)) + 1 if augmentation.warps else 0
        low, high = int(start) - more, int(start) + edge + more
        box.append(slice(max(low, 0), min(high, length)))
        pads.append((max(-low, 0), max(high - length, 0)))
    return tuple(box), pads


def augment_patch(
    grey: Grey, target: Grey, patch: Shape, augmentation: Augmentation, rng: np.random.Generator
) -> tuple[Grey, Grey]:
    """A changed patch of this shape from a wider one, and its target changed alike.

    Parameters
    ----------
    grey : (z, y, x) array
        The network's input, in standard deviations about 0; as wide as ``widen_box`` says.
    target : (z, y, x) array
        0 to 1; above 1 where nothing is known.

    Returns
    -------
    grey, target : (z, y, x) arrays
        In the same units, of the patch's shape.
    """
    if augmentation.warps:
        matrix = _warp(augmentation, rng)
        grey, target = _warped(grey, matrix, patch), _warped_target(target, matrix, patch)
    if augmentation.flips:
        axes = tuple(int(a) for a in np.flatnonzero(rng.random(3) < 0.5))
        grey, target = np.flip(grey, axes), np.flip(target, axes)
    return _other_grey(grey, augmentation, rng), np.ascontiguousarray(target)


def _warp(augmentation: Augmentation, rng: np.random.Generator) -> NDArray[np.float64]:
    """The matrix from a patch's voxels to the wider one's: a turn about z and a change of size."""
    angle = np.deg2rad(rng.uniform(-augmentation.rotation_deg, augmentation.rotation_deg))
    size = 1 + rng.uniform(-augmentation.scale, augmentation.scale)
    cos, sin = np.cos(angle) * size, np.sin(angle) * size
    return np.array([[size, 0, 0], [0, cos, -sin], [0, sin, cos]])


def _warped(wide: Grey, matrix: NDArray[np.float64], patch: Shape) -> Grey:
    offset = (np.array(wide.shape) - 1) / 2 - matrix @ ((np.array(patch) - 1) / 2)
    result: Grey = ndimage.affine_transform(wide, matrix, offset, output_shape=patch, order=1, mode="nearest")
    return result


def _warped_target(wide: Grey, matrix: NDArray[np.float64], patch: Shape) -> Grey:
    """Each value of the target by itself: between 0 and unknown lies no vesicle."""
    target = (_warped((wide == 1).astype(np.float32), matrix, patch) >= 0.5).astype(np.float32)
    highest = wide.max()
    if highest > 1:
        target[_warped((wide > 1).astype(np.float32), matrix, patch) >= 0.5] = highest
    return target


def _other_grey(grey: Grey, augmentation: Augmentation, rng: np.random.Generator) -> Grey:
    """Another contrast and brightness, and noise that is as smooth as the network's input or white."""
    scale = 1 + rng.uniform(-augmentation.grey_scale, augmentation.grey_scale)
    offset = rng.uniform(-augmentation.grey_offset, augmentation.grey_offset)
    level = rng.uniform(0, augmentation.noise)
    noise = rng.standard_normal(grey.shape, np.float32)
    if rng.random() < 0.5:
        noise = ndimage.gaussian_filter(noise, 1.0)
        noise /= noise.std()
    return np.ascontiguousarray(grey * np.float32(scale) + np.float32(offset) + noise * np.float32(level))
