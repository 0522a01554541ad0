"""A plot as a file: a picture or a drawing on white, or the values behind it."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPicture
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.storage.replacing import replacing
from cryoves_app.ui.base.picture import as_png
from cryoves_app.ui.panels.plots.data import PlotData, rows_of
from cryoves_app.ui.panels.plots.drawing import PAPER, draw, fit

#: Size on paper in points, and pixels of a picture for each point (300 per inch).
_SIZE = QSize(480, 340)
_PIXELS_PER_POINT = 300 / 72
_DOTS_PER_METRE = round(300 / 0.0254)

FILTERS = "Picture (*.png);;Drawing (*.svg);;Values (*.csv)"
SUFFIXES = (".png", ".svg", ".csv")


def save_plot(path: Path, data: PlotData) -> None:
    """Save in the format that the name's ending says.

    Raises
    ------
    CryoVesError
        If the ending is another, or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        write_rows(path, *rows_of(data))
    elif suffix in SUFFIXES:
        content = _svg(data) if suffix == ".svg" else _png(data)
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    else:
        raise CryoVesError(f"A plot is saved as .png, .svg or .csv, not as “{path.suffix}”.")


def _png(data: PlotData) -> bytes:
    """The drawing as a picture; points and axes of a plot know only one resolution, a drawing has none."""
    image = QImage(_SIZE * _PIXELS_PER_POINT, QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER.ground))
    image.setDotsPerMeterX(_DOTS_PER_METRE)
    image.setDotsPerMeterY(_DOTS_PER_METRE)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(_svg(data))).render(painter)
    painter.end()
    return as_png(image)


def _svg(data: PlotData) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setResolution(QPicture().logicalDpiX())  # that of the axes, which are recorded drawings
    drawing.setSize(_SIZE)
    drawing.setViewBox(QRectF(0, 0, _SIZE.width(), _SIZE.height()))
    painter = QPainter(drawing)
    _render(painter, data, QRectF(0, 0, _SIZE.width(), _SIZE.height()))
    painter.end()
    return bytes(content.data())


def _render(painter: QPainter, data: PlotData, target: QRectF) -> None:
    """Draw the plot anew on white, at a size of its own, with a legend."""
    plot = pg.GraphicsView(background=PAPER.ground)
    plot.resize(_SIZE)
    item = pg.PlotItem(enableMenu=False)
    item.hideButtons()
    plot.setCentralItem(item)
    plot.setRange(QRectF(0, 0, _SIZE.width(), _SIZE.height()), padding=0)
    item.resize(_SIZE.width(), _SIZE.height())
    draw(item, data, (), PAPER)
    if len(data.groups) > 1:
        item.setTitle(_legend(data), color=PAPER.line, size="9pt")
    fit(item, data)
    item.layout.activate()
    plot.scene().prepareForPaint()
    plot.scene().render(painter, target, QRectF(0, 0, _SIZE.width(), _SIZE.height()))
    item.close()  # or its menu would stay
    plot.close()


def _legend(data: PlotData) -> str:
    """Squares and names, in a line over the plot where they hide nothing."""
    entries = (
        f'<span style="color:{g.colour}">■</span> {escape(g.name)} ({int(g.rows.sum())})' for g in data.groups
    )
    return " &nbsp; ".join(entries)
