"""Plasma membranes with their cleft, mitochondria and endosomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.bodies import Ellipsoid, Sheet, random_rotation
from cryoves_app.analysis.simulate.canvas import Canvas, Membrane, draw_inside, draw_membrane
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.analysis.simulate.vesicles import draw_blob
from cryoves_app.domain.arrays import AnyArray

ATTEMPTS = 60


@dataclass(frozen=True)
class PlasmaMembrane:
    """The terminal's membrane: from its sheet, the inner edge, to ``thickness_nm`` along the normal.

    The other cell's membrane, as thick, follows beyond the cleft.
    """

    sheet: Sheet
    thickness_nm: float
    cleft_nm: float

    @property
    def other_cell_nm(self) -> float:
        """How far from the sheet the other cell's cytosol begins."""
        return 2 * self.thickness_nm + self.cleft_nm

    def height(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Nm ``(z, y, x)`` from the inner edge along the normal, below 0 in the terminal."""
        return self.sheet.distance(z, y, x)

    def in_other_membrane(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Whether points in nm, arrays that broadcast to ``(z, y, x)``, lie in the other cell's membrane."""
        height = self.height(z, y, x)
        return np.asarray((height >= self.other_cell_nm - self.thickness_nm) & (height <= self.other_cell_nm))


def draw_plasma_membrane(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> PlasmaMembrane:
    """The terminal's membrane, the cleft and the membrane of the other cell."""
    extent = canvas.grid.extent_nm
    angle = rng.uniform(-np.pi, np.pi)
    way = rng.uniform(0.22, 0.36) * extent[1:].min()
    centre = extent / 2 + np.array([0, np.sin(angle), np.cos(angle)]) * way
    sheet = Sheet.draw(rng, centre, angle, roughness_nm=rng.uniform(2, 14))
    cleft = rng.uniform(14, 26)
    wall = Membrane(rng.uniform(4.5, 6.0), spec.membrane_density * rng.uniform(0.8, 1.3))
    low, high = np.zeros(3), extent
    canvas.keep_clear(lambda z, y, x: -sheet.distance(z, y, x), low, high)

    def across(offset_nm: float) -> Any:
        return lambda z, y, x: sheet.shifted(z, y, x, offset_nm)

    was_cytosol = canvas.cytosol.copy()
    for offset in (wall.thickness_nm, 2 * wall.thickness_nm + cleft):
        draw_membrane(canvas, across(offset), low, high, wall)
    # Both cells are cytosol; only the cleft and the membranes are not.
    canvas.cytosol[...] = was_cytosol
    _clear_cleft(canvas, sheet, 2 * wall.thickness_nm + cleft)
    _draw_scaffold(rng, canvas, sheet, centre, wall.thickness_nm, cleft)
    return PlasmaMembrane(sheet, wall.thickness_nm, cleft)


def _clear_cleft(canvas: Canvas, sheet: Sheet, width_nm: float) -> None:
    everything = canvas.grid.box((0, 0, 0), canvas.grid.extent_nm)
    for block in canvas.grid.blocks(everything):
        distance = sheet.distance(*canvas.grid.points(block))
        canvas.cytosol[block] &= (distance < 0) | (distance > width_nm)


def _draw_scaffold(
    rng: np.random.Generator,
    canvas: Canvas,
    sheet: Sheet,
    centre_nm: AnyArray,
    wall_nm: float,
    cleft_nm: float,
) -> None:
    """Proteins of the active zone, in the cleft, and the postsynaptic density."""
    half = 0.25 * canvas.grid.extent_nm.max()
    zones = (
        (-14.0, -2.0, 60, 0.5),
        (wall_nm + 2, wall_nm + cleft_nm - 2, 120, 0.35),
        (2 * wall_nm + cleft_nm + 3, 2 * wall_nm + cleft_nm + 30, 300, 0.7),
    )
    along_sheet = np.array([-sheet.normal[1], sheet.normal[0]])
    for near, far, number, density in zones:
        for _ in range(rng.poisson(number)):
            point = centre_nm.copy()
            point[0] = rng.uniform(0, canvas.grid.extent_nm[0])
            point[1:] += rng.uniform(-half, half) * along_sheet
            depth = rng.uniform(near, far) - float(sheet.distance(*point))
            point[1:] += depth * sheet.normal
            draw_blob(canvas, point, rng.uniform(1.5, 3.5), density * rng.uniform(0.4, 1.2))


def draw_mitochondria(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> list[Ellipsoid]:
    """Large bodies with two membranes, dense matrix and cristae, to their outer edge."""
    drawn = []
    for _ in range(spec.mitochondria):
        body = _free_body(rng, canvas, (60.0, 130.0), elongation=2.5)
        if body is not None:
            _draw_mitochondrion(rng, canvas, spec, body)
            drawn.append(body)
    return drawn


def _draw_mitochondrion(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, body: Ellipsoid) -> None:
    low, high = body.centre_nm - body.reach_nm, body.centre_nm + body.reach_nm
    wall = Membrane(rng.uniform(4.5, 6.0), spec.membrane_density * rng.uniform(0.8, 1.2))
    draw_membrane(canvas, body.distance, low, high, wall)
    matrix = body.grown(-wall.thickness_nm - rng.uniform(4, 9))
    draw_membrane(canvas, matrix.distance, low, high, wall)
    cristae = _Cristae(rng, canvas.grid.voxel_nm, wall)
    dense = float(rng.uniform(0.1, 0.4))
    draw_inside(canvas, matrix.grown(-wall.thickness_nm).distance, low, high, lambda *p: dense + cristae(*p))
    canvas.keep_clear(body.distance, low, high)


class _Cristae:
    """Folded sheets, two membranes each, at nearly regular distances."""

    def __init__(self, rng: np.random.Generator, voxel_nm: float, wall: Membrane) -> None:
        self._direction = rng.normal(size=3) * (0.5, 1, 1)
        self._direction /= np.linalg.norm(self._direction)
        self._spacing = rng.uniform(35, 60)
        self._bend = rng.uniform(4, 14)
        self._wave = 2 * np.pi / rng.uniform(90, 220)
        self._half = rng.uniform(6, 10)
        self._voxel, self._wall = voxel_nm, wall

    def __call__(self, z: AnyArray, y: AnyArray, x: AnyArray, depth: AnyArray) -> AnyArray:
        dz, dy, dx = self._direction
        along = dz * z + dy * y + dx * x + self._bend * np.sin(self._wave * (dy * x - dx * y + 0.7 * z))
        from_sheet = np.abs((along + self._spacing / 2) % self._spacing - self._spacing / 2)
        return np.asarray(self._wall.profile(from_sheet - self._half, self._voxel))


def draw_endosomes(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Bodies larger than vesicles, some of them with smaller ones inside."""
    for _ in range(spec.endosomes):
        body = _free_body(rng, canvas, (45.0, 80.0), elongation=1.6)
        if body is None:
            continue
        low, high = body.centre_nm - body.reach_nm, body.centre_nm + body.reach_nm
        wall = Membrane(rng.uniform(4, 6), spec.membrane_density * rng.uniform(0.7, 1.2))
        draw_membrane(canvas, body.distance, low, high, wall)
        draw_inside(
            canvas, body.grown(-wall.thickness_nm).distance, low, high, float(rng.uniform(-0.03, 0.2))
        )
        canvas.keep_clear(body.distance, low, high)


def _free_body(
    rng: np.random.Generator, canvas: Canvas, radii_nm: tuple[float, float], elongation: float
) -> Ellipsoid | None:
    """An ellipsoid that touches nothing drawn so far; it may reach out of the box."""
    extent = canvas.grid.extent_nm
    for _ in range(ATTEMPTS):
        radius = rng.uniform(*radii_nm)
        axes = radius * np.array([rng.uniform(0.8, 1.1), 1.0, rng.uniform(1.0, elongation)])
        body = Ellipsoid(rng.uniform(0, extent), axes, random_rotation(rng))
        surface = body.centre_nm + 1.1 * (_directions() * body.axes_nm) @ body.frame
        inside = np.all((surface > 0) & (surface < extent), axis=1)
        if inside.any() and canvas.clearance_at(np.vstack([surface[inside], body.centre_nm])).min() > 6:
            return body
    return None


def _directions() -> AnyArray:
    """Points spread over the unit sphere (Fibonacci lattice)."""
    index = np.arange(200) + 0.5
    z = 1 - 2 * index / len(index)
    turn = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - z**2)
    return np.column_stack([z, ring * np.cos(turn), ring * np.sin(turn)])
