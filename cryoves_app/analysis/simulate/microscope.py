"""What the microscope does to a view: contrast transfer, radiation damage, drift, noise."""

from __future__ import annotations

import numpy as np
from scipy import fft

from cryoves_app.analysis.simulate.spec import ImagingSpec
from cryoves_app.domain.arrays import AnyArray

WAVELENGTH_NM = 0.00197  # electrons of 300 kV
MEAN_FREE_PATH_NM = 310.0  # inelastic, in ice
FWHM_PER_SD = 2.355
#: A section is never more than four times as thick as it is high.
SMALLEST_COSINE = 0.25


def contrast_transfer(k_squared: AnyArray, spec: ImagingSpec) -> AnyArray:
    """Contrast transfer; 1 is full contrast, dense matter dark.

    Its zeros lie where π λ Δf k² + phase shift is a multiple of π.

    Parameters
    ----------
    k_squared : array of any shape
        Squared spatial frequencies, 1/nm².

    Returns
    -------
    array of the same shape
        -1 to 1, or 0 to 1 for ``spec.ctf_corrected`` and ``spec.deconvolved``.
    """
    phase = np.pi * WAVELENGTH_NM * spec.defocus_nm * k_squared + spec.phase_shift_rad
    transfer = np.sin(phase)
    if spec.deconvolved:
        return np.where(phase < np.pi / 2, transfer, 1.0).astype(np.float32)
    return np.abs(transfer) if spec.ctf_corrected else transfer


def damage(k_squared: AnyArray, dose: float) -> AnyArray:
    """Share of the signal that is left after a dose in e⁻/Å².

    Parameters
    ----------
    k_squared : array of any shape
        Squared spatial frequencies, 1/nm².

    Returns
    -------
    array of the same shape
        0 to 1.

    References
    ----------
    The exposure filter of Grant and Grigorieff (2015).
    """
    k_per_angstrom = np.sqrt(np.maximum(k_squared, 1e-6)) / 10
    critical = 0.245 * k_per_angstrom**-1.665 + 2.81
    return np.exp(-dose / (2 * critical))


def blur(k_squared: AnyArray, fwhm_nm: float) -> AnyArray:
    """Transfer, 0 to 1, of a Gaussian of the given full width; squared frequencies of any shape in 1/nm²."""
    return np.exp(-2 * np.pi**2 * k_squared * (fwhm_nm / FWHM_PER_SD) ** 2)


def frequencies_squared(height: int, width: int, voxel_nm: float) -> AnyArray:
    """Squared frequencies of a view's half spectrum ``(y, x / 2 + 1)``, in 1/nm²."""
    ky = fft.fftfreq(height, voxel_nm)[:, None]
    kx = fft.rfftfreq(width, voxel_nm)[None, :]
    return (ky**2 + kx**2).astype(np.float32)


def expose(
    rng: np.random.Generator, views: AnyArray, angles_deg: AnyArray, voxel_nm: float, spec: ImagingSpec
) -> AnyArray:
    """The noise-free micrographs of projections, changed in place.

    The dose is spent from the smallest tilt outwards; each view is displaced a little.

    Parameters
    ----------
    views : (angles, y, x) float32 array
        Line integrals of the density, without unit.
    angles_deg : (angles,) array
        Tilts.

    Returns
    -------
    (angles, y, x) array
        The same array.
    """
    _, height, width = views.shape
    k_squared = frequencies_squared(height, width, voxel_nm)
    transfer = -contrast_transfer(k_squared, spec) * blur(k_squared, spec.resolution_nm)
    order = np.argsort(np.argsort(np.abs(angles_deg), kind="stable"))
    dose_per_view = spec.dose_per_angstrom_sq / len(angles_deg)
    for view, number in zip(views, order, strict=True):
        spectrum = fft.rfft2(view)
        spectrum *= transfer * damage(k_squared, dose_per_view * (number + 0.5))
        spectrum *= _displacement(rng.normal(0, spec.misalignment_nm, 2), height, width, voxel_nm)
        view[...] = fft.irfft2(spectrum, s=view.shape)
    return views


def _displacement(shift_nm: AnyArray, height: int, width: int, voxel_nm: float) -> AnyArray:
    ky = fft.fftfreq(height, voxel_nm)[:, None]
    kx = fft.rfftfreq(width, voxel_nm)[None, :]
    return np.exp(-2j * np.pi * (ky * shift_nm[0] + kx * shift_nm[1])).astype(np.complex64)


def shot_noise(
    rng: np.random.Generator, shape: tuple[int, ...], angles_deg: AnyArray, spec: ImagingSpec
) -> AnyArray:
    """White noise of views, stronger where the tilted section lets fewer electrons through.

    Parameters
    ----------
    shape
        ``(angles, y, x)``.
    angles_deg : (angles,) array
        Tilts.

    Returns
    -------
    (angles, y, x) float32 array
        In standard deviations of the untilted view's noise.
    """
    path = 1 / np.maximum(np.cos(np.deg2rad(angles_deg)), SMALLEST_COSINE)
    level = np.exp(0.5 * spec.section_nm / MEAN_FREE_PATH_NM * (path - 1)).astype(np.float32)
    noise = rng.standard_normal(shape, np.float32)
    noise *= level[:, None, None]
    return noise


def weight_views(views: AnyArray, spec: ImagingSpec) -> AnyArray:
    """Filter views for back-projection, in place: a ramp along x, rolled off at the cutoff.

    Parameters
    ----------
    views : (angles, y, x) array
        Of any unit.

    Returns
    -------
    (angles, y, x) array
        The same array.
    """
    width = views.shape[2]
    kx = fft.rfftfreq(width)
    roll_off = np.where(kx > spec.cutoff, np.exp(-0.5 * ((kx - spec.cutoff) / 0.05) ** 2), 1.0)
    # The zero frequency keeps a quarter of a step, as the discrete ramp has it.
    ramp = (np.maximum(kx, 0.25 / width) * roll_off).astype(np.float32)
    ky = np.abs(fft.fftfreq(views.shape[1]))
    limit = np.where(ky > spec.cutoff, np.exp(-0.5 * ((ky - spec.cutoff) / 0.05) ** 2), 1.0).astype(
        np.float32
    )
    for view in views:
        spectrum = fft.rfft2(view)
        spectrum *= limit[:, None] * ramp[None, :]
        view[...] = fft.irfft2(spectrum, s=view.shape)
    return views
