"""Gives the mouse on the 3-D canvas to the tool in use first; what the tool does not use turns the camera."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.viewers.scene.scene_tool import ScenePointer, SceneSurface, SceneTool

_LEFT = Qt.MouseButton.LeftButton


class SceneMouse(QObject):
    """Watches a canvas."""

    def __init__(self, canvas: QWidget, surface: SceneSurface) -> None:
        super().__init__(canvas)
        self._canvas, self._surface = canvas, surface
        self._tool = SceneTool()
        self._is_held = self._is_taken = False
        canvas.installEventFilter(self)

    def set_tool(self, tool: SceneTool) -> None:
        self._tool = tool
        self._canvas.setCursor(tool.cursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the event ends here."""
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        if not isinstance(event, QMouseEvent):
            return False
        at = ScenePointer(event.position().x(), event.position().y(), event.modifiers())
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and event.button() == _LEFT:
            self._is_held, self._is_taken = True, self._tool.press(self._surface, at)
            return self._is_taken
        if kind == QEvent.Type.MouseMove and self._is_taken:
            self._tool.drag(self._surface, at)
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == _LEFT and self._is_held:
            taken, self._is_held, self._is_taken = self._is_taken, False, False
            self._tool.release(self._surface, at)
            return taken
        return False

    def _wheel(self, event: QWheelEvent) -> bool:
        place: QPointF = event.position()
        delta = event.angleDelta().y() or event.angleDelta().x()
        at = ScenePointer(place.x(), place.y(), event.modifiers())
        return self._tool.wheel(self._surface, at, delta / 120)
