"""Probabilities as logits: the network is so sure of itself that the interesting range is 0.99 to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Probability

#: float32 cannot tell probabilities above this from 1.
_LARGEST = 1 - 1e-7
#: Logit step of the quantised levels.
LEVEL_STEP = 1.0


def logit(probability: NDArray[np.float32] | float) -> NDArray[np.float64]:
    """``ln(p / (1 - p))``, finite for 0 and 1.

    Parameters
    ----------
    probability : array of any shape, or number
        0 to 1.

    Returns
    -------
    array of the same shape
        Logits.
    """
    p = np.clip(np.asarray(probability, np.float64), 1 - _LARGEST, _LARGEST)
    return np.asarray(np.log(p / (1 - p)))


def expit(value: float) -> float:
    """The probability of a logit."""
    return float(1 / (1 + np.exp(-value)))


def logit_levels(probability: Probability, base_threshold: float) -> tuple[NDArray[np.uint8], float]:
    """Quantise a map: 0 up to the base threshold, then 1, 2, … for each step of ``LEVEL_STEP`` above it.

    Works plane by plane, so that a memory-mapped map costs one byte per voxel.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    base_threshold
        A probability.

    Returns
    -------
    levels : (z, y, x) uint8 array
        Numbers of logit steps.
    base_logit : float
        The logit of the base threshold.
    """
    base = float(logit(base_threshold))
    levels = np.zeros(probability.shape, np.uint8)
    for plane, out in zip(probability, levels, strict=True):
        above = plane > base_threshold
        if above.any():
            out[above] = 1 + np.clip((logit(plane[above]) - base) / LEVEL_STEP, 0, 254).astype(np.uint8)
    return levels, base
