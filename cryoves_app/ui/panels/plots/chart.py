"""The plotting area: a click picks a bar or a point, a drag a rectangle, the wheel zooms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

from cryoves_app.ui.panels.plots.data import PlotData, PlotKind
from cryoves_app.ui.panels.plots.drawing import draw, fit, screen_ink

#: How near to a point a click has to be, in pixels of the screen.
_REACH_PIXELS = 9.0
#: Below this the numbers of the axes run into each other.
LEAST_HEIGHT = 170


class _Box(pg.ViewBox):
    """A drag with the left button draws a rectangle and tells it."""

    chosen = Signal(object, bool)  # rectangle in the plot's units, whether it adds

    def __init__(self) -> None:
        super().__init__(enableMenu=False)

    def mouseDragEvent(self, event: Any, axis: Any = None) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        if event.isFinish():
            self.rbScaleBox.hide()
            corners = QRectF(event.buttonDownPos(), event.pos()).normalized()
            self.chosen.emit(self.childGroup.mapRectFromParent(corners), adds(event))
        else:
            self.updateScaleBox(event.buttonDownPos(), event.pos())


class Chart(pg.PlotWidget):
    """Shows plot data and tells which vesicles were picked."""

    picked = Signal(object, bool)  # ids, whether they are added to the selection
    opened = Signal(int)  # id

    def __init__(self) -> None:
        self.box = _Box()
        super().__init__(viewBox=self.box, background=screen_ink().ground)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.hideButtons()
        menu = self.getPlotItem().ctrlMenu  # never shown, but pyqtgraph would leave it behind
        menu.setParent(self, menu.windowFlags())
        self._data: PlotData | None = None
        self.box.chosen.connect(self._choose_area)
        self.scene().sigMouseClicked.connect(self._clicked)

    def show_data(self, data: PlotData, chosen: Collection[int]) -> None:
        """Draw; the view is fitted when something else is plotted than before."""
        is_new = self._data is None or self._data.spec != data.spec or len(self._data.ids) != len(data.ids)
        self._data = data
        self.setBackground(screen_ink().ground)
        draw(self.getPlotItem(), data, chosen, screen_ink())
        if is_new:
            fit(self.getPlotItem(), data)

    def place(self, x: float, y: float) -> QPointF:
        """Where a place of the plot is on this widget."""
        return QPointF(self.mapFromScene(self.box.mapViewToScene(QPointF(x, y))))

    def _choose_area(self, area: QRectF, add: bool) -> None:
        if self._data is not None:
            low, high = (area.left(), area.top()), (area.right(), area.bottom())
            self.picked.emit(self._data.inside(low, high), add)

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._data is None:
            return
        if not self.box.sceneBoundingRect().contains(event.scenePos()):
            return
        event.accept()
        found = self._at(event.scenePos())
        if event.double() and len(found) == 1:
            self.opened.emit(found[0])
        else:
            self.picked.emit(found, adds(event))

    def _at(self, scene_place: QPointF) -> list[int]:
        assert self._data is not None
        place = self.box.mapSceneToView(scene_place)
        if self._data.spec.kind is PlotKind.HISTOGRAM:
            return self._data.in_bin_at(place.x(), place.y())
        return self._nearest(place)

    def _nearest(self, place: QPointF) -> list[int]:
        data = self._data
        assert data is not None
        if not data.known.any():
            return []
        across, up = self.box.viewPixelSize()
        distances = np.hypot((data.x - place.x()) / across, (data.y - place.y()) / up)
        best = int(np.nanargmin(np.where(data.known, distances, np.inf)))
        return [int(data.ids[best])] if distances[best] <= _REACH_PIXELS else []


def adds(event: Any) -> bool:
    """Whether Shift or Ctrl is held, which adds to the selection."""
    return bool(event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
