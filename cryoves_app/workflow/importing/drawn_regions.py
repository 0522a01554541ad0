"""Regions from objects of models: what an object is used for decides what its lines mean, not how it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryoves_app.analysis.drawing_planes import (
    DrawingPlane,
    contours_on_slices,
    drawing_plane_of,
    lines_in_between,
)
from cryoves_app.analysis.regions import with_usual_interpolation
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.volume import VolumeInfo
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
        notes.append(f"{model.lost_points} points of {name} have no usable place and were left out.")
    return tuple(notes)


def region_of_object(item: ImodObject, kind: RegionKind, frame: ModelFrame, info: VolumeInfo) -> DrawnRegion:
    """The region that an object of a model is in the given role.

    An active zone keeps its lines, open or closed. Everything else is filled: open lines are closed, and outlines
    in side views or on tilted planes are filled there.

    Raises
    ------
    CryoVesError
        If the object holds scattered points, or no line that encloses anything.
    """
    region = region_from_object(item, kind, frame, info.voxel_size_nm)
    if item.is_scattered:
        raise CryoVesError(
            f"“{region.name}” holds scattered points and no outline, so it cannot be a region."
        )
    if kind is RegionKind.ACTIVE_ZONE:
        return _zone(region)
    outlines = tuple(replace(c, closed=True) for c in region.contours if len(c.points_px) > 2)
    if not outlines:
        raise CryoVesError(f"“{region.name}” has no outline: all of its lines have fewer than three points.")
    notes = _closing_notes(region)
    views = {drawing_plane_of(contour) for contour in outlines}
    if views == {DrawingPlane.SLICE}:
        return DrawnRegion(with_usual_interpolation(replace(region, contours=outlines)), notes)
    filled = replace(region, contours=contours_on_slices(outlines, info.shape), interpolate=False)
    return DrawnRegion(filled, (*notes, _filling_note(region.name, views)))


def _zone(region: Region) -> DrawnRegion:
    drawn = tuple(contour for contour in region.contours if len(contour.points_px) > 1)
    if all(drawing_plane_of(contour) is DrawingPlane.SLICE for contour in drawn):
        return DrawnRegion(with_usual_interpolation(replace(region, contours=drawn)))
    between = lines_in_between(drawn)
    note = f"“{region.name}” is drawn in side view or tilted; its lines were taken as they lie in space."
    return DrawnRegion(replace(region, contours=(*drawn, *between), interpolate=False), (note,))


def _closing_notes(region: Region) -> tuple[str, ...]:
    opened = [contour for contour in region.contours if not contour.closed and len(contour.points_px) > 2]
    short = sum(len(contour.points_px) < 3 for contour in region.contours)
    notes = []
    if opened:
        notes.append(_opened_note(region.name, opened))
    if short:
        notes.append(f"{short} lines of “{region.name}” have fewer than three points and were left out.")
    return tuple(notes)


def _opened_note(name: str, opened: Sequence[Contour]) -> str:
    return (
        f"“{name}” is drawn with open lines; {len(opened)} of them were closed, each by a straight line from its last "
        "point to its first."
    )


def _filling_note(name: str, views: set[DrawingPlane]) -> str:
    drawn = " and ".join(_VIEW_WORDS[view] for view in sorted(views - {DrawingPlane.SLICE}))
    return f"“{name}” is outlined {drawn}; it was filled there and outlined anew on slices."
