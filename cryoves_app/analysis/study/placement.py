"""Vesicles placed at random where they could lie, and their nearest neighbours against the measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from cryoves_app.analysis.geometry.run_mask import AnyMask, as_runs
from cryoves_app.domain.arrays import Array, BoolMask, Points, Shape, Values
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress

#: Places that are tried at a time, and for one sphere in all before the room counts as full.
_BATCH, _MOST_TRIES = 16, 4000
#: Empty draws from a room before it counts as having no place.
_MOST_DRAWS = 2000
#: Between these shares of the simulations lies the envelope.
_ENVELOPE = (0.025, 0.975)
#: Distances of the curve.
_STEPS = 60


@dataclass(frozen=True)
class Room:
    """Where centres of vesicles may lie: inside a region or anywhere in the tomogram, and not in the active zone.

    Attributes
    ----------
    inside, zone : (z, y, x) arrays or None
        1 inside, 0 outside, on the tomogram's grid; None where there is none.
    """

    shape: Shape
    voxel_size_nm: float
    inside: AnyMask | None = None
    zone: AnyMask | None = None

    @cached_property
    def _box(self) -> tuple[Array, Array]:
        """First and last voxel that may hold a centre, along each axis."""
        if self.inside is None:
            return np.zeros(3), np.array(self.shape, float) - 1
        ends = np.array(as_runs(self.inside).bounds() or [(0, 0)] * 3, float)
        return ends[:, 0], ends[:, 1]

    def draw(self, count: int, random: np.random.Generator) -> Points:
        """Places with equal chance everywhere in the room.

        Returns
        -------
        (n, 3) array
            z, y, x in nm; fewer than ``count`` where part of the draws fell beside the room.
        """
        low, high = self._box
        places = low - 0.5 + random.random((count, 3)) * (high - low + 1)
        return places[self._allows(places)] * self.voxel_size_nm

    def _allows(self, places_px: Points) -> BoolMask:
        index = tuple(np.clip(np.rint(places_px).astype(int), 0, np.array(self.shape) - 1).T)
        allowed = np.ones(len(places_px), bool) if self.inside is None else self.inside[index] > 0
        return allowed if self.zone is None else allowed & (self.zone[index] == 0)


def place_at_random(radii_nm: Values, room: Room, random: np.random.Generator) -> Points | None:
    """Centres of spheres that do not overlap, the largest placed first, each where chance puts it.

    Parameters
    ----------
    radii_nm : (n,) array
        Outer radii in nm.

    Returns
    -------
    (n, 3) array or None
        z, y, x in nm, in the order of the radii; None where no place is found for one of them.
    """
    order = np.argsort(-radii_nm, kind="stable")
    centres = np.empty((len(radii_nm), 3))
    for number, which in enumerate(order):
        before = order[:number]
        place = _free_place(centres[before], radii_nm[before] + radii_nm[which], room, random)
        if place is None:
            return None
        centres[which] = place
    return centres


def _free_place(others: Points, reach_nm: Values, room: Room, random: np.random.Generator) -> Points | None:
    """One place (3,) that is at least ``reach_nm`` from each of the others."""
    tries = 0
    for _ in range(_MOST_DRAWS):
        places = room.draw(_BATCH, random)
        tries += len(places)
        if len(places):
            apart = cdist(places, others, "sqeuclidean") >= reach_nm**2
            free = np.flatnonzero(apart.all(axis=1))
            if len(free):
                return np.asarray(places[free[0]])
        if tries >= _MOST_TRIES:
            break
    return None


@dataclass(frozen=True)
class NeighbourCurve:
    """How many vesicles have a neighbour within a distance, and how many would by chance.

    Attributes
    ----------
    distances_nm : (m,) array
        Between centres, rising.
    measured, low, middle, high : (m,) arrays
        Shares of the vesicles, 0 to 1: as measured, and the envelope of the simulations with its mean.
    """

    distances_nm: Values
    measured: Values
    low: Values
    middle: Values
    high: Values


@dataclass(frozen=True)
class NeighbourTest:
    """Mean distances to the nearest neighbour in nm, measured and by chance, with the envelope of the chance.

    ``p_value`` is two-sided, from the rank of the measured mean among the simulated ones.
    """

    measured_nm: float
    random_nm: float
    low_nm: float
    high_nm: float
    p_value: float
    simulations: int
    curve: NeighbourCurve = field(repr=False, compare=False)

    @property
    def ratio(self) -> float:
        """Measured over random: below 1 vesicles stand together, above 1 they keep apart."""
        return self.measured_nm / self.random_nm


def compare_neighbours(
    spheres: Sequence[Sphere], room: Room, simulations: int, seed: int, progress: Progress | None = None
) -> NeighbourTest | None:
    """Nearest neighbours against those of the same spheres placed at random in the same room.

    Parameters
    ----------
    simulations
        How often they are placed; 99 tell a p-value of 0.02.
    seed
        Of the random numbers: the same gives the same.

    Returns
    -------
    NeighbourTest or None
        None for fewer than two spheres, and where the room is too full for chance.
    """
    if len(spheres) < 2 or simulations < 1:
        return None
    radii, random = np.array([s.radius_nm for s in spheres]), np.random.default_rng(seed)
    measured = _nearest(np.array([s.centre_nm for s in spheres]))
    simulated = np.empty((simulations, len(spheres)))
    for number in range(simulations):
        if progress is not None:
            progress.report(number / simulations)
        centres = place_at_random(radii, room, random)
        if centres is None:
            return None
        simulated[number] = _nearest(centres)
    return _tested(measured, simulated)


def _tested(measured: Values, simulated: Array) -> NeighbourTest:
    means = simulated.mean(axis=1)
    low, high = np.quantile(means, _ENVELOPE)
    return NeighbourTest(
        float(measured.mean()),
        float(means.mean()),
        float(low),
        float(high),
        rank_p_value(float(measured.mean()), means),
        len(means),
        _curve(measured, simulated),
    )


def rank_p_value(measured: float, simulated: Values) -> float:
    """How rarely chance is as far from its middle as the measured value, on either side (Davison and Hinkley, 1997).

    Parameters
    ----------
    simulated : (n,) array
        Values by chance, in the unit of the measured one.
    """
    below, above = np.count_nonzero(simulated <= measured), np.count_nonzero(simulated >= measured)
    return float(min(1.0, 2 * (1 + min(below, above)) / (1 + len(simulated))))


def _curve(measured: Values, simulated: Array) -> NeighbourCurve:
    distances = np.linspace(0.0, max(float(measured.max()), float(simulated.max())), _STEPS)
    by_chance = np.array([_shares_within(row, distances) for row in simulated])
    low, high = np.quantile(by_chance, _ENVELOPE, axis=0)
    return NeighbourCurve(distances, _shares_within(measured, distances), low, by_chance.mean(axis=0), high)


def _shares_within(nearest: Values, distances: Values) -> Values:
    return np.searchsorted(np.sort(nearest), distances, side="right") / len(nearest)


def _nearest(centres: Points) -> Values:
    return np.asarray(cKDTree(centres).query(centres, k=2)[0][:, 1])
