"""Thread-like things: tubules, microtubules, actin, connectors and tethers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.bodies import (
    Ellipsoid,
    Sheet,
    random_direction,
    segment_distance,
    wandering_path,
)
from cryoves_app.analysis.simulate.canvas import Canvas, Membrane, soft_step
from cryoves_app.analysis.simulate.spec import SceneSpec
from cryoves_app.analysis.simulate.tomogram import Filament, FilamentKind
from cryoves_app.analysis.simulate.vesicles import PlacedVesicle, gap_nm
from cryoves_app.domain.arrays import AnyArray, Window

#: Connectors span at most this gap, tethers this distance from the membrane.
CONNECTOR_REACH_NM, TETHER_REACH_NM = 22.0, 35.0
MICROTUBULE_NM = 12.5
ATTEMPTS = 30
_FAR = 1e6


class Tubes:
    """Distance from the surfaces of many tubes at once, so that joined tubes have no walls between them."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._distance = np.full(canvas.grid.shape, _FAR, np.float32)
        self._boxes: list[Window] = []

    def add(self, path_nm: AnyArray, radius_nm: float, margin_nm: float = 8.0) -> None:
        """A tube along the points ``(n, 3)`` of a path (``z, y, x``; nm); ``radius_nm`` reaches to its outer edge."""
        grid = self._canvas.grid
        for start, end in pairwise(path_nm):
            reach = radius_nm + margin_nm
            box = grid.box(np.minimum(start, end) - reach, np.maximum(start, end) + reach)
            here = self._distance[box]
            if here.size:
                np.minimum(
                    here, segment_distance(*grid.points(box), start, end) - np.float32(radius_nm), out=here
                )
                self._boxes.append(box)

    def draw_wall(self, membrane: Membrane) -> None:
        """Give the tubes a membrane, and clear them from the list."""
        canvas, voxel = self._canvas, self._canvas.grid.voxel_nm
        reach = membrane.reach_nm(voxel)

        def wall(distance: AnyArray) -> AnyArray:
            return membrane.profile(distance, voxel)

        for box in self._boxes:
            canvas.cytosol[box] &= self._distance[box] > 0
        self._render(wall, -membrane.thickness_nm - reach, reach)

    def draw_solid(self, density: float) -> None:
        """Fill the tubes, and clear them from the list."""
        voxel = self._canvas.grid.voxel_nm

        def fill(distance: AnyArray) -> AnyArray:
            return density * soft_step(distance, max(voxel, 1.0))

        self._render(fill, -_FAR, max(voxel, 1.0))

    def _render(self, profile: Any, low: float, high: float) -> None:
        """Draw each voxel once, though boxes overlap: what is drawn is taken out."""
        for box in self._boxes:
            distance = self._distance[box]
            near = (distance > low) & (distance < high)
            self._canvas.density[box][near] += profile(distance[near])
            distance[...] = _FAR
        self._boxes.clear()


