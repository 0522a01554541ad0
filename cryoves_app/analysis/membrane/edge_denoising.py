"""Whether a tomogram was denoised with its edges preserved, as non-linear anisotropic diffusion does.

Such a filter leaves membranes a shape of its own, which no blur and no contrast transfer explain. It also leaves most
voxels like their neighbours and a few very unlike them: the kurtosis of grey steps between neighbours is 3 for noise,
up to 6.2 for benchmark tomograms of any signal-to-noise ratio, smoothed or not, and 7 to 16 after edge-preserving
filters (now and then less where little is left of the edges, too).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.membrane.shell import GreySource

#: Number and edge of the boxes that are looked at.
_BOXES = 24
_EDGE_PX = 48
#: Steps beyond this many standard deviations (beads, borders) count no more.
_FARTHEST = 20.0
#: Grey values beyond so many standard deviations are gold, whose halo reaches so far.
_GOLD, _HALO_NM = 6.0, 10.0
_MAD_PER_SD = 0.6745
#: Kurtosis of steps above which edges were preserved.
_PRESERVED = 6.7


def preserves_edges(source: GreySource) -> bool:
    """Whether grey steps between neighbours show an edge-preserving filter."""
    return step_kurtosis(source) > _PRESERVED


def step_kurtosis(source: GreySource) -> float:
    """Kurtosis of grey steps between neighbouring voxels, in boxes spread over a tomogram, mean of the three axes.

    Only steps between voxels that both hold data count, and none near gold: its edges are none of a filter's.
    """
    edge = np.minimum(_EDGE_PX, source.data.shape)
    corners = np.random.default_rng(0).random((_BOXES, 3)) * (np.array(source.data.shape) - edge + 1)
    boxes = [_known(source, low, low + edge) for low in corners.astype(np.intp)]
    return float(np.mean([_kurtosis(np.concatenate([_steps(b, axis) for b in boxes])) for axis in range(3)]))


def _known(source: GreySource, low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.float32]:
    """A box of grey values, NaN where there is no data and around gold."""
    read = source.read(low, high)
    box, empty = read.grey, read.empty
    left_out = np.abs(box) > _GOLD
    if left_out.any():
        left_out = ndimage.binary_dilation(
            left_out, iterations=max(1, round(_HALO_NM / source.voxel_size_nm))
        )
    if empty is not None:
        left_out |= empty
    return np.where(left_out, np.float32(np.nan), box) if left_out.any() else box


def _steps(box: NDArray[np.float32], axis: int) -> NDArray[np.float64]:
    steps = np.diff(box, axis=axis).ravel().astype(np.float64)
    known: NDArray[np.float64] = steps[np.isfinite(steps)]
    return known


def _kurtosis(steps: NDArray[np.float64]) -> float:
    deviation = np.median(np.abs(steps)) / _MAD_PER_SD if len(steps) else 0.0
    if not deviation > 0:
        return 0.0
    squares = np.clip(steps / deviation, -_FARTHEST, _FARTHEST)
    np.square(squares, out=squares)
    return float(np.dot(squares, squares) / len(squares) / np.mean(squares) ** 2)
