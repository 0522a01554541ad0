"""What a slice view shows, as pure functions: which voxels, which grey levels, which circles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.shapes.shape_surface import outlines_in_plane
from cryoves_app.domain.arrays import Position
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.formats.lazy_array import LazyArray


class Plane(Enum):
    """A direction of slicing; the axes are indices into ``(z, y, x)``."""

    XY = ("XY", 0, 2, 1)
    XZ = ("XZ", 1, 2, 0)
    YZ = ("YZ", 2, 0, 1)

    def __init__(self, title: str, normal: int, horizontal: int, vertical: int) -> None:
        self.title = title
        self.normal = normal
        self.horizontal = horizontal
        self.vertical = vertical

    @property
    def normal_name(self) -> str:
        return "zyx"[self.normal]

    def position(self, horizontal: float, vertical: float, normal: float) -> Position:
        """The voxel position of a point of the plane."""
        at = [0.0, 0.0, 0.0]
        at[self.horizontal], at[self.vertical], at[self.normal] = horizontal, vertical, normal
        return at[0], at[1], at[2]


@dataclass(frozen=True)
class Look:
    """How slices are drawn. Only the drawing changes; what is computed never sees this."""

    slab: int = 1
    smoothing_px: float = 0.0


def slice_index(position: Position, plane: Plane, shape: tuple[int, int, int]) -> int:
    """The slice of ``plane`` through ``position``, kept inside the volume."""
    return int(np.clip(round(position[plane.normal]), 0, shape[plane.normal] - 1))


def slab_range(index: int, slab: int, length: int) -> tuple[int, int]:
    """First and one past the last slice of a slab of ``slab`` slices around ``index``."""
    first = max(0, index - (slab - 1) // 2)
    return first, min(length, index + slab // 2 + 1)


def read_slice(data: VoxelArray, plane: Plane, index: int, look: Look | None = None) -> NDArray[np.float32]:
    """One slice, rows along the plane's vertical axis, columns along its horizontal one.

    Parameters
    ----------
    data
        Volume ``(z, y, x)``, possibly memory-mapped; only the slab is read.
    look
        Slab averaging and smoothing for the eye.
    """
    look = look or Look()
    first, last = slab_range(index, look.slab, data.shape[plane.normal])
    selection: list[Any] = [slice(None)] * 3
    selection[plane.normal] = slice(first, last)
    slab = np.asarray(data[tuple(selection)])
    image = slab.mean(axis=plane.normal, dtype=np.float32) if last - first > 1 else slab.squeeze(plane.normal)
    if plane.horizontal < plane.vertical:
        image = image.T
    image = np.ascontiguousarray(image, dtype=np.float32)
    if look.smoothing_px > 0:
        image = ndimage.gaussian_filter(image, look.smoothing_px, mode="nearest")
    return image


def sample_grey(data: VoxelArray, wanted: int = 200_000) -> NDArray[np.float32]:
    """Grey values from a few slices spread over z, or parts where those are read sooner, for contrast and histogram."""
    if isinstance(data, LazyArray) and (parts := data.few_parts()):
        return np.concatenate([_thinned(data[part], wanted // len(parts)) for part in parts])
    depth = data.shape[0]
    rows = np.unique(np.linspace(0.1 * depth, 0.9 * depth - 1, 5).astype(int).clip(0, depth - 1))
    per_slice = data.shape[1] * data.shape[2]
    step = max(1, math.isqrt(len(rows) * per_slice // wanted))
    return np.concatenate([np.asarray(data[z, ::step, ::step], dtype=np.float32).ravel() for z in rows])


def _thinned(block: NDArray[Any], wanted: int) -> NDArray[np.float32]:
    step = max(1, round((block.size / max(1, wanted)) ** (1 / 3)))
    return np.asarray(block[::step, ::step, ::step], dtype=np.float32).ravel()


def percentile_levels(values: NDArray[np.float32], low: float, high: float) -> tuple[float, float]:
    """Black and white as percentiles of the finite values; never equal."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    black, white = np.percentile(finite, [low, high])
    return float(black), float(white) if white > black else float(black) + 1.0


def drag_levels(levels: tuple[float, float], brightness: float, contrast: float) -> tuple[float, float]:
    """Levels after a drag by ``brightness`` and ``contrast``, each in shares of the window's width."""
    black, white = levels
    width = white - black
    centre = (black + white) / 2 - brightness * width
    half = max(width / 2 * math.exp(-contrast), 1e-6 * max(abs(black), abs(white), 1.0))
    return centre - half, centre + half


@dataclass(frozen=True)
class Circles:
    """Cross-sections of spheres with a slice: rows of the spheres that are cut, and their circles (voxels).

    ``outlines`` are those of the vesicles whose shape is known, ``(n, p, 2)``, not a number for the others; ``None``
    where circles are wanted.
    """

    rows: NDArray[np.intp]
    horizontal: NDArray[np.float64]
    vertical: NDArray[np.float64]
    radius: NDArray[np.float64]
    outlines: NDArray[np.float64] | None = None


def circles_in_slice(spheres_px: NDArray[np.float64], plane: Plane, at: float) -> Circles:
    """The exact circles in which the plane at ``at`` cuts spheres given as rows of ``(z, y, x, radius)``."""
    offset = spheres_px[:, plane.normal] - at
    squared = spheres_px[:, 3] ** 2 - offset**2
    rows = np.flatnonzero(squared > 0)
    cut = spheres_px[rows]
    return Circles(rows, cut[:, plane.horizontal], cut[:, plane.vertical], np.sqrt(squared[rows]))


def outlines_in_slice(
    spheres_px: NDArray[np.float64],
    terms_px: NDArray[np.float64],
    shaped: NDArray[np.bool_],
    plane: Plane,
    at: float,
) -> Circles:
    """Cross-sections of measured shapes, and circles where none is known.

    ``terms_px`` are the shapes' terms ``(n, 12)``, ``shaped`` says which spheres have a shape. The circle of an outline
    is one as large as it, about its middle.
    """
    circles = circles_in_slice(spheres_px[~shaped], plane, at)
    known = np.flatnonzero(shaped)
    axes = plane.normal, plane.horizontal, plane.vertical
    cut = outlines_in_plane(spheres_px[known], terms_px[known], axes, at)
    middle = cut.points.mean(axis=1)
    radius = np.linalg.norm(cut.points - middle[:, None], axis=2).mean(axis=1)
    none = np.full((len(circles.rows), *cut.points.shape[1:]), np.nan)
    return Circles(
        np.concatenate([known[cut.rows], np.flatnonzero(~shaped)[circles.rows]]),
        np.concatenate([middle[:, 0], circles.horizontal]),
        np.concatenate([middle[:, 1], circles.vertical]),
        np.concatenate([radius, circles.radius]),
        np.concatenate([cut.points, none]),
    )


def circle_at(circles: Circles, horizontal: float, vertical: float, slack: float = 0.0) -> int | None:
    """The row of the circle under a point: of several, the one whose centre is nearest for its size."""
    if not len(circles.rows):
        return None
    distance = np.hypot(circles.horizontal - horizontal, circles.vertical - vertical)
    share = distance / (circles.radius + slack)
    best = int(np.argmin(share))
    return int(circles.rows[best]) if share[best] <= 1 else None


def nice_length_nm(available_nm: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ nm that fits into ``available_nm``."""
    power = 10.0 ** math.floor(math.log10(max(available_nm, 1e-6)))
    return max(step * power for step in (1, 2, 5) if step * power <= available_nm or step == 1)
