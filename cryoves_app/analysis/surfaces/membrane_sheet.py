"""A membrane found as a surface from a stroke or two clicks: the dark ridge near them, on all slices.

The voxels around the stroke are looked at along its normals, so that the membrane becomes a nearly flat sheet: for
each place along the stroke and each slice one distance from the stroke. The ridge is where grey values bend most
across the stroke; the surface is the smoothest way along it (``height_field``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.feature import hessian_matrix, hessian_matrix_eigvals
from skimage.graph import route_through_array

from cryoves_app.analysis.surfaces.height_field import best_lines, between_steps, height_field
from cryoves_app.analysis.surfaces.lines import evenly_spaced, normals, smooth_line
from cryoves_app.domain.arrays import AnyArray, Array, Points
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress

_Image = NDArray[np.float32]

#: Clicks within this distance of a membrane are on it; between two, the other one lies beyond them by so much.
_ON_MEMBRANE_NM = 4.5
_BEYOND_NM = (4.0, 20.0)
#: And is at least so clear beside the first one.
_AS_CLEAR = 0.5


@dataclass(frozen=True)
class _Clicks:
    """What was clicked, and where the terminal lies if that is known: ``y, x`` in voxels."""

    stroke_px: Points
    terminal_px: Points | None
    voxel_nm: float

    @property
    def to_terminal(self) -> Points | None:
        """Unit vector ``(y, x)`` across the way from the first click to the last, to the terminal's side."""
        if self.terminal_px is None:
            return None
        along = self.stroke_px[-1] - self.stroke_px[0]
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-12)
        return np.asarray(across * np.sign((self.terminal_px - self.stroke_px.mean(axis=0)) @ across))


