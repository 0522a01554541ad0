"""Oriented points on a project's vesicles for subtomogram averaging, and each vesicle's surroundings as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.surface_points import (
    LeftOut,
    PointRules,
    SurfacePoints,
    dynamo_angles,
    expected_points,
    relion_angles,
    sample_surfaces,
    zxz_angles,
)
from cryoves_app.domain.arrays import Array, Points
from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.in_plane import InPlane
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.tomogram_names import tomogram_name
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.domain.wording import counted
from cryoves_app.formats.copick.picks import PickNames, write_oriented_picks
from cryoves_app.formats.copick.project import OBJECT_NAME
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.oriented import (
    OrientedPoints,
    write_motive_list,
    write_oriented_dynamo,
    write_oriented_star,
)
from cryoves_app.formats.tables.star import StarGrid
from cryoves_app.workflow.common.output_folder import complete_files
from cryoves_app.workflow.export.export_material import Material

#: Word on the command line → the file, whose name has the project's.
POINT_FILES = {
    "star": "{}_points.star",
    "dynamo": "{}_points.tbl",
    "motl": "{}_points.em",
    "copick": "{}_points.json",
}
CROPS, SHELLS = "crops", "shells"
#: More than averaging uses, and so many still fit into memory.
MOST_POINTS = 5_000_000


@dataclass(frozen=True)
class PointOrder:
    """What is written: formats of points, and files for each vesicle where a margin and a thickness (nm) are given."""

    rules: PointRules = field(default_factory=PointRules)
    formats: tuple[str, ...] = ("star",)
    relion: int = 5
    binning: float = 1.0
    crop_margin_nm: float | None = None
    shell_nm: float | None = None


@dataclass(frozen=True)
class PointsWritten:
    """How it went: the sentence and the files."""

    sentence: str
    points: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class FoundPoints:
    """The points, and how many there are in words."""

    points: SurfacePoints
    sentence: str


def find_points(material: Material, rules: PointRules, progress: Progress) -> FoundPoints:
    """The points that the rules leave.

    Raises
    ------
    CryoVesError
        If no vesicle is accepted, no point is left, there were more than ``MOST_POINTS``, or there is nothing that
        they could look to.
    """
    if not material.vesicles:
        raise CryoVesError(f"{material.name} holds no accepted vesicle, so there are no points.")
    spheres = [v.sphere for v in material.vesicles]
    expected = expected_points(spheres, rules)
    if expected > MOST_POINTS:
        raise CryoVesError(
            f"{rules.spacing_nm:g} nm from point to point would give about {expected:,} points; more than "
            f"{MOST_POINTS:,} are not made. Choose a larger spacing."
        )
    z, y, x = ((n - 1) * material.voxel_nm for n in material.volume.shape)
    points, left_out = sample_surfaces(spheres, (z, y, x), rules, progress, _zone(material, rules))
    sentence = _sentence(points, left_out, material)
    if not len(points):
        raise CryoVesError(f"{sentence} Nothing is written.")
    return FoundPoints(points, sentence)


def _zone(material: Material, rules: PointRules) -> Points | None:
    """The active zone's voxels in nm, where points look to it."""
    if rules.in_plane is InPlane.NEIGHBOUR and len(material.vesicles) < 2:
        raise CryoVesError("Points cannot look to the nearest vesicle where there is only one.")
    if rules.in_plane is not InPlane.ACTIVE_ZONE:
        return None
    zones = [r for r in material.project.regions if r.kind is RegionKind.ACTIVE_ZONE]
    voxels = [_voxels(RegionPlanes(zone, material.volume.shape, material.voxel_nm)) for zone in zones]
    found = np.concatenate([np.zeros((0, 3)), *voxels]) * material.voxel_nm
    if not len(found):
        raise CryoVesError(
            "Points cannot look to the active zone: the project has none. Draw or find it in Region."
        )
    return found


def _voxels(planes: RegionPlanes) -> Points:
    heights = [z for line in planes.lines for z in line.points[:, 0]]
    reach = planes.tube_radius_px + 1
    slices = (
        range(max(int(min(heights) - reach), 0), min(int(max(heights) + reach) + 1, planes.shape[0]))
        if heights
        else ()
    )
    return np.concatenate(
        [np.zeros((0, 3)), *(np.insert(np.argwhere(planes.plane(z)), 0, z, axis=1) for z in slices)]
    )


def points_in_the_way(name: str, target: Path, order: PointOrder) -> list[str]:
    """Files and folders that the order would replace in a folder."""
    wanted = [POINT_FILES[kind].format(name) for kind in order.formats if kind in POINT_FILES]
    wanted += [CROPS] * (order.crop_margin_nm is not None) + [SHELLS] * (order.shell_nm is not None)
    return [file for file in wanted if exists(target / file)]


def write_points(
    material: Material, target: Path, order: PointOrder, *, force: bool, progress: Progress
) -> PointsWritten:
    """Write the files into a folder; a cancelled run leaves none.

    Raises
    ------
    CryoVesError
        For an unknown format or none, no point (see ``find_points``), or files that exist (without ``force``).
    """
    _check_formats(order)
    progress.start("points")
    masks = (order.crop_margin_nm, order.shell_nm)
    parts = [_part(progress, k, 3 - masks.count(None)) for k in range(3)]
    found = find_points(material, order.rules, parts.pop(0))
    with complete_files(target, force=force) as partial:
        for name in order.formats:
            progress.check()
            _WRITERS[name](partial / POINT_FILES[name].format(material.name), found.points, material, order)
        if order.crop_margin_nm is not None:
            _write_each(material, partial / CROPS, order.crop_margin_nm, None, parts.pop(0))
        if order.shell_nm is not None:
            margin = order.crop_margin_nm if order.crop_margin_nm is not None else order.shell_nm
            _write_each(material, partial / SHELLS, margin, order.shell_nm, parts.pop(0))
        names = sorted(str(p.relative_to(partial)) for p in partial.rglob("*") if p.is_file())
        progress.check()
    files = tuple(str(target / name) for name in names)
    return PointsWritten(found.sentence, len(found.points), files)


