"""How much around a box has to be read and computed for what lies in it."""

from __future__ import annotations

import math

from cryoves_app.analysis.network_input.scales import radius_range, scales
from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.recipe import Recipe

#: The network computes this many expected radii around a box, for vesicles that leave it.
_REACH_RADII = 2.0
#: A network on blocks of voxels sees this many times as far as the recipe's context says.
_LARGEST_FOLD = 2
#: And so many of its voxels are read beyond its context, since smoothing and shrinking see a little farther.
_RIM_PX = 8


def reach_nm(recipe: Recipe) -> float:
    """How far around a box the network computes."""
    return _REACH_RADII * recipe.input.expected_radius_nm


def part_shape(
    shape: Shape, voxel_size_nm: float, recipe: Recipe, model_voxel_nm: float, box_shape: Shape
) -> Shape:
    """The largest part that is read for a box of this shape."""
    margin_px = math.ceil(reach_nm(recipe) / voxel_size_nm) + math.ceil(
        surroundings_nm(recipe, model_voxel_nm) / voxel_size_nm
    )
    z, y, x = (min(n, edge + 2 * margin_px) for n, edge in zip(shape, box_shape, strict=True))
    return z, y, x


def surroundings_nm(recipe: Recipe, model_voxel_nm: float) -> float:
    """How far the network sees beyond what it computes, at its coarsest scale."""
    low, high = radius_range(recipe.input)
    if not 0 < low < high:  # which is told when the run starts
        return 0.0
    coarsest = max(scale.voxel_size_nm for scale in scales(recipe.input, model_voxel_nm))
    return (_LARGEST_FOLD * recipe.network.context_px + _RIM_PX) * coarsest
