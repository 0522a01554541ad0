"""Lines with as few points as they need."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.arrays import AnyArray, Array


def thinned(points_px: AnyArray, tolerance_px: float) -> Array:
    """A line ``(n, 2)`` without the points that lie this near, in voxels, to the way between the others.

    By Douglas and Peucker (1973), https://doi.org/10.3138/FM57-6770-U75U-7727, as in scikit-image.
    """
    from skimage.measure import (
        approximate_polygon,  # brings half of scipy, which the window's start need not wait for
    )

    return np.asarray(approximate_polygon(np.asarray(points_px, dtype=np.float64), tolerance_px))
