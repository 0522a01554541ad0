"""Density of the benchmark phantom: each thing is drawn in its own box, dense matter positive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cryoves_app.analysis.simulate.benchmark_geometry import Microtubule, Surroundings
from cryoves_app.analysis.simulate.benchmark_spec import BenchmarkSpec
from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.domain.arrays import AnyArray, Labels, SpheresPx, Window
from cryoves_app.domain.progress import Progress

#: Beyond this distance a membrane's profile is zero in float32.
MEMBRANE_REACH_NM = 60.0
#: Width of the less dense zone beside a membrane, and its distance from the edge.
FRINGE_SD_NM, FRINGE_OFFSET_NM = 1.2, 2.5
CLEFT_NM = 22.0


@dataclass
class _Canvas:
    """The arrays that are drawn on."""

    shape: tuple[int, int, int]
    voxel_size_nm: float
    density: AnyArray = field(init=False)
    labels: AnyArray = field(init=False)
    occupied: AnyArray = field(init=False)

    def __post_init__(self) -> None:
        self.density = np.zeros(self.shape, np.float32)
        self.labels = np.zeros(self.shape, np.uint16)
        self.occupied = np.zeros(self.shape, bool)

    def around(self, centre_px: AnyArray, reach_px: int) -> Window:
        """The voxels within ``reach_px`` of a point."""
        corner = np.floor(centre_px).astype(int)
        low = np.maximum(corner - reach_px, 0)
        high = np.minimum(corner + reach_px + 2, self.shape)
        return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))

    def between_nm(self, low_nm: AnyArray, high_nm: AnyArray) -> Window:
        """The voxels between two corners given in nm."""
        low = np.clip(np.floor(np.asarray(low_nm) / self.voxel_size_nm).astype(int), 0, self.shape)
        high = np.clip(np.ceil(np.asarray(high_nm) / self.voxel_size_nm).astype(int) + 1, 0, self.shape)
        return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))

    def planes(self, box: Window) -> list[Window]:
        """The box cut into single z planes, so that temporaries stay small."""
        return [(slice(z, z + 1), box[1], box[2]) for z in range(box[0].start, box[0].stop)]

    def grid_nm(self, box: Window) -> tuple[AnyArray, AnyArray, AnyArray]:
        z, y, x = np.ogrid[box]
        return z * self.voxel_size_nm, y * self.voxel_size_nm, x * self.voxel_size_nm


def bilayer(distance_nm: AnyArray, thickness_nm: float, leaflet_nm: float, fringe: float) -> AnyArray:
    """Density across a membrane.

    Two Gaussian leaflets, and the less dense zones that phase contrast shows on both sides.

    Parameters
    ----------
    distance_nm : array of any shape
        Signed distance from the membrane's mid-plane in nm, positive outside.

    Returns
    -------
    float32 array of the same shape
        Without unit, dense matter positive.
    """
    half = thickness_nm / 2
    leaflet = half - leaflet_nm / 2
    density = _bell(distance_nm - leaflet, leaflet_nm / 2) + _bell(distance_nm + leaflet, leaflet_nm / 2)
    outer = _bell(distance_nm - half - FRINGE_OFFSET_NM, FRINGE_SD_NM)
    inner = _bell(distance_nm + half + FRINGE_OFFSET_NM, FRINGE_SD_NM)
    result: AnyArray = (density - fringe * (outer + 0.6 * inner)).astype(np.float32)
    return result


def _bell(distance: AnyArray, sd: float) -> AnyArray:
    result: AnyArray = np.exp(-0.5 * (distance / sd) ** 2)
    return result


def draw_benchmark(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    voxel_size_nm: float,
    spec: BenchmarkSpec,
    balls_px: SpheresPx,
    surroundings: Surroundings | None,
    progress: Progress,
    bodies: Sequence[Ellipsoid] | None = None,
) -> tuple[AnyArray, Labels]:
    """Vesicles and their surroundings.

    Parameters
    ----------
    balls_px : (n, 4) array
        ``z, y, x`` and outer radius, in voxels.
    bodies
        The vesicles' shapes, where they are not the balls themselves.

    Returns
    -------
    density : (z, y, x) float32 array
        Without unit, dense matter positive.
    labels : (z, y, x) uint16 array
        The vesicles' numbers from 1, filled to the outer edge.
    """
    canvas = _Canvas(shape, voxel_size_nm)
    for number, ball in enumerate(balls_px, 1):
        _draw_vesicle(rng, canvas, spec, ball, number, bodies[number - 1] if bodies else None)
        progress.report(number / (2 * len(balls_px)), "drawing vesicles")
    if surroundings is not None:
        _draw_plasma_membrane(canvas, spec, surroundings)
        _draw_mitochondrion(canvas, spec, surroundings)
        for microtubule in surroundings.microtubules:
            _draw_microtubule(canvas, microtubule, surroundings)
        progress.report(0.8, "drawing proteins")
        for _ in range(spec.n_blobs):
            _draw_blob(rng, canvas)
    return canvas.density, canvas.labels


def _distance_px(box: Window, centre_px: AnyArray) -> AnyArray:
    z, y, x = np.ogrid[box]
    result: AnyArray = np.sqrt((z - centre_px[0]) ** 2 + (y - centre_px[1]) ** 2 + (x - centre_px[2]) ** 2)
    return result


def _draw_vesicle(
    rng: np.random.Generator,
    canvas: _Canvas,
    spec: BenchmarkSpec,
    ball: AnyArray,
    number: int,
    body: Ellipsoid | None,
) -> None:
    voxel, radius = canvas.voxel_size_nm, ball[3]
    reach = body.reach_nm / voxel if body else radius
    box = canvas.around(ball[:3], int(np.ceil(reach + 12 / voxel)))
    # of an ellipsoid: where the same point would be on the ball of its volume
    distance = radius + body.distance(*canvas.grid_nm(box)) / voxel if body else _distance_px(box, ball[:3])
    canvas.labels[box][distance <= radius] = number
    canvas.occupied[box] |= distance <= radius + 1
    from_mid_plane = (distance - radius) * voxel + spec.thickness_nm / 2
    canvas.density[box] += bilayer(from_mid_plane, spec.thickness_nm, spec.leaflet_nm, spec.fringe)
    filling = spec.filled_density if rng.random() < spec.filled_share else 0.0
    canvas.density[box][distance <= radius - spec.thickness_nm / voxel] += spec.lumen + filling


def _draw_plasma_membrane(canvas: _Canvas, spec: BenchmarkSpec, around: Surroundings) -> None:
    """The presynaptic sheet, the cleft and the postsynaptic sheet."""
    _, _, width = around.box_nm
    box = canvas.between_nm(
        np.array([0, 0, 0.85 * width - MEMBRANE_REACH_NM]),
        np.array([*around.box_nm[:2], 0.95 * width + CLEFT_NM + MEMBRANE_REACH_NM]),
    )
    for plane in canvas.planes(box):
        z, y, x = canvas.grid_nm(plane)
        sheet = around.membrane_x_nm(z, y)
        for offset in (0.0, CLEFT_NM):
            canvas.density[plane] += bilayer(
                x - (sheet + offset), spec.thickness_nm + 1, spec.leaflet_nm, spec.fringe
            )
    for z_px in range(canvas.shape[0]):
        plane = (slice(z_px, z_px + 1), slice(0, canvas.shape[1]), slice(0, canvas.shape[2]))
        z, y, x = canvas.grid_nm(plane)
        canvas.occupied[plane] |= x > around.membrane_x_nm(z, y) - 4


def _draw_mitochondrion(canvas: _Canvas, spec: BenchmarkSpec, around: Surroundings) -> None:
    """An ellipsoid with two membranes, a dense matrix and parallel cristae."""
    centre, axes = around.mito_centre_nm, around.mito_axes_nm
    scale = axes[1:].mean()
    reach = axes * (1 + MEMBRANE_REACH_NM / scale)
    for plane in canvas.planes(canvas.between_nm(centre - reach, centre + reach)):
        z, y, x = canvas.grid_nm(plane)
        scaled = [(w - c) / a for w, c, a in zip((z, y, x), centre, axes, strict=True)]
        level = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2)
        distance = (level - 1) * scale
        for inset in (0.0, 12.0):
            canvas.density[plane] += bilayer(
                distance + inset, spec.thickness_nm + 1, spec.leaflet_nm, spec.fringe
            )
        cristae = _bell((y + 0.15 * x) % 32 - 16, 3.0)
        canvas.density[plane] += np.where(distance < -15, 0.25 + 0.6 * cristae, 0).astype(np.float32)
        canvas.occupied[plane] |= distance < 6


def _draw_microtubule(canvas: _Canvas, tube: Microtubule, around: Surroundings) -> None:
    drift = tube.slope * around.box_nm[2]
    box = canvas.between_nm(
        np.array([tube.z_nm - 40, tube.y_nm - 40, 0]),
        np.array([tube.z_nm + 40, tube.y_nm + drift + 40, around.box_nm[2]]),
    )
    z, y, x = canvas.grid_nm(box)
    distance = np.sqrt((y - tube.axis_y_nm(x)) ** 2 + (z - tube.z_nm) ** 2)
    canvas.density[box] += (0.9 * _bell(distance - 10.5, 1.8)).astype(np.float32)
    canvas.occupied[box] |= distance < 15


def _draw_blob(rng: np.random.Generator, canvas: _Canvas) -> None:
    """A protein of 3 to 8 nm radius, unless something stands at its place."""
    radius = rng.uniform(3, 8) / canvas.voxel_size_nm
    centre = rng.uniform(radius + 2, np.array(canvas.shape) - radius - 3)
    if canvas.occupied[tuple(centre.astype(int))]:
        return
    box = canvas.around(centre, int(np.ceil(radius * 2.2)))
    amplitude = rng.uniform(0.5, 1.1)
    canvas.density[box] += (amplitude * _bell(_distance_px(box, centre), 0.6 * radius)).astype(np.float32)
