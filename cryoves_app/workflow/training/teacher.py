"""The sphere fits as a teacher: what they accept with certainty is a vesicle, what they reject is none.

Self-training by pseudo-labels (Lee 2013) with a teacher that knows what the network does not: the shape of a membrane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.network_input.preprocess import NetworkGrid
from cryoves_app.domain.arrays import Points
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.network.dataset import MEMBRANE_INSET_NM, UNKNOWN_TARGET, target_from_spheres

#: With this share of the usual contrast and correlation an accepted vesicle is certain; below that a doubtful is none.
_CERTAIN, _NONE = 0.7, 0.5
#: Where the network sees less than this, and the fits nothing, lies background.
_BACKGROUND = 0.2


@dataclass(frozen=True)
class Lessons:
    """Vesicles, and places that look like some and are none."""

    vesicles: tuple[Vesicle, ...]
    none: tuple[Sphere, ...]
    doubtful: tuple[Sphere, ...] = field(repr=False)

    @classmethod
    def of(cls, found: Sequence[Vesicle], candidates: Sequence[Sphere]) -> Lessons:
        """From what a run fitted and judged, and the candidates that it began with."""
        accepted = [v for v in found if v.status is Status.ACCEPTED and v.correlation and v.contrast]
        if not accepted:
            return cls((), (), tuple(v.sphere for v in found))
        usual = tuple(float(np.median([_quality(v)[k] for v in accepted])) for k in (0, 1))

        def share(vesicle: Vesicle) -> float:
            return min(value / most for value, most in zip(_quality(vesicle), usual, strict=True))

        certain = tuple(v for v in accepted if share(v) >= _CERTAIN and Flag.NOT_CONVERGED not in v.flags)
        rejected = [v for v in found if v.status is Status.OUTLIER and share(v) < _NONE]
        settled = {v.id for v in (*certain, *rejected)}
        gone = [c for c in candidates if not any(_covers(v.sphere, c) for v in found)]
        doubtful = tuple(v.sphere for v in found if v.id not in settled)
        return cls(certain, (*(v.sphere for v in rejected), *gone), doubtful)

    def places_px(self, voxel_size_nm: float) -> Points:
        """Centres ``(n, 3)``, ``z, y, x`` in voxels of that size, of vesicles and of as many places without one.

        Under noise there are four times as many of those, and a network that mostly sees such places misses vesicles.
        """
        step = max(1, round(len(self.none) / max(len(self.vesicles), 1)))
        spheres = (*(v.sphere for v in self.vesicles), *self.none[::step])
        return np.array([s.to_px(voxel_size_nm)[:3] for s in spheres], float).reshape(-1, 3)


def _quality(vesicle: Vesicle) -> tuple[float, float]:
    return vesicle.correlation or 0.0, vesicle.contrast or 0.0


def _covers(sphere: Sphere, other: Sphere) -> bool:
    distance = np.hypot(
        np.hypot(sphere.z_nm - other.z_nm, sphere.y_nm - other.y_nm), sphere.x_nm - other.x_nm
    )
    return bool(distance < sphere.radius_nm)


def target_of(
    lessons: Lessons, grid: NetworkGrid, probability: NDArray[np.float32], known: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The target of what the fits teach.

    Parameters
    ----------
    lessons
        What they accepted and rejected.
    grid
        Of the network.
    probability : (z, y, x) array
        What the network saw there, 0 to 1.
    known : (z, y, x) array
        Bool: where something may be learned.

    Returns
    -------
    (z, y, x) array
        0 and 1, and ``UNKNOWN_TARGET`` where neither network nor fits are certain.
    """
    inset_px = MEMBRANE_INSET_NM / grid.voxel_size_nm
    inside = target_from_spheres(_px([v.sphere for v in lessons.vesicles], grid), grid.shape, inset_px)
    none = target_from_spheres(_px(lessons.none, grid), grid.shape, 0.0) > 0
    doubtful = target_from_spheres(_px(lessons.doubtful, grid), grid.shape, 0.0) > 0
    shells = target_from_spheres(_px([v.sphere for v in lessons.vesicles], grid), grid.shape, 0.0) > 0
    target = np.where((probability < _BACKGROUND) | none | shells, np.uint8(0), np.uint8(UNKNOWN_TARGET))
    target[doubtful] = UNKNOWN_TARGET
    target[inside > 0] = 1
    target[~known] = UNKNOWN_TARGET
    return target


def _px(spheres: Sequence[Sphere], grid: NetworkGrid) -> NDArray[np.float64]:
    return np.array([s.to_px(grid.voxel_size_nm) for s in spheres], float).reshape(-1, 4)
