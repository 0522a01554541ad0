"""Regions over one slice view: lines of the slice, a light fill, and what is being drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.region import Contour, RegionKind
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.overlays import DASHES, MapOverlay
from cryoves_app.ui.viewers.regions.region_cuts import RegionCuts
from cryoves_app.ui.viewers.regions.region_looks import LOOKS, NUMBERS, fill_table
from cryoves_app.ui.viewers.regions.region_model import PaintedSlice, RegionModel
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane

LINE_PIXELS, CURRENT_PIXELS = 1.5, 2.5
#: The tube is seen while it is drawn, more strongly than afterwards.
TUBE_ALPHA = 170
POINT_PIXELS = 7.0
#: Beside the tube while it is drawn, at this place of the view (pixels).
ZONE_NOTE, NOTE_CORNER = "Tube {:.1f} nm: cover the dark band's inner edge", (2, 44)
#: Points of the current region's lines are shown where they are at least this far apart on the screen.
_APART_PIXELS = 9.0


class RegionLayer(QObject):
    """Belongs to one view. Contours lie on slices of z, so only XY shows them as lines."""

    def __init__(self, view: SliceView, model: RegionModel, cuts: RegionCuts, document: Document) -> None:
        super().__init__(view)
        self._view, self._model, self._cuts, self._document = view, model, cuts, document
        self._index, self._seen = -1, True
        self._filling = Recompute(self, lambda: cuts.compute(self._index), self._put_fill)
        self._explains = False
        self._picture: NDArray[np.uint8] | None = None
        box = view.canvas.box
        self.fill = MapOverlay(box, fill_table, (0, 255))
        self.lines = {kind: self._path_item(18, kind, LINE_PIXELS) for kind in RegionKind}
        self.current = self._path_item(19, RegionKind.CYTOPLASM, CURRENT_PIXELS)
        self.points = self._path_item(32, RegionKind.CYTOPLASM, 1.0)
        self.tube = self._path_item(17, RegionKind.ACTIVE_ZONE, 1.0)
        self.draft = self._path_item(33, RegionKind.CYTOPLASM, CURRENT_PIXELS)
        view.overlays_due.connect(self._show)
        model.changed.connect(self.refresh)
        cuts.completed.connect(self.refresh)
        model.draft_changed.connect(self._draw_draft)
        if view.plane is Plane.XY:
            view.canvas.view_changed.connect(self._draw_points)

    def _path_item(self, z: float, kind: RegionKind, width: float) -> QGraphicsPathItem:
        item = QGraphicsPathItem()
        item.setZValue(z)
        item.setPen(_pen(kind, width))
        self._view.canvas.box.addItem(item, ignoreBounds=True)
        return item

    def _show(self, index: int, seen: bool) -> None:
        self._index, self._seen = index, seen
        self.refresh()

    def refresh(self) -> None:
        """Draw everything anew."""
        self._draw_lines()
        self._draw_fill()
        self._draw_draft()

    # -- lines

    def _draw_lines(self) -> None:
        is_flat = self._view.plane is Plane.XY
        regions = self._model.visible if self._seen and is_flat else ()
        current = self._model.current
        for kind, item in self.lines.items():
            others = [r for r in regions if r.kind is kind and r is not current]
            item.setPath(contours_path(c for r in others for c in r.on_slice(self._index)))
        own = current.on_slice(self._index) if current is not None and current in regions else ()
        self.current.setPen(_pen(self._model.kind, CURRENT_PIXELS))
        self.current.setPath(contours_path(own))
        self._draw_points()

    def _draw_points(self) -> None:
        """The points that can be dragged, where the view is near enough to tell them apart."""
        current = self._model.current
        path = QPainterPath()
        if (
            current is not None
            and self._seen
            and current in self._model.visible
            and self._view.plane is Plane.XY
        ):
            pixel = self._view.canvas.voxels_per_pixel
            for contour in current.on_slice(self._index):
                if _spacing(contour) > _APART_PIXELS * pixel:
                    add_points(path, contour.points_px, POINT_PIXELS * pixel)
        self.points.setBrush(QColor(LOOKS[self._model.kind].colour))
        self.points.setPath(path)

    # -- the fill

    def _draw_fill(self) -> None:
        regions = self._model.visible
        self._filling.forget()
        if not regions or not self._seen or self._index < 0:
            self._put_fill(None)
            return
        picture = self._cuts.cut(self._view.plane, self._index)
        if picture is not None:
            self._put_fill(picture)
        elif self._view.plane is Plane.XY:
            self._filling.ask()
        else:
            self.fill.set_visible(False)

    def _put_fill(self, picture: NDArray[np.uint8] | None, *, keep: bool = True) -> None:
        self.fill.set_visible(picture is not None)
        self._picture = picture if keep else self._picture
        if picture is not None:
            self.fill.show(picture, 1.0, (0.0, 0.0))

    # -- what is being drawn

    def _draw_draft(self) -> None:
        self._draw_line()
        painted = self._model.painted
        if painted is not None and self._seen and self._view.plane is Plane.XY and painted.z == self._index:
            self._filling.forget()  # a slice that is still being worked out would hide the stroke
            self._put_fill(self._with_stroke(painted), keep=False)

    def _with_stroke(self, painted: PaintedSlice) -> NDArray[np.uint8]:
        """The fill as it was, with the slice that is being painted in the place of its own kind."""
        number = NUMBERS[painted.kind]
        known = self._picture
        picture = (
            np.zeros(painted.plane.shape, np.uint8) if known is None else np.where(known == number, 0, known)
        )
        picture[painted.plane] = number
        return picture.astype(np.uint8)

    def _draw_line(self) -> None:
        draft = self._model.draft
        path, tube = QPainterPath(), QPainterPath()
        if draft is not None and self._seen and self._view.plane is Plane.XY and draft.z == self._index:
            pixel = self._view.canvas.voxels_per_pixel
            path = contours_path([Contour(draft.points, draft.closed)])
            if draft.kind is RegionKind.ACTIVE_ZONE:
                tube = QPainterPath(path)
            add_points(path, () if draft.by_hand else draft.points, POINT_PIXELS * pixel)
            self.draft.setPen(_draft_pen())
            self._set_tube_pen()
        self.draft.setPath(path)
        self.tube.setPath(tube)
        self._explain(is_zone=not tube.isEmpty())

    def _explain(self, *, is_zone: bool) -> None:
        """Say there and then what the tube has to do."""
        canvas = self._view.canvas
        if is_zone:
            corner = canvas.pointer(QPointF(*NOTE_CORNER), Qt.KeyboardModifier.NoModifier).position
            canvas.set_note(ZONE_NOTE.format(self._model.tube_nm), corner)
        elif self._explains:
            canvas.set_note("", None)
        self._explains = is_zone

    def _set_tube_pen(self) -> None:
        """As wide as the tube will be in this slice, in voxels."""
        colour = QColor(LOOKS[RegionKind.ACTIVE_ZONE].colour)
        colour.setAlpha(TUBE_ALPHA)
        pen = QPen(colour, self._model.tube_nm / self._document.voxel_size_nm)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        self.tube.setPen(pen)


def contours_path(contours: Iterable[Contour]) -> QPainterPath:
    """Lines in the plane XY, in voxels."""
    path = QPainterPath()
    for contour in contours:
        flat = [QPointF(x, y) for _, y, x in contour.points_px]
        if not flat:
            continue
        path.moveTo(flat[0])
        for point in flat[1:]:
            path.lineTo(point)
        if contour.closed:
            path.closeSubpath()
    return path


def add_points(path: QPainterPath, points: Sequence[Position], size: float) -> None:
    """Small squares at points of the plane XY; ``size`` is in voxels."""
    for _, y, x in points:
        path.addRect(QRectF(x - size / 2, y - size / 2, size, size))


def _spacing(contour: Contour) -> float:
    """The usual distance of neighbouring points, in voxels."""
    points = np.asarray(contour.points_px)
    return float(np.median(np.linalg.norm(np.diff(points, axis=0), axis=1))) if len(points) > 1 else np.inf


def _pen(kind: RegionKind, width: float) -> QPen:
    look = LOOKS[kind]
    pen = QPen(QColor(look.colour), width, DASHES[look.dashes])
    pen.setCosmetic(True)
    return pen


def _draft_pen() -> QPen:
    pen = QPen(QColor(theme.SELECTED), LINE_PIXELS)
    pen.setCosmetic(True)
    return pen
