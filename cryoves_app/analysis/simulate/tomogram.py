"""What every simulator gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.simulate.compartments import Compartments
from cryoves_app.domain.arrays import Position
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.region import Region


class FilamentKind(StrEnum):
    """What a thread ties a vesicle to."""

    CONNECTOR = "connector"  # another vesicle
    TETHER = "tether"  # the plasma membrane


@dataclass(frozen=True)
class Filament:
    """A straight thread that was drawn.

    Attributes
    ----------
    a, b
        Numbers of the vesicles, the lower one first; ``b`` is None for the plasma membrane.
    start_nm, end_nm
        Its ends ``z, y, x`` at a and at b, in nm.
    radius_nm
        To its outer edge.
    density
        Without unit, 1 at a membrane's head groups.
    """

    kind: FilamentKind
    a: int
    b: int | None
    start_nm: Position
    end_nm: Position
    radius_nm: float
    density: float


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
    filaments
        Connectors and tethers between the vesicles that ``labels`` numbers.
    regions
        Cytoplasm and plasma membrane (as an active zone) of a terminal.
    compartments
        Inside, membranes and mitochondria of a terminal; None of a benchmark phantom, which has none.
    """

    grey: NDArray[Any] = field(repr=False)
    labels: NDArray[np.uint16] = field(repr=False)
    spheres: tuple[Sphere, ...]
    voxel_size_nm: float
    meta: Mapping[str, Any]
    filaments: tuple[Filament, ...] = ()
    regions: tuple[Region, ...] = ()
    compartments: Compartments | None = None
