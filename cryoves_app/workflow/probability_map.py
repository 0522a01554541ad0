"""The network's answer, with the grid that it lies on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ProbabilityMap:
    """The network's answer on its own grid; ``values`` may be mapped from a file."""

    values: NDArray[np.float32]
    voxel_size_nm: float
