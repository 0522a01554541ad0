"""Lines on one slice: at even places, smooth, with their normals."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cryoves_app.domain.arrays import Points


def evenly_spaced(line: Points, step: float) -> Points:
    """The line ``(n, 2)`` at places ``step`` apart along it, its ends included; in the line's own unit.

    A line without length stays as it is.
    """
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    if lengths[-1] <= 0:
        return line[:1]
    wanted = np.linspace(0.0, lengths[-1], max(2, round(lengths[-1] / step) + 1))
    return np.column_stack([np.interp(wanted, lengths, line[:, axis]) for axis in range(2)])


def smooth_line(line: Points, sigma: float) -> Points:
    """The line ``(n, 2)`` in voxels, smoothed over ``sigma`` places; its ends go on straight and stay."""
    if len(line) < 3:
        return line
    reach = min(int(4 * sigma) + 1, len(line) - 1)
    before = 2 * line[0] - line[reach:0:-1]
    after = 2 * line[-1] - line[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, line, after])
    return np.asarray(gaussian_filter1d(padded, sigma, axis=0)[reach : reach + len(line)])


def normals(line: Points) -> Points:
    """Unit vectors ``(n, 2)`` across the line, to its left as ``(y, x)`` are drawn: a quarter turn from its course."""
    course = np.gradient(line, axis=0)
    course /= np.maximum(np.linalg.norm(course, axis=1, keepdims=True), 1e-12)
    return np.column_stack([-course[:, 1], course[:, 0]])
