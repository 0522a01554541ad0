"""Two volumes in one slice: the shown one left of a divider that can be dragged, another one right of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.annotations import TEXT_PIXELS, draw_text
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.slice_canvas import SliceCanvas
from cryoves_app.ui.viewers.slice_loader import SliceLoader
from cryoves_app.ui.viewers.slicing import Plane, slice_index
from cryoves_app.ui.viewers.view_state import ViewState

#: So near to the divider, in pixels, the mouse takes it.
GRIP_PIXELS = 6
_KNOB_PIXELS = 7.0
#: The names stand below the line that tells of the vesicle under the mouse.
_NAMES_TOP = 40
_FAR = 1e6


class Swipe(QObject):
    """The other volume's picture over one canvas, cut off at the divider; all canvases share the divider's place."""

    wanted = Signal()  # another picture is needed

    def __init__(self, canvas: SliceCanvas, document: Document, state: ViewState) -> None:
        super().__init__(canvas)
        self._canvas, self._document, self._state = canvas, document, state
        self.image: NDArray[np.float32] | None = None
        self._is_dragged = False
        self._names = ("", "")
        self._arrow = canvas.viewport().cursor()
        self._part, self.item = self._new_items()
        canvas.over_slice.append(self._paint)
        canvas.viewport().installEventFilter(self)
        canvas.view_changed.connect(self._place)
        document.compared_changed.connect(self._take)
        document.shown_changed.connect(self._take)
        document.volume_changed.connect(self._take)
        state.changed.connect(self._apply)

    def _new_items(self) -> tuple[QGraphicsRectItem, pg.ImageItem]:
        part = QGraphicsRectItem()
        part.setPen(Qt.PenStyle.NoPen)
        part.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        part.setZValue(1)
        part.hide()
        image = pg.ImageItem(axisOrder="row-major")
        image.setParentItem(part)
        self._canvas.box.addItem(part, ignoreBounds=True)
        return part, image

    # -- what is shown

    @property
    def on(self) -> bool:
        """Whether two volumes are compared."""
        return self._document.compared is not None

    @property
    def divider_px(self) -> float:
        """Where the divider is on the canvas, from the left."""
        return self._state.settings.swipe_share * self._canvas.viewport().width()

    def _take(self) -> None:
        other = self._document.compared
        self._names = (_name_of(self._document.shown_volume), _name_of(other))
        self.image = None
        self.item.clear()
        self._part.setVisible(self.on)
        self._canvas.viewport().update()
        self.wanted.emit()

    def show(self, image: NDArray[np.float32], rect: QRectF) -> None:
        """Draw a picture of the other volume where the canvas has ``rect``."""
        self.image = image
        self.item.setImage(image, levels=self._state.settings.other_levels, autoLevels=False)
        self.item.setRect(rect)
        self._place()

    def _place(self) -> None:
        """Cut the picture off at the divider."""
        if not self.on:
            return
        at = self._canvas.box.mapSceneToView(self._canvas.mapToScene(QPointF(self.divider_px, 0).toPoint()))
        self._part.setRect(QRectF(at.x(), -_FAR, 2 * _FAR, 2 * _FAR))

    def _apply(self, names: set[str]) -> None:
        if "other_levels" in names and self.image is not None:
            self.item.setLevels(self._state.settings.other_levels)
        if "swipe_share" in names:
            self._place()
            self._canvas.viewport().update()

    def _paint(self, painter: QPainter) -> None:
        if not self.on:
            return
        x, height = self.divider_px, self._canvas.viewport().height()
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.setPen(QPen(QColor(theme.VIEW_TEXT), 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.setBrush(QColor(theme.VIEW_TEXT))
        painter.drawEllipse(QPointF(x, height / 2), _KNOB_PIXELS, _KNOB_PIXELS)
        self._paint_names(painter, x)

    def _paint_names(self, painter: QPainter, x: float) -> None:
        """Beside the divider, as far as there is room."""
        font = QFont(painter.font())
        font.setPixelSize(TEXT_PIXELS)
        size = QFontMetricsF(font)
        rooms = x - 16, self._canvas.viewport().width() - x - 16
        left, right = (
            size.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            for name, room in zip(self._names, rooms, strict=True)
        )
        draw_text(painter, x - size.horizontalAdvance(left) - 8, _NAMES_TOP, left)
        draw_text(painter, x + 8, _NAMES_TOP, right)

    # -- what the mouse uses

    def is_right_of_divider(self, horizontal: float) -> bool:
        """Whether the other volume is seen there."""
        return self.on and horizontal > self._part.rect().left()

    def levels_under(self, at: QPointF) -> str:
        """Which of the view's settings has the contrast of what is seen there."""
        return "other_levels" if self.is_right_of_divider(at.x()) else "levels"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The divider is taken before any tool gets the mouse."""
        if event.type() == QEvent.Type.Show:
            self.wanted.emit()
        elif event.type() == QEvent.Type.Resize:
            self._place()
        elif self.on and isinstance(event, QMouseEvent):
            return self._mouse(event)
        return super().eventFilter(watched, event)

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, x = event.type(), event.position().x()
        is_near = abs(x - self.divider_px) <= GRIP_PIXELS
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton and is_near:
            self._is_dragged = True
            return True
        if kind == QEvent.Type.MouseMove and self._is_dragged:
            share = min(max(x / max(self._canvas.viewport().width(), 1), 0.02), 0.98)
            self._state.change(swipe_share=share)
            return True
        if kind == QEvent.Type.MouseMove and event.buttons() == Qt.MouseButton.NoButton:
            self._show_cursor(over_divider=is_near)
        if kind == QEvent.Type.MouseButtonRelease and self._is_dragged:
            self._is_dragged = False
            return True
        return False

    def _show_cursor(self, *, over_divider: bool) -> None:
        viewport = self._canvas.viewport()
        is_split = viewport.cursor().shape() == Qt.CursorShape.SplitHCursor
        if over_divider and not is_split:
            self._arrow = viewport.cursor()
            viewport.setCursor(Qt.CursorShape.SplitHCursor)
        elif is_split and not over_divider:
            viewport.setCursor(self._arrow)


class SliceSwipe(QObject):
    """Keeps the other volume's slice in step with the one that is shown."""

    failed = Signal(str)

    def __init__(self, plane: Plane, canvas: SliceCanvas, document: Document, state: ViewState) -> None:
        super().__init__(canvas)
        self._plane, self._canvas, self._document, self._state = plane, canvas, document, state
        self.swipe = Swipe(canvas, document, state)
        self._loader = SliceLoader(self._show, state.slices, self)
        self._loader.failed.connect(self.failed)
        document.compared_changed.connect(self._take)
        self.swipe.wanted.connect(self.follow)
        document.cursor_changed.connect(self.follow)
        state.changed.connect(lambda names: self.follow() if "look" in names else None)

    @property
    def idle(self) -> bool:
        return self._loader.idle

    def _take(self) -> None:
        other = self._document.compared
        self._loader.set_data(other.data if other is not None else None)
        self.follow()

    def follow(self) -> None:
        """Ask for the slice through the crosshair, if it is seen."""
        volume = self._document.volume
        if self.swipe.on and volume is not None and self._canvas.isVisible():
            index = slice_index(self._document.cursor, self._plane, volume.shape)
            self._loader.want(self._plane, index, self._state.settings.look)

    def _show(self, _index: int, image: NDArray[np.float32]) -> None:
        rows, columns = image.shape
        self.swipe.show(image, QRectF(-0.5, -0.5, columns, rows))

    def is_over(self, pointer: Pointer) -> bool:
        """Whether the other volume is seen under the mouse."""
        return self.swipe.is_right_of_divider(pointer.horizontal)

    def value_at(self, pointer: Pointer) -> float | None:
        """Its grey value there."""
        row, column, image = round(pointer.vertical), round(pointer.horizontal), self.swipe.image
        if image is None or not (0 <= row < image.shape[0] and 0 <= column < image.shape[1]):
            return None
        return float(image[row, column])


def _name_of(volume: Volume | None) -> str:
    return Path(str(volume.info.path)).name if volume is not None else ""