def _part(progress: Progress, number: int, parts: int) -> Progress:
    """For one of several parts of the step, of which each takes the same share."""
    return Progress(
        lambda _step, share, message: progress.report((number + share) / parts, message), progress.token
    )


def _check_formats(order: PointOrder) -> None:
    known = ", ".join(POINT_FILES)
    unknown = [name for name in order.formats if name not in POINT_FILES]
    if unknown:
        raise CryoVesError(f"There is no format of points “{unknown[0]:.40}”; known ones are {known}.")
    if not order.formats:
        raise CryoVesError(f"No format of points is given; known ones are {known}.")


def _sentence(points: SurfacePoints, left_out: LeftOut, material: Material) -> str:
    reasons = {
        "beside another vesicle": left_out.contacts,
        "in the missing wedge": left_out.wedge,
        "outside the tomogram": left_out.outside,
    }
    told = ", ".join(f"{number} {why}" for why, number in reasons.items() if number)
    ending = f" Left out: {told}." if told else ""
    if left_out.spheres:
        ending += f" The offset leads beyond the centre of {counted(left_out.spheres, 'vesicle')}."
    return f"{counted(len(points), 'point')} on {counted(len(material.vesicles), 'vesicle')}.{ending}"


def _oriented(points: SurfacePoints, angles: Array, material: Material) -> OrientedPoints:
    ids = np.array([v.id for v in material.vesicles], np.intp)
    return OrientedPoints(points.places, angles, ids[points.owners])


def _star(path: Path, points: SurfacePoints, material: Material, order: PointOrder) -> None:
    name = tomogram_name(Path(material.volume.info.path or material.name))
    grid = StarGrid(name, material.volume.shape, material.voxel_nm, order.binning)
    write_oriented_star(path, _oriented(points, relion_angles(points), material), grid, order.relion)


def _dynamo(path: Path, points: SurfacePoints, material: Material, _order: PointOrder) -> None:
    write_oriented_dynamo(path, _oriented(points, dynamo_angles(points), material), material.voxel_nm)


def _motl(path: Path, points: SurfacePoints, material: Material, _order: PointOrder) -> None:
    write_motive_list(path, _oriented(points, zxz_angles(points), material), material.voxel_nm)


def _copick(path: Path, points: SurfacePoints, material: Material, _order: PointOrder) -> None:
    run = tomogram_name(Path(material.volume.info.path or material.name))
    names = PickNames("cryoves", "1", f"{OBJECT_NAME}-surface", run)
    write_oriented_picks(path, _oriented(points, zxz_angles(points), material), names)


_WRITERS: Mapping[str, Callable[[Path, SurfacePoints, Material, PointOrder], None]] = {
    "star": _star,
    "dynamo": _dynamo,
    "motl": _motl,
    "copick": _copick,
}


def _write_each(
    material: Material, folder: Path, margin_nm: float, shell_nm: float | None, progress: Progress
) -> None:
    """A file for each vesicle: its grey values, or where a shell about its membrane is given, 1 inside it."""
    folder.mkdir()
    for number, vesicle in enumerate(material.vesicles):
        words = f"{folder.name}, {number + 1} of {len(material.vesicles)}"
        progress.report(number / len(material.vesicles), words)
        box = _box_around(vesicle, margin_nm, material)
        info = _info_of(box, material.volume.info)
        if shell_nm is None:
            values = np.asarray(material.volume.data[box.window], np.float32)
        else:
            values = _shell(vesicle, box, shell_nm, material.voxel_nm)
        write_map(folder / f"vesicle_{vesicle.id:05d}.mrc", values, info)


def _box_around(vesicle: Vesicle, margin_nm: float, material: Material) -> Box:
    """The cube of voxels about a vesicle, as far as it lies in the tomogram."""
    centre = [nm / material.voxel_nm for nm in vesicle.sphere.centre_nm]
    edge = 2 * int(np.ceil((vesicle.radius_nm + margin_nm) / material.voxel_nm)) + 1
    return Box.around(centre, edge, material.volume.shape)


def _info_of(box: Box, info: VolumeInfo) -> VolumeInfo:
    """Where a part lies: over the tomogram in any program that heeds the header's origin."""
    angstrom = angstrom_from_nm(info.voxel_size_nm or 0.0)
    corner: Sequence[int] = box.low[::-1]
    x, y, z = (o + angstrom * c for o, c in zip(info.origin_angstrom, corner, strict=True))
    return replace(info, shape=box.shape, dtype=np.dtype(np.float32), origin_angstrom=(x, y, z))


def _shell(vesicle: Vesicle, box: Box, shell_nm: float, voxel_nm: float) -> NDArray[np.float32]:
    """1 within half the thickness of the membrane's mid-plane, or of its outer edge where that is not known."""
    middle = vesicle.radius_mid_nm or vesicle.radius_nm
    z, y, x = np.ogrid[box.window]
    at = vesicle.sphere.centre_nm
    away = np.sqrt((z * voxel_nm - at[0]) ** 2 + (y * voxel_nm - at[1]) ** 2 + (x * voxel_nm - at[2]) ** 2)
    return (np.abs(away - middle) <= shell_nm / 2).astype(np.float32)
