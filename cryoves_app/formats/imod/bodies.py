"""Closed contours that belong to one body, and the sphere through them.

Nobody says on which slices bodies are drawn: on every one, on every second or third, at their widest and two more,
with slices forgotten, in side view, with a circle on either side of the membrane. So contours are first chained
along the axis across which they are drawn, and a chain is then cut where it is no single body.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Points
from cryoves_app.domain.region import Contour
from cryoves_app.formats.imod.body_profile import BodyProfile

#: Contours nearer to each other than this lie on one slice.
_SAME_SLICE_PX = 0.5
#: Uncertainty of drawing.
_DRAWING_PX = 0.5
#: Bodies drawn in two views are the same where their middles differ by less than this share of the radius.
_SAME_MIDDLE = 0.5
#: How far the points of one line stray from a plane, as a share of its smaller width.
_MOST_UNEVEN = 0.2
#: A circle within another one may touch it.
_WITHIN = 1.05
#: Circles on both sides of a membrane, as shares of the outer radius: same middle, not much smaller, on one sphere.
_INNER_OFFSET, _INNER_RADIUS, _INNER_SPREAD = 0.35, 0.5, 0.3


@dataclass(frozen=True)
class Body:
    """The points of one body.

    Attributes
    ----------
    points : (n, 3) array
        ``z, y, x`` in voxels.
    contours
        On how many contours they lie.
    """

    points: Points
    contours: int


@dataclass(frozen=True)
class Bodies:
    """Bodies in the order of their lowest points; ``inner`` counts contours on the inner side of a membrane."""

    bodies: tuple[Body, ...]
    inner: int = 0


@dataclass(frozen=True, eq=False)
class _Ring:
    """A closed contour: height along the axis across which it is drawn, middle on its plane, mean radius."""

    points: Points
    axis: int
    height: float
    middle: tuple[float, float]
    radius: float

    @classmethod
    def of(cls, contour: Contour) -> _Ring:
        points = np.asarray(contour.points_px, dtype=np.float64)
        axis = int(np.argmin(np.ptp(points, axis=0)))
        middle = points.mean(axis=0)
        radius = float(np.sqrt(((points - middle) ** 2).sum(axis=1)).mean())
        across = np.delete(middle, axis)
        return cls(points, axis, float(middle[axis]), (float(across[0]), float(across[1])), radius)


_Part = Sequence[_Ring]


def bodies_from_contours(contours: Sequence[Contour]) -> Bodies:
    """Groups closed contours into bodies.

    Contours within another one of the same slice are the membrane's inner side where they would belong to the same
    body; else they are bodies of their own. Bodies that were drawn in two directions are joined.
    """
    rings = sorted((_Ring.of(c) for c in contours if len(c.points_px) > 2), key=lambda ring: ring.height)
    found: list[Body] = []
    inner_count = 0
    for axis in range(3):
        outer, inner = _outer_and_inner([ring for ring in rings if ring.axis == axis])
        parts = _parts_of(outer)
        others = _without_inner_sides(inner, parts)
        inner_count += len(inner) - len(others)
        found = _joined(found, [_body(part) for part in (*parts, *_parts_of(others))])
    return Bodies(tuple(sorted(found, key=lambda body: float(body.points[:, 0].min()))), inner_count)


def is_flat(points: NDArray[np.floating]) -> bool:
    """Whether points lie near one plane, in any direction, as those of a drawn line do.

    Parameters
    ----------
    points : (n, 3) array
        In voxels, in any order of axes.
    """
    centred = np.asarray(points, dtype=np.float64) - np.mean(points, axis=0, dtype=np.float64)
    spreads = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(centred))
    return bool(len(spreads) < 3 or spreads[2] <= max(_MOST_UNEVEN * spreads[1], _DRAWING_PX))


def fit_sphere_to_body(points: Points) -> tuple[float, float, float, float]:
    """The least-squares sphere through points.

    Points of a single slice give the circle there. Solves |p|² = 2 p·c + (r² − |c|²), which is linear.

    Parameters
    ----------
    points : (n, 3) array
        ``z, y, x`` in voxels.

    Returns
    -------
    tuple of float
        ``z, y, x`` and radius in voxels; the outer one, where the outer edge was drawn.
    """
    middle = points.mean(axis=0)
    centred = points - middle
    system = np.column_stack([2 * centred, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(system, (centred**2).sum(axis=1), rcond=None)
    centre = solution[:3]
    radius = float(np.sqrt(max(solution[3] + centre @ centre, 0.0)))
    z, y, x = (float(value) for value in centre + middle)
    return z, y, x, radius


def _body(part: _Part) -> Body:
    return Body(np.concatenate([ring.points for ring in part]), len(part))


def _outer_and_inner(rings: Sequence[_Ring]) -> tuple[list[_Ring], dict[_Ring, _Ring]]:
    """Contours apart from those that lie within another one of the same slice, which is named with them."""
    outer: list[_Ring] = []
    inner: dict[_Ring, _Ring] = {}
    for slice_rings in _by_slice(rings):
        by_size = sorted(slice_rings, key=lambda ring: -ring.radius)
        table = np.array([(*r.middle, r.radius) for r in by_size])
        for number, ring in enumerate(by_size):
            larger = table[:number]
            offsets = np.hypot(larger[:, 0] - ring.middle[0], larger[:, 1] - ring.middle[1])
            around = np.flatnonzero(offsets + ring.radius <= _WITHIN * larger[:, 2])
            if len(around):
                inner[ring] = by_size[around[0]]
            else:
                outer.append(ring)
    return sorted(outer, key=lambda ring: ring.height), inner


def _by_slice(rings: Sequence[_Ring]) -> list[list[_Ring]]:
    """Contours in order of height, those of one slice together."""
    slices: list[list[_Ring]] = []
    for ring in sorted(rings, key=lambda ring: ring.height):
        if not slices or ring.height - slices[-1][0].height > _SAME_SLICE_PX:
            slices.append([])
        slices[-1].append(ring)
    return slices


def _without_inner_sides(inner: Mapping[_Ring, _Ring], parts: Sequence[_Part]) -> list[_Ring]:
    """Inner contours that are bodies of their own, by height.

    Those on the inner side of a membrane lie on a smaller sphere around the middle of the outer one.
    """
    part_of = {ring: number for number, part in enumerate(parts) for ring in part}
    within: dict[int, list[_Ring]] = defaultdict(list)
    for ring, around in inner.items():
        within[part_of[around]].append(ring)
    own = [
        ring
        for number, rings in within.items()
        if not _are_inner_side(rings, parts[number])
        for ring in rings
    ]
    return sorted(own, key=lambda ring: ring.height)


def _are_inner_side(rings: Sequence[_Ring], part: _Part) -> bool:
    *centre, outer = fit_sphere_to_body(_body(part).points)
    distances = np.array(
        [np.sqrt(((ring.points - np.array(centre)) ** 2).sum(axis=1)).mean() for ring in rings]
    )
    across = np.delete(np.array(centre), part[0].axis)
    offsets = np.array([np.hypot(*(np.array(ring.middle) - across)) for ring in rings])
    is_shell = distances.mean() > _INNER_RADIUS * outer and np.ptp(distances) < _INNER_SPREAD * outer
    return bool(is_shell and offsets.mean() < _INNER_OFFSET * outer)


def _parts_of(rings: Sequence[_Ring]) -> list[_Part]:
    return [part for chain in _chains(rings) for part in _cut(chain)]


def _chains(rings: Sequence[_Ring]) -> list[list[_Ring]]:
    """Contours over each other: each goes on the nearest chain whose last contour it lies over."""
    chains: list[list[_Ring]] = []
    tops = np.empty((len(rings), 4))
    for ring in rings:
        top = tops[: len(chains)]
        rise = ring.height - top[:, 0]
        offsets = np.hypot(top[:, 1] - ring.middle[0], top[:, 2] - ring.middle[1])
        fits = (rise > _SAME_SLICE_PX) & (offsets < np.maximum(top[:, 3], ring.radius))
        number = (
            int(np.argmin(np.where(fits, np.hypot(rise, offsets), np.inf))) if fits.any() else len(chains)
        )
        if number == len(chains):
            chains.append([])
        chains[number].append(ring)
        tops[number] = ring.height, *ring.middle, ring.radius
    return chains


def _cut(chain: _Part) -> list[_Part]:
    """The bodies that a chain is made of."""
    heights, radii, middles = zip(*((r.height, r.radius, r.middle) for r in chain), strict=True)
    cuts = BodyProfile(np.array(heights), np.array(radii), np.array(middles)).cuts()
    return [chain[start:stop] for start, stop in itertools.pairwise(cuts)]


def _joined(found: list[Body], new: Sequence[Body]) -> list[Body]:
    """Bodies drawn in one direction and in another one: those of the same middle and size are the same."""
    if not found:
        return list(new)
    spheres = np.array([fit_sphere_to_body(body.points) for body in found]).reshape(-1, 4)
    result = list(found)
    for body in new:
        *centre, radius = fit_sphere_to_body(body.points)
        offsets = np.sqrt(((spheres[:, :3] - np.array(centre)) ** 2).sum(axis=1))
        place = int(np.argmin(offsets))
        if offsets[place] < _SAME_MIDDLE * max(radius, spheres[place, 3]):
            both = result[place]
            result[place] = Body(np.concatenate([both.points, body.points]), both.contours + body.contours)
        else:
            result.append(body)
    return result
