"""Contours over each other as the profile of one body or several: heights, radii and middles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.domain.arrays import Chosen, Indices, Points, Values

#: How much the profile of a body may differ from a sphere's (rms of r², as share of R²): an ellipsoid of 2 : 1 does
#: by 0.45, two spheres on each other by 0.5 and more; and so much where it has a waist.
_MOST_DEVIATION, _MOST_WITH_WAIST = 0.4, 0.22
#: A waist is this much narrower than the body below and above it.
_WAIST = 1.25
#: The widest contour of a body may be missing, but not be much narrower than the sphere through the others. Two
#: spheres on each other that are drawn at their widest only would make one of 1.41 times their radius.
_MOST_UNDRAWN = 1.3
#: And the others must lie over each other: rms distance from their common middle, as share of the radius.
_MOST_OFFSET = 0.25
#: Contours that are this near to each other (share of the radius) belong together without that.
_NEAR = 0.5
#: No body is longer than so many of its largest radii.
_LONGEST = 5.0
#: Uncertainty of drawing.
_DRAWING_PX = 0.5
#: How much a wide gap between contours counts beside unlikeness to a sphere.
_GAP_COST = 0.1


@dataclass(frozen=True)
class BodyProfile:
    """A chain of contours, from low to high.

    Attributes
    ----------
    heights : (n,) array
        Along the axis across which they are drawn, in voxels, rising.
    radii : (n,) array
        Mean radius of each, in voxels.
    middles : (n, 2) array
        Their middles within the planes, in voxels.
    """

    heights: Values
    radii: Values
    middles: Points

    def cuts(self) -> list[int]:
        """Where each body begins, and the number of contours at the end.

        The chain is cut into the fewest bodies; of those the ones that are most like spheres and closest drawn.
        """
        count = len(self.heights)
        bodies, costs = np.zeros(count + 1), np.zeros(count + 1)
        begins = np.zeros(count + 1, np.intp)
        for stop in range(1, count + 1):
            starts, own = self._bodies_before(stop)
            totals = bodies[starts] + 1
            fewest = totals == totals.min()
            place = np.flatnonzero(fewest)[np.argmin((costs[starts] + own)[fewest])]
            begins[stop], bodies[stop] = starts[place], totals[place]
            costs[stop] = costs[starts[place]] + own[place]
        found = [count]
        while found[-1]:
            found.append(int(begins[found[-1]]))
        return found[::-1]

    def _bodies_before(self, stop: int) -> tuple[Indices, Values]:
        """Starts of the bodies that may end before contour ``stop``, and how unlike a sphere each is.

        All sums run downwards from the last contour.
        """
        heights = self.heights[:stop][::-1] - self.heights[stop - 1]
        peaks = np.maximum.accumulate(self.radii[:stop][::-1])
        length = int(np.argmax(np.append(-heights > _LONGEST * peaks, True)))
        heights, peaks = heights[:length], peaks[:length]
        radii, middles = self.radii[:stop][::-1][:length], self.middles[:stop][::-1][:length]
        counts = np.arange(1, length + 1)
        radius_sq, errors = _spheres(heights, radii, peaks, counts)
        deviations = np.maximum(errors - 2 * _DRAWING_PX * np.cumsum(radii) / counts, 0.0) / radius_sq
        scatter = _scatter(middles - middles[0], counts)
        gaps = np.append(0.0, -np.diff(heights))
        is_wide = np.maximum.accumulate(gaps) > _NEAR * peaks
        strange = (radius_sq > (_MOST_UNDRAWN * peaks) ** 2) | (
            scatter > counts * (_MOST_OFFSET * peaks) ** 2
        )
        most = np.where(_have_waist(radii, peaks), _MOST_WITH_WAIST, _MOST_DEVIATION)
        chosen = np.flatnonzero((deviations <= most) & ~(is_wide & strange))
        costs = counts * (errors / radius_sq) ** 2 + (_GAP_COST * np.cumsum(gaps**2) + scatter) / radius_sq
        return stop - 1 - chosen, costs[chosen]


def _spheres(heights: Values, radii: Values, peaks: Values, counts: Indices) -> tuple[Values, Values]:
    """R² of the sphere whose sections have these radii, and the rms error of r².

    r² = R² − (h − h₀)², so r² + h² is linear in h. Both are for the first contour, the first two, and so on.
    """
    values = radii**2 + heights**2
    sum_h, sum_v = np.cumsum(heights), np.cumsum(values)
    spread = np.cumsum(heights**2) - sum_h**2 / counts
    shared = np.cumsum(heights * values) - sum_h * sum_v / counts
    slopes = np.divide(shared, spread, out=np.zeros_like(shared), where=spread > 0)
    errors = np.cumsum(values**2) - sum_v**2 / counts - slopes * shared
    radius_sq = np.maximum((sum_v - slopes * sum_h) / counts + slopes**2 / 4, peaks**2)
    return radius_sq, np.sqrt(np.maximum(errors, 0.0) / counts)


def _scatter(middles: Points, counts: Indices) -> Values:
    """Sum of squared distances of the first middles from their mean."""
    sums = np.cumsum(middles, axis=0)
    return np.maximum(np.cumsum((middles**2).sum(axis=1)) - (sums**2).sum(axis=1) / counts, 0.0)


def _have_waist(radii: Values, peaks: Values) -> Chosen:
    """Whether among the first contours one is much narrower than some before and some after it."""
    is_narrow = radii * _WAIST <= np.append(0.0, peaks[:-1])
    floors = np.minimum.accumulate(np.where(is_narrow, radii, np.inf))
    return np.logical_or.accumulate(radii >= _WAIST * np.append(np.inf, floors[:-1]))
