"""Drawing cells side by side: their membranes, cytosols, what lies between them, and densities at contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.simulate.canvas import Canvas, Membrane, soft_step
from cryoves_app.analysis.simulate.cell_shapes import draw_cells
from cryoves_app.analysis.simulate.cells import Neighbourhood
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.analysis.simulate.vesicles import draw_blob
from cryoves_app.domain.arrays import AnyArray

#: Cells nearer than this to the terminal may have an active zone opposite.
_CONTACT_NM = 35.0
_ZONE_NM = 110.0


@dataclass(frozen=True)
class _Looks:
    """Walls and mean densities of the cells, in their order, and of the ground."""

    walls: list[Membrane]
    cytosols: list[float]
    ground: float
    ground_is_crowded: bool

    @classmethod
    def draw(cls, rng: np.random.Generator, cells: Neighbourhood, spec: SceneSpec) -> _Looks:
        number = 1 + len(cells.neighbours)
        walls = [
            Membrane(cells.thickness_nm, spec.membrane_density * rng.uniform(0.7, 1.3)) for _ in range(number)
        ]
        alike = rng.random() < 0.5
        cytosols = [0.0 if alike else float(rng.normal(0, 0.08)) for _ in range(number)]
        return cls(walls, cytosols, float(rng.uniform(-0.3, 0.05)), bool(rng.random() < 0.4))


def draw_surroundings(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> Neighbourhood:
    """A terminal of any outline, its neighbours, and the ground between them."""
    cells = draw_cells(rng, canvas.grid.extent_nm)
    looks = _Looks.draw(rng, cells, spec)
    everything = canvas.grid.box((0, 0, 0), canvas.grid.extent_nm)
    for block in canvas.grid.blocks(everything):
        distances = cells.distances(*canvas.grid.points(block))
        _draw_block(canvas.density[block], canvas.grid.voxel_nm, distances, looks)
        nearest = np.minimum.reduce(distances)
        in_ground = (nearest > 0) if looks.ground_is_crowded else np.zeros(nearest.shape, bool)
        canvas.cytosol[block] = (nearest < -cells.thickness_nm) | in_ground

    canvas.keep_clear(cells.depth, np.zeros(3), canvas.grid.extent_nm)
    _draw_matrix(rng, canvas, cells)
    if cells.neighbours and rng.random() < 0.6:
        _draw_contact(rng, canvas, cells)
    return cells


def _draw_block(density: AnyArray, voxel_nm: float, distances: list[AnyArray], looks: _Looks) -> None:
    outside = np.float32(looks.ground)
    for distance, wall, cytosol in zip(distances, looks.walls, looks.cytosols, strict=True):
        reach = wall.reach_nm(voxel_nm)
        near = (distance > -wall.thickness_nm - reach) & (distance < reach)
        density[near] += wall.profile(distance[near], voxel_nm)
        density += np.float32(cytosol - outside) * soft_step(distance, voxel_nm)
    density += outside


def _draw_matrix(rng: np.random.Generator, canvas: Canvas, cells: Neighbourhood) -> None:
    """Proteins in the ground: none, or many."""
    extent = canvas.grid.extent_nm
    mean = float(rng.choice([0.0, rng.uniform(5, 60)])) * float(np.prod(extent)) / 1e7
    points = rng.uniform(0, extent, (rng.poisson(mean), 3))
    free = np.minimum.reduce(cells.distances(*points.T)) > 3.0
    for point in points[free]:
        draw_blob(canvas, point, rng.uniform(1.8, 5.0), float(rng.uniform(0.2, 0.8)))


def _draw_contact(rng: np.random.Generator, canvas: Canvas, cells: Neighbourhood) -> None:
    """Proteins of an active zone, in the cleft, and of the density beyond, where a cell is near enough."""
    points = rng.uniform(0, canvas.grid.extent_nm, (4000, 3))
    own, *others = cells.distances(*points.T)
    at_contact = np.flatnonzero((np.abs(own) < 8) & (np.minimum.reduce(others) < _CONTACT_NM))
    if not len(at_contact):
        return
    around = points[rng.choice(at_contact)] + rng.uniform(-_ZONE_NM, _ZONE_NM, (5000, 3))
    own, *others = cells.distances(*around.T)
    other = np.minimum.reduce(others)
    wall = cells.thickness_nm
    zones = (
        ((own < -wall - 2) & (own > -wall - 14), 0.25, 0.5),
        ((own > 2) & (other > 2) & (own < _CONTACT_NM), 0.5, 0.35),
        ((other < -wall - 3) & (other > -wall - 30) & (own < _CONTACT_NM + 30), 0.6, 0.7),
    )
    for inside, share, density in zones:
        for point in around[inside & (rng.random(len(around)) < share)]:
            draw_blob(canvas, point, rng.uniform(1.5, 3.5), density * rng.uniform(0.4, 1.2))
