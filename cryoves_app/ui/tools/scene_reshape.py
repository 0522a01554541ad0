"""Move a vesicle along the plane of the screen in 3-D, resize it by the wheel."""

from __future__ import annotations

from PySide6.QtCore import Qt

from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.tools.held import Held
from cryoves_app.ui.tools.reshape import WHEEL_PX
from cryoves_app.ui.viewers.scene.scene_tool import ScenePointer, SceneSurface, SceneTool


class SceneReshapeTool(SceneTool):
    """A drag that begins beside all vesicles turns the view, and so does the wheel away from the current one."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, document: Document, editor: VesicleEditor) -> None:
        self._document, self._editor = document, editor
        self._start: ScenePointer | None = None
        self._held: Held | None = None

    def press(self, surface: SceneSurface, at: ScenePointer) -> bool:
        found = surface.vesicle_under(at)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._start = self._held = None
        if vesicle is None:
            return False
        if at.shift or at.control:
            self._document.toggle(vesicle.id)
        elif self._editor.can_edit:
            self._start, self._held = at, Held.take(self._document, vesicle)
        else:
            self._document.select([vesicle.id])
        return True

    def drag(self, surface: SceneSurface, at: ScenePointer) -> None:
        if self._held is not None:
            surface.show_sketch(self._held.sketch(self._moved(surface, at)))

    def release(self, surface: SceneSurface, at: ScenePointer) -> None:
        start, spheres = self._start, self._moved(surface, at)
        self._start = self._held = None
        surface.show_sketch([])
        if start is not None and spheres and not start.is_near(at):
            self._editor.set_spheres(spheres, "Move")

    def _moved(self, surface: SceneSurface, at: ScenePointer) -> dict[int, Sphere]:
        if self._start is None or self._held is None:
            return {}
        z, y, x, _radius = self._held.taken.to_px(self._document.voxel_size_nm)
        to_z, to_y, to_x = surface.along_view((z, y, x), self._start, at)
        return self._held.moved((to_z - z, to_y - y, to_x - x))

    def wheel(self, surface: SceneSurface, at: ScenePointer, steps: float) -> bool:
        """Over a selected vesicle the wheel resizes the selection; elsewhere it zooms."""
        if surface.vesicle_under(at) not in self._document.selection:
            return False
        return self._editor.resize_by_px(steps * WHEEL_PX * (0.1 if at.shift else 1.0))
