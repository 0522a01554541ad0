"""Whether a tomogram would show vesicles if its voxels had another size: the network looks at its middle.

Asked only where a run has found next to nothing, or vesicles of a size that was not expected.
"""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.network_input.preprocess import network_grid, prepare_input
from cryoves_app.analysis.network_input.scales import Scale
from cryoves_app.analysis.segmentation.candidates import find_candidates
from cryoves_app.domain.arrays import Grey, Probability
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.workflow.pipeline.prediction import Predictor

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
    said, counts = source.voxel_size_nm, {}
    progress.start("scales")
    for done, factor in enumerate((1.0, *FACTORS)):
        progress.report(done / (1 + len(FACTORS)))
        counts[factor] = _places(source, factor * said, scale, recipe, predictor, progress.unseen())
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
    step = scale.voxel_size_nm / voxel_size_nm
    if min(source.data.shape) < _THINNEST_PX * step:
        return 0
    binning = max(int(step), 1)
    middle = middle_of(source, _EDGE_PX * step, binning)
    z, y, x = middle.shape
    grid = network_grid((z, y, x), binning * voxel_size_nm, scale.voxel_size_nm)
    image: Grey = np.empty(grid.shape, np.float32)
    prepare_input(middle, grid, binning * voxel_size_nm, image, smoothing_px=recipe.input.smoothing_px)
    probability: Probability = np.empty(grid.shape, np.float32)
    predictor.predict_array(image, probability, progress)
    found = find_candidates(probability, image, grid.voxel_size_nm, scale, recipe.instances, progress)
    return sum(candidate.evidence > _EVIDENCE for candidate in found.candidates)


def middle_of(source: GreySource, edge_px: float, binning: int) -> Grey:
    """The middle of a tomogram as the fits see it, averaged over ``binning`` voxels along each axis.

    It is read in slabs, as the middle at a small voxel size is most of a tomogram.
    """
    whole = np.array(source.data.shape)
    shape = np.maximum(np.minimum(whole, round(edge_px)) // binning, 1)
    low = (whole - shape * binning) // 2
    slab = np.array([1, *shape[1:]])
    middle: Grey = np.empty(shape, np.float32)
    for k in range(shape[0]):
        start = (low + np.array((k * binning, 0, 0))).astype(np.intp)
        box = source.box(start, start + (slab * binning).astype(np.intp))
        middle[k] = box.reshape(binning, shape[1], binning, shape[2], binning).mean(axis=(0, 2, 4))
    return middle
