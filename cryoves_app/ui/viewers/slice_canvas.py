"""The drawing area of one slice: image, overlays, scale bar; it turns mouse events into pointers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsView

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.annotations import (
    draw_colour_bar,
    draw_legend,
    draw_note,
    draw_scale_bar,
    draw_text,
)
from cryoves_app.ui.viewers.colouring import ColourBar
from cryoves_app.ui.viewers.legend import ColourLegend
from cryoves_app.ui.viewers.overlays import (
    LOGIT_RANGE,
    BoxOverlay,
    CircleOverlay,
    Crosshair,
    MapOverlay,
    label_table,
    probability_table,
)
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.slicing import Plane

Buttons = Qt.MouseButton


#: A drag with the right button this far changes brightness or contrast by the whole range that is shown.
RIGHT_DRAG_PIXELS = 900


class SliceCanvas(pg.GraphicsView):
    """Shows one plane. Coordinates are voxels of the tomogram, centres at integers."""

    pressed = Signal(object)
    dragged = Signal(object)
    released = Signal(object)
    hovered = Signal(object)
    left = Signal()
    double_clicked = Signal(object)
    wheel_turned = Signal(object, float)
    right_dragged = Signal(float, float)  # to the right and up, in shares of RIGHT_DRAG_PIXELS
    view_changed = Signal()
    zoomed = Signal(float)  # voxels per pixel
    bare_wanted = Signal(bool)  # while the space bar is held
    key_taken = Signal(object, object)  # Qt.Key, modifiers

    def __init__(self, plane: Plane, parent: Any = None) -> None:
        super().__init__(parent, background=theme.VIEW_GROUND)
        self.plane = plane
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(60, 60)
        self.box = pg.ViewBox(lockAspect=True, enableMouse=False, enableMenu=False)
        self.setCentralItem(self.box)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.box.addItem(self.image)
        self.circles = CircleOverlay(self.box)
        self.crosshair = Crosshair(self.box)
        self.limits = BoxOverlay(self.box)
        self.probability = MapOverlay(self.box, probability_table, LOGIT_RANGE)
        self.labels = MapOverlay(self.box, label_table, (0, 255))
        self.sketch = self._sketch_item()
        self.wants_key: Callable[[Qt.Key], bool] = lambda _key: False
        self.over_slice: list[Callable[[QPainter], None]] = []  # of what lies over the slice, in pixels
        self.note: tuple[str, Position] | None = None
        self.voxel_size_nm: float | None = None
        self.caption = ""
        self.colour_bar: ColourBar | None = None
        self.legend: ColourLegend | None = None
        self._extent = (1.0, 1.0)
        self._held: Qt.MouseButton | None = None
        self._last = QPointF()
        self._pressed_at, self.travelled_px = QPointF(), 0.0
        self._is_over = self._is_bare = False
        self.box.sigRangeChanged.connect(lambda *_: self.view_changed.emit())

    def _sketch_item(self) -> QGraphicsPathItem:
        item = QGraphicsPathItem()
        item.setZValue(40)
        self.box.addItem(item, ignoreBounds=True)
        return item

    # -- what is shown

    def set_image(self, image: NDArray[np.float32], levels: tuple[float, float]) -> None:
        rows, columns = image.shape
        self.image.setImage(image, levels=levels, autoLevels=False)
        self.image.setRect(QRectF(-0.5, -0.5, columns, rows))
        self._extent = (float(columns), float(rows))

    def set_orientation(self, row_zero_at_bottom: bool) -> None:
        self.box.invertY(not row_zero_at_bottom)

    def show_all(self, width: float, height: float) -> None:
        """Zoom so that the whole slice is seen."""
        self._extent = (width, height)
        self.box.setRange(QRectF(-0.5, -0.5, width, height), padding=0.02)

    def centre_on(self, horizontal: float, vertical: float) -> None:
        view = self.box.viewRect()
        self.box.translateBy(x=horizontal - view.center().x(), y=vertical - view.center().y())

    def rect_around(self, horizontal: float, vertical: float, factor: float) -> QRectF:
        """What would be seen ``factor`` times larger around a point."""
        shown = self.box.viewRect()
        width, height = shown.width() / factor, shown.height() / factor
        return QRectF(horizontal - width / 2, vertical - height / 2, width, height)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Make everything ``factor`` times larger around a point in voxels."""
        shown = self.box.viewRect().width()
        widest = 4 * max(self._extent)
        factor = min(max(factor, shown / widest), shown / 4.0)
        self.box.scaleBy(s=(1 / factor, 1 / factor), center=at)
        self.zoomed.emit(self.voxels_per_pixel)

    def zoom_to(self, voxels_per_pixel: float, at: QPointF) -> None:
        """Show so many voxels on a pixel, around a point that stays where it is; tells nobody."""
        factor = voxels_per_pixel / self.voxels_per_pixel
        self.box.scaleBy(s=(factor, factor), center=at)

    @property
    def voxels_per_pixel(self) -> float:
        return float(self.box.viewRect().width() / max(self.box.width(), 1.0))

    def set_sketch(self, path: QPainterPath, colour: str, *, dashed: bool = False) -> None:
        pen = QPen(QColor(colour), 2.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
        pen.setCosmetic(True)
        self.sketch.setPen(pen)
        self.sketch.setPath(path)

    def set_note(self, text: str, position: Position | None) -> None:
        """A few words at a voxel position."""
        self.note = (text, position) if text and position is not None else None
        self.viewport().update()

    # -- the mouse

    @property
    def pressed_place(self) -> QPointF:
        """Where a button was pressed last, in voxels."""
        return QPointF(self.box.mapSceneToView(self.mapToScene(self._pressed_at.toPoint())))

    def pointer(self, at: QPointF, modifiers: Qt.KeyboardModifier, normal: float = 0.0) -> Pointer:
        point = self.box.mapSceneToView(self.mapToScene(at.toPoint()))
        position = self.plane.position(point.x(), point.y(), normal)
        return Pointer(self.plane, position, self.voxels_per_pixel, modifiers)

    def screen_position(self, position: Position) -> QPointF:
        """Where a voxel position is on this widget."""
        point = QPointF(position[self.plane.horizontal], position[self.plane.vertical])
        return QPointF(self.mapFromScene(self.box.mapViewToScene(point)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held, self._last = event.button(), event.position()
        self._pressed_at, self.travelled_px = event.position(), 0.0
        if self._is_bare and event.button() == Buttons.LeftButton:
            self._held = Buttons.MiddleButton  # with the space bar held the mouse shifts the view
        elif event.button() == Buttons.LeftButton:
            self.setFocus()
            self.pressed.emit(self.pointer(event.position(), event.modifiers()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        gone = event.position() - self._pressed_at
        self.travelled_px = max(self.travelled_px, abs(gone.x()), abs(gone.y()))
        if self._held == Buttons.MiddleButton:
            self._pan_to(event.position())
        elif self._held == Buttons.RightButton:
            self._drag_right(event.position())
        else:
            emit = self.dragged if self._held == Buttons.LeftButton else self.hovered
            emit.emit(self.pointer(event.position(), event.modifiers()))
        self._last, self._is_over = event.position(), True
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Buttons.LeftButton and self._held == Buttons.LeftButton:
            self.released.emit(self.pointer(event.position(), event.modifiers()))
        self._held = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Buttons.LeftButton:
            self.double_clicked.emit(self.pointer(event.position(), event.modifiers()))
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.wheel_turned.emit(self.pointer(event.position(), event.modifiers()), delta / 120)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """A key that the tool in use wants is no command."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.wants_key(Qt.Key(event.key()))
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.wants_key(key):
            self.key_taken.emit(key, event.modifiers())
        else:
            self._key(event, held=True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._key(event, held=False)

    def _key(self, event: QKeyEvent, *, held: bool) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_bare = held
            self.bare_wanted.emit(held)
        else:
            event.ignore()

    def resting_pointer(self) -> Pointer | None:
        """Where the mouse rests over the slice while no button is held: what lies under it may change."""
        if not self._is_over or self._held is not None:
            return None
        return self.pointer(self._last, Qt.KeyboardModifier.NoModifier)

    def leaveEvent(self, event: Any) -> None:
        self._is_over = False
        self.left.emit()
        super().leaveEvent(event)

    def _pan_to(self, at: QPointF) -> None:
        now, before = (self.box.mapSceneToView(self.mapToScene(p.toPoint())) for p in (at, self._last))
        self.box.translateBy(x=before.x() - now.x(), y=before.y() - now.y())

    def _drag_right(self, at: QPointF) -> None:
        moved = at - self._last
        self.right_dragged.emit(moved.x() / RIGHT_DRAG_PIXELS, -moved.y() / RIGHT_DRAG_PIXELS)

    # -- scale bar and captions, in screen pixels

    def drawForeground(self, painter: QPainter, rect: Any) -> None:
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.voxel_size_nm is not None:
            draw_scale_bar(painter, self.width(), self.height(), self.voxel_size_nm * self.voxels_per_pixel)
        for paint in self.over_slice:
            paint(painter)
        draw_text(painter, 10, 20, self.caption)
        if self.note is not None:
            text, position = self.note
            place = self.screen_position(position)
            draw_note(painter, place, text, self.width())
        if self.colour_bar is not None:
            draw_colour_bar(painter, self.width(), self.height(), self.colour_bar)
        if self.legend is not None:
            draw_legend(painter, self.width(), self.legend)
        painter.restore()
