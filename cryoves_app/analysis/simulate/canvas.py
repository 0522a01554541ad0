"""The box that a scene is drawn in: density, what is cytosol, and how far the next thing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import ndimage as ndi

from cryoves_app.domain.arrays import AnyArray, Window

#: Signed distance in nm (negative inside) at points given as broadcastable z, y, x in nm.
Distance = Callable[[AnyArray, AnyArray, AnyArray], AnyArray]

#: Voxel size of the map that placement asks.
COARSE_NM = 4.0
#: Distances beyond this are not told apart.
FAR_NM = 90.0
#: Planes drawn at once are chosen so that temporaries stay in the cache.
BLOCK_VOXELS = 1 << 18


@dataclass(frozen=True)
class SceneGrid:
    """Voxels of one size over the scene's box; positions in nm from the centre of voxel (0, 0, 0)."""

    shape: tuple[int, int, int]
    voxel_nm: float

    @property
    def extent_nm(self) -> AnyArray:
        """``(3,)``: way from the first voxel's centre to the last one's along z, y, x, in nm."""
        return (np.array(self.shape) - 1) * self.voxel_nm

    def box(self, low_nm: Any, high_nm: Any) -> Window:
        """The voxels between two corners; empty where they miss the grid."""
        low = np.clip(np.floor(np.asarray(low_nm) / self.voxel_nm), 0, self.shape).astype(int)
        high = np.clip(np.ceil(np.asarray(high_nm) / self.voxel_nm) + 1, 0, self.shape).astype(int)
        high = np.maximum(low, high)
        return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])

    def around(self, centre_nm: Any, reach_nm: float) -> Window:
        """The voxels within ``reach_nm`` of a point ``z, y, x`` along each axis."""
        centre = np.asarray(centre_nm)
        return self.box(centre - reach_nm, centre + reach_nm)

    def points(self, box: Window) -> tuple[AnyArray, AnyArray, AnyArray]:
        """The voxels' positions in nm as three arrays that broadcast: ``(z, 1, 1)``, ``(1, y, 1)``, ``(1, 1, x)``."""
        z, y, x = np.ogrid[box]
        scale = np.float32(self.voxel_nm)
        return z * scale, y * scale, x * scale

    def blocks(self, box: Window) -> Iterator[Window]:
        """The box in slabs of a few planes."""
        area = max((box[1].stop - box[1].start) * (box[2].stop - box[2].start), 1)
        step = max(BLOCK_VOXELS // area, 1)
        for start in range(box[0].start, box[0].stop, step):
            yield slice(start, min(start + step, box[0].stop)), box[1], box[2]


@dataclass
class Canvas:
    """What has been drawn so far.

    Attributes
    ----------
    density : (z, y, x) float32 array
        Without unit; dense matter positive, 1 at a membrane's head groups.
    cytosol : (z, y, x) bool array
        Voxels in which proteins may be put.
    clearance : (z, y, x) float32 array
        On the grid ``coarse``: distance to the next thing, in nm, at most ``FAR_NM``.
    """

    grid: SceneGrid
    density: AnyArray = field(init=False, repr=False)
    cytosol: AnyArray = field(init=False, repr=False)
    coarse: SceneGrid = field(init=False)
    clearance: AnyArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.density = np.zeros(self.grid.shape, np.float32)
        self.cytosol = np.ones(self.grid.shape, bool)
        z, y, x = (int(n * self.grid.voxel_nm / COARSE_NM) + 2 for n in self.grid.shape)
        self.coarse = SceneGrid((z, y, x), COARSE_NM)
        self.clearance = np.full(self.coarse.shape, FAR_NM, np.float32)

    def clearance_at(self, points_nm: AnyArray) -> AnyArray:
        """Distance to the next thing that was drawn solid.

        Parameters
        ----------
        points_nm : (n, 3) or (3,) array
            ``z, y, x`` in nm.

        Returns
        -------
        (n,) array
            In nm.
        """
        at = np.atleast_2d(points_nm).T / COARSE_NM
        return ndi.map_coordinates(self.clearance, at, order=1, mode="nearest")

    def keep_clear(self, distance: Distance, low_nm: Any, high_nm: Any) -> None:
        """Note a thing's distance, for all that is placed later."""
        box = self.coarse.box(np.asarray(low_nm) - FAR_NM, np.asarray(high_nm) + FAR_NM)
        here = self.clearance[box]
        np.minimum(here, distance(*self.coarse.points(box)), out=here)


@dataclass(frozen=True)
class Membrane:
    """A bilayer; distances count from its outer edge, inwards negative.

    Two dense head-group layers, and hydrocarbon between them that is less dense than its surroundings.
    """

    thickness_nm: float
    density: float = 1.0
    leaflet_sd_nm: float = 0.9
    core: float = 0.25

    def profile(self, from_edge_nm: AnyArray, voxel_nm: float) -> AnyArray:
        """Density by signed distance from the outer edge, averaged over a voxel.

        Parameters
        ----------
        from_edge_nm : array of any shape
            In nm, negative inside.

        Returns
        -------
        array of the same shape
            Density without unit.
        """
        half = self.thickness_nm / 2 - 1.0
        mid = from_edge_nm + self.thickness_nm / 2
        sd = np.hypot(self.leaflet_sd_nm, voxel_nm / np.sqrt(12))
        heads = _bell(mid - half, sd) + _bell(mid + half, sd)
        core = self.core * _bell(mid, sd)
        return self.density * self.leaflet_sd_nm / sd * (heads - core)

    def reach_nm(self, voxel_nm: float) -> float:
        """Distance from the outer edge beyond which nothing is drawn."""
        return 3.5 * float(np.hypot(self.leaflet_sd_nm, voxel_nm / np.sqrt(12)))


def _bell(distance: AnyArray, sd: float) -> AnyArray:
    return np.exp(-0.5 * (distance / sd) ** 2)


def soft_step(distance_nm: AnyArray, voxel_nm: float) -> AnyArray:
    """1 inside, 0 outside, linear across one voxel; distances of any shape in nm, negative inside."""
    return np.clip(0.5 - distance_nm / voxel_nm, 0.0, 1.0)


def draw_membrane(canvas: Canvas, distance: Distance, low_nm: Any, high_nm: Any, membrane: Membrane) -> None:
    """Draw a closed or open sheet wherever ``distance`` to its outer edge is small.

    What lies inside is no cytosol any more.
    """
    voxel = canvas.grid.voxel_nm
    reach = membrane.reach_nm(voxel)
    low, high = -membrane.thickness_nm - reach, reach
    box = canvas.grid.box(np.asarray(low_nm) - reach, np.asarray(high_nm) + reach)
    for block in canvas.grid.blocks(box):
        from_edge = distance(*canvas.grid.points(block))
        near = (from_edge > low) & (from_edge < high)
        canvas.density[block][near] += membrane.profile(from_edge[near], voxel)
        canvas.cytosol[block] &= from_edge > 0


def draw_inside(
    canvas: Canvas, distance: Distance, low_nm: Any, high_nm: Any, density: float | Callable[..., AnyArray]
) -> None:
    """Add a density (without unit) where ``distance`` is negative.

    Parameters
    ----------
    distance
        As ``Distance``.
    low_nm, high_nm
        Corners ``z, y, x`` of the box that holds the thing.
    density
        A number, or a function of ``z``, ``y``, ``x`` and the distance, all in nm, that gives ``(z, y, x)``.
    """
    box = canvas.grid.box(low_nm, high_nm)
    for block in canvas.grid.blocks(box):
        points = canvas.grid.points(block)
        from_edge = distance(*points)
        value = density(*points, from_edge) if callable(density) else density
        canvas.density[block] += (value * soft_step(from_edge, canvas.grid.voxel_nm)).astype(np.float32)
