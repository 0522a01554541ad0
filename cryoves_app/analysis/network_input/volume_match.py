"""Whether two volumes are the same tomogram, for instance before and after denoising.

Raw voxels are nearly all noise, so both are smoothed, and their cross-correlation in the middle of the volume must peak
where they lie on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from cryoves_app.domain.arrays import Grey
from cryoves_app.domain.volume import VoxelArray

#: Edge of the box that is compared, and how strongly it is smoothed; of finer noise nothing is in common.
_EDGE_PX = 96
_SMOOTHING_PX = 2.0
#: Below this correlation nothing is known: the noise of a raw tomogram reaches 0.03.
KNOWN_CORRELATION = 0.1
#: A volume that lies this far off in voxels is another one's, or was binned or turned differently.
FARTHEST_PX = 1.5


@dataclass(frozen=True)
class VolumeMatch:
    """How two volumes agree: their largest correlation (negative for opposite grey) and how far off it is found."""

    correlation: float
    shift_px: tuple[int, int, int]

    @property
    def distance_px(self) -> float:
        """Length of the shift."""
        return float(np.linalg.norm(self.shift_px))

    @property
    def is_known(self) -> bool:
        """Whether they have enough in common to say anything."""
        return abs(self.correlation) >= KNOWN_CORRELATION


def match_volumes(one: VoxelArray, other: VoxelArray) -> VolumeMatch:
    """Compare the middles of two volumes of one shape.

    Parameters
    ----------
    one, other : (z, y, x) arrays
        Grey values of any units; the same number of voxels along each axis.

    Returns
    -------
    VolumeMatch
        With the shift in voxels; correlation 0 where a volume has no contrast.
    """
    first, second = _middle(one), _middle(other)
    power = float(np.sqrt((first**2).sum() * (second**2).sum()))
    if not power > 0:
        return VolumeMatch(0.0, (0, 0, 0))
    product = fft.rfftn(first) * np.conj(fft.rfftn(second))
    correlation = fft.irfftn(product, s=first.shape) / power
    peak = np.unravel_index(int(np.abs(correlation).argmax()), correlation.shape)
    z, y, x = (int(p) if p <= n // 2 else int(p) - n for p, n in zip(peak, first.shape, strict=True))
    return VolumeMatch(float(correlation[peak]), (z, y, x))


def _middle(volume: VoxelArray) -> Grey:
    window = []
    for n in volume.shape:
        first = max((n - _EDGE_PX) // 2, 0)
        window.append(slice(first, min(first + _EDGE_PX, n)))
    box = np.asarray(volume[tuple(window)], np.float32)
    box = np.where(np.isfinite(box), box, 0.0)
    box = ndimage.gaussian_filter(box - box.mean(), _SMOOTHING_PX)
    low, high = np.percentile(box, (1, 99))  # a bead must not decide
    box = np.clip(box, low, high)
    return np.asarray(box - box.mean(), np.float32)
