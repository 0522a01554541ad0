"""Straight ways between two surfaces, and how dense matter lies along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import Grey, Points, Values

#: Ways begin this far apart on a surface, and up to this angle from the line between the centres.
_STEP_NM, _CONE_DEG = 1.6, 22.0
#: Ends lie at most so far beside each other: threads take a short way.
_SIDEWAYS_NM = 5.0
#: A way is looked at in steps of this length.
_SAMPLE_NM = 1.2
#: The densest of all ways, which are judged together: a thread is on several of them.
_DENSEST = 0.05


@dataclass(frozen=True)
class Facing:
    """A surface and the direction in which the other one lies.

    Attributes
    ----------
    centre_nm : (3,) array
        Of a sphere; of a plane the point ``z, y, x`` under the other surface, in nm.
    radius_nm
        Outer radius; None for a plane.
    towards : (3,) array
        Unit vector (no unit) to the other surface.
    """

    centre_nm: Values
    radius_nm: float | None
    towards: Values

    def points(self, reach_nm: float) -> Points:
        """Places ``(n, 3)`` on the surface, in nm, on a grid within a reach of the middle."""
        steps = int(reach_nm / _STEP_NM)
        a, b = np.meshgrid(*[np.arange(-steps, steps + 1) * _STEP_NM] * 2)
        chosen = np.hypot(a, b) <= reach_nm
        a, b = a[chosen, None], b[chosen, None]
        u, v = _beside(self.towards)
        height = 0.0 if self.radius_nm is None else np.sqrt(self.radius_nm**2 - a * a - b * b)
        return self.centre_nm + height * self.towards + a * u + b * v

    @property
    def patch_nm(self) -> float:
        """How far from the middle ways may begin."""
        return (self.radius_nm or 20.0) * float(np.sin(np.deg2rad(_CONE_DEG)))


@dataclass(frozen=True)
class Ways:
    """Straight ways from one surface to another.

    Attributes
    ----------
    start_nm, end_nm : (n, 3) arrays
        ``z, y, x`` in nm.
    values : (n, k) float32 array
        Excess density along each, in standard deviations.
    """

    start_nm: Points = field(repr=False)
    end_nm: Points = field(repr=False)
    values: NDArray[np.float32] = field(repr=False)

    @property
    def score(self) -> float:
        """How dense the densest ways are."""
        return _score(self.values)

    @property
    def densest(self) -> int:
        """The number of the densest way."""
        return int(_thinner_halves(self.values).argmax())

    def scores_with_thread(self, number: int, densities: Sequence[float], sd_nm: float) -> list[float]:
        """The score if a thread lay on one of the ways, for several densities of it.

        Parameters
        ----------
        number
            The way that it lies on.
        densities
            On its axis, in standard deviations.
        sd_nm
            Across it; its density falls off as a Gaussian.
        """
        start, along = self.start_nm[number], self.end_nm[number] - self.start_nm[number]
        along = along / max(float(np.linalg.norm(along)), 1e-9)
        from_start = self._places() - start
        across = from_start - (from_start @ along)[..., None] * along
        thread = np.exp(-np.einsum("nki,nki->nk", across, across) / (2 * sd_nm**2)).astype(np.float32)
        return [_score(self.values + np.float32(density) * thread) for density in densities]

    def _places(self) -> Points:
        return _places_on(self.start_nm, self.end_nm, self.values.shape[1])


def facing_spheres(a_nm: Values, b_nm: Values) -> tuple[Facing, Facing]:
    """Two spheres ``(4,)``: ``z, y, x`` and outer radius in nm, as they face each other."""
    way = b_nm[:3] - a_nm[:3]
    towards = way / np.linalg.norm(way)
    return Facing(a_nm[:3], float(a_nm[3]), towards), Facing(b_nm[:3], float(b_nm[3]), -towards)


def facing_plane(sphere_nm: Values, foot_nm: Values) -> tuple[Facing, Facing]:
    """A sphere ``(4,)`` (``z, y, x`` and outer radius; nm) and the plane across the way to a point ``(3,)``."""
    way = foot_nm - sphere_nm[:3]
    towards = way / np.linalg.norm(way)
    return Facing(sphere_nm[:3], float(sphere_nm[3]), towards), Facing(foot_nm, None, -towards)


def ways_between(
    density: Grey, a: Facing, b: Facing, corner_px: tuple[int, int, int], voxel_nm: float
) -> Ways:
    """All ways between two surfaces, with the density along them.

    Parameters
    ----------
    density : (z, y, x) array
        Of ``excess_density``, in standard deviations.
    corner_px
        Where its box begins in the tomogram.
    """
    start, end = a.points(a.patch_nm), b.points(b.patch_nm)
    sideways = (start @ _across(a.towards))[:, None] - (end @ _across(a.towards))[None]
    first, last = np.nonzero(np.linalg.norm(sideways, axis=2) < _SIDEWAYS_NM)
    start, end = start[first], end[last]
    longest = float(np.linalg.norm(end - start, axis=1).max())
    count = max(int(np.ceil(longest / _SAMPLE_NM)), 3)
    places = _places_on(start, end, count) / voxel_nm - corner_px
    values = ndimage.map_coordinates(
        density, places.reshape(-1, 3).T, order=1, mode="nearest", output=np.float32
    )
    return Ways(start, end, values.reshape(len(start), count))


def _places_on(start_nm: Points, end_nm: Points, count: int) -> Points:
    """So many places ``(n, count, 3)`` along each way, in nm."""
    share = ((np.arange(count) + 0.5) / count)[None, :, None]
    return start_nm[:, None] + share * (end_nm - start_nm)[:, None]


def _thinner_halves(values: NDArray[np.float32]) -> Values:
    """Of each way the mean of its less dense half: a thread is dense all along, a protein at one wall is not."""
    half = (values.shape[1] + 1) // 2
    return np.partition(values, half - 1, axis=1)[:, :half].mean(axis=1, dtype=np.float64)


def _score(values: NDArray[np.float32]) -> float:
    halves = _thinner_halves(values)
    count = max(min(3, len(halves)), int(len(halves) * _DENSEST))
    return float(np.partition(halves, -count)[-count:].mean())


def _beside(towards: Values) -> tuple[Values, Values]:
    other = np.array([1.0, 0, 0]) if abs(towards[0]) < 0.9 else np.array([0, 1.0, 0])
    u = _cross(towards, other)
    u /= np.linalg.norm(u)
    return u, _cross(towards, u)


def _cross(a: Values, b: Values) -> Values:
    """Of two vectors ``(3,)``: numpy's own is made for many, and takes ten times as long."""
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def _across(towards: Values) -> Points:
    return np.stack(_beside(towards), axis=1)
