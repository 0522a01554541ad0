"""A presynaptic terminal: all its things in one box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.simulate import filaments, organelles, particles
from cryoves_app.analysis.simulate.bodies import Ellipsoid, Sheet
from cryoves_app.analysis.simulate.canvas import Canvas
from cryoves_app.analysis.simulate.cells import Neighbourhood
from cryoves_app.analysis.simulate.ground import draw_surroundings
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.analysis.simulate.tomogram import Filament
from cryoves_app.analysis.simulate.vesicles import Allowed, PlacedVesicle, draw_vesicle, place_vesicles
from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.progress import Progress

#: Clusters of vesicles in a terminal of any outline: how far from its membrane, and how many at most.
_SEED_DEPTH_NM, _MOST_SEEDS = 30.0, 9


@dataclass(frozen=True)
class DrawnScene:
    """What of a scene is known exactly: vesicles, threads between them and to the membrane, that, mitochondria."""

    vesicles: list[PlacedVesicle]
    filaments: list[Filament]
    membrane: organelles.PlasmaMembrane | Neighbourhood | None = None
    mitochondria: tuple[Ellipsoid, ...] = ()


def draw_scene(
    rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, allowed: Allowed, progress: Progress
) -> DrawnScene:
    """Fill the canvas."""
    progress.start("scene", "organelles")
    membrane = _draw_membrane(rng, canvas, spec)
    sheet = membrane.sheet if isinstance(membrane, organelles.PlasmaMembrane) else None
    mitochondria = organelles.draw_mitochondria(rng, canvas, spec)
    organelles.draw_endosomes(rng, canvas, spec)
    filaments.draw_microtubules(rng, canvas, spec)
    filaments.draw_tubules(rng, canvas, spec)
    progress.report(0.3, "vesicles")
    if isinstance(membrane, Neighbourhood):
        placed = _place_within(rng, canvas, spec, membrane, allowed)
    else:
        placed = place_vesicles(rng, canvas, spec, _cluster_seeds(rng, canvas, sheet), allowed)
    for number, vesicle in enumerate(placed, 1):
        body = vesicle.body
        canvas.keep_clear(body.distance, body.centre_nm - body.reach_nm, body.centre_nm + body.reach_nm)
        draw_vesicle(rng, canvas, spec, vesicle)
        progress.report(0.3 + 0.3 * number / len(placed), "vesicles")
    progress.report(0.7, "filaments and proteins")
    threads = filaments.draw_connectors(rng, canvas, spec, placed)
    if sheet is not None:
        threads += filaments.draw_tethers(rng, canvas, spec, placed, sheet)
    filaments.draw_actin(rng, canvas, spec)
    particles.draw_ribosomes(rng, canvas, spec)
    particles.draw_aggregates(rng, canvas, spec)
    particles.add_crowd(rng, canvas, spec)
    particles.draw_ice(rng, canvas, spec)
    particles.draw_gold(rng, canvas, spec)
    progress.report(1.0)
    return DrawnScene(placed, threads, membrane, tuple(mitochondria))


def _draw_membrane(
    rng: np.random.Generator, canvas: Canvas, spec: SceneSpec
) -> organelles.PlasmaMembrane | Neighbourhood | None:
    if spec.any_outline:
        return draw_surroundings(rng, canvas, spec)
    return organelles.draw_plasma_membrane(rng, canvas, spec) if spec.plasma_membrane else None


def _place_within(
    rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, cells: Neighbourhood, allowed: Allowed
) -> list[PlacedVesicle]:
    """Vesicles in the cells that hold them; all else may stand in the other cells, too."""
    points = rng.uniform(0.05, 0.95, (400, 3)) * canvas.grid.extent_nm
    seeds = points[cells.height(*points.T) < -_SEED_DEPTH_NM][:_MOST_SEEDS]
    for_all = canvas.clearance.copy()
    canvas.keep_clear(lambda z, y, x: -cells.height(z, y, x), np.zeros(3), canvas.grid.extent_nm)
    placed = place_vesicles(rng, canvas, spec, seeds, allowed)
    canvas.clearance = for_all
    return placed


def _cluster_seeds(rng: np.random.Generator, canvas: Canvas, sheet: Sheet | None) -> AnyArray:
    """Points that clusters of vesicles begin at: near the active zone, and some deeper in the terminal."""
    extent = canvas.grid.extent_nm
    free = rng.uniform(0.15 * extent, 0.85 * extent, (3, 3))
    if sheet is None:
        return free
    docked = np.tile(sheet.point_nm, (3, 1))
    docked[:, 0] = rng.uniform(0, extent[0], 3)
    docked[:, 1:] += rng.normal(size=(3, 1)) * 60 * np.array([-sheet.normal[1], sheet.normal[0]])
    docked[:, 1:] -= 30 * sheet.normal
    return np.vstack([free, docked])
