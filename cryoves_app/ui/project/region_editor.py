"""What tools, buttons and keys do to regions, each as one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.viewers.regions.region_looks import LOOKS
from cryoves_app.ui.viewers.regions.region_model import RegionModel
from cryoves_app.workflow.project.actions import regions
from cryoves_app.workflow.project.actions.patch import Action

#: Makes an action of the project and the place of the current region.
Make = Callable[[Project, int], Action]


class RegionEditor(QObject):
    """Edits the current region; a contour without one begins a region."""

    def __init__(self, document: Document, projects: ProjectController, model: RegionModel) -> None:
        super().__init__(projects)
        self._document, self._projects, self._model = document, projects, model

    @property
    def can_edit(self) -> bool:
        return self._projects.can_edit

    def _edit(self, make: Make) -> bool:
        current = self._model.current
        if current is None:
            return False
        place = self._model.regions.index(current)
        return self._projects.edit(lambda project: make(project, place))

    # -- contours

    def add_contour(self, contour: Contour) -> bool:
        """Add a line to the current region, or begin one with it."""
        current, z = self._model.current, contour.slice_index
        if current is None:
            fresh = self._new_region((contour,))
            return self._projects.edit(lambda project: regions.add_region(project, fresh))
        return self.set_slice(z, (*current.on_slice(z), contour))

    def replace_contour(self, old: Contour, new: Contour | None, what: str = "Change a line of") -> bool:
        """Give a line other points, or take it away."""
        current, z = self._model.current, old.slice_index
        if current is None:
            return False
        changed = [new if c is old else c for c in current.on_slice(z)]
        return self.set_slice(z, [c for c in changed if c is not None], what)

    def set_slice(self, z: int, contours: Sequence[Contour], what: str = "Draw on") -> bool:
        """Give the current region other lines on a slice."""
        return self._edit(lambda project, place: regions.set_slice(project, place, z, contours, what))

    def begin_with(self, contours: Sequence[Contour]) -> bool:
        """Begin a region of the kind that is wanted."""
        fresh = self._new_region(tuple(contours))
        return self._projects.edit(lambda project: regions.add_region(project, fresh))

    def copy_slice(self, z: int, step: int) -> bool:
        """Copy the current region's lines of a slice to a slice further on, in the place of what is there."""
        current, volume = self._model.current, self._document.volume
        found = current.on_slice(z) if current else ()
        if not found or volume is None or not 0 <= z + step < volume.shape[0]:
            return False
        moved = [c.on(z + step) for c in found]
        return self.set_slice(z + step, moved, f"Copy to slice {z + step} in")

    def extend(self) -> bool:
        """Take the current region to the first and to the last slice."""
        volume = self._document.volume
        if volume is None:
            return False
        depth = volume.shape[0]
        return self._edit(
            lambda project, place: regions.change_region(
                project, place, project.regions[place].extended(depth), "Extend"
            )
        )

    def _new_region(self, contours: tuple[Contour, ...]) -> Region:
        kind = self._model.kind
        name = LOOKS[kind].name.lower()
        return Region(name, kind, contours, tube_nm=self._model.tube_nm)

    # -- the region itself

    def rename(self, name: str) -> bool:
        return self._edit(lambda project, place: regions.rename_region(project, place, name))

    def set_kind(self, kind: RegionKind) -> bool:
        return self._edit(lambda project, place: regions.set_kind(project, place, kind))

    def set_tube_nm(self, diameter_nm: float) -> bool:
        return self._change("Tube of", tube_nm=diameter_nm)

    def set_interpolate(self, on: bool) -> bool:
        return self._change(
            "Fill between slices in" if on else "Do not fill between slices in", interpolate=on
        )

    def remove(self) -> bool:
        return self._edit(regions.remove_region)

    def _change(self, what: str, **values: Any) -> bool:
        return self._edit(
            lambda project, place: regions.change_region(
                project,
                place,
                replace(project.regions[place], **values),
                what,
            )
        )
