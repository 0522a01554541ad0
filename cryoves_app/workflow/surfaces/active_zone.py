"""Find an active zone from two clicks or a stroke: the membrane's mid-plane as lines on slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.thinning import thinned
from cryoves_app.analysis.surfaces.membrane_profile import MembraneProfile, membrane_profile
from cryoves_app.analysis.surfaces.membrane_sheet import MembraneSheet, SlicedVolume, membrane_sheet
from cryoves_app.analysis.surfaces.rim import clear_slices, proposed_rim
from cryoves_app.domain.arrays import BoolMask, Points, Position, SpheresPx
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Contour, Region, RegionKind, usual_tube_nm
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume, VoxelArray
from cryoves_app.workflow.surfaces.order import FoundZone, Rim, ZoneOrder

#: Lines are drawn on slices so far apart, in nm; those between are filled in.
_APART_NM = 8.0
#: Drawn lines keep to the surface within this, in voxels.
_TOLERANCE_PX = 0.25
#: So many vesicles nearest to the clicks tell on which side the terminal lies.
_WITNESSES = 12
#: Cytoplasm within so many nm of the stroke's middle tells it where no vesicle does.
_NEAR_NM = 60.0
#: Below this a ridge is hardly more than what noise makes.
_CLEAR = 2.0


@dataclass(frozen=True)
class _Side:
    """Where the terminal lies: 1 where the sheet's normals point to, -1 on the other side.

    It is known from vesicles or from the outlined cytoplasm.
    """

    sign: int
    is_known: bool


def find_active_zone(
    volume: Volume,
    vesicles: Sequence[Vesicle],
    order: ZoneOrder,
    *,
    regions: Sequence[Region] = (),
    is_bright: bool = False,
    progress: Progress | None = None,
) -> FoundZone:
    """Follow the membrane near the clicks through all slices, and cut the zone out of it.

    Parameters
    ----------
    vesicles
        Those of the terminal, as far as they are known: they tell its side, and where a proposed rim lies.
    regions
        Those of the project: where no vesicle is known the outlined cytoplasm tells the terminal's side.
    is_bright
        Whether membranes are bright, so that grey values are turned.

    Raises
    ------
    CryoVesError
        If the clicks are too near to each other, on several slices or outside, or a rim is to be proposed and no
        vesicle is near.
    Cancelled
        When the user stopped it.
    """
    z, stroke = _stroke(order.clicks_px)
    spheres = np.array([v.sphere.to_px(volume.voxel_size_nm) for v in vesicles], float).reshape(-1, 4)
    witness = _witness(spheres, z, stroke)
    if witness is None:
        witness = _outlined(regions, z, stroke, volume)
    grey: SlicedVolume = _Turned(volume.data) if is_bright else volume.data
    sheet = membrane_sheet(grey, stroke, z, volume.voxel_size_nm, terminal_px=witness, progress=progress)
    side = _side(sheet, witness)
    used = _rim(sheet, order.rim, spheres, side)
    profile = membrane_profile(sheet, side.sign, used)
    return _found(sheet, used, profile, side, volume)


class _Turned:
    """A volume whose grey values have the other sign, box by box as it is read."""

    def __init__(self, data: VoxelArray) -> None:
        self._data = data

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    def __getitem__(self, key: Any, /) -> Any:
        return np.negative(self._data[key], dtype=np.float32)


def _stroke(clicks: Sequence[Position]) -> tuple[int, Points]:
    if len(clicks) < 2:
        raise CryoVesError(
            "A membrane needs two points at least, one where the zone begins and one where it ends."
        )
    slices = [round(z) for z, _, _ in clicks]
    if min(slices) != max(slices):
        raise CryoVesError(
            f"All points have to lie on one slice; these are on slices {min(slices)} to {max(slices)}. The membrane is "
            "followed to the other slices by itself."
        )
    return slices[0], np.array([[y, x] for _, y, x in clicks], float)


def _witness(spheres: SpheresPx, z: int, stroke: Points) -> Points | None:
    """The middle ``y, x`` of the vesicles nearest to the stroke; None where none is known."""
    if not len(spheres):
        return None
    middle = np.array([z, *stroke.mean(axis=0)])
    nearest = np.linalg.norm(spheres[:, :3] - middle, axis=1).argsort()[:_WITNESSES]
    return np.asarray(spheres[nearest, 1:3].mean(axis=0))


def _outlined(regions: Sequence[Region], z: int, stroke: Points, volume: Volume) -> Points | None:
    """The middle ``y, x`` of the cytoplasm near the stroke, on its slice; None where none is outlined there."""
    shape, size_nm = volume.shape, volume.voxel_size_nm
    inside = np.zeros(shape[1:], bool)
    for region in regions:
        if region.kind is RegionKind.CYTOPLASM and region.contours:
            inside |= RegionPlanes(region, shape, size_nm).plane(z)
    places = np.argwhere(inside)
    near = np.linalg.norm(places - stroke.mean(axis=0), axis=1) * size_nm < _NEAR_NM
    return np.asarray(places[near].mean(axis=0)) if near.any() else None


def _side(sheet: MembraneSheet, witness: Points | None) -> _Side:
    if witness is None:
        return _Side(1, is_known=False)
    line = sheet.points_px()[sheet.seed]
    nearest = int(np.hypot(*(line - witness).T).argmin())
    return _Side(1 if (witness - line[nearest]) @ sheet.normal[nearest] > 0 else -1, is_known=True)


def _rim(sheet: MembraneSheet, rim: Rim, spheres: SpheresPx, side: _Side) -> BoolMask:
    if rim is Rim.STROKE:
        return np.asarray(np.broadcast_to(clear_slices(sheet)[:, None], sheet.height_px.shape))
    proposed = proposed_rim(sheet, spheres, side.sign)
    if proposed is None:
        raise CryoVesError(
            "No accepted vesicle lies within 60 nm of this membrane, so a rim cannot be proposed; click where the zone "
            "begins and ends."
        )
    return proposed


def _found(
    sheet: MembraneSheet, used: BoolMask, profile: MembraneProfile, side: _Side, volume: Volume
) -> FoundZone:
    width = max(profile.width_nm, usual_tube_nm(volume.voxel_size_nm))
    every = max(1, round(_APART_NM / volume.voxel_size_nm))
    contours = tuple(_lines(sheet, used, every))
    if not contours:
        raise CryoVesError("What is left of the membrane within the rim is too small for an active zone.")
    region = Region("active zone", RegionKind.ACTIVE_ZONE, contours, interpolate=every > 1, tube_nm=width)
    slices = contours[0].slice_index, contours[-1].slice_index
    area = float(np.count_nonzero(used)) * sheet.step_nm * sheet.voxel_nm
    clearness = float(np.median(sheet.strength[used]))
    notes = tuple(_notes(sheet, used, profile, clearness, side))
    return FoundZone(
        region,
        _sentence(region, slices, area, side),
        notes,
        slices,
        area,
        width,
        width / 2 if side.is_known else None,
        profile.fringe,
        clearness,
    )


def _lines(sheet: MembraneSheet, used: BoolMask, every: int) -> Iterator[Contour]:
    """A line on every so many slices, and on the first and last one."""
    points = sheet.points_px()
    slices = np.flatnonzero(used.sum(axis=1) > 1)
    if not len(slices):
        return
    chosen = sorted({*slices[::every].tolist(), int(slices[-1])})
    for z in chosen:
        places = np.flatnonzero(used[z])
        line = thinned(points[z, places[0] : places[-1] + 1], _TOLERANCE_PX)
        yield Contour(tuple((float(z), float(y), float(x)) for y, x in line), closed=False)


def _sentence(region: Region, slices: tuple[int, int], area_nm2: float, side: _Side) -> str:
    where = f"on slices {slices[0]} to {slices[1]}"
    what = f"An active zone of {area_nm2 / 1e6:.3f} µm², drawn {where} along the membrane's mid-plane"
    half = region.tube_nm / 2
    towards = "on the terminal's side" if side.is_known else "on either side"
    return (
        f"{what} as a band {region.tube_nm:.1f} nm wide: distances go from the band's edge {towards}, {half:.1f} nm "
        "from the mid-plane."
    )


def _notes(
    sheet: MembraneSheet, used: BoolMask, profile: MembraneProfile, clearness: float, side: _Side
) -> Iterator[str]:
    seen = int(np.count_nonzero(used.any(axis=1)))
    if clearness < _CLEAR:
        yield (
            "The membrane is hardly clearer than noise: look at the lines on several slices before you use them, and "
            "correct them."
        )
    if seen < len(sheet.height_px) and clear_slices(sheet).sum() == seen:
        yield f"The membrane is seen on {seen} of {len(sheet.height_px)} slices; on the others nothing is drawn."
    if profile.has_fringe and side.is_known:  # a cleft would pass for one
        yield (
            f"A bright fringe of {profile.fringe:.0%} of the membrane's depth lies beside it, as an uncorrected "
            "contrast transfer leaves it: it cuts tethers at their root, so links to this zone may be missed."
        )
    if not side.is_known:
        yield (
            "Neither a vesicle nor the cytoplasm's outline is known yet, so it is not known on which side the terminal "
            "lies."
        )
