"""What a fit by hand answers, and what a mouse tool asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.geometry import Sphere


@dataclass(frozen=True)
class PointFit:
    """What a fit at a point found. ``good`` says whether the image supports it."""

    sphere: Sphere
    good: bool
    score: float
    measures: dict[str, Any] = field(default_factory=dict)


class PointFitter(Protocol):
    """Fits a sphere to the image near a point."""

    def fit(self, centre_nm: tuple[float, float, float], radius_nm: float | None = None) -> PointFit | None:
        """The best sphere near a point; with a radius, only the centre is searched."""


@dataclass(frozen=True)
class RimFit:
    """The sphere through the points, and the vesicle that the image shows there."""

    drawn: Sphere
    fitted: PointFit


class RimFitter(Protocol):
    """Fits a sphere to points on its rim."""

    def fit_rim(self, points_nm: NDArray[np.float64]) -> RimFit | None:
        """The vesicle whose rim goes through the points ``(n, 3)``; none for points on a line."""
