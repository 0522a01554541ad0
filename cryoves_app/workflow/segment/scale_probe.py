"""Whether a tomogram would show vesicles if its voxels had another size: the network looks at its middle.

Asked only where a run has found next to nothing, or vesicles of a size that was not expected.
"""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.candidates import find_candidates
from cryoves_app.analysis.preprocess import network_grid, prepare_input
from cryoves_app.analysis.scales import Scale
from cryoves_app.analysis.shell import GreySource
from cryoves_app.domain.arrays import Grey, Probability
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.workflow.segment.prediction import Predictor

#: What voxel sizes are wrong by: binning, and nm for ångström.
FACTORS = (0.1, 0.25, 0.5, 2.0, 4.0, 10.0)
#: Edge of the box in the middle, and its least thickness, in the network's voxels.
_EDGE_PX, _THINNEST_PX = 96, 16
#: Candidates with more evidence than this look like vesicles. Measured on simulated tomograms: at the right voxel size
#: 5 to 15 of them in such a box reach it, at half or twice that size up to 4, in noise and crops of spindles none.
_EVIDENCE = 2.5
#: So many places at least, and so many times as many as at the size that is said, speak for another one.
_LEAST_PLACES, _MORE = 4, 2


def probe_scales(
    source: GreySource, scale: Scale, recipe: Recipe, predictor: Predictor, progress: Progress
) -> ScaleHint:
    """Count places at the voxel size of ``source`` and at others."""
    said = source.voxel_size_nm
    counts = {1.0: _places(source, said, scale, recipe, predictor, progress)}
    for factor in FACTORS:
        counts[factor] = _places(source, factor * said, scale, recipe, predictor, progress)
    here = counts.pop(1.0)
    best = max(counts, key=lambda factor: counts[factor])
    if counts[best] < max(_LEAST_PLACES, _MORE * here):
        return ScaleHint(said, here)
    return ScaleHint(said, here, best * said, counts[best])


def _places(
    source: GreySource,
    voxel_size_nm: float,
    scale: Scale,
    recipe: Recipe,
    predictor: Predictor,
    progress: Progress,
) -> int:
    """How many places look like vesicles if voxels had this size."""
    middle = _middle(source, _EDGE_PX * scale.voxel_size_nm / voxel_size_nm)
    shape = (middle.shape[0], middle.shape[1], middle.shape[2])
    grid = network_grid(shape, voxel_size_nm, scale.voxel_size_nm)
    if min(grid.shape) < _THINNEST_PX:
        return 0
    image: Grey = np.empty(grid.shape, np.float32)
    prepare_input(middle, grid, voxel_size_nm, image, smoothing_px=recipe.input.smoothing_px)
    probability: Probability = np.empty(grid.shape, np.float32)
    predictor.predict_array(image, probability, progress)
    found = find_candidates(probability, image, grid.voxel_size_nm, scale, recipe.instances, progress)
    return sum(candidate.evidence > _EVIDENCE for candidate in found.candidates)


def _middle(source: GreySource, edge_px: float) -> Grey:
    """The grey values in the middle of a tomogram, as the fits see them."""
    shape = np.array(source.data.shape)
    size = np.minimum(shape, max(round(edge_px), 1))
    low = ((shape - size) // 2).astype(np.intp)
    return source.box(low, low + size)
