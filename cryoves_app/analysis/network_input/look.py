"""The look of a network's input: grey values and radial power spectrum; and an input given another look.

A network knows the noise and blur that it learned from. A tomogram of another look is filtered so that its spectrum
becomes the one that the network learned (as in Fourier-based domain adaptation, Yang & Soatto 2020, but radially, since
orientation says where the vesicles are), and its grey values are mapped onto those it learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from cryoves_app.analysis.network_input.padded_blocks import padded_blocks
from cryoves_app.domain.arrays import Grey, Mask

#: Shares of the voxels whose grey values are kept.
SHARES = (0.005, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 0.995)
#: Rings of the spectrum, from 0 to 0.5 cycles per voxel.
RINGS = 16
#: A frequency is made weaker and stronger by no more than this: what is hardly there cannot be brought back.
_GAINS = (0.02, 4.0)
_BOX_PX, _BLOCK_PX, _MARGIN_PX = 128, 96, 16
_TINY = 1e-12


@dataclass(frozen=True)
class GreyLook:
    """Grey values at ``SHARES`` of the voxels, in standard deviations; power of each of ``RINGS`` over that of all."""

    grey: tuple[float, ...]
    power: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.grey) != len(SHARES) or len(self.power) != RINGS:
            raise ValueError("a look has a fixed number of grey values and rings")

    def difference(self, other: GreyLook) -> float:
        """How much two spectra differ: root mean square of the ratios of amplitude, in factors of e.

        The outer half of the rings does not count: the network's input is smoothed, and hardly anything is left there.
        """
        here, there = (np.maximum(look.power[: RINGS // 2], _TINY) for look in (self, other))
        return float(np.sqrt(np.mean((0.5 * np.log(here / there)) ** 2)))


def measure_look(image: Grey, with_data: Mask | None = None) -> GreyLook:
    """The look of the middle of an input.

    Parameters
    ----------
    image : (z, y, x) array
        The network's input, in standard deviations.
    with_data : (z, y, x) array
        0 and 1; 0 where there is no data, which does not count.

    Returns
    -------
    GreyLook
        Grey values in standard deviations, and power in units of the mean power.
    """
    window = tuple(slice(max((n - _BOX_PX) // 2, 0), (n + _BOX_PX) // 2) for n in image.shape)
    box = np.array(image[window], np.float32)
    known = None if with_data is None else np.asarray(with_data[window]) != 0
    if known is not None:
        box[~known] = 0
    values = box[known] if known is not None and known.any() else box
    return GreyLook(_grey_of(values), _power_of(box))


def mean_look(looks: Sequence[GreyLook]) -> GreyLook:
    """The mean of several looks: of grey values, and geometrically of powers."""
    powers = np.log(np.maximum([look.power for look in looks], _TINY))
    return GreyLook(
        tuple(np.mean([look.grey for look in looks], axis=0).tolist()),
        tuple(np.exp(powers.mean(axis=0)).tolist()),
    )


def give_look(image: Grey, out: Grey, wanted: GreyLook, with_data: Mask | None = None) -> None:
    """Write an input with another look.

    Parameters
    ----------
    image, out : (z, y, x) arrays
        The network's input as it is, in standard deviations, and where the new one goes.
    wanted
        The look that it gets.
    with_data : (z, y, x) array
        0 and 1; voxels with 0 hold no data, and stay as they are.
    """
    here = measure_look(image, with_data)
    ratio = np.maximum(wanted.power, _TINY) / np.maximum(here.power, _TINY)
    gain = np.clip(np.sqrt(ratio), *_GAINS)
    for inner, box, crop in padded_blocks(image.shape, _BLOCK_PX, _MARGIN_PX):
        out[inner] = _filtered(np.asarray(image[box], np.float32), gain)[crop]
    filtered = measure_look(out, with_data)
    grey = np.maximum.accumulate(filtered.grey + np.arange(len(SHARES)) * 1e-9)  # which interpolation needs
    for z, plane in enumerate(out):
        mapped = _mapped(plane, grey, np.array(wanted.grey))
        keeps = None if with_data is None else with_data[z] == 0
        out[z] = mapped if keeps is None else np.where(keeps, image[z], mapped)


def _grey_of(values: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(float(q) for q in np.quantile(values, SHARES))


def _power_of(box: NDArray[np.float32]) -> tuple[float, ...]:
    for axis, n in enumerate(box.shape):
        shape = [1, 1, 1]
        shape[axis] = n
        box = box * np.hanning(n + 2)[1:-1].astype(np.float32).reshape(shape)
    power = np.abs(fft.rfftn(box)) ** 2
    ring = np.minimum((_radius(box.shape) * 2 * RINGS).astype(np.intp), RINGS).ravel()
    sums = np.bincount(ring, power.ravel(), RINGS + 1)[:RINGS]
    counts = np.maximum(np.bincount(ring, minlength=RINGS + 1)[:RINGS], 1)
    total = sums.sum() / counts.sum()
    return tuple((sums / counts / max(total, _TINY)).tolist())


def _radius(shape: Sequence[int]) -> NDArray[np.float64]:
    """Cycles per voxel of the terms of ``rfftn``."""
    z, y, x = shape
    axes = (fft.fftfreq(z)[:, None, None], fft.fftfreq(y)[None, :, None], fft.rfftfreq(x)[None, None, :])
    return np.sqrt(sum(axis**2 for axis in axes))


def _filtered(box: NDArray[np.float32], gain: NDArray[np.float64]) -> NDArray[np.float32]:
    middles = (np.arange(RINGS) + 0.5) / (2 * RINGS)
    factors = np.interp(_radius(box.shape), middles, gain).astype(np.float32)
    filtered: NDArray[np.float32] = fft.irfftn(fft.rfftn(box) * factors, s=box.shape)
    return filtered


def _mapped(
    plane: NDArray[np.float32], here: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Grey values at ``here`` become ``wanted``; beyond the outermost they go on with the whole range's slope."""
    slope = (wanted[-1] - wanted[0]) / max(here[-1] - here[0], 1e-6)
    inside = np.interp(plane, here, wanted)
    beyond = (np.maximum(plane - here[-1], 0) + np.minimum(plane - here[0], 0)) * slope
    return np.asarray(inside + beyond, np.float32)
