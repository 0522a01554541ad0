"""What the values of another program's map are: probabilities, a mask, or neither."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray

#: Interpolated probabilities overshoot 0 and 1 by this much.
_OVERSHOOT = 0.05
#: Bytes hold probabilities up to this; a map of bytes whose highest value is below half of it shows no vesicle.
_BYTE = 255.0


@dataclass(frozen=True)
class MapValues:
    """The lowest and highest finite values of a map, whether all are whole, and whether there are just two."""

    low: float
    high: float
    are_whole: bool
    are_two: bool

    @property
    def divisor(self) -> float | None:
        """What makes probabilities of them; ``None`` where they are none."""
        if self.low < -_OVERSHOOT:
            return None
        if self.high <= 1 + _OVERSHOOT:
            return 1.0
        if self.are_whole and ((self.are_two and self.low == 0) or _BYTE / 2 <= self.high <= _BYTE):
            return self.high if self.are_two else _BYTE
        return None


def survey_map(data: VoxelArray, progress: Progress | None = None) -> MapValues:
    """What the values of a map are; read plane by plane.

    Parameters
    ----------
    data : (z, y, x) array
        Of any unit; NaN and infinite voxels do not count.
    """
    low, high, are_whole, found = math.inf, -math.inf, True, 0
    between = False
    for number, plane in enumerate(data):
        if progress is not None:
            progress.report(number / len(data))
        values = np.asarray(plane)
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        found += values.size
        new_low, new_high = min(low, float(values.min())), max(high, float(values.max()))
        extended = found > values.size and ((new_low < low < new_high) or (new_low < high < new_high))
        between = between or extended or bool(np.any((values > new_low) & (values < new_high)))
        low, high = new_low, new_high
        are_whole = are_whole and bool(np.all(values == np.rint(values)))
    if not found:
        return MapValues(0.0, 0.0, True, False)
    return MapValues(low, high, are_whole, not between and high > low)
