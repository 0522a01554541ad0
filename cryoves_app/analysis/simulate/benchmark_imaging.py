"""From the benchmark phantom's density to its grey values: grain, band limit, missing wedge, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.benchmark_spec import BenchmarkSpec
from cryoves_app.analysis.simulate.microscope import FWHM_PER_SD, WAVELENGTH_NM
from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.progress import Progress

AMPLITUDE_PHASE = 0.10
CTF_FLOOR = 0.12
GRAIN_SD_NM = 2.5
LUMEN_GRAIN_SHARE = 0.3

INT16 = np.iinfo(np.int16)


def normal_volume(rng: np.random.Generator, shape: tuple[int, ...]) -> AnyArray:
    """Standard normal float32 values ``(z, y, x)`` without unit.

    They are drawn plane by plane in the order of one whole draw.
    """
    out = np.empty(shape, np.float32)
    for plane in out:
        plane[...] = rng.standard_normal(plane.shape)
    return out


def add_grain(
    rng: np.random.Generator, density: AnyArray, labels: AnyArray, voxel_size_nm: float, spec: BenchmarkSpec
) -> None:
    """Add the cytoplasm's protein texture in place, weaker inside vesicles.

    Parameters
    ----------
    density : (z, y, x) float32 array
        Without unit; changed.
    labels : (z, y, x) array
        Numbers of vesicles; 0 outside.
    """
    if not spec.grain:
        return
    grain = normal_volume(rng, density.shape)
    ndi.gaussian_filter(grain, GRAIN_SD_NM / voxel_size_nm, output=grain)
    grain *= spec.grain / grain.std()
    for plane, texture, label in zip(density, grain, labels, strict=True):
        plane += np.where(label > 0, np.float32(LUMEN_GRAIN_SHARE) * texture, texture)


def image(
    rng: np.random.Generator, density: AnyArray, voxel_size_nm: float, spec: BenchmarkSpec, progress: Progress
) -> NDArray[np.int16]:
    """The tomogram of a density.

    Parameters
    ----------
    density : (z, y, x) float32 array
        Without unit; used up.

    Returns
    -------
    (z, y, x) array
        Grey values of standard deviation ``spec.grey_sd``, dense matter dark.
    """
    progress.start("imaging", "band limit and missing wedge")
    shape = density.shape
    signal = _filtered(density, voxel_size_nm, spec, band_limit=True)
    signal -= signal.mean()
    deviation = signal.std()
    progress.report(0.4, "noise")
    noise = _filtered(normal_volume(rng, shape), voxel_size_nm, spec, band_limit=False)
    noise *= deviation / np.sqrt(spec.snr) / noise.std()
    signal += noise
    del noise
    progress.report(0.8, "denoising")
    if spec.denoise_nm:
        ndi.gaussian_filter(signal, spec.denoise_nm / voxel_size_nm, output=signal)
    scale = -spec.grey_sd / float(signal.std())
    grey = np.empty(shape, np.int16)
    for source, target in zip(signal, grey, strict=True):
        target[...] = np.clip(np.round(source * scale), INT16.min, INT16.max)
    return grey


def _filtered(volume: AnyArray, voxel_size_nm: float, spec: BenchmarkSpec, *, band_limit: bool) -> AnyArray:
    """The volume without its missing wedge, and with the microscope's transfer if wanted."""
    depth, height, width = volume.shape
    spectrum = fft.rfftn(volume, overwrite_x=True, workers=2)
    kz = fft.fftfreq(depth, voxel_size_nm).astype(np.float32)
    ky = fft.fftfreq(height, voxel_size_nm).astype(np.float32)[:, None]
    kx = fft.rfftfreq(width, voxel_size_nm).astype(np.float32)[None, :]
    # In float64, so that rows exactly on the wedge's border always fall on the same side.
    measured_kz = np.tan(np.deg2rad(spec.tilt_range_deg)) * np.abs(kx).astype(np.float64) + 1e-9
    for plane, k in zip(spectrum, kz, strict=True):
        measured = np.abs(k) <= measured_kz
        plane *= _transfer(k**2 + ky**2 + kx**2, spec) * measured if band_limit else measured
    result: AnyArray = fft.irfftn(spectrum, s=volume.shape, overwrite_x=True, workers=2)
    return result


def _transfer(k_squared: AnyArray, spec: BenchmarkSpec) -> AnyArray:
    """Gaussian low-pass, and the contrast transfer up to its first maximum, flat beyond."""
    lowpass: AnyArray = np.exp(-0.5 * k_squared * (spec.lowpass_nm / FWHM_PER_SD) ** 2)
    if not spec.ctf:
        return lowpass
    phase = np.pi * WAVELENGTH_NM * spec.defocus_nm * k_squared + AMPLITUDE_PHASE
    contrast = np.where(phase < np.pi / 2, np.abs(np.sin(phase)), 1.0)
    return lowpass * np.maximum(contrast, CTF_FLOOR)