class SlicedVolume(Protocol):
    """Grey values ``(z, y, x)`` of which boxes are read."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""

    def __getitem__(self, key: Any, /) -> Any: ...


@dataclass(frozen=True)
class SheetSettings:
    """How a membrane is looked for; lengths in nm."""

    reach_nm: float = 48.0  # from the stroke to either side
    snap_nm: float = 16.0  # from a click to the membrane that is meant
    step_nm: float = 2.0  # along the stroke
    fine_nm: float = 1.0  # across it
    ridge_nm: float = 2.6  # standard deviation of the bend that is a membrane
    along_nm: float = 5.0  # over which grey values are averaged along the membrane
    depth_nm: float = 5.0  # the same from slice to slice
    smoothness: float = 0.35  # cost of a step of height along the stroke, beside ridges of about 1
    pull: float = 0.2  # cost of a step of height from slice to slice
    shortest_nm: float = 30.0


@dataclass(frozen=True)
class MembraneSheet:
    """The mid-plane of a membrane.

    Attributes
    ----------
    line_px : (n, 2) array
        The stroke ``y, x`` in voxels, at even places.
    normal : (n, 2) array
        Unit vectors across it.
    height_px : (z, n) array
        From the stroke along the normal to the membrane, for each slice, in voxels.
    strength : (z, n) array
        How clearly there is a ridge: the bend over its spread elsewhere, without unit.
    grey : (z, n, t) float32 array
        Grey values along the normals, ``offsets_nm`` from the stroke.
    offsets_nm : (t,) array
    step_nm
        Between places along the stroke.
    voxel_nm
    seed
        The slice of the stroke.
    """

    line_px: Points
    normal: Points
    height_px: Array
    strength: Array
    grey: _Image
    offsets_nm: Array
    step_nm: float
    voxel_nm: float
    seed: int

    def points_px(self, offset_nm: float = 0.0) -> AnyArray:
        """Points ``(z, n, 2)`` (``y, x`` in voxels) of the mid-plane, or beside it along the normal."""
        height = self.height_px + offset_nm / self.voxel_nm
        return self.line_px[None] + height[..., None] * self.normal[None]

    def flattened(self, offsets_nm: Array) -> _Image:
        """Grey values ``(z, n, k)`` at distances from the mid-plane along the normal, in nm."""
        at = (self.height_px * self.voxel_nm)[..., None] + offsets_nm
        place = (at - self.offsets_nm[0]) / (self.offsets_nm[1] - self.offsets_nm[0])
        z, n = np.ogrid[: place.shape[0], : place.shape[1]]
        where = np.stack(np.broadcast_arrays(z[..., None], n[..., None], place))
        return np.asarray(ndi.map_coordinates(self.grey, where, order=1, mode="nearest"), np.float32)


def membrane_sheet(
    volume: SlicedVolume,
    stroke_px: Points,
    slice_index: int,
    voxel_nm: float,
    settings: SheetSettings | None = None,
    terminal_px: Points | None = None,
    progress: Progress | None = None,
) -> MembraneSheet:
    """Find the membrane near a stroke or between two clicks.

    Parameters
    ----------
    volume : (z, y, x) array
        Grey values; membranes are dark. Only the box around the stroke is read.
    stroke_px : (n, 2) array
        ``y, x`` in voxels on slice ``slice_index``, on the membrane or along the cleft beside it.
    terminal_px : (2,) array
        A point ``y, x`` on the terminal's side, which tells whose membrane a stroke in a cleft means.

    Returns
    -------
    MembraneSheet
        On all slices.

    Raises
    ------
    CryoVesError
        If the clicks are too near to each other, or the volume is too small around them.
    Cancelled
        When the user stopped it.
    """
    chosen, watched = settings or SheetSettings(), progress or Progress()
    _check(stroke_px, slice_index, volume.shape, voxel_nm, chosen)
    watched.start("membrane", "the way between the clicks")
    clicks = _Clicks(np.asarray(stroke_px, float), terminal_px, voxel_nm)
    line = _way_along(volume, clicks, slice_index, chosen)
    watched.report(0.1, "grey values along it")
    offsets = np.arange(-chosen.reach_nm, chosen.reach_nm + 0.5 * chosen.fine_nm, chosen.fine_nm)
    step_nm = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean() * voxel_nm)
    across = normals(line)
    grey = _straightened(volume, line, across, offsets / voxel_nm, watched)
    strength = _ridge(grey, step_nm, voxel_nm, chosen)
    watched.report(0.7, "the surface")
    meant = _meant_height(strength[slice_index], line, across, clicks, offsets, chosen)
    costs = -np.clip(strength, 0.0, 4.0)
    costs[slice_index] += _away_from(meant, offsets, chosen.snap_nm)
    heights = height_field(costs, slice_index, chosen.pull, chosen.smoothness)
    watched.check()
    fine = between_steps(-strength, heights)
    nm = np.interp(fine, np.arange(len(offsets)), offsets)
    smooth = ndi.gaussian_filter(
        nm, (chosen.depth_nm / voxel_nm / 2, chosen.along_nm / step_nm / 2), mode="nearest"
    )
    clear = np.take_along_axis(strength, heights[..., None], axis=2)[..., 0].astype(np.float64)
    watched.report(1.0)
    return MembraneSheet(
        line, across, smooth / voxel_nm, clear, grey, offsets, step_nm, voxel_nm, slice_index
    )


def _check(stroke: Points, z: int, shape: tuple[int, ...], voxel_nm: float, settings: SheetSettings) -> None:
    points = np.asarray(stroke, float)
    length = (
        float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()) * voxel_nm if len(points) > 1 else 0.0
    )
    if length < settings.shortest_nm:
        raise CryoVesError(
            f"The clicks lie {length:.0f} nm apart; a membrane needs {settings.shortest_nm:.0f} nm to be followed."
        )
    inside = (points >= -0.5) & (points <= np.array(shape[1:]) - 0.5)
    if not (0 <= z < shape[0] and inside.all()):
        raise CryoVesError("A click lies outside of the tomogram.")


def _way_along(volume: SlicedVolume, clicks: _Clicks, z: int, settings: SheetSettings) -> Points:
    """The dark way on the stroke's slice, smooth and at even places; ends where the stroke ends."""
    stroke, voxel_nm = clicks.stroke_px, clicks.voxel_nm
    margin = settings.reach_nm / voxel_nm
    low = np.maximum(np.floor(stroke.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(stroke.max(axis=0) + margin) + 1, volume.shape[1:]).astype(int)
    thick = max(1, round(settings.depth_nm / voxel_nm))
    slab = slice(max(0, z - thick), z + thick + 1)
    image = _finite(volume[slab, low[0] : high[0], low[1] : high[1]]).mean(axis=0)
    ridge = _ridge_of_slice(image, settings.ridge_nm / voxel_nm)
    ends = [_snapped(ridge, point - low, settings, clicks) for point in stroke]
    cost = 1.0 / (0.15 + np.clip(ridge, 0.0, 3.0))
    way: list[tuple[int, int]] = []
    for start, end in pairwise(ends):
        part, _ = route_through_array(cost, start, end, fully_connected=True, geometric=True)
        way += part if not way else part[1:]
    step = settings.step_nm / voxel_nm
    line = evenly_spaced(np.array(way, float) + low, step)
    return evenly_spaced(smooth_line(line, 14.0 / settings.step_nm), step)


def _finite(values: AnyArray) -> _Image:
    """As float32, with the mean where a voxel is no number: one would spread, and none can be followed."""
    grey = np.array(values, np.float32)
    sound = np.isfinite(grey)
    if not sound.all():
        grey[~sound] = grey[sound].mean(dtype=np.float64) if sound.any() else 0.0
    return grey


def _ridge_of_slice(image: _Image, sigma_px: float) -> _Image:
    """How much grey values ``(y, x)`` bend across dark lines, in robust standard deviations."""
    elements = hessian_matrix(image, max(sigma_px, 1.0), order="rc", use_gaussian_derivatives=False)
    bend = np.asarray(hessian_matrix_eigvals(elements)[0], np.float32)
    return bend / _spread(bend)


def _spread(values: AnyArray) -> np.float32:
    some = values.ravel()[:: max(1, values.size // 200_000)]
    return np.float32(max(1.4826 * float(np.median(np.abs(some - np.median(some)))), 1e-12))


def _snapped(ridge: _Image, point: Points, settings: SheetSettings, clicks: _Clicks) -> tuple[int, int]:
    """The clearest place near a click ``(y, x)``; nearer ones count more.

    Those beyond it, seen from the terminal, do not count: a click in a cleft means the terminal's membrane.
    """
    y, x = np.ogrid[: ridge.shape[0], : ridge.shape[1]]
    away = np.hypot(y - point[0], x - point[1]) * clicks.voxel_nm
    worth = np.minimum(ridge, 4.0) - 4.0 * (away / settings.snap_nm) ** 2
    to_terminal = clicks.to_terminal
    if to_terminal is not None:
        ahead = ((y - point[0]) * to_terminal[0] + (x - point[1]) * to_terminal[1]) * clicks.voxel_nm
        worth = np.where(ahead >= -_ON_MEMBRANE_NM, worth, -np.inf)
    best = np.unravel_index(int(np.where(away <= settings.snap_nm, worth, -np.inf).argmax()), ridge.shape)
    return int(best[0]), int(best[1])


def _straightened(
    volume: SlicedVolume, line: Points, across: Points, offsets_px: Array, progress: Progress
) -> _Image:
    """Grey values ``(z, n, t)`` along the normals; slices are read one by one."""
    at = line[:, None] + offsets_px[None, :, None] * across[:, None]
    low = np.clip(np.floor(at.min(axis=(0, 1))).astype(int) - 1, 0, np.array(volume.shape[1:]) - 1)
    high = np.clip(np.ceil(at.max(axis=(0, 1))).astype(int) + 2, 1, volume.shape[1:])
    where = np.moveaxis(at - low, -1, 0)
    out = np.empty((volume.shape[0], *at.shape[:2]), np.float32)
    for z in range(len(out)):
        progress.report(0.1 + 0.5 * z / len(out))
        plane = _finite(volume[z, low[0] : high[0], low[1] : high[1]])
        out[z] = ndi.map_coordinates(plane, where, order=1, mode="nearest")
    return out


def _ridge(grey: _Image, step_nm: float, voxel_nm: float, settings: SheetSettings) -> _Image:
    """How much grey values bend across the stroke ``(z, n, t)``, in robust standard deviations; dark lines above 0."""
    sigma = (settings.depth_nm / voxel_nm, settings.along_nm / step_nm)
    flat = ndi.gaussian_filter(grey, (*sigma, 0.0), mode="nearest")
    bend = ndi.gaussian_filter1d(flat, settings.ridge_nm / settings.fine_nm, axis=2, order=2, mode="nearest")
    bend /= _spread(bend)
    bend[_beside_nothing(grey, settings)] = 0.0
    return bend


def _beside_nothing(grey: _Image, settings: SheetSettings) -> NDArray[np.bool_]:
    """Where the tomogram holds nothing (one value all around), and near that: a border is no membrane."""
    window = (1, 3, 3)
    empty = ndi.maximum_filter(grey, window) == ndi.minimum_filter(grey, window)
    if not empty.any():
        return np.asarray(empty)
    reach = round(3 * settings.ridge_nm / settings.fine_nm)
    return np.asarray(ndi.maximum_filter(empty, (1, 2 * reach // 2 + 1, 2 * reach + 1)))


def _meant_height(
    strength: _Image, line: Points, across: Points, clicks: _Clicks, offsets: Array, settings: SheetSettings
) -> Array:
    """Where the membrane is on the stroke's own slice ``(n,)``, in nm from the line."""
    mean = np.clip(strength, 0.0, 4.0).mean(axis=0)
    near = np.abs(offsets) <= settings.snap_nm / 2
    best = float(offsets[near][mean[near].argmax()])
    best = _across_the_cleft(mean, best, line, across, clicks, offsets)
    costs = -np.clip(strength, 0.0, 4.0) + _away_from(np.full(len(line), best), offsets, settings.snap_nm)
    return offsets[best_lines(costs[None], settings.smoothness)[0]]


def _across_the_cleft(
    mean: Array, own: float, line: Points, across: Points, clicks: _Clicks, offsets: Array
) -> float:
    """The terminal's membrane where the clicks lie between two: ``own`` or the other one, in nm from the line."""
    inner = len(line) // 6  # at its ends the line comes from the click itself
    nearest = [
        int(np.clip(np.hypot(*(line - p).T).argmin(), inner, len(line) - 1 - inner)) for p in clicks.stroke_px
    ]
    beside = [
        float((p - line[n]) @ across[n]) * clicks.voxel_nm
        for p, n in zip(clicks.stroke_px, nearest, strict=True)
    ]
    clicked = float(np.mean(beside))
    way = np.sign(clicked - own)
    if abs(clicked - own) < _ON_MEMBRANE_NM or clicks.terminal_px is None:
        return own
    ahead = (offsets - clicked) * way
    beyond = (ahead > _BEYOND_NM[0]) & (ahead < _BEYOND_NM[1])
    if not beyond.any() or mean[beyond].max() < _AS_CLEAR * mean[np.abs(offsets - own).argmin()]:
        return own
    other = float(offsets[beyond][mean[beyond].argmax()])
    middle = len(line) // 2
    terminal = float((clicks.terminal_px - line[middle]) @ across[middle]) * clicks.voxel_nm
    return other if (terminal - clicked) * way > 0 else own


def _away_from(meant: Array, offsets: Array, reach_nm: float) -> _Image:
    """Cost ``(n, t)`` of being away from where the membrane is meant; nothing within half the reach."""
    away = np.abs(offsets[None] - meant[:, None]) / reach_nm
    return np.asarray(4.0 * np.clip(away - 0.5, 0.0, None) ** 2, np.float32)
