"""The segments that a threshold would give, before touching ones are separated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from cryoves_app.domain.arrays import Probability
from cryoves_app.domain.recipe import Recipe


def smallest_voxels(recipe: Recipe, network_voxel_nm: float) -> float:
    """Voxels of the network's grid below which the recipe leaves a segment out."""
    radius_px = recipe.input.expected_radius_nm / network_voxel_nm
    return recipe.instances.smallest_fraction * 4 / 3 * np.pi * radius_px**3


def instances_at(
    probability: Probability, threshold: float, smallest: float
) -> tuple[NDArray[np.int32], int]:
    """Connected parts above a threshold, without those of fewer than ``smallest`` voxels.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    threshold
        A probability.

    Returns
    -------
    labels : (z, y, x) int32 array
        Numbers from 1; 0 outside.
    count : int
        How many parts there are.
    """
    labels = label(np.asarray(probability) > threshold, connectivity=1).astype(np.int32)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= smallest
    numbers = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return numbers[labels], int(keep.sum())
