"""The lines in which the oblique slice cuts the three others, while it is seen."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import Qt

from cryoves_app.analysis.geometry.oblique import ObliquePlane, trace_direction
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane


class ObliqueTraces:
    """One line in each slice, through the crosshair."""

    def __init__(self, slices: dict[Plane, SliceView]) -> None:
        pen = pg.mkPen(theme.SELECTED, width=1.2, style=Qt.PenStyle.DashLine)
        self.lines = {plane: pg.InfiniteLine(pen=pen, movable=False) for plane in slices}
        for plane, line in self.lines.items():
            line.setZValue(16)
            line.hide()
            slices[plane].canvas.box.addItem(line, ignoreBounds=True)

    def show(self, oblique: ObliquePlane | None) -> None:
        """Draw where a plane cuts them; none hides all."""
        for plane, line in self.lines.items():
            direction = trace_direction(oblique, plane.normal) if oblique is not None else None
            line.setVisible(direction is not None)
            if oblique is not None and direction is not None:
                centre = oblique.centre_px
                line.setPos((centre[plane.horizontal], centre[plane.vertical]))
                across, along = direction[plane.horizontal], direction[plane.vertical]
                line.setAngle(math.degrees(math.atan2(along, across)))
