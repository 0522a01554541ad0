"""Regions from objects of models: what an object is used for decides what its lines mean, not how it was drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryoves_app.analysis.geometry.drawing_planes import (
    DrawingPlane,
    contours_on_slices,
    drawing_plane_of,
    lines_in_between,
)
from cryoves_app.analysis.geometry.regions import with_usual_interpolation
from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.domain.wording import counted
from cryoves_app.formats.imod.convert import region_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodModel, ImodObject

_VIEW_WORDS = {
    DrawingPlane.SIDE_Y: "in side view (constant y)",
    DrawingPlane.SIDE_X: "in side view (constant x)",
    DrawingPlane.TILTED: "on tilted planes",
}


@dataclass(frozen=True)
class DrawnRegion:
    """A region, and what had to be decided to make it, in sentences."""

    region: Region
    notes: tuple[str, ...] = ()


def notes_on_model(model: ImodModel, frame: ModelFrame, name: str) -> tuple[str, ...]:
    """What is to be known of a model as a whole: its scale, and points that were left out."""
    notes = []
    if frame.scale != 1:
        notes.append(f"{name} was drawn on voxels {frame.scale:.3g} times as large and is scaled.")
    if model.lost_points:
        notes.append(f"Left out, without a usable place: {counted(model.lost_points, 'point')} of {name}.")
    return tuple(notes)


def region_of_object(
    item: ImodObject, kind: RegionKind, frame: ModelFrame, info: VolumeInfo, file: str
) -> DrawnRegion:
    """The region that an object of a model is in the given role; ``file`` is the model's name.

    An active zone keeps its lines, open or closed. Everything else is filled: open lines are closed, and outlines
    in side views or on tilted planes are filled there.

    Raises
    ------
    CryoVesError
        If the object holds scattered points, or no line that is long enough.
    """
    region = region_from_object(item, kind, frame, info.voxel_size_nm)
    if item.is_scattered:
        raise CryoVesError(
            f"“{region.name}” of {file} holds scattered points, which are no outline of a region."
        )
    fewest = 2 if kind is RegionKind.ACTIVE_ZONE else 3
    lines = tuple(contour for contour in region.contours if len(contour.points_px) >= fewest)
    if not lines:
        raise CryoVesError(f"“{region.name}” of {file} has no line of at least {fewest} points.")
    short = len(region.contours) - len(lines)
    notes = [f"Left out, with too few points: {counted(short, 'line')} of “{region.name}”."] if short else []
    drawn = (_zone if kind is RegionKind.ACTIVE_ZONE else _filled)(
        replace(region, contours=lines), info.shape
    )
    return replace(drawn, notes=(*notes, *drawn.notes))


def _zone(region: Region, _shape: Shape) -> DrawnRegion:
    if all(drawing_plane_of(contour) is DrawingPlane.SLICE for contour in region.contours):
        return DrawnRegion(with_usual_interpolation(region))
    between = lines_in_between(region.contours)
    note = f"“{region.name}” is drawn in side view or tilted; its lines are taken as they lie in space."
    return DrawnRegion(replace(region, contours=(*region.contours, *between), interpolate=False), (note,))


def _filled(region: Region, shape: Shape) -> DrawnRegion:
    opened = sum(not contour.closed for contour in region.contours)
    notes = (
        [f"Closed by a straight line from end to end: {counted(opened, 'open line')} of “{region.name}”."]
        if opened
        else []
    )
    outlines = tuple(replace(contour, closed=True) for contour in region.contours)
    planes = {drawing_plane_of(contour) for contour in outlines}
    if planes == {DrawingPlane.SLICE}:
        return DrawnRegion(with_usual_interpolation(replace(region, contours=outlines)), tuple(notes))
    filled = replace(region, contours=contours_on_slices(outlines, shape), interpolate=False)
    return DrawnRegion(filled, (*notes, _filling_note(region.name, planes)))


def _filling_note(name: str, views: set[DrawingPlane]) -> str:
    drawn = " and ".join(_VIEW_WORDS[view] for view in sorted(views - {DrawingPlane.SLICE}))
    return f"“{name}” is outlined {drawn}; it is filled there and outlined anew on slices."
