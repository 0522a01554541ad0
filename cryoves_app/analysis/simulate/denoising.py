"""The looks that labs give their reconstructions."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec
from cryoves_app.domain.arrays import AnyArray

DIFFUSION_STEPS = 8
DIFFUSION_RATE = 0.14
#: Edges are what exceeds this many standard deviations of the smoothed gradient.
EDGE_SD = 1.2


def denoise(volume: AnyArray, voxel_nm: float, spec: ImagingSpec) -> AnyArray:
    """The volume ``(z, y, x)`` of grey values as the tomogram's filter leaves it."""
    if spec.denoising is Denoising.GAUSSIAN:
        return ndi.gaussian_filter(volume, spec.denoising_nm / voxel_nm, truncate=3.0)
    if spec.denoising is Denoising.DIFFUSION:
        return diffuse(volume, spec.denoising_nm / voxel_nm)
    return volume


def diffuse(volume: AnyArray, scale_px: float) -> AnyArray:
    """Edge-preserving diffusion of grey values ``(z, y, x)``.

    Flat places are smoothed by about ``scale_px``, edges across which the grey value jumps are kept.

    References
    ----------
    Perona and Malik (1990), with gradients smoothed first as by Catté et al. (1992).
    """
    result = ndi.gaussian_filter(volume, 0.5 * scale_px, truncate=3.0)
    rate = np.float32(min(DIFFUSION_RATE, scale_px**2 / (2 * DIFFUSION_STEPS)))
    for _ in range(DIFFUSION_STEPS):
        change = np.zeros_like(result)
        for axis in range(3):
            slope = np.diff(result, axis=axis)
            smooth = ndi.uniform_filter(slope, 3)
            limit = np.float32(EDGE_SD * smooth.std() + 1e-12)
            slope /= 1 + (smooth / limit) ** 2
            _along(change, axis, slice(None, -1))[...] += slope
            _along(change, axis, slice(1, None))[...] -= slope
        result += rate * change
    return result


def _along(volume: AnyArray, axis: int, part: slice) -> AnyArray:
    index = [slice(None)] * 3
    index[axis] = part
    return volume[tuple(index)]