def draw_tubules(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Tubes of membrane, 20 to 60 nm wide: they look like vesicles where a slice cuts them across."""
    tubes = Tubes(canvas)
    for _ in range(spec.tubules):
        radius = rng.uniform(10, 28)
        path = _free_path(rng, canvas, radius + 4, rng.uniform(80, 350), stiffness_nm=rng.uniform(100, 600))
        if path is None:
            continue
        tubes.add(path, radius)
        _keep_path_clear(canvas, path, radius)
        tubes.draw_wall(Membrane(rng.uniform(4, 5.5), spec.membrane_density * rng.uniform(0.7, 1.2)))


def draw_microtubules(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Nearly straight tubes with a protein wall, side by side."""
    tubes = Tubes(canvas)
    bundle = random_direction(rng) * (0.25, 1, 1)
    for _ in range(spec.microtubules):
        direction = bundle + 0.15 * random_direction(rng)
        path = _free_path(rng, canvas, MICROTUBULE_NM + 4, 900.0, stiffness_nm=60_000.0, direction=direction)
        if path is None:
            continue
        tubes.add(path, MICROTUBULE_NM)
        _keep_path_clear(canvas, path, MICROTUBULE_NM)
        # One layer of protein, 4 to 5 nm thick: both “leaflets” fall together.
        tubes.draw_wall(Membrane(3.0, 0.75 * rng.uniform(0.8, 1.2), leaflet_sd_nm=1.4, core=0.0))


def draw_actin(rng: np.random.Generator, canvas: Canvas, spec: SceneSpec) -> None:
    """Thin solid threads between everything else."""
    tubes = Tubes(canvas)
    for _ in range(spec.actin):
        path = _free_path(rng, canvas, 6.0, rng.uniform(60, 300), stiffness_nm=2500.0)
        if path is not None:
            tubes.add(path, 3.2, margin_nm=4.0)
    tubes.draw_solid(float(rng.uniform(0.4, 0.8)))


@dataclass(frozen=True)
class _Thread:
    """Ends are (2, 3), in nm: at the vesicle it was drawn from, and at an earlier one or the membrane (None)."""

    kind: FilamentKind
    vesicle: int
    earlier: int | None
    ends_nm: AnyArray
    radius_nm: float

    def drawn(self, density: float) -> Filament:
        (z, y, x), (w, v, u) = self.ends_nm.tolist()
        start, end = (z, y, x), (w, v, u)
        if self.earlier is None:
            return Filament(self.kind, self.vesicle, None, start, end, self.radius_nm, density)
        return Filament(self.kind, self.earlier, self.vesicle, end, start, self.radius_nm, density)


def draw_connectors(
    rng: np.random.Generator, canvas: Canvas, spec: SceneSpec, vesicles: list[PlacedVesicle]
) -> list[Filament]:
    """Short threads between vesicles that are near each other."""
    threads = []
    for number, vesicle in enumerate(vesicles, 1):
        for earlier, other in enumerate(vesicles[: number - 1], 1):
            if gap_nm(vesicle.body, other.body) < CONNECTOR_REACH_NM:
                for _ in range(rng.poisson(spec.connectors)):
                    ends = _connector(rng, vesicle.body, other.body)
                    radius = rng.uniform(1.2, 2.4)
                    threads.append(_Thread(FilamentKind.CONNECTOR, number, earlier, ends, radius))
    return _draw_threads(rng, canvas, threads)


def _draw_threads(rng: np.random.Generator, canvas: Canvas, threads: Sequence[_Thread]) -> list[Filament]:
    """All with one density, each once where they cross."""
    tubes = Tubes(canvas)
    for thread in threads:
        tubes.add(thread.ends_nm, thread.radius_nm, margin_nm=4.0)
    density = float(rng.uniform(0.4, 0.8))
    tubes.draw_solid(density)
    return [thread.drawn(density) for thread in threads]


def _connector(rng: np.random.Generator, a: Ellipsoid, b: Ellipsoid) -> AnyArray:
    offset = b.centre_nm - a.centre_nm
    direction = offset / np.linalg.norm(offset)
    sideways = 0.35 * random_direction(rng)
    start = _on_surface(a, direction + sideways)
    end = _on_surface(b, -direction + sideways)
    return np.array([start, end])


def _on_surface(body: Ellipsoid, direction: AnyArray) -> AnyArray:
    unit = direction / np.linalg.norm(direction)
    radius = 1 / np.linalg.norm((body.frame @ unit) / body.axes_nm)
    return body.centre_nm + (radius - 0.5) * unit


def draw_tethers(
    rng: np.random.Generator,
    canvas: Canvas,
    spec: SceneSpec,
    vesicles: list[PlacedVesicle],
    membrane: Sheet,
) -> list[Filament]:
    """Short threads from vesicles to the plasma membrane."""
    threads = []
    normal = np.array([0.0, *membrane.normal])
    for number, vesicle in enumerate(vesicles, 1):
        away = -float(membrane.distance(*vesicle.body.centre_nm)) - vesicle.body.radius_nm
        if not 0 < away < TETHER_REACH_NM:
            continue
        for _ in range(rng.poisson(spec.tethers)):
            start = _on_surface(vesicle.body, normal + 0.5 * random_direction(rng))
            length = -float(membrane.distance(*start))
            end = start + (normal + 0.3 * random_direction(rng)) * max(length, 0.0)
            ends = np.array([start, end])
            threads.append(_Thread(FilamentKind.TETHER, number, None, ends, rng.uniform(1.2, 2.4)))
    return _draw_threads(rng, canvas, threads)


def _free_path(
    rng: np.random.Generator,
    canvas: Canvas,
    room_nm: float,
    length_nm: float,
    stiffness_nm: float,
    direction: AnyArray | None = None,
) -> AnyArray | None:
    """A path with room around it, grown both ways from a free point, or ``None``."""
    for _ in range(ATTEMPTS):
        start = rng.uniform(0, canvas.grid.extent_nm)
        heading = random_direction(rng) * (0.5, 1, 1) if direction is None else direction
        ways = [
            _until_blocked(
                canvas, wandering_path(rng, start, sign * heading, length_nm / 2, stiffness_nm), room_nm
            )
            for sign in (1, -1)
        ]
        path = np.concatenate([ways[1][:0:-1], ways[0]])
        if len(path) >= 4:
            return path
    return None


def _until_blocked(canvas: Canvas, path: AnyArray, room_nm: float) -> AnyArray:
    blocked = np.flatnonzero(canvas.clearance_at(path) < room_nm)
    return path[: blocked[0]] if len(blocked) else path


def _keep_path_clear(canvas: Canvas, path: AnyArray, radius_nm: float) -> None:
    for start, end in pairwise(path):

        def distance(
            z: AnyArray, y: AnyArray, x: AnyArray, start: AnyArray = start, end: AnyArray = end
        ) -> AnyArray:
            return segment_distance(z, y, x, start, end) - np.float32(radius_nm)

        canvas.keep_clear(distance, np.minimum(start, end), np.maximum(start, end))
