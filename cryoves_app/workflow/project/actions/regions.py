"""Regions drawn, changed and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cryoves_app.analysis.geometry.regions import wants_interpolation
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind, free_name, join_regions
from cryoves_app.workflow.project.actions.patch import Action


def add_region(project: Project, region: Region) -> Action:
    """Add a region after the others, under a name that none of them has."""
    regions = join_regions(project.regions, [region])
    return _to("add region", f"Add region “{regions[-1].name}”", project, regions)


def change_region(project: Project, index: int, region: Region, what: str = "Change") -> Action:
    """Put another region in the place of one: other contours, another name, interpolation, tube."""
    regions = list(project.regions)
    place = _checked(project, index)
    others = regions[:place] + regions[place + 1 :]
    regions[place] = replace(region, name=free_name(region.name, others))
    return _to("change region", f"{what} region “{regions[place].name}”", project, tuple(regions))


def set_contours(project: Project, index: int, contours: Sequence[Contour], what: str = "Draw on") -> Action:
    """Give a region other contours.

    Interpolation goes on where the drawing begins to leave out slices, and off where it no longer does;
    in between it stays as the user set it.
    """
    region = project.regions[_checked(project, index)]
    drawn = replace(region, contours=tuple(contours))
    wanted = wants_interpolation(drawn)
    if wanted != wants_interpolation(region):
        drawn = replace(drawn, interpolate=wanted)
    return change_region(project, index, drawn, what)


def set_slice(
    project: Project, index: int, z: int, contours: Sequence[Contour], what: str = "Draw on"
) -> Action:
    """Give a region other contours on one slice."""
    region = project.regions[_checked(project, index)]
    return set_contours(project, index, region.with_slice(z, contours).contours, what)


def rename_region(project: Project, index: int, name: str) -> Action:
    """Give a region another name.

    Raises
    ------
    CryoVesError
        If the name is empty or another region has it.
    """
    region = project.regions[_checked(project, index)]
    wanted = name.strip()
    if not wanted:
        raise CryoVesError("A region needs a name.")
    if any(other.name == wanted for other in project.regions if other is not region):
        raise CryoVesError(f"There is a region “{wanted}” already; choose another name.")
    return change_region(project, index, replace(region, name=wanted), "Rename")


def set_kind(project: Project, index: int, kind: RegionKind) -> Action:
    """Say that a region is of another kind; its contours stay."""
    region = project.regions[_checked(project, index)]
    return change_region(project, index, replace(region, kind=kind))


def remove_region(project: Project, index: int) -> Action:
    """Take a region away."""
    gone = project.regions[_checked(project, index)]
    rest = tuple(r for place, r in enumerate(project.regions) if place != index)
    return _to("remove region", f"Remove region “{gone.name}”", project, rest)


def _checked(project: Project, index: int) -> int:
    if not 0 <= index < len(project.regions):
        raise CryoVesError("This region is not there any more.")
    return index


def _to(kind: str, title: str, project: Project, regions: tuple[Region, ...]) -> Action:
    return Action.between(kind, title, project, replace(project, regions=regions))
