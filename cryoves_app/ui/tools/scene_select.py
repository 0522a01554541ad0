"""Select vesicles in 3-D by click; a drag turns the view."""

from __future__ import annotations

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.scene.scene_tool import ScenePointer, SceneSurface, SceneTool


class SceneSelectTool(SceneTool):
    """A click into the empty keeps the selection, since it is often the end of turning."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._start: ScenePointer | None = None

    def press(self, surface: SceneSurface, at: ScenePointer) -> bool:
        self._start = at
        return False

    def release(self, surface: SceneSurface, at: ScenePointer) -> None:
        start, self._start = self._start, None
        if start is None or not start.is_near(at):
            return
        found = surface.vesicle_under(start)
        if found is None:
            return
        if at.shift or at.control:
            self._document.toggle(found)
        else:
            self._document.select([found])
