"""The voxels around one membrane: cut from the tomogram, neighbours left out, the missing wedge weighted down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from cryoves_app.analysis.grey.beads import bead_voxels
from cryoves_app.analysis.grey.blocks import GreyLevel, in_units
from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.membrane.radial import INSIDE_NM, OUTSIDE_NM
from cryoves_app.analysis.membrane.whitening import RIM_PX, Whitening
from cryoves_app.domain.arrays import (
    Array,
    BoolMask,
    Grey,
    Indices,
    MidSphere,
    MidSpheres,
    Voxels,
    Window,
)
from cryoves_app.domain.volume import VoxelArray

#: Voxels nearer than this to a neighbour's outer edge are left out of a fit.
NEIGHBOUR_GAP_NM = 2.0
#: How far a sphere may move before its voxels must be collected again.
SLACK_NM = 2.0
#: How far the shells of the fits reach inside (negative) and outside the mid-plane.
FIT_REACH_NM = (INSIDE_NM - SLACK_NM, OUTSIDE_NM + SLACK_NM)
#: Voxels whose membrane normal lies deep in the missing wedge keep this much weight.
_WEDGE_FLOOR = 0.05
#: A sphere with more than this share of its voxels where there is no data is cut.
_CUT_SHARE = 0.02
#: Extra voxels around a box so that blur sees no cut.
_BLUR_RIM_PX = 8


@dataclass(frozen=True)
class GreyBox:
    """A box of a tomogram.

    Attributes
    ----------
    grey : (z, y, x) array
        Normalised grey values, in standard deviations about 0; those without data at the median.
    no_data : (z, y, x) bool array or None
        Which voxels hold no data; None where all do.
    beads : (z, y, x) bool array or None
        Which lie in gold beads; None where none does.
    """

    grey: Grey
    no_data: BoolMask | None = None
    beads: BoolMask | None = None

    @property
    def empty(self) -> BoolMask | None:
        """Which voxels tell nothing of the specimen, ``(z, y, x)``; None where all do tell something."""
        if self.no_data is None or self.beads is None:
            return self.no_data if self.beads is None else self.beads
        return self.no_data | self.beads

    def part(self, window: Window) -> GreyBox:
        """A part of it, of shape ``(z, y, x)``."""
        no_data, beads = (None if a is None else a[window] for a in (self.no_data, self.beads))
        return GreyBox(self.grey[window], no_data, beads)


@dataclass(frozen=True)
class GreySource:
    """A tomogram as the fits see it: grey values less ``median``, in units of ``deviation``.

    Attributes
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit; read box by box.
    median, deviation
        In that unit.
    sign
        -1 to turn bright membranes dark.
    grey
        What is known of the grey values: they then come without background, and what is no data lies at the median.
    scratch
        A folder on a disk with room, for what is cut from the tomogram and asked for again.
    """

    data: VoxelArray
    voxel_size_nm: float
    median: float
    deviation: float
    sign: float = 1.0
    grey: GreyModel | None = None
    scratch: Path | None = None

    def box(self, low: Indices, high: Indices) -> Grey:
        """A box of normalised grey values, NaN and infinite ones at the median.

        Parameters
        ----------
        low, high : (3,) arrays
            First voxel and the one after the last, ``z, y, x``, within the tomogram.

        Returns
        -------
        (z, y, x) array
            In standard deviations about 0.
        """
        return self.read(low, high).grey

    def read(self, low: Indices, high: Indices) -> GreyBox:
        """As ``box``, with what is known of the voxels; grey values ``(z, y, x)`` in standard deviations."""
        part = self.data[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        if 0 in part.shape:  # around a place outside the tomogram
            return GreyBox(np.zeros(part.shape, np.float32))
        if self.grey is None:
            grey = in_units(part, GreyLevel(self.median, self.deviation))
            grey[~np.isfinite(grey)] = 0.0
            missing = beads = None
        else:
            grey, missing = self.grey.box(part, low.tolist())
            beads = bead_voxels(self.grey.beads, low, grey.shape) if len(self.grey.beads) else None
        if self.sign != 1:
            grey *= np.float32(self.sign)
        return GreyBox(grey, missing, beads)


@dataclass(frozen=True)
class View:
    """How grey values are seen in one round of a fit: blurred, whitened, or as they are."""

    blur_nm: float = 0.0
    whitening: Whitening | None = None

    @property
    def rim_px(self) -> int:
        """How many voxels around a box the view needs to see, beside the box itself."""
        return _BLUR_RIM_PX if self.whitening is None else RIM_PX

    def apply(self, grey: Grey, voxel_size_nm: float) -> Grey:
        """Grey values ``(z, y, x)`` as this view shows them, in the same unit (whitened ones in one of their own)."""
        if self.whitening is not None:
            return self.whitening.apply(grey, voxel_size_nm)
        if self.blur_nm > 0:
            blurred: NDArray[np.float32] = ndimage.gaussian_filter(
                grey, self.blur_nm / voxel_size_nm, truncate=3.0
            )
            return blurred
        return grey


@dataclass(frozen=True)
class Shell:
    """Voxels near one membrane.

    Attributes
    ----------
    z_nm, y_nm, x_nm : (v,) arrays
        Their centres, in nm.
    grey : (v,) array
        Grey values as the view shows them, in standard deviations unless it is whitened.
    weight : (v,) array
        0 to 1: less where the membrane's normal lies in the missing wedge.
    index : (v,) array
        Numbers of the voxels in their box, flattened; for estimates that need the lattice.
    box_shape
        The box, in voxels.
    cut
        Whether a face of the tomogram, or a place without data, cuts the vesicle.
    """

    z_nm: Voxels
    y_nm: Voxels
    x_nm: Voxels
    grey: Voxels
    weight: Voxels
    index: Indices
    box_shape: tuple[int, int, int]
    cut: bool


def collect(
    source: GreySource,
    sphere: MidSphere,
    neighbours: MidSpheres,
    view: View,
    *,
    tilt_range_deg: float,
    edge_nm: float,
    reach_nm: tuple[float, float] = FIT_REACH_NM,
) -> Shell:
    """Collect the voxels of one shell.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    neighbours : (n, 4) array
        Spheres, mid-plane radius in nm, whose voxels are left out.
    edge_nm
        From the mid-plane to the outer edge.
    reach_nm
        How far the shell reaches inside (negative) and outside the mid-plane.
    """
    voxel = source.voxel_size_nm
    reach = sphere[3] + reach_nm[1]
    shape = np.array(source.data.shape)
    centre = sphere[:3] / voxel
    low = np.maximum(np.ceil(centre - reach / voxel), 0).astype(np.intp)
    high = np.minimum(np.floor(centre + reach / voxel) + 1, shape).astype(np.intp)
    high = np.maximum(high, low)
    box = _seen(source, view, low, high)
    axes = [np.arange(a, b) * voxel for a, b in zip(low, high, strict=True)]
    keep = _near_membrane(axes, sphere, reach_nm) & _apart(axes, neighbours, edge_nm)
    empty = box.empty
    if empty is not None:
        keep &= ~empty
    z, y, x = np.nonzero(keep)
    z_nm, y_nm, x_nm = (a[i].astype(np.float32) for a, i in zip(axes, (z, y, x), strict=True))
    at = sphere.astype(np.float32)
    weight = wedge_weight(z_nm - at[0], np.hypot(y_nm - at[1], x_nm - at[2]), tilt_range_deg)
    edge = sphere[3] + edge_nm
    cut = bool(np.any(sphere[:3] < edge) or np.any(sphere[:3] + edge > (shape - 1) * voxel))
    cut = cut or (box.no_data is not None and _reaches_into(box.no_data, axes, sphere[:3], edge))
    box_shape = (keep.shape[0], keep.shape[1], keep.shape[2])
    return Shell(z_nm, y_nm, x_nm, box.grey[keep], weight, np.flatnonzero(keep), box_shape, cut)


def wedge_weight(along_beam: Voxels | Array, across: Voxels | Array, tilt_range_deg: float) -> Voxels:
    """Weight by direction: 1 where a membrane's normal was imaged, falling to 0.05 along the beam.

    The wedge is treated as a cone about the beam: measured, the fits do not gain from the exact wedge,
    and no tilt-axis direction is needed.

    Parameters
    ----------
    along_beam, across : arrays of any shape
        Offsets from the vesicle's centre along z and in the x-y plane, in nm.

    Returns
    -------
    array of the same shape
        0.05 to 1, without unit.
    """
    if tilt_range_deg >= 90:
        return np.ones(across.shape, np.float32)
    wedge = np.deg2rad(90.0 - tilt_range_deg)
    along = np.abs(along_beam)
    weight = np.ones(np.broadcast_shapes(along.shape, across.shape), np.float32)
    inside = across <= along * np.tan(wedge)  # few voxels, and an arctangent is slow
    across, along = (np.broadcast_to(a, weight.shape)[inside] for a in (across, along))
    weight[inside] = np.maximum((np.arctan2(across, along) / wedge) ** 2, _WEDGE_FLOOR)
    return weight


def neighbour_lists(spheres: MidSpheres, edge_nm: float, reach_nm: float = FIT_REACH_NM[1]) -> list[Indices]:
    """Which spheres come near each sphere's shell.

    Parameters
    ----------
    spheres : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    edge_nm
        From the mid-plane to the outer edge.
    reach_nm
        How far the shells reach outside the mid-plane.

    Returns
    -------
    n arrays (k,)
        Indices of spheres whose outer edge comes within reach.
    """
    if len(spheres) < 2:
        return [np.zeros(0, np.intp) for _ in spheres]
    tree = cKDTree(spheres[:, :3])
    largest = spheres[:, 3].max()
    found = []
    for i, sphere in enumerate(spheres):
        around = np.array(
            tree.query_ball_point(sphere[:3], sphere[3] + largest + edge_nm + reach_nm), np.intp
        )
        around = around[around != i]
        gap = np.linalg.norm(spheres[around, :3] - sphere[:3], axis=1) - spheres[around, 3] - sphere[3]
        found.append(around[gap < edge_nm + reach_nm])
    return found


def _seen(source: GreySource, view: View, low: NDArray[np.intp], high: NDArray[np.intp]) -> GreyBox:
    """A box with its grey values as the view shows them."""
    if (view.whitening is None and view.blur_nm <= 0) or np.any(high <= low):
        return source.read(low, high)
    rim = view.rim_px
    outer_low = np.maximum(low - rim, 0)
    outer_high = np.minimum(high + rim, source.data.shape)
    outer = source.read(outer_low, outer_high)
    missing = [
        (int(rim - a + o), int(rim - p + b))
        for a, o, b, p in zip(low, outer_low, high, outer_high, strict=True)
    ]
    # no filter must meet a jump where a face of the tomogram cuts the box
    seen = view.apply(np.pad(outer.grey, missing, mode="symmetric"), source.voxel_size_nm)
    z, y, x = (slice(int(a - o), int(b - o)) for a, b, o in zip(low, high, outer_low, strict=True))
    return replace(outer.part((z, y, x)), grey=seen[rim:-rim, rim:-rim, rim:-rim])


def _distance_sq(axes: list[Array], centre: Array) -> Array:
    z, y, x = (a - c for a, c in zip(axes, centre, strict=True))
    squared: Array = (z * z)[:, None, None] + (y * y)[None, :, None] + (x * x)[None, None, :]
    return squared


def _reaches_into(empty: NDArray[np.bool_], axes: list[Array], centre: Array, edge_nm: float) -> bool:
    """Whether a noticeable part of a sphere lies where there is no data."""
    inside = _distance_sq(axes, centre) <= edge_nm * edge_nm
    return bool(empty[inside].mean() > _CUT_SHARE) if inside.any() else False


def _near_membrane(axes: list[Array], sphere: Array, reach_nm: tuple[float, float]) -> NDArray[np.bool_]:
    squared = _distance_sq(axes, sphere[:3])
    inner = max(sphere[3] + reach_nm[0], 1.0)
    outer = sphere[3] + reach_nm[1]
    near: NDArray[np.bool_] = (squared > inner * inner) & (squared < outer * outer)
    return near


def _apart(axes: list[Array], neighbours: Array, edge_nm: float) -> NDArray[np.bool_]:
    apart = np.ones(tuple(len(a) for a in axes), bool)
    for other in neighbours:
        radius = other[3] + edge_nm + NEIGHBOUR_GAP_NM
        window = [
            slice(*np.searchsorted(a, [c - radius, c + radius])) for a, c in zip(axes, other[:3], strict=True)
        ]
        part = [a[w] for a, w in zip(axes, window, strict=True)]
        apart[tuple(window)] &= _distance_sq(part, other[:3]) > radius * radius
    return apart
