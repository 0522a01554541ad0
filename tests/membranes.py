"""A generator of its own for what the fits must get right: leaflets, lumen, blur, contrast transfer, wedge, noise.

It shares no code with the package: shells are drawn on a fine grid, imaged by the microscope's transfer in three
dimensions, and averaged to the voxel size wanted. Dense matter is dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, special

from cryoves_app.analysis.membrane.shell import GreySource

Array = NDArray[np.float64]

WAVELENGTH_NM = 0.00197
FINE_NM = 1.0
_MARGIN_NM = 16.0


@dataclass(frozen=True)
class Look:
    """One condition: lengths in nm, densities in units of one leaflet, defocus in µm."""

    h: float = 1.25
    h_sd: float = 0.0
    leaflet_sd: float = 0.85
    box: bool = False
    core: float = 0.0
    lumen: float = 0.0
    filled: float = 0.0
    fwhm: float = 3.0
    defocus: float = 0.0
    flipped: bool = False
    phase: float = 0.1
    denoise_sd: float = 0.0
    snr: float = 0.3
    grain: float = 0.15
    tilt: float = 60.0
    voxel: float = 1.0
    radii: tuple[float, float] = (16.0, 22.0)
    count: int = 10
    ratio: float = 1.0
    axis: tuple[float, float, float] | None = None
    bumps: float = 0.0


@dataclass(frozen=True)
class Membranes:
    """The image, and per vesicle ``z, y, x``, mid-plane radius and half leaflet distance (nm)."""

    source: GreySource
    spheres: Array
    h: Array


def membranes(look: Look, seed: int = 1) -> Membranes:
    """A tomogram of separate vesicles under one condition."""
    rng = np.random.default_rng(seed)
    spheres, shape = _places(rng, look)
    h = np.maximum(look.h + look.h_sd * rng.standard_normal(len(spheres)), 0.6)
    density = np.zeros(shape, np.float32)
    grain = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), 2.5 / FINE_NM)
    outside = np.ones(shape, bool)
    for sphere, half in zip(spheres, h, strict=True):
        _draw(density, outside, sphere, half, look, rng)
    density += look.grain * grain / grain.std() * np.where(outside, 1.0, 0.3)
    grey = _imaged(rng, density, look)
    median, deviation = float(np.median(grey)), float(grey.std())
    first = 0.5 * (round(look.voxel / FINE_NM) - 1) * FINE_NM  # where the first averaged voxel's centre lies
    return Membranes(
        GreySource(grey, look.voxel, median, deviation), spheres - np.array([first] * 3 + [0.0]), h
    )


def starts(of: Membranes, seed: int = 5, off_nm: float = 1.5) -> Array:
    """Starts near the truth: centres this far off, radii by half of it."""
    rng = np.random.default_rng(seed)
    away = rng.normal(size=(len(of.spheres), 3))
    away *= off_nm / np.linalg.norm(away, axis=1, keepdims=True)
    radius = of.spheres[:, 3] + rng.uniform(-0.5, 0.5, len(of.spheres)) * off_nm
    return np.column_stack([of.spheres[:, :3] + away, radius])


def _places(rng: np.random.Generator, look: Look) -> tuple[Array, tuple[int, int, int]]:
    pitch = 2 * (look.radii[1] + look.h + _MARGIN_NM) * max(1.0, look.ratio) ** 0.5
    columns = -(-look.count // 2)
    low = look.voxel / FINE_NM
    shape = [int(np.ceil(n * pitch / FINE_NM / low) * low) for n in (1, 2, columns)]
    spots = np.array(list(product((0,), range(2), range(columns))), float)[: look.count]
    centres = (spots + 0.5) * pitch + rng.uniform(-1, 1, (look.count, 3))
    radii = rng.uniform(*look.radii, look.count)
    return np.column_stack([centres, radii]), (shape[0], shape[1], shape[2])


def _draw(
    density: NDArray[Any],
    outside: NDArray[Any],
    sphere: Array,
    h: float,
    look: Look,
    rng: np.random.Generator,
) -> None:
    reach = sphere[3] * look.ratio + 10
    low = np.maximum(np.floor((sphere[:3] - reach) / FINE_NM), 0).astype(int)
    high = np.minimum(np.ceil((sphere[:3] + reach) / FINE_NM) + 1, density.shape).astype(int)
    away = [np.arange(a, b) * FINE_NM - c for a, b, c in zip(low, high, sphere[:3], strict=True)]
    z, y, x = np.meshgrid(*away, indexing="ij", sparse=True)
    d = _distance(z, y, x, sphere[3], look, rng)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    inside = 0.5 * special.erfc((d + h) / 0.7)
    lumen = look.filled if look.filled and rng.random() < 0.3 else look.lumen
    density[window] += lumen * inside + _leaflets(d, h, look)
    outside[window] &= d > 0


def _distance(z: Array, y: Array, x: Array, radius: float, look: Look, rng: np.random.Generator) -> Array:
    """Distance from the mid-plane: of a sphere, a spheroid of the same volume (anyhow turned), or one with bumps."""
    rho = np.sqrt(z * z + y * y + x * x)
    if look.ratio == 1 and not look.bumps:
        return rho - radius
    safe = np.maximum(rho, 1e-6)
    long, short = radius * look.ratio ** (2 / 3), radius * look.ratio ** (-1 / 3)
    way = rng.standard_normal(3) if look.axis is None else np.array(look.axis, float)
    way /= np.linalg.norm(way)
    along = z * way[0] + y * way[1] + x * way[2]
    across_sq = np.maximum(rho * rho - along * along, 0.0)
    implicit = np.sqrt((along / long) ** 2 + across_sq / short**2)
    slope = np.sqrt((along / long**2) ** 2 + across_sq / short**4) / np.maximum(implicit, 1e-6)
    d = (implicit - 1) / np.maximum(slope, 1e-6)
    if look.bumps:
        turn = rng.uniform(0, 2 * np.pi)
        across = np.sqrt(x * x + y * y) / safe
        d = d - look.bumps * across**3 * np.cos(3 * (np.arctan2(y, x) - turn))
    return np.asarray(d)


def _leaflets(d: Array, h: float, look: Look) -> Array:
    core = look.core * np.exp(-0.5 * (d / 0.7) ** 2)
    if look.box:
        soft = 0.3 * np.sqrt(2)
        return core + sum(
            0.5 * (special.erf((d - c + 1) / soft) - special.erf((d - c - 1) / soft)) for c in (-h, h)
        )
    return core + sum(np.exp(-0.5 * ((d - c) / look.leaflet_sd) ** 2) for c in (-h, h))


def _imaged(rng: np.random.Generator, density: NDArray[Any], look: Look) -> NDArray[np.float32]:
    z, y, x = (
        f(n, FINE_NM) for f, n in zip((fft.fftfreq, fft.fftfreq, fft.rfftfreq), density.shape, strict=True)
    )
    squared = z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2
    imaged = (
        np.abs(z)[:, None, None] <= np.tan(np.deg2rad(look.tilt)) * np.abs(x) + 1e-9
        if look.tilt < 90
        else 1.0
    )
    transfer = np.exp(-2 * np.pi**2 * squared * (look.fwhm / 2.355) ** 2)
    if look.defocus:
        wave = np.sin(np.pi * WAVELENGTH_NM * 1000 * look.defocus * squared + look.phase)
        transfer = transfer * (np.abs(wave) if look.flipped else wave)
    signal = fft.irfftn(fft.rfftn(density) * transfer * imaged, s=density.shape)
    signal -= signal.mean()
    noise = fft.irfftn(
        fft.rfftn(rng.standard_normal(density.shape).astype(np.float32)) * imaged, s=density.shape
    )
    noise *= signal.std() / np.sqrt(look.snr) / noise.std()
    grey = _averaged(-(signal + noise), round(look.voxel / FINE_NM))
    if look.denoise_sd:
        grey = ndimage.gaussian_filter(grey, look.denoise_sd / look.voxel)
    return (1000 * grey / grey.std()).astype(np.float32)


def _averaged(volume: NDArray[Any], factor: int) -> NDArray[Any]:
    if factor <= 1:
        return volume
    z, y, x = (n // factor for n in volume.shape)
    blocks = volume[: z * factor, : y * factor, : x * factor].reshape(z, factor, y, factor, x, factor)
    return np.asarray(blocks.mean(axis=(1, 3, 5)))
