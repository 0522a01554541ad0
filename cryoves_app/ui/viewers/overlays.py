"""What is drawn over a slice: circles, crosshair, maps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from cryoves_app.domain.box import Box
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import Style
from cryoves_app.ui.viewers.slicing import Circles, Plane

LINE_PX = 1.5
#: In slices with more circles than this lines are one pixel wide, which Qt draws three times as fast.
MANY_CIRCLES = 400
#: So many selected circles have handles; with more of them nothing else would be seen.
MOST_HANDLED = 60
SELECTED_PX = 3.0

DASHES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dashdot": Qt.PenStyle.DashDotLine,
    "dot": Qt.PenStyle.DotLine,
}


def pen_of(style: Style, width: float = LINE_PX) -> QPen:
    pen = QPen(QColor(style.colour), width, DASHES[style.dashes])
    pen.setCosmetic(True)
    return pen


def circles_path(circles: Circles, which: Sequence[int] | NDArray[np.intp]) -> QPainterPath:
    """One path of all the given circles, or outlines where shapes are known, in voxels."""
    rows = np.asarray(which, dtype=np.intp)
    outlined = np.zeros(len(rows), bool)
    if circles.outlines is not None and len(rows):
        outlined = np.isfinite(circles.outlines[rows, 0, 0])
    path = _lines_path(circles.outlines[rows[outlined]]) if circles.outlines is not None else QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for i in rows[~outlined]:
        radius = circles.radius[i]
        path.addEllipse(QPointF(circles.horizontal[i], circles.vertical[i]), radius, radius)
    return path


def _lines_path(outlines: NDArray[np.float64]) -> QPainterPath:
    """One path of closed lines ``(n, p, 2)``."""
    closed = np.concatenate([outlines, outlines[:, :1]], axis=1)
    goes_on = np.ones(closed.shape[:2], np.int32)
    goes_on[:, -1] = 0
    return pg.arrayToQPath(closed[..., 0].ravel(), closed[..., 1].ravel(), connect=goes_on.ravel())


class CircleOverlay:
    """The vesicles of one slice: one path item for each style, so that hundreds cost one drawing each."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._fill = 0.0
        self._width = LINE_PX
        self._gripped: tuple[Circles, list[int]] | None = None  # the circles that have handles
        self.items: dict[Style, QGraphicsPathItem] = {}
        self.selected = self._new_item(Style(theme.SELECTED), SELECTED_PX, z=30)
        self._handles = self._new_item(Style(theme.SELECTED), 1.0, z=31)
        self._handles.setBrush(QColor(theme.SELECTED))

    def _new_item(self, style: Style, width: float, z: float) -> QGraphicsPathItem:
        item = QGraphicsPathItem()
        item.setPen(pen_of(style, width))
        item.setZValue(z)
        self._box.addItem(item, ignoreBounds=True)
        return item

    def set_fill(self, opacity: float) -> None:
        """How opaque the discs are, as in a label file; 0 leaves the outlines alone."""
        self._fill = opacity
        for style, item in self.items.items():
            item.setBrush(self._brush(style))
        self.selected.setBrush(self._brush(Style(theme.SELECTED)))

    def _brush(self, style: Style) -> QBrush:
        if self._fill <= 0:
            return QBrush(Qt.BrushStyle.NoBrush)
        colour = QColor(style.colour)
        colour.setAlphaF(self._fill)
        return QBrush(colour)

    def show(self, circles: Circles, styles: Sequence[Style], selected: set[int], handle_size: float) -> None:
        """Draw circles; ``styles`` and ``selected`` speak of rows of all vesicles, ``handle_size`` is in voxels."""
        groups: dict[Style, list[int]] = defaultdict(list)
        chosen: list[int] = []
        for i, row in enumerate(circles.rows):
            (chosen if row in selected else groups[styles[row]]).append(i)
        self._set_width(LINE_PX if len(circles.rows) <= MANY_CIRCLES else 1.0)
        self.selected.setPen(
            pen_of(Style(theme.SELECTED), SELECTED_PX if len(chosen) <= MANY_CIRCLES else 1.0)
        )
        for style in set(self.items) - set(groups):
            self.items[style].setPath(QPainterPath())
        for style, members in groups.items():
            self._item_of(style).setPath(circles_path(circles, members))
        self.selected.setPath(circles_path(circles, chosen))
        self._gripped = (circles, chosen if len(chosen) <= MOST_HANDLED else [])
        self.show_handles(handle_size)

    def show_handles(self, size: float) -> None:
        """Draw the handles in another size (voxels), as zooming demands; the circles stay."""
        self._handles.setPath(handles_path(*self._gripped, size) if self._gripped else QPainterPath())

    @property
    def has_handles(self) -> bool:
        return not self._handles.path().isEmpty()

    def _set_width(self, width: float) -> None:
        if width != self._width:
            self._width = width
            for style, item in self.items.items():
                item.setPen(pen_of(style, width))

    def _item_of(self, style: Style) -> QGraphicsPathItem:
        if style not in self.items:
            self.items[style] = self._new_item(style, self._width, z=20)
            self.items[style].setBrush(self._brush(style))
        return self.items[style]

    def set_visible(self, visible: bool) -> None:
        for item in (*self.items.values(), self.selected, self._handles):
            item.setVisible(visible)


