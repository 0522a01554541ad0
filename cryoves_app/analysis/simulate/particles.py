"""Small dense things: the crowd of proteins, ribosomes, ice crystals and gold beads."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.canvas import Canvas, draw_inside
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.analysis.simulate.vesicles import draw_blob
from cryoves_app.domain.arrays import AnyArray

#: Classes of cytosolic proteins: radius as standard deviation in nm, number per nm³.
CROWD = ((1.4, 6e-4), (2.8, 6e-5))
#: How much of the crowd stands where there is no cytosol (lumen, matrix, cleft).
ELSEWHERE = 0.25


def add_crowd(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Proteins at random places in the cytosol, too many to be told apart."""
    if not spec.crowding:
        return
    voxel = canvas.grid.voxel_nm
    crowd = np.zeros(canvas.grid.shape, np.float32)
    for sd_nm, per_nm3 in CROWD:
        layer = rng.poisson(per_nm3 * voxel**3, canvas.grid.shape).astype(np.float32)
        ndi.gaussian_filter(layer, np.hypot(sd_nm / voxel, 0.29), output=layer, truncate=3.0)
        layer *= sd_nm**3
        crowd += layer
    crowd *= spec.crowding / crowd.std()
    crowd -= crowd.mean()
    canvas.density += np.where(canvas.cytosol, crowd, np.float32(ELSEWHERE) * crowd)


def draw_ribosomes(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Irregular dense particles of 25 to 30 nm."""
    for _ in range(spec.ribosomes):
        centre = _free_point(rng, canvas, 14.0)
        if centre is None:
            continue
        for _ in range(14):
            draw_blob(
                canvas, centre + rng.normal(size=3) * 5.5, rng.uniform(2.5, 4.0), float(rng.uniform(0.2, 0.5))
            )


def draw_aggregates(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Single large proteins and clumps of some."""
    for _ in range(spec.aggregates):
        centre = _free_point(rng, canvas, 5.0)
        if centre is None:
            continue
        size = rng.uniform(1.8, 4.0)
        for _ in range(rng.integers(1, 5)):
            draw_blob(canvas, centre + rng.normal(size=3) * size, size, float(rng.uniform(0.2, 0.8)))


def draw_ice(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Crystals of ice on the upper and lower surface."""
    extent = canvas.grid.extent_nm
    for _ in range(spec.ice_crystals):
        centre = rng.uniform(0, extent)
        centre[0] = rng.choice([-0.02, 1.02]) * extent[0]
        body = Ellipsoid(centre, rng.uniform(12, 35, 3), np.eye(3))
        low, high = centre - body.reach_nm, centre + body.reach_nm
        draw_inside(canvas, body.distance, low, high, float(rng.uniform(0.5, 1.2)))


def draw_gold(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Fiducial beads, so dense that their missing wedge makes streaks."""
    extent = canvas.grid.extent_nm
    radius = float(rng.choice([2.5, 5.0]))
    for _ in range(spec.gold_beads):
        centre = rng.uniform(0, extent)
        centre[0] = rng.choice([0.03, 0.97]) * extent[0]
        body = Ellipsoid.ball(centre, radius)
        reach = radius + canvas.grid.voxel_nm
        draw_inside(canvas, body.distance, centre - reach, centre + reach, float(rng.uniform(6, 12)))


def _free_point(rng: np.random.Generator, canvas: Canvas, room_nm: float) -> AnyArray | None:
    for _ in range(20):
        point = rng.uniform(0, canvas.grid.extent_nm)
        if canvas.clearance_at(point)[0] > room_nm:
            return point
    return None
