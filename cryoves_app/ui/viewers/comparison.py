"""Another result over the views: its circles in the slices, and both spheres of the error that is looked at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.colouring import Style
from cryoves_app.ui.viewers.overlays import circles_path, pen_of
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import circles_in_slice

#: The two spheres of an error: what was found is solid, what it is held against dashed.
FOUND_STYLE, OTHER_STYLE = Style(theme.SELECTED), Style(theme.COMPARED, "dash")
_THIN_PX, _THICK_PX = 1.2, 3.0
_Z = 25


class ComparedSpheres(QObject):
    """What is drawn besides the document's vesicles: rows ``(z, y, x, outer radius)`` in voxels."""

    changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self.others = self.found = self.other = _rows((), 1.0)
        document.volume_changed.connect(self.clear)

    def show_others(self, spheres: Iterable[Sphere]) -> None:
        """Draw all spheres of the other result, and no error yet."""
        self.others = _rows(spheres, self._document.voxel_size_nm)
        self.found = self.other = _rows((), 1.0)
        self.changed.emit()

    def show_error(self, found: Sphere | None, other: Sphere | None) -> None:
        """Draw both spheres of an error, or the one that there is."""
        voxel_nm = self._document.voxel_size_nm
        self.found, self.other = (_rows([s] if s else (), voxel_nm) for s in (found, other))
        self.changed.emit()

    def clear(self) -> None:
        """Draw nothing any more."""
        self.show_others(())


def _rows(spheres: Iterable[Sphere], voxel_nm: float) -> NDArray[np.float64]:
    return np.array([s.to_px(voxel_nm) for s in spheres], float).reshape(-1, 4)


class ComparisonLayer(QObject):
    """Their circles in one slice."""

    def __init__(self, view: SliceView, compared: ComparedSpheres) -> None:
        super().__init__(view)
        self._view, self._compared = view, compared
        self._index, self._is_visible = view.shown_index, True
        self.others = self._new_item(OTHER_STYLE, _THIN_PX, _Z)
        self.found = self._new_item(FOUND_STYLE, _THICK_PX, _Z + 10)
        self.other = self._new_item(OTHER_STYLE, _THICK_PX, _Z + 11)
        compared.changed.connect(self._draw)
        view.overlays_due.connect(self._show)

    def _new_item(self, style: Style, width: float, z: float) -> QGraphicsPathItem:
        item = QGraphicsPathItem()
        item.setPen(pen_of(style, width))
        item.setZValue(z)
        self._view.canvas.box.addItem(item, ignoreBounds=True)
        return item

    def _show(self, index: int, is_visible: bool) -> None:
        if (index, is_visible) != (self._index, self._is_visible):
            self._index, self._is_visible = index, is_visible
            self._draw()

    def _draw(self) -> None:
        compared = self._compared
        for item, rows in (
            (self.others, compared.others),
            (self.found, compared.found),
            (self.other, compared.other),
        ):
            item.setPath(self._path(rows) if self._is_visible and len(rows) else QPainterPath())

    def _path(self, rows: NDArray[np.float64]) -> QPainterPath:
        circles = circles_in_slice(rows, self._view.plane, self._index)
        return circles_path(circles, range(len(circles.rows)))
