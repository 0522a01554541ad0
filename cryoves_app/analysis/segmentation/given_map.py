"""Another program's map in the place of the network's: probabilities, a mask, or instances with numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.network_input.preprocess import NetworkGrid, axis_weights, resampled_planes
from cryoves_app.analysis.network_input.scales import Scale
from cryoves_app.analysis.segmentation.candidates import Proposal, ball_px
from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.analysis.segmentation.map_values import MapValues
from cryoves_app.domain.arrays import Labels, Mask, Probability
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.volume import VoxelArray

#: A mask is smoothed by this share of the expected radius, so that the necks between touching vesicles come out low.
_MASK_SIGMA = 0.25
#: How sure an instance is, in logits, as a network's segment that is full of vesicle.
_EVIDENCE = 5.0


def write_given_map(
    data: VoxelArray,
    values: MapValues,
    grid: NetworkGrid,
    voxel_size_nm: float,
    radius_nm: float,
    out: Probability,
    mask: Mask | None,
    progress: Progress,
) -> None:
    """Brings a map to the network's grid; a mask of two values becomes smooth, so that touching vesicles come apart.

    Parameters
    ----------
    data : (z, y, x) array
        Probabilities or other units as ``values`` tells, on the tomogram's grid; not finite ones count as 0.
    voxel_size_nm
        Of the tomogram.
    radius_nm
        The outer radius that is expected.
    out : (z, y, x) array
        Written to: probabilities, 0 to 1, on the grid.
    mask : (z, y, x) array or None
        On the grid: 1 inside, 0 where nothing is looked for.
    """
    divisor = values.divisor or 1.0
    sigma = _MASK_SIGMA * radius_nm / grid.voxel_size_nm if values.are_two else 0.0
    step = grid.voxel_size_nm / voxel_size_nm
    weights = [axis_weights(n, m, step, sigma) for n, m in zip(data.shape, grid.shape, strict=True)]

    def plane_at(k: int) -> NDArray[np.float32]:
        found = np.asarray(data[k], np.float32) / np.float32(divisor)
        return np.nan_to_num(np.clip(found, 0, 1), copy=False, nan=0.0)

    for k, plane in resampled_planes(plane_at, data.shape[0], weights, progress):
        out[k] = plane if mask is None else np.where(mask[k] != 0, plane, 0)


def candidates_of_labels(
    labels: Labels, voxel_size_nm: float, scale: Scale, settings: InstanceSettings
) -> Proposal:
    """Every instance of another program as a candidate; crumbs are left out as the network's are.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers on the tomogram's grid, 0 outside.
    voxel_size_nm
        Of the tomogram.
    """
    spheres = spheres_of_labels(labels)
    smallest = settings.smallest_fraction * ball_px(scale.expected_radius_nm, voxel_size_nm)
    kept = [s for s in spheres.values() if ball_px(s[3], 1.0) >= smallest]
    candidates = tuple(_candidate(sphere, voxel_size_nm, scale) for sphere in kept)
    steps = (
        StepReport("threshold", after=len(spheres), note="instances of another program"),
        StepReport("split", len(spheres), len(candidates)),
    )
    return Proposal(candidates, steps)


def _candidate(sphere_px: tuple[float, float, float, float], voxel_size_nm: float, scale: Scale) -> Candidate:
    z, y, x, radius = (v * voxel_size_nm for v in sphere_px)
    evidence = _EVIDENCE * min(1.0, (radius / scale.expected_radius_nm) ** 3)
    return Candidate((z, y, x), radius, evidence)
