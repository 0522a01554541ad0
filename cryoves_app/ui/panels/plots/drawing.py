"""Draws plot data into a plot, for the screen or for paper."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from cryoves_app.analysis.scores.descriptive import round_width
from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.plots.data import PlotData, PlotKind, axis_title

_POINT, _CHOSEN_POINT = 7, 11


@dataclass(frozen=True)
class Ink:
    """Colours of ground, lines and text, and of what is selected."""

    ground: str
    line: str
    chosen: str


PAPER = Ink("#ffffff", "#000000", "#000000")


def screen_ink() -> Ink:
    shades = theme.shades()
    return Ink(shades.base, shades.text, theme.SELECTED if theme.current_theme() == "dark" else "#000000")


def draw(item: pg.PlotItem, data: PlotData, chosen: Collection[int], ink: Ink) -> None:
    """Replace what the plot holds; selected vesicles stand out."""
    item.clear()
    _draw_axes(item, data, ink)
    picked = np.isin(data.ids, list(chosen))
    if data.spec.kind is PlotKind.SCATTER:
        _draw_points(item, data, picked, ink)
    else:
        _draw_bars(item, data, picked, ink)


def fit(item: pg.PlotItem, data: PlotData) -> None:
    """Bring everything into sight."""
    if data.spec.kind is PlotKind.SCATTER:
        item.getAxis("left").setTickSpacing()
        item.enableAutoRange()
    elif len(data.edges):
        item.setXRange(data.edges[0], data.edges[-1], padding=0.03)
        highest = max(int(data.counts(data.known).max()), 1)
        item.setYRange(0, highest * 1.08, padding=0)
        whole = max(int(round_width(highest / 6)), 1)  # no half vesicles
        item.getAxis("left").setTickSpacing(levels=[(whole, 0)])


def _draw_axes(item: pg.PlotItem, data: PlotData, ink: Ink) -> None:
    is_scatter = data.spec.kind is PlotKind.SCATTER
    titles = {
        "bottom": axis_title(data.spec.x),
        "left": axis_title(data.spec.y) if is_scatter else "vesicles",
    }
    for side, title in titles.items():
        axis = item.getAxis(side)
        axis.setPen(pg.mkPen(ink.line))
        axis.setTextPen(pg.mkPen(ink.line))
        axis.enableAutoSIPrefix(False)
        axis.setLabel(title, color=ink.line)


def _draw_bars(item: pg.PlotItem, data: PlotData, picked: NDArray[np.bool_], ink: Ink) -> None:
    """Bars of the groups stand on each other; the selected share is framed."""
    if not len(data.edges):
        return
    below = np.zeros(len(data.edges) - 1)
    lines = pg.mkPen(ink.ground, width=1)
    for group in data.groups:
        counts = data.counts(group.rows)
        item.addItem(_bars(data, below, counts, pg.mkBrush(group.colour), lines))
        marked = data.counts(group.rows & picked)
        if marked.any():
            frame = pg.mkPen(ink.chosen, width=2)
            item.addItem(_bars(data, below, marked, pg.mkBrush(ink.chosen), frame, share=0.45))
        below = below + counts


def _bars(
    data: PlotData,
    below: NDArray[np.float64],
    counts: NDArray[np.intp],
    brush: object,
    pen: object,
    share: float = 1.0,
) -> pg.BarGraphItem:
    there = counts > 0
    middles = (data.edges[:-1] + data.edges[1:]) / 2
    widths = np.diff(data.edges) * share
    return pg.BarGraphItem(
        x=middles[there], y0=below[there], height=counts[there], width=widths[there], brush=brush, pen=pen
    )


def _draw_points(item: pg.PlotItem, data: PlotData, picked: NDArray[np.bool_], ink: Ink) -> None:
    for group in data.groups:
        rows = group.rows & data.known
        for chosen, size, pen in (
            (False, _POINT, pg.mkPen(ink.ground, width=0.5)),
            (True, _CHOSEN_POINT, pg.mkPen(ink.chosen, width=2)),
        ):
            drawn = rows & (picked == chosen)
            item.addItem(
                pg.ScatterPlotItem(
                    data.x[drawn],
                    data.y[drawn],
                    size=size,
                    pen=pen,
                    brush=pg.mkBrush(group.colour),
                    useCache=False,
                )
            )
