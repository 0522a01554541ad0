"""The smoothest way through a cost volume: one height for each place of a grid.

The sum of costs and of squared differences between neighbours' heights is lowered line by line: of one line, given its
neighbours, dynamic programming finds the very best. Lines of the seed are found first, the next ones beside them, so
that the surface goes on where the seed lies and does not jump to a neighbour that is as dark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: A height changes from place to place by at most so many steps.
LARGEST_STEP = 2
#: Rounds over all lines and all columns after the first way outwards.
ROUNDS = 3

Costs = NDArray[np.float32]
Heights = NDArray[np.intp]


def height_field(costs: Costs, seed: int, pull: float, smoothness: float) -> Heights:
    """Heights of least cost.

    Parameters
    ----------
    costs : (m, n, h) array
        Of each height at each of the m × n places, without unit.
    seed
        Which of the m lines is found first.
    pull
        Cost of one squared step of height between lines.
    smoothness
        The same along a line.

    Returns
    -------
    (m, n) array
        Indices of heights.
    """
    heights = np.zeros(costs.shape[:2], np.intp)
    heights[seed] = best_lines(costs[seed][None], smoothness)[0]
    for line in (*range(seed + 1, len(costs)), *range(seed - 1, -1, -1)):
        before = line - 1 if line > seed else line + 1
        heights[line] = best_lines((costs[line] + _pull_to(costs, heights[before], pull))[None], smoothness)[
            0
        ]
    for _ in range(ROUNDS):
        _improve(costs, heights, pull, smoothness)
        _improve(costs.transpose(1, 0, 2), heights.T, smoothness, pull)
    return heights


def _improve(costs: Costs, heights: Heights, pull: float, smoothness: float) -> None:
    """Every other line at once, since those between stay; changed in place."""
    for first in (0, 1):
        own = slice(first, None, 2)
        total = costs[own].copy()
        for shift in (-1, 1):
            beside = np.arange(len(costs))[own] + shift
            there = (beside >= 0) & (beside < len(costs))
            for row in np.flatnonzero(there):
                total[row] += _pull_to(costs, heights[beside[row]], pull)
        heights[own] = best_lines(total, smoothness)


def _pull_to(costs: Costs, beside: Heights, pull: float) -> Costs:
    """What each height ``(n, h)`` costs for being away from the neighbour's."""
    away = np.arange(costs.shape[2], dtype=np.float32)[None] - beside[:, None]
    return np.asarray(np.float32(pull) * away * away, np.float32)


def best_lines(costs: Costs, smoothness: float) -> Heights:
    """For each line the heights of least cost, neighbours at most ``LARGEST_STEP`` apart.

    Parameters
    ----------
    costs : (m, n, h) array
        Without unit.
    smoothness
        Cost of one squared step of height between neighbours.

    Returns
    -------
    (m, n) array
        Indices of heights.
    """
    lines, places, count = costs.shape
    steps = np.arange(-LARGEST_STEP, LARGEST_STEP + 1)
    climb = (smoothness * steps**2).astype(np.float32)
    came_by = np.zeros((places, lines, count), np.int8)
    total = costs[:, 0].astype(np.float32)
    padded = np.full((lines, count + 2 * LARGEST_STEP), np.inf, np.float32)
    ways = np.empty((len(steps), lines, count), np.float32)
    for place in range(1, places):
        padded[:, LARGEST_STEP:-LARGEST_STEP] = total
        for k, way in enumerate(ways):
            np.add(padded[:, k : k + count], climb[k], out=way)
        came_by[place] = steps[ways.argmin(axis=0)]
        total = ways.min(axis=0) + costs[:, place]
    heights = np.empty((lines, places), np.intp)
    heights[:, -1] = total.argmin(axis=1)
    row = np.arange(lines)
    for place in range(places - 1, 0, -1):
        heights[:, place - 1] = heights[:, place] + came_by[place][row, heights[:, place]]
    return heights


def between_steps(costs: Costs, heights: Heights) -> NDArray[np.float64]:
    """Heights ``(m, n)`` in parts of a step, without unit: the lowest point of the parabola through three costs."""
    inside = np.clip(heights, 1, costs.shape[2] - 2)
    low, here, high = (
        np.take_along_axis(costs, (inside + k)[..., None], axis=2)[..., 0].astype(np.float64)
        for k in (-1, 0, 1)
    )
    bend = low - 2 * here + high
    shift = np.where(bend > 1e-9, 0.5 * (low - high) / np.maximum(bend, 1e-9), 0.0)
    return inside + np.clip(shift, -0.5, 0.5)
