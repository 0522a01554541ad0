"""What keys, buttons and tools do to vesicles, each as one step that can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.workflow.project.actions import add, combine, reshape, review, tag
from cryoves_app.workflow.project.placing import is_outside, twin_of

#: Steps of the arrow keys and of the brackets, in voxels.
NUDGE_PX, NUDGE_FAR_PX = 0.1, 1.0


class VesicleEditor(QObject):
    """Edits the selected vesicles, or those named."""

    found_there = Signal(int)  # a vesicle was to be added where this one stands

    def __init__(self, document: Document, projects: ProjectController) -> None:
        super().__init__(projects)
        self._document, self._projects = document, projects

    @property
    def can_edit(self) -> bool:
        return self._projects.can_edit

    @property
    def can_edit_selection(self) -> bool:
        return self.can_edit and bool(self._document.selection)

    @property
    def _by(self) -> str:
        return self._projects.reviewer

    def _ids(self, ids: Iterable[int] | None) -> tuple[int, ...]:
        return self._document.selection if ids is None else tuple(ids)

    def accept(self, ids: Iterable[int] | None = None) -> bool:
        chosen = self._ids(ids)
        return bool(chosen) and self._projects.edit(lambda p: review.accept(p, chosen, self._by))

    def reject(self, ids: Iterable[int] | None = None) -> bool:
        chosen = self._ids(ids)
        return bool(chosen) and self._projects.edit(lambda p: review.reject(p, chosen, self._by))

    def restore(self, ids: Iterable[int] | None = None) -> bool:
        chosen = self._ids(ids)
        return bool(chosen) and self._projects.edit(lambda p: review.restore(p, chosen, self._by))

    def toggle_checked(self) -> bool:
        """Mark the selected vesicles as checked, whatever their status; as not checked if all of them were."""
        chosen = self._document.selected()
        wanted = not all(v.reviewed for v in chosen)
        ids = [v.id for v in chosen]
        return bool(ids) and self._projects.edit(lambda p: review.set_reviewed(p, ids, wanted, self._by))

    def toggle_tag(self, name: str) -> bool:
        chosen = self._ids(None)
        return bool(chosen) and self._projects.edit(lambda p: tag.toggle_tag(p, chosen, name))

    def add(
        self, sphere: Sphere, measures: dict[str, Any] | None = None, *, beside_others: bool = False
    ) -> int | None:
        """Add a vesicle; its id. It is selected; so is the one that stands there already, unless ``beside_others``."""
        twin = None if beside_others else twin_of(sphere, self._document.vesicles)
        if twin is not None:
            self._document.select([twin.id])
            self.found_there.emit(twin.id)
            return None
        made: list[int] = []

        def make(project: Project) -> Any:
            if is_outside(sphere, project.tomogram):
                raise CryoVesError("No vesicle was added: its centre would lie outside of the tomogram.")
            made.append(project.vesicles.next_id)
            fresh = Vesicle(project.vesicles.next_id, sphere.z_nm, sphere.y_nm, sphere.x_nm, sphere.radius_nm)
            return add.add_vesicle(project, replace(fresh, **(measures or {})), self._by)

        if not self._projects.edit(make):
            return None
        self._document.select(made)
        return made[0]

    def move_by_px(self, step: tuple[float, float, float]) -> bool:
        """Shift the selected vesicles by ``(z, y, x)`` voxels."""
        voxel = self._document.voxel_size_nm
        z, y, x = (s * voxel for s in step)
        chosen = self._ids(None)
        return bool(chosen) and self._projects.edit(lambda p: reshape.move(p, chosen, (z, y, x)))

    def resize_by_px(self, step: float) -> bool:
        """Change the radii of the selected vesicles by voxels."""
        change = step * self._document.voxel_size_nm
        spheres = {v.id: replace(v.sphere, radius_nm=v.radius_nm + change) for v in self._document.selected()}
        return bool(spheres) and self.set_spheres(spheres, "Resize")

    def set_spheres(self, spheres: Mapping[int, Sphere], verb: str = "Move") -> bool:
        """Give vesicles other spheres, after a drag, as one step."""
        return self._projects.edit(lambda p: reshape.set_spheres(p, spheres, verb=verb))

    def set_fitted(self, spheres: Mapping[int, Sphere], measures: Mapping[int, Mapping[str, Any]]) -> bool:
        """Give vesicles fitted spheres and what was measured there, as one step."""
        return self._projects.edit(lambda p: reshape.set_spheres(p, spheres, measures, verb="Fit"))

    def merge(self, sphere: Sphere | None = None, measures: dict[str, Any] | None = None) -> bool:
        """Make one vesicle of the selected ones."""
        chosen = self._ids(None)
        if not self._projects.edit(lambda p: combine.merge_vesicles(p, chosen, sphere, measures, self._by)):
            return False
        self._document.select(chosen[:1])
        return True

    def split(self, vesicle_id: int, spheres: Sequence[Sphere], measures: Sequence[dict[str, Any]]) -> bool:
        return self._projects.edit(lambda p: combine.split(p, vesicle_id, spheres, measures, self._by))
