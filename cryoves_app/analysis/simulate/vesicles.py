"""Vesicles: where they stand, what they are made of, and what ties them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cryoves_app.analysis.simulate.bodies import (
    Ellipsoid,
    random_bumps,
    random_direction,
    random_ellipsoid,
)
from cryoves_app.analysis.simulate.canvas import Canvas, Membrane, draw_inside, draw_membrane
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.domain.arrays import AnyArray

SMALLEST_NM, LARGEST_NM = 15.0, 40.0
MAX_DRAWS_PER_VESICLE = 400
TIGHT_GAP_PX = 2.0
LOOSE_GAPS_NM = (4.0, 18.0)
#: Gap to other things than vesicles.
CLEAR_NM = 2.0
#: Answers whether a vesicle may stand there, seen from the tomogram's faces.
Allowed = Callable[[Ellipsoid], bool]


@dataclass(frozen=True)
class PlacedVesicle:
    """A vesicle and its wall."""

    body: Ellipsoid
    membrane: Membrane


def place_vesicles(
    rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, seeds_nm: AnyArray, allowed: Allowed
) -> list[PlacedVesicle]:
    """Vesicles one after the other: tight beside another one, loosely in its cluster, or anywhere.

    Parameters
    ----------
    seeds_nm : (n, 3) array
        Points ``z, y, x`` in nm that clusters begin at.
    allowed
        Says whether a body may stand where it is; its surface is the membrane's outer edge.
    """
    placed = _Packing(canvas, spec)
    for _ in range(spec.n_vesicles * MAX_DRAWS_PER_VESICLE):
        if len(placed.bodies) >= spec.n_vesicles:
            break
        body = _draw_shape(rng, spec)
        body = _draw_place(rng, spec, canvas, placed, body, seeds_nm)
        if allowed(body) and placed.fits(body):
            placed.bodies.append(body)
    return [PlacedVesicle(body, _draw_wall(rng, spec)) for body in placed.bodies]


class _Packing:
    """Bodies placed so far, and whether another one fits between them."""

    def __init__(self, canvas: Canvas, spec: SceneSpec) -> None:
        self.bodies: list[Ellipsoid] = []
        self._canvas = canvas
        self._gap_nm = spec.smallest_gap_px * canvas.grid.voxel_nm

    def fits(self, body: Ellipsoid) -> bool:
        if self._canvas.clearance_at(body.centre_nm)[0] < body.reach_nm + CLEAR_NM:
            return False
        return all(gap_nm(body, other) >= self._gap_nm - 1e-9 for other in self.bodies)


def gap_nm(a: Ellipsoid, b: Ellipsoid) -> float:
    """Free way between two bodies along the line of their centres (never more than the true gap)."""
    offset = b.centre_nm - a.centre_nm
    distance = float(np.linalg.norm(offset))
    if distance > a.reach_nm + b.reach_nm + 30 or distance < 1e-6:
        return distance - a.reach_nm - b.reach_nm
    direction = offset / distance
    return distance - a.support_nm(direction) - b.support_nm(direction)


def _draw_shape(rng: np.random.Generator, spec: SceneSpec) -> Ellipsoid:
    if rng.random() < spec.large_share:
        radius = rng.uniform(SMALLEST_NM, LARGEST_NM)
    else:
        radius = rng.normal(spec.radius_nm, spec.radius_sd_nm)
    radius = float(np.clip(radius, SMALLEST_NM, LARGEST_NM))
    body = random_ellipsoid(rng, radius, spec.ellipticity)
    return replace(body, bumps=random_bumps(rng, spec.bumps * radius)) if spec.bumps else body


def _draw_place(
    rng: np.random.Generator,
    spec: SceneSpec,
    canvas: Canvas,
    placed: _Packing,
    body: Ellipsoid,
    seeds_nm: AnyArray,
) -> Ellipsoid:
    choice = rng.random()
    if placed.bodies and choice < spec.tight_share:
        gaps_nm = np.array([spec.smallest_gap_px, TIGHT_GAP_PX]) * canvas.grid.voxel_nm
        centre = _beside(rng, placed.bodies, body, gaps_nm)
    elif placed.bodies and choice < 0.5 + 0.5 * spec.tight_share:
        centre = _beside(rng, placed.bodies, body, np.array(LOOSE_GAPS_NM))
    elif choice < 0.9 and len(seeds_nm):
        centre = seeds_nm[rng.integers(len(seeds_nm))] + rng.normal(size=3) * 35.0
    else:
        centre = rng.uniform(0, canvas.grid.extent_nm)
    return body.moved_to(centre)


def _beside(
    rng: np.random.Generator, bodies: list[Ellipsoid], body: Ellipsoid, gaps_nm: AnyArray
) -> AnyArray:
    other = bodies[rng.integers(len(bodies))]
    direction = random_direction(rng)
    way = other.support_nm(direction) + body.support_nm(direction) + rng.uniform(*gaps_nm)
    return other.centre_nm + direction * way


def _draw_wall(rng: np.random.Generator, spec: SceneSpec) -> Membrane:
    return Membrane(
        thickness_nm=float(np.clip(rng.normal(spec.thickness_nm, 0.2), 3.2, 6.5)),
        density=spec.membrane_density * float(np.exp(rng.normal(0, spec.density_variation))),
        leaflet_sd_nm=float(rng.uniform(0.8, 1.1)),
        core=float(rng.uniform(0.1, 0.4)),
    )


def draw_vesicle(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, vesicle: PlacedVesicle) -> None:
    """Wall, lumen and surface proteins."""
    body = vesicle.body
    low, high = body.centre_nm - body.reach_nm, body.centre_nm + body.reach_nm
    draw_membrane(canvas, body.distance, low, high, vesicle.membrane)
    inner = body.grown(-vesicle.membrane.thickness_nm)
    draw_inside(canvas, inner.distance, low, high, float(rng.normal(spec.lumen, spec.lumen_sd)))
    kind = rng.random()
    if kind < spec.dense_core_share and body.radius_nm > 18:
        core = replace(inner, axes_nm=inner.axes_nm * rng.uniform(0.5, 0.8))
        draw_inside(canvas, core.distance, low, high, float(rng.uniform(0.5, 1.2)))
    elif kind < spec.dense_core_share + spec.filled_share:
        draw_inside(canvas, inner.distance, low, high, float(rng.uniform(0.08, 0.35)))
    for _ in range(rng.poisson(spec.membrane_proteins)):
        _draw_surface_protein(rng, canvas, body)
    if spec.stalks:
        for _ in range(rng.poisson(spec.stalks)):
            _draw_stalk(rng, canvas, body)


def _draw_surface_protein(rng: np.random.Generator, canvas: Canvas, body: Ellipsoid) -> None:
    direction = random_direction(rng)
    size = rng.uniform(1.5, 3.0)
    outward = body.support_nm(direction) + size * rng.uniform(-0.5, 0.9)
    draw_blob(canvas, body.centre_nm + direction * outward, size, float(rng.uniform(0.3, 0.9)))


def _draw_stalk(rng: np.random.Generator, canvas: Canvas, body: Ellipsoid) -> None:
    """A protein through the wall with a knob outside, as a V-ATPase has one."""
    direction = random_direction(rng)
    foot, size = body.support_nm(direction) - 4.0, rng.uniform(1.2, 2.0)
    for way in np.arange(0, rng.uniform(10, 16), 2 * size):
        draw_blob(canvas, body.centre_nm + direction * (foot + way), size, float(rng.uniform(0.2, 0.5)))
    draw_blob(canvas, body.centre_nm + direction * (foot + way), 1.8 * size, float(rng.uniform(0.4, 0.9)))


def draw_blob(canvas: Canvas, centre_nm: AnyArray, sd_nm: float, density: float) -> None:
    """A Gaussian blob about ``(3,)`` (``z, y, x``; nm), averaged over voxels."""
    voxel = canvas.grid.voxel_nm
    sd = float(np.hypot(sd_nm, voxel / np.sqrt(12)))
    box = canvas.grid.around(centre_nm, 3 * sd)
    z, y, x = canvas.grid.points(box)
    if 0 in (z.size, y.size, x.size):
        return
    profiles = [np.exp(-0.5 * ((w - c) / sd) ** 2) for w, c in zip((z, y, x), centre_nm, strict=True)]
    amplitude = np.float32(density * (sd_nm / sd) ** 3)
    canvas.density[box] += (amplitude * profiles[0] * profiles[1] * profiles[2]).astype(np.float32)
