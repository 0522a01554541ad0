"""Probabilities shared out within membranes: what no membrane parts gives one answer.

A network that looks a few hundred nanometres around is sure near what it knows, near vesicles above all, and guesses
elsewhere. Its answers spread here as heat does, hardly through dark membranes (a random walker with priors): every
voxel's answer becomes the mean of those that are near it without crossing a membrane, sure ones counting more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import Window

#: Gaussian that darkness is taken after, in voxels.
_SMOOTHING_PX = 0.5
#: A step's conductance falls by e for every 1 / so many standard deviations that it is darker than the mean.
_DARKNESS = 3.0
#: Weight of a voxel's own answer beside that of a step: answers spread over about ten voxels.
_OWN = 0.01
#: Of it that is left where the network does not know; and of a step's conductance in black.
_LEAST = 1e-4
_STEPS, _ENOUGH = 200, 1e-5

#: Pairs of windows that are one voxel apart along an axis, and the conductance between them.
_Edges = list[tuple[Window, Window, NDArray[np.float32]]]


def vote_within_membranes(
    probability: NDArray[np.float32],
    image: NDArray[np.floating[Any]],
    alive: Callable[[float], None] = lambda share: None,
) -> NDArray[np.float32]:
    """The probabilities after the vote.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    image : (z, y, x) array
        The network's input: standard deviations about 0, dense matter dark.
    alive
        Told the share of the work that is done.

    Returns
    -------
    (z, y, x) float32 array
        0 to 1.
    """
    darkness = -ndimage.gaussian_filter(np.asarray(image, np.float32), _SMOOTHING_PX)
    edges = [
        (low, high, np.exp(-_DARKNESS * np.maximum(np.maximum(darkness[low], darkness[high]), 0)) + _LEAST)
        for low, high in _neighbours()
    ]
    own = np.float32(_OWN) * (np.abs(2 * probability - 1) + np.float32(_LEAST))
    return _solved(edges, own, probability, alive)


def _neighbours() -> Iterator[tuple[Window, Window]]:
    everything, first, last = slice(None), slice(None, -1), slice(1, None)
    for axis in range(3):
        low, high = [everything] * 3, [everything] * 3
        low[axis], high[axis] = first, last
        yield (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _solved(
    edges: _Edges, own: NDArray[np.float32], answer: NDArray[np.float32], alive: Callable[[float], None]
) -> NDArray[np.float32]:
    """By conjugate gradients, each voxel scaled by all that it is tied to; they begin at the answers."""
    scale = own.copy()
    for low, high, conductance in edges:
        scale[low] += conductance
        scale[high] += conductance
    found = answer.copy()
    rest = own * answer - _spread(edges, own, found)
    way = rest / scale
    size = first = _dot(rest, way)
    for step in range(_STEPS):
        if size <= _ENOUGH * first:
            break
        alive(step / _STEPS)
        spread = _spread(edges, own, way)
        length = np.float32(size / _dot(way, spread))
        found += length * way
        rest -= length * spread
        scaled = rest / scale
        before, size = size, _dot(rest, scaled)
        way = scaled + np.float32(size / before) * way
    return np.clip(found, 0, 1)


def _spread(edges: _Edges, own: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    out = own * values
    for low, high, conductance in edges:
        flow = conductance * (values[high] - values[low])
        out[high] += flow
        out[low] -= flow
    return out


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.vdot(a, b))