def handles_path(circles: Circles, which: Sequence[int], size: float) -> QPainterPath:
    """Small squares at the four ends of a circle's axes, and a cross at its centre."""
    path = QPainterPath()
    for i in which if size > 0 else ():
        x, y, r = circles.horizontal[i], circles.vertical[i], circles.radius[i]
        for dx, dy in ((r, 0), (-r, 0), (0, r), (0, -r)):
            path.addRect(QRectF(x + dx - size / 2, y + dy - size / 2, size, size))
        path.addRect(QRectF(x - size, y - size / 12, 2 * size, size / 6))
        path.addRect(QRectF(x - size / 12, y - size, size / 6, 2 * size))
    return path


class Crosshair:
    """Two faint lines through the point at which the three views meet."""

    def __init__(self, box: pg.ViewBox) -> None:
        pen = pg.mkPen("#ffffff66", width=1)
        self.lines = [pg.InfiniteLine(angle=angle, pen=pen, movable=False) for angle in (90, 0)]
        for line in self.lines:
            line.setZValue(15)
            box.addItem(line, ignoreBounds=True)

    def move(self, horizontal: float, vertical: float) -> None:
        for line, value in zip(self.lines, (horizontal, vertical), strict=True):
            line.setPos(value)

    def set_visible(self, visible: bool) -> None:
        for line in self.lines:
            line.setVisible(visible)


class BoxOverlay:
    """The cube to which a run is limited, where the slice cuts it."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._item = QGraphicsPathItem()
        self._item.setPen(pen_of(Style(theme.VIEW_TEXT, "dash")))
        self._item.setZValue(18)
        box.addItem(self._item, ignoreBounds=True)

    def show(self, box: Box | None, plane: Plane) -> None:
        path = QPainterPath()
        if box is not None:
            across, along = plane.horizontal, plane.vertical
            width, height = box.shape[across], box.shape[along]
            path.addRect(QRectF(box.low[across] - 0.5, box.low[along] - 0.5, width, height))
        self._item.setPath(path)

    def set_visible(self, visible: bool) -> None:
        self._item.setVisible(visible)


class MapOverlay:
    """A translucent map over the slice, on a grid of its own."""

    def __init__(
        self, box: pg.ViewBox, table: Callable[[], NDArray[np.uint8]], levels: tuple[float, float]
    ) -> None:
        self._item = pg.ImageItem(axisOrder="row-major")
        self._item.setZValue(5)
        self._item.setLookupTable(table())
        self._levels = levels
        box.addItem(self._item, ignoreBounds=True)

    def show(self, image: NDArray[Any], scale: float, corner: tuple[float, float]) -> None:
        """Draw ``image`` (rows vertical).

        Its voxels are ``scale`` times larger than the tomogram's, in which its first is centred at ``corner``.
        """
        rows, columns = image.shape
        across, up = corner
        self._item.setImage(image, levels=self._levels, autoLevels=False)
        self._item.setRect(QRectF(across - scale / 2, up - scale / 2, columns * scale, rows * scale))

    @property
    def visible(self) -> bool:
        return bool(self._item.isVisible())

    def set_visible(self, visible: bool) -> None:
        self._item.setVisible(visible)

    def set_opacity(self, opacity: float) -> None:
        self._item.setOpacity(opacity)


#: Logits that the probability's colours span: from p = 0.12 to 0.99995, where thresholds lie.
LOGIT_RANGE = (-2.0, 10.0)


def logit_image(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    p = np.clip(probability, 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p)).astype(np.float32)


def probability_table() -> NDArray[np.uint8]:
    """Colours of logits: nothing where improbable, then plasma."""
    table = pg.colormap.get("plasma").getLookupTable(0.15, 1.0, 256, alpha=True, mode="byte")
    table = np.array(table, dtype=np.uint8)
    table[:, 3] = np.clip(np.linspace(-60, 500, 256), 0, 255)
    return table


def label_shades(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Label numbers folded into the colour table, 0 kept for the ground."""
    return np.where(image > 0, (image - 1) % 255 + 1, 0).astype(np.float32)


def label_table(size: int = 256) -> NDArray[np.uint8]:
    """Colours of instances: 0 is clear, neighbours in number differ in hue."""
    hues = (np.arange(size) * 0.618034) % 1.0
    table = np.array([QColor.fromHsvF(h, 0.7, 1.0).getRgb() for h in hues], dtype=np.uint8)
    table[0, 3] = 0
    return table
