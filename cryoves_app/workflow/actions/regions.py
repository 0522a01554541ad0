"""Regions drawn, changed and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region
from cryoves_app.workflow.actions.patch import Action


def add_region(project: Project, region: Region) -> Action:
    """Add a region after the others."""
    return _to("add region", f"Add region “{region.name}”", project, (*project.regions, region))


def change_region(project: Project, index: int, region: Region, what: str = "Change") -> Action:
    """Put another region in the place of one: other contours, another name, interpolation, tube."""
    regions = list(project.regions)
    regions[_checked(project, index)] = region
    return _to("change region", f"{what} region “{region.name}”", project, tuple(regions))


def set_contours(project: Project, index: int, contours: Sequence[Contour], what: str = "Draw on") -> Action:
    """Give a region other contours."""
    region = project.regions[_checked(project, index)]
    return change_region(project, index, replace(region, contours=tuple(contours)), what)


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
