"""A lit picture of spheres seen at an angle, computed pixel by pixel: fast for thousands, and exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array

#: From where the light comes, in the viewer's frame (right, up, towards the viewer).
_LIGHT = np.array([-0.4, 0.55, 0.73])
_AMBIENT = 0.35


@dataclass(frozen=True)
class Camera:
    """Looks at a box from above at an angle, without perspective."""

    azimuth_deg: float = 30.0
    elevation_deg: float = 30.0

    def rotation(self) -> Array:
        """Rows are right, up and towards the viewer, in ``(x, y, z)``."""
        a, e = np.deg2rad([self.azimuth_deg, self.elevation_deg])
        right = [np.cos(a), np.sin(a), 0.0]
        towards = [np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)]
        return np.array([right, np.cross(towards, right), towards])

    def project(self, points_xyz: Array) -> Array:
        """``(right, up, depth)`` of each point; larger depth is nearer."""
        return points_xyz @ self.rotation().T


def box_edges(size_xyz: Sequence[float]) -> list[Array]:
    """The twelve edges of a box from the origin, as pairs of points."""
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float) * size_xyz
    apart = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.sum(corners[a] != corners[b]) == 1]
    return [corners[[a, b]] for a, b in apart]


def render(
    centres: Array, radii: Array, colours: Array, extent: Sequence[float], width_px: int
) -> NDArray[np.float32]:
    """Draw projected spheres.

    Parameters
    ----------
    centres, radii
        ``(right, up, depth)`` and radius of each, in one unit.
    colours
        Red, green, blue from 0 to 1 of each.
    extent
        ``left, right, bottom, top`` of the picture in that unit.
    width_px
        Its width in pixels; the height follows.

    Returns
    -------
    ndarray
        ``(rows, columns, 4)``, row 0 at the bottom, transparent where no sphere is.
    """
    left, right, bottom, top = extent
    pixel = (right - left) / width_px
    shape = (max(round((top - bottom) / pixel), 1), width_px)
    picture = np.zeros((*shape, 4), np.float32)
    depth = np.full(shape, -np.inf)
    for centre, radius, colour in zip(centres, radii, colours, strict=True):
        where = (centre[0] - left) / pixel, (centre[1] - bottom) / pixel, radius / pixel
        _draw(picture, depth, where, centre[2] / pixel, colour)
    return picture


def _draw(
    picture: NDArray[np.float32],
    depth: Array,
    where_px: tuple[float, float, float],
    centre_depth_px: float,
    colour: Array,
) -> None:
    column, row, radius = where_px
    rows = _span(row, radius, depth.shape[0])
    columns = _span(column, radius, depth.shape[1])
    v = (np.arange(rows.start, rows.stop)[:, None] + 0.5 - row) / radius
    u = (np.arange(columns.start, columns.stop)[None, :] + 0.5 - column) / radius
    height = np.sqrt(np.clip(1.0 - u**2 - v**2, 0.0, None))
    here = centre_depth_px + height * radius
    nearest = (u**2 + v**2 < 1.0) & (here > depth[rows, columns])
    light = np.clip(u * _LIGHT[0] + v * _LIGHT[1] + height * _LIGHT[2], 0.0, None)
    shade = (_AMBIENT + (1.0 - _AMBIENT) * light)[..., None] * colour
    depth[rows, columns][nearest] = here[nearest]
    picture[rows, columns, :3][nearest] = shade[nearest]
    picture[rows, columns, 3][nearest] = 1.0


def _span(centre_px: float, radius_px: float, length: int) -> slice:
    start = int(np.clip(np.floor(centre_px - radius_px), 0, length))
    return slice(start, int(np.clip(np.ceil(centre_px + radius_px) + 1, start, length)))
