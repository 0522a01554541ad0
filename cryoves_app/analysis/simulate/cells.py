"""Cells that lie side by side: a terminal of any outline, what it borders on, and empty ground between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.domain.arrays import AnyArray

#: Lobes nearer than this run into each other without a crease.
_JOIN_NM = 40.0


@dataclass(frozen=True)
class Waves:
    """Unevenness in all directions: plane waves added to a distance.

    Attributes
    ----------
    heights_nm : (n,) array
        In nm.
    vectors : (n, 3) array
        ``z, y, x``, cycles per nm.
    phases : (n,) array
        In radians.
    """

    heights_nm: AnyArray
    vectors: AnyArray
    phases: AnyArray

    @classmethod
    def draw(cls, rng: np.random.Generator, slope: float) -> Waves:
        """Four waves of 150 to 600 nm, none of them steeper than ``slope`` (nm per nm)."""
        lengths = rng.uniform(150, 600, 4)
        ways = rng.normal(size=(4, 3)) * (0.6, 1, 1)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        heights = slope * rng.uniform(0.2, 1, 4) * lengths / (2 * np.pi)
        return cls(heights, ways / lengths[:, None], rng.uniform(0, 2 * np.pi, 4))

    def at(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Height in nm at points in nm, arrays that broadcast to ``(z, y, x)``."""
        total = np.float32(0)
        turns = (2 * np.pi * self.vectors).tolist()
        for height, (kz, ky, kx), phase in zip(
            self.heights_nm.tolist(), turns, self.phases.tolist(), strict=True
        ):
            total = total + height * np.sin(kz * z + ky * y + (kx * x + phase))
        return np.asarray(total, np.float32)


@dataclass(frozen=True)
class HalfSpace:
    """All that lies behind a plane across the slices.

    Attributes
    ----------
    point_nm : (3,) array
        ``z, y, x`` of a point of the plane, in nm.
    normal : (2,) array
        Unit vector ``y, x``.
    """

    point_nm: AnyArray
    normal: AnyArray

    def distance(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Height in nm above the plane at points in nm, arrays that broadcast to ``(z, y, x)``."""
        (_, y0, x0), (ny, nx) = self.point_nm.tolist(), self.normal.tolist()
        return np.asarray(ny * (y - y0) + nx * (x - x0))


@dataclass(frozen=True)
class Outline:
    """Lobes that run into each other, cut off by ``cuts``, with an uneven surface."""

    lobes: tuple[Ellipsoid | HalfSpace, ...]
    waves: Waves
    cuts: tuple[HalfSpace, ...] = ()

    def distance(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Signed distance ``(z, y, x)`` in nm, negative inside; exact near the surface of smooth outlines alone."""
        near = self.lobes[0].distance(z, y, x)
        for lobe in self.lobes[1:]:
            near = _joined(near, lobe.distance(z, y, x))
        for cut in self.cuts:
            near = np.maximum(near, cut.distance(z, y, x))
        return np.asarray(near + self.waves.at(z, y, x), np.float32)


def _joined(a: AnyArray, b: AnyArray) -> AnyArray:
    """The smaller of two distances; where they are alike a little less, so that there is no crease."""
    alike = np.maximum(_JOIN_NM - np.abs(a - b), 0) / _JOIN_NM
    return np.asarray(np.minimum(a, b) - alike * alike * np.float32(_JOIN_NM / 4))


@dataclass(frozen=True)
class Neighbour:
    """A cell that fills its outline as far as the cells before it leave room.

    Attributes
    ----------
    gap_nm
        Kept from the cells before it, outer edge to outer edge.
    coat_nm
        It reaches no further than this from them, as a glial sheet; 0 where it may.
    holds_vesicles
        A terminal, too.
    """

    outline: Outline
    gap_nm: float
    coat_nm: float = 0.0
    holds_vesicles: bool = False

    def distance(self, z: AnyArray, y: AnyArray, x: AnyArray, taken: AnyArray) -> AnyArray:
        """Signed distance ``(z, y, x)`` in nm from its outer edge, ``taken`` nm being that of the cells before it."""
        own = np.maximum(self.outline.distance(z, y, x), np.float32(self.gap_nm) - taken)
        if self.coat_nm:
            own = np.maximum(own, taken - np.float32(self.gap_nm + self.coat_nm))
        return np.asarray(own)


@dataclass(frozen=True)
class Neighbourhood:
    """A terminal, its outline the membrane's outer edge, and its neighbours; all membranes are equally thick."""

    terminal: Outline
    neighbours: tuple[Neighbour, ...]
    thickness_nm: float

    def distances(self, z: AnyArray, y: AnyArray, x: AnyArray) -> list[AnyArray]:
        """Of each cell, the terminal first: signed distance ``(z, y, x)`` in nm from its membrane's outer edge."""
        z, y, x = (np.asarray(axis, np.float32) for axis in (z, y, x))
        taken = self.terminal.distance(z, y, x)
        found = [taken]
        for neighbour in self.neighbours:
            found.append(neighbour.distance(z, y, x, taken))
            taken = np.minimum(taken, found[-1])
        return found

    def depth(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Nm ``(z, y, x)`` from the inner edge of the nearest membrane of any cell, below 0 outside the cells."""
        return -np.minimum.reduce(self.distances(z, y, x)) - np.float32(self.thickness_nm)

    def height(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Nm ``(z, y, x)`` from the inner edge of the nearest membrane of a cell with vesicles, below 0 inside."""
        return self.nearest(self.distances(z, y, x), with_vesicles=True) + np.float32(self.thickness_nm)

    def in_other_membrane(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Whether points in nm, broadcast to ``(z, y, x)``, lie in the membrane of a cell without vesicles."""
        nearest = self.nearest(self.distances(z, y, x), with_vesicles=False)
        return np.asarray((nearest >= -self.thickness_nm) & (nearest <= 0))

    def nearest(self, distances: Sequence[AnyArray], *, with_vesicles: bool) -> AnyArray:
        """The smallest ``(z, y, x)`` of the distances in nm of all cells with vesicles, or of all without."""
        hold = [True, *(neighbour.holds_vesicles for neighbour in self.neighbours)]
        chosen = [d for d, holds in zip(distances, hold, strict=True) if holds is with_vesicles]
        return np.minimum.reduce(chosen) if chosen else np.full_like(distances[0], np.inf)
