"""Move a vesicle along the plane of the screen in 3-D, resize it by the wheel."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.tools.reshape import WHEEL_PX
from cryoves_app.ui.viewers.scene_tool import ScenePointer, SceneSurface, SceneTool


class SceneReshapeTool(SceneTool):
    """A drag that begins beside all vesicles turns the view, and so does the wheel away from the current one."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, document: Document, editor: VesicleEditor) -> None:
        self._document, self._editor = document, editor
        self._start: ScenePointer | None = None
        self._from: Sphere | None = None
        self._id = 0

    def press(self, surface: SceneSurface, at: ScenePointer) -> bool:
        found = surface.vesicle_under(at)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._start = None
        if vesicle is None:
            return False
        self._document.select([vesicle.id])
        if self._editor.can_edit:
            self._id, self._start, self._from = vesicle.id, at, vesicle.sphere
        return True

    def drag(self, surface: SceneSurface, at: ScenePointer) -> None:
        sphere = self._moved(surface, at)
        if sphere is not None:
            z, y, x, radius = sphere.to_px(self._document.voxel_size_nm)
            surface.show_sketch([((z, y, x), radius)])

    def release(self, surface: SceneSurface, at: ScenePointer) -> None:
        start, sphere = self._start, self._moved(surface, at)
        self._start = None
        surface.show_sketch([])
        if start is not None and sphere is not None and not start.is_near(at):
            self._editor.set_sphere(self._id, sphere, "Move")

    def _moved(self, surface: SceneSurface, at: ScenePointer) -> Sphere | None:
        if self._start is None or self._from is None:
            return None
        voxel = self._document.voxel_size_nm
        z, y, x, _radius = self._from.to_px(voxel)
        z, y, x = surface.along_view((z, y, x), self._start, at)
        return replace(self._from, z_nm=z * voxel, y_nm=y * voxel, x_nm=x * voxel)

    def wheel(self, surface: SceneSurface, at: ScenePointer, steps: float) -> bool:
        """Over the current vesicle the wheel resizes; elsewhere it zooms."""
        current = self._document.current
        if current is None or surface.vesicle_under(at) != current.id:
            return False
        return self._editor.resize_by_px(steps * WHEEL_PX * (0.1 if at.shift else 1.0))
