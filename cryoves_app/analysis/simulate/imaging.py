"""From a scene's density to a reconstructed tomogram: tilt series, noise, weighted back-projection."""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.simulate.microscope import expose, shot_noise, weight_views
from cryoves_app.analysis.simulate.projection import back_project, project, tilt_angles_deg
from cryoves_app.analysis.simulate.spec import ImagingSpec
from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.progress import Progress

#: Rows that the strength of signal and noise is measured on.
SAMPLE_ROWS = 24
#: Values of the signal beyond these percentiles count as the percentile.
EXTREMES_PERCENT = (0.5, 99.5)


def record(
    rng: np.random.Generator,
    density: AnyArray,
    shape: tuple[int, int, int],
    voxel_nm: float,
    spec: ImagingSpec,
    progress: Progress,
) -> AnyArray:
    """A reconstruction of the given shape from the middle of the density; dense matter is dark.

    The tilt axis is y. ``spec.snr`` holds between the reconstructed signal and noise, before denoising.

    Parameters
    ----------
    density : (z, y, x) float32 array
        Without unit; used up. Larger than ``shape`` where views at high tilt see more.

    Returns
    -------
    (z, y, x) float32 array
        Grey values, not scaled.
    """
    progress.start("imaging", "projections")
    angles = tilt_angles_deg(spec.tilt_range_deg, spec.tilt_step_deg)
    density -= density.mean()
    signal = project(density, angles)
    progress.report(0.4, "contrast transfer and noise")
    signal = weight_views(expose(rng, signal, angles, voxel_nm, spec), spec)
    noise = weight_views(shot_noise(rng, signal.shape, angles, spec), spec)
    signal, noise = _middle_rows(signal, shape[1]), _middle_rows(noise, shape[1])
    progress.report(0.6, "back-projection")
    noise *= _noise_scale(signal, noise, angles, shape, spec.snr)
    noise += signal
    tomogram = back_project(noise, angles, shape[0], shape[2])
    progress.report(1.0)
    return tomogram


def _middle_rows(views: AnyArray, rows: int) -> AnyArray:
    start = (views.shape[1] - rows) // 2
    return views[:, start : start + rows]


def _noise_scale(
    signal: AnyArray, noise: AnyArray, angles: AnyArray, shape: tuple[int, int, int], snr: float
) -> np.float32:
    rows = np.linspace(0, shape[1] - 1, min(SAMPLE_ROWS, shape[1])).astype(int)
    seen, disturbed = (back_project(v, angles, shape[0], shape[2], rows) for v in (signal, noise))
    # A few gold beads would otherwise make up most of the signal, and all else would be far below the noise.
    np.clip(seen, *np.percentile(seen, EXTREMES_PERCENT), out=seen)
    return np.float32(seen.std() / disturbed.std() / np.sqrt(snr))
