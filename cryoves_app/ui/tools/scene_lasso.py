"""Select the vesicles whose centres lie inside a line or a box drawn over the 3-D view, at any depth."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.picking import in_polygon
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.scene.scene_tool import ScenePointer, SceneSurface, SceneTool


class SceneLassoTool(SceneTool):
    """Control draws a box instead of a line; Shift adds to the selection."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, document: Document, model: SceneModel) -> None:
        self._document, self._model = document, model
        self._points: list[tuple[float, float]] = []

    def press(self, surface: SceneSurface, at: ScenePointer) -> bool:
        self._points = [(at.x, at.y)]
        return True

    def drag(self, surface: SceneSurface, at: ScenePointer) -> None:
        if self._points:
            self._extend(at)
            surface.show_lasso([*self._points, self._points[0]])

    def _extend(self, at: ScenePointer) -> None:
        if at.control:
            x, y = self._points[0]
            self._points = [(x, y), (at.x, y), (at.x, at.y), (x, at.y)]
        else:
            self._points.append((at.x, at.y))

    def release(self, surface: SceneSurface, at: ScenePointer) -> None:
        points, self._points = self._points, []
        surface.show_lasso([])
        if len(points) < 3:
            return
        hits = in_polygon(surface.spots(), np.array(points))
        inside = self._model.ids[hits].tolist()
        self._document.select([*self._document.selection, *inside] if at.shift else inside)
