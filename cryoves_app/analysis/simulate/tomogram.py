"""What every simulator gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.geometry import Sphere


@dataclass(frozen=True)
class SimulatedTomogram:
    """A tomogram whose vesicles are known exactly.

    Attributes
    ----------
    grey : (z, y, x) array
        Grey values; dense matter is dark.
    labels : (z, y, x) uint16 array
        Number ``k`` is the vesicle ``spheres[k - 1]``, filled to its outer membrane edge.
    spheres
        With outer radii, in nm.
    meta
        All that reproduces it, as plain values.
    """

    grey: NDArray[Any] = field(repr=False)
    labels: NDArray[np.uint16] = field(repr=False)
    spheres: tuple[Sphere, ...]
    voxel_size_nm: float
    meta: Mapping[str, Any]
