"""Which outline a terminal has at random, and on which cells it borders."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.cells import HalfSpace, Neighbour, Neighbourhood, Outline, Waves
from cryoves_app.domain.arrays import AnyArray

#: Of terminals that are half spaces, of the others that are cut flat, have a second lobe, an axon.
_HALF_SPACES, _FLAT, _TWO_LOBES, _AXONS = 0.25, 0.3, 0.4, 0.3
#: Of terminals with nothing but ground about them, and with no ground at all.
_ALONE, _PACKED = 0.15, 0.15
_SECOND_TERMINALS, _GLIA = 0.12, 0.25


def draw_cells(rng: np.random.Generator, extent_nm: AnyArray) -> Neighbourhood:
    """A terminal somewhere in a box ``(3,)`` of this extent in nm, and what stands about it."""
    centre = extent_nm * rng.uniform([0.2, 0.3, 0.3], [0.8, 0.7, 0.7])
    terminal, radius = _terminal(rng, centre, extent_nm)
    return Neighbourhood(terminal, tuple(_neighbours(rng, centre, radius, extent_nm)), rng.uniform(4.5, 6.0))


def _terminal(rng: np.random.Generator, centre: AnyArray, extent: AnyArray) -> tuple[Outline, float]:
    """Its outline, and about how far that is from the centre in the plane."""
    waves = Waves.draw(rng, rng.uniform(0, 0.25))
    if rng.random() < _HALF_SPACES:
        radius = rng.uniform(0, 0.3) * float(extent[1:].min())
        return Outline((_behind(centre, _angle(rng), radius),), waves), radius
    radius = float(rng.uniform(120, 380))
    lobes = [_lobe(rng, centre, radius)]
    if rng.random() < _TWO_LOBES:
        lobes.append(_lobe(rng, centre + _way(rng, radius), radius * rng.uniform(0.4, 0.9)))
    if rng.random() < _AXONS:
        lobes.append(_axon(rng, centre, radius))
    flat = rng.random() < _FLAT
    cuts = (_behind(centre, _angle(rng), radius * rng.uniform(0.4, 0.8)),) if flat else ()
    return Outline(tuple(lobes), waves, cuts), radius


def _neighbours(
    rng: np.random.Generator, centre: AnyArray, radius: float, extent: AnyArray
) -> list[Neighbour]:
    kind = rng.random()
    if kind < _ALONE:
        return _profiles(rng, extent)
    found = [_neighbour(rng, centre, radius) for _ in range(rng.integers(1, 5))]
    if rng.random() < _GLIA:
        found.append(_coat(rng, centre, radius))
    if kind < _ALONE + _PACKED:
        everywhere = Outline((Ellipsoid.ball(centre, 1e4),), Waves.draw(rng, 0.0))
        return [*found, Neighbour(everywhere, rng.uniform(12, 24))]
    return found + _profiles(rng, extent)


def _neighbour(rng: np.random.Generator, centre: AnyArray, radius: float) -> Neighbour:
    """A large cell on one side: round, or all that lies beyond a sheet."""
    waves = Waves.draw(rng, rng.uniform(0, 0.25))
    gap = rng.uniform(14, 26) if rng.random() < 0.75 else rng.uniform(26, 100)
    if rng.random() < 0.5:
        side: Ellipsoid | HalfSpace = _behind(centre, _angle(rng), -radius * rng.uniform(0.3, 1.2))
    else:
        size = float(rng.uniform(90, 350))
        side = _lobe(rng, centre + _way(rng, radius + size * rng.uniform(0.3, 1.0)), size)
    return Neighbour(Outline((side,), waves), gap, holds_vesicles=rng.random() < _SECOND_TERMINALS)


def _coat(rng: np.random.Generator, centre: AnyArray, radius: float) -> Neighbour:
    """A thin sheet along one side of all that is there."""
    side = _behind(centre, _angle(rng), -radius * rng.uniform(0.0, 0.8))
    outline = Outline((side,), Waves.draw(rng, 0.1))
    return Neighbour(outline, rng.uniform(12, 40), coat_nm=rng.uniform(22, 60))


def _profiles(rng: np.random.Generator, extent: AnyArray) -> list[Neighbour]:
    """Small bodies in the ground."""
    found = []
    for _ in range(rng.poisson(rng.choice([0.0, 4.0]))):
        body = _lobe(rng, rng.uniform(0, extent), float(rng.uniform(25, 80)))
        found.append(Neighbour(Outline((body,), Waves.draw(rng, 0.1)), rng.uniform(10, 40)))
    return found


def _lobe(rng: np.random.Generator, centre: AnyArray, radius: float) -> Ellipsoid:
    """An ellipsoid, often longer across the planes than in them, so that faces cut it."""
    axes = radius * np.array([rng.uniform(0.7, 2.5), rng.uniform(0.75, 1.1), rng.uniform(0.9, 1.5)])
    turn = Rotation.from_rotvec([_angle(rng), 0, 0]) * Rotation.from_rotvec(rng.normal(0, 0.2, 3))
    return Ellipsoid(centre, axes, turn.as_matrix())


def _axon(rng: np.random.Generator, centre: AnyArray, radius: float) -> Ellipsoid:
    """A long thin body through the centre, along the planes."""
    thin = float(rng.uniform(40, max(60, 0.5 * radius)))
    turn = Rotation.from_rotvec([_angle(rng), 0, 0]) * Rotation.from_rotvec(rng.normal(0, 0.15, 3))
    return Ellipsoid(centre, np.array([thin, 0.9 * thin, 1500.0]), turn.as_matrix())


def _behind(centre: AnyArray, angle: float, way_nm: float) -> HalfSpace:
    """A half space whose plane is ``way_nm`` from the centre, which is in it; or is not, where that is below 0."""
    normal = np.array([np.sin(angle), np.cos(angle)])
    return HalfSpace(centre + way_nm * np.array([0, *normal]), normal)


def _way(rng: np.random.Generator, length: float) -> AnyArray:
    """A vector ``(3,)`` within the planes, in nm."""
    angle = _angle(rng)
    return length * np.array([0, np.sin(angle), np.cos(angle)])


def _angle(rng: np.random.Generator) -> float:
    return float(rng.uniform(-np.pi, np.pi))
