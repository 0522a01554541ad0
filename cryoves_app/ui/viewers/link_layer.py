"""Links over the views: the voxels of each in the slices that cut it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.colouring import Style
from cryoves_app.ui.viewers.overlays import pen_of
from cryoves_app.ui.viewers.slice_view import SliceView

CONNECTOR_COLOUR, TETHER_COLOUR = theme.GREEN, theme.VERMILLION
_OPACITY, _PEN_PX, _Z = 0.45, 1.2, 22


@dataclass(frozen=True)
class LinkBody:
    """One link: ``voxels`` are whole ``(z, y, x)``."""

    number: int
    colour: str
    voxels: NDArray[np.intp] = field(repr=False)


class ShownLinks(QObject):
    """The links that are drawn, and the one that is looked at."""

    changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.bodies: tuple[LinkBody, ...] = ()
        self.current: LinkBody | None = None
        document.volume_changed.connect(self.clear)

    def show_bodies(self, bodies: Sequence[LinkBody], current: int | None = None) -> None:
        """Draw these, and that with the number ``current`` as the one that is looked at."""
        self.bodies = tuple(bodies)
        self.current = next((b for b in bodies if b.number == current), None)
        self.changed.emit()

    def look_at(self, number: int | None) -> None:
        self.show_bodies(self.bodies, number)

    def clear(self) -> None:
        """Draw nothing any more."""
        self.show_bodies(())


class LinkLayer(QObject):
    """Their voxels in one slice, as filled squares."""

    def __init__(self, view: SliceView, links: ShownLinks) -> None:
        super().__init__(view)
        self._view, self._links = view, links
        self._index, self._is_visible = view.shown_index, True
        colours = (CONNECTOR_COLOUR, TETHER_COLOUR)
        self.items = {colour: self._new_item(colour, _Z) for colour in colours}
        self.current = self._new_item(theme.SELECTED, _Z + 5)
        links.changed.connect(self._draw)
        view.overlays_due.connect(self._show)

    def _new_item(self, colour: str, z: float) -> QGraphicsPathItem:
        item = QGraphicsPathItem()
        item.setPen(pen_of(Style(colour), _PEN_PX))
        fill = QColor(colour)
        fill.setAlphaF(_OPACITY)
        item.setBrush(fill)
        item.setZValue(z)
        self._view.canvas.box.addItem(item, ignoreBounds=True)
        return item

    def _show(self, index: int, is_visible: bool) -> None:
        if (index, is_visible) != (self._index, self._is_visible):
            self._index, self._is_visible = index, is_visible
            self._draw()

    def _draw(self) -> None:
        links, none = self._links, QPainterPath()
        others = [b for b in links.bodies if b is not links.current]
        for colour, item in self.items.items():
            item.setPath(self._path([b for b in others if b.colour == colour]) if self._is_visible else none)
        self.current.setPath(self._path([links.current]) if self._is_visible and links.current else none)

    def _path(self, bodies: Sequence[LinkBody]) -> QPainterPath:
        """Without the borders between squares."""
        normal = self._view.plane.normal
        across, up = self._view.plane.horizontal, self._view.plane.vertical
        path = QPainterPath()
        for body in bodies:
            for voxel in body.voxels[body.voxels[:, normal] == self._index]:
                path.addRect(QRectF(voxel[across] - 0.5, voxel[up] - 0.5, 1.0, 1.0))
        return path.simplified()
