"""A slice as a figure for a paper: image, exact circles, outlines, scale bar; as pixels, SVG or PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.overview.planes import nice_length

#: What a figure can be saved as; texts stay texts in the last two.
SUFFIXES = (".png", ".svg", ".pdf", ".tif")
#: Pixels of a longer edge would need gigabytes of memory.
_MOST_PIXELS = 1 << 14
_FEWEST_PIXELS = 2
DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (4, 2)),
    "dashdot": (0, (5, 2, 1, 2)),
    "dot": (0, (1, 1.5)),
}
LINE_POINTS, FONT_POINTS = 1.0, 8.0
#: Share of the width that the scale bar may take; the rest in inches on paper.
_BAR_SHARE, _BAR_INCHES, _MARGIN_INCHES, _COLOUR_BAR_INCHES = 0.28, 0.045, 0.1, 0.9


@dataclass(frozen=True)
class FigureCircle:
    """The circle in which a sphere is cut: centre and radius in nm in the plane, and how it is drawn."""

    horizontal_nm: float
    vertical_nm: float
    radius_nm: float
    colour: str
    dashes: str = "solid"
    fill: float = 0.0


@dataclass(frozen=True)
class FigureOutline:
    """The outline of a region: points ``(n, 2)`` horizontal, vertical in nm."""

    points_nm: NDArray[np.float64]
    colour: str
    dashes: str = "solid"
    fill: float = 0.0


@dataclass(frozen=True)
class FigureBar:
    """What the circles' colours mean: colours from the low to the high end, and the texts there."""

    title: str
    colours: Sequence[str]
    low: str
    high: str


@dataclass(frozen=True)
class SliceFigure:
    """All that is drawn. ``image`` has rows along the vertical axis; ``window_nm`` is left, right, lowest, highest.

    Voxel centres lie at index times ``voxel_nm``; ``row_zero_at_bottom`` as in 3dmod.
    """

    image: NDArray[np.float32]
    voxel_nm: float
    levels: tuple[float, float]
    window_nm: tuple[float, float, float, float]
    circles: tuple[FigureCircle, ...] = ()
    outlines: tuple[FigureOutline, ...] = ()
    caption: str = ""
    bar: FigureBar | None = None
    legend: Sequence[tuple[str, str]] = ()  # names and colours
    scale_bar: bool = True
    row_zero_at_bottom: bool = True


def write_figure(figure: SliceFigure, path: Path, *, width_cm: float = 8.5, dpi: int = 300) -> None:
    """Save a figure; the suffix says as what.

    Raises
    ------
    CryoVesError
        If the suffix is none of ``SUFFIXES``, or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise CryoVesError(
            f"A figure is saved as {', '.join(SUFFIXES)}, not as “{path.suffix or path.name}”."
        )
    refuse_picture_size(figure.window_nm, width_cm / 2.54 * dpi)
    drawn = BytesIO()  # since on a full disk each format fails in its own way
    with rc_context({"svg.fonttype": "none", "pdf.fonttype": 42}):
        draw_figure(figure, width_cm).savefig(drawn, format=suffix[1:], dpi=dpi)
    with replacing(path) as temporary:
        temporary.write_bytes(drawn.getbuffer())


def refuse_picture_size(window_nm: Sequence[float], width_px: float) -> None:
    """Refuse pictures of a window (left, right, lowest, highest) that no memory holds, or nobody could see.

    Raises
    ------
    CryoVesError
        If so.
    """
    left, right, low, high = window_nm
    height_px = width_px * (high - low) / (right - left)
    if not _FEWEST_PIXELS <= min(width_px, height_px) <= max(width_px, height_px) <= _MOST_PIXELS:
        raise CryoVesError(
            f"The picture would have {width_px:.4g} × {height_px:.4g} pixels; from {_FEWEST_PIXELS} to {_MOST_PIXELS} "
            "in a row can be drawn, so give another width or resolution."
        )


def draw_figure(figure: SliceFigure, width_cm: float = 8.5) -> Figure:
    """The figure at its size on paper; one axis that fills it, in nm."""
    left, right, low, high = figure.window_nm
    width = width_cm / 2.54
    drawn = Figure(figsize=(width, width * (high - low) / (right - left)))
    FigureCanvasAgg(drawn)
    axes = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    _draw_image(axes, figure)
    for outline in figure.outlines:
        _draw_outline(axes, outline)
    for circle in figure.circles:
        _draw_circle(axes, circle)
    axes.set_xlim(left, right)
    axes.set_ylim((low, high) if figure.row_zero_at_bottom else (high, low))
    _annotate(drawn, axes, figure)
    return drawn


def render_figure(figure: SliceFigure, width_px: int) -> NDArray[np.uint8]:
    """The figure as pixels ``(row, column, RGB)``, both lengths even as movies want them."""
    refuse_picture_size(figure.window_nm, width_px)
    return even_pixels(draw_figure(figure), width_px)


def even_pixels(drawn: Figure, width_px: int) -> NDArray[np.uint8]:
    """What is drawn as pixels ``(row, column, RGB)``, both lengths even."""
    drawn.set_dpi(width_px / drawn.get_figwidth())
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    return np.ascontiguousarray(pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2])


def _draw_image(axes: Any, figure: SliceFigure) -> None:
    rows, columns = figure.image.shape
    half = figure.voxel_nm / 2
    extent = (-half, columns * figure.voxel_nm - half, -half, rows * figure.voxel_nm - half)
    axes.imshow(
        figure.image,
        cmap="gray",
        vmin=figure.levels[0],
        vmax=figure.levels[1],
        origin="lower",
        extent=extent,
        interpolation="nearest",
        aspect="auto",
    )


def _draw_circle(axes: Any, circle: FigureCircle) -> None:
    centre = (circle.horizontal_nm, circle.vertical_nm)
    if circle.fill > 0:
        axes.add_patch(Circle(centre, circle.radius_nm, color=circle.colour, alpha=circle.fill, lw=0))
    line = {"edgecolor": circle.colour, "lw": LINE_POINTS, "ls": DASHES[circle.dashes]}
    axes.add_patch(Circle(centre, circle.radius_nm, fill=False, **line))


def _draw_outline(axes: Any, outline: FigureOutline) -> None:
    if outline.fill > 0:
        axes.add_patch(Polygon(outline.points_nm, color=outline.colour, alpha=outline.fill, lw=0))
    line = {"edgecolor": outline.colour, "lw": LINE_POINTS, "ls": DASHES[outline.dashes]}
    axes.add_patch(Polygon(outline.points_nm, fill=False, **line))


def _annotate(drawn: Figure, axes: Any, figure: SliceFigure) -> None:
    """Scale bar, caption and colour bar, of the same size on paper whatever the window is."""
    if figure.caption:
        axes.text(0.02, 0.98, figure.caption, transform=axes.transAxes, va="top", **_text())
    if figure.scale_bar:
        left, right, *_ = figure.window_nm
        draw_figure_scale_bar(drawn, axes, right - left)
    if figure.bar is not None:
        draw_figure_colour_bar(drawn, figure.bar)
    if figure.legend:
        _draw_figure_legend(axes, figure.legend)


def _draw_figure_legend(axes: Any, entries: Sequence[tuple[str, str]]) -> None:
    """At the upper right, on a dark ground."""
    marks = [Line2D([], [], ls="", marker="o", ms=4, color=colour, label=name) for name, colour in entries]
    axes.legend(
        handles=marks,
        loc="upper right",
        fontsize=FONT_POINTS - 1,
        labelcolor="white",
        facecolor="black",
        framealpha=0.6,
        edgecolor="none",
        handlelength=0.8,
        borderaxespad=0.3,
    )


def _text() -> Mapping[str, object]:
    ground = {"facecolor": "black", "alpha": 0.6, "pad": 1.5, "edgecolor": "none"}
    return {"color": "white", "fontsize": FONT_POINTS, "bbox": ground}


def draw_figure_scale_bar(drawn: Figure, axes: Any, width_nm: float) -> None:
    """A bar of round length at the lower left of axes so wide; its id in an SVG is ``scale-bar``."""
    length = nice_length(width_nm * _BAR_SHARE)
    share = length / width_nm
    x, y = _MARGIN_INCHES / drawn.get_figwidth(), _MARGIN_INCHES / drawn.get_figheight()
    height = _BAR_INCHES / drawn.get_figheight()
    bar = {"transform": axes.transAxes, "color": "white", "lw": 0, "gid": "scale-bar", "zorder": 9}
    axes.add_patch(Rectangle((x, y), share, height, **bar))
    words = {"transform": axes.transAxes, "ha": "center", "va": "bottom", **_text()}
    axes.text(x + share / 2, y + 2.5 * height, f"{length:g} nm", **words)


def draw_figure_colour_bar(drawn: Figure, bar: FigureBar) -> None:
    """At the lower right, on a dark ground, its title above and the ends' values below."""
    width, height = drawn.get_figwidth(), drawn.get_figheight()
    long = min(_COLOUR_BAR_INCHES, 0.3 * width)
    left, bottom = width - _MARGIN_INCHES - long - 0.12, _MARGIN_INCHES + 0.14
    ground = drawn.add_axes(
        ((left - 0.12) / width, (bottom - 0.2) / height, (long + 0.24) / width, 0.48 / height)
    )
    ground.set(facecolor=(0, 0, 0, 0.6), xticks=[], yticks=[])
    ground.spines[:].set_visible(False)
    axes = drawn.add_axes((left / width, bottom / height, long / width, _BAR_INCHES / height))
    mapped = ScalarMappable(Normalize(0, 1), ListedColormap(list(bar.colours)))
    colour_bar = drawn.colorbar(mapped, cax=axes, orientation="horizontal")
    colour_bar.outline.set_visible(False)
    colour_bar.set_ticks([0, 1], labels=[bar.low, bar.high])
    axes.tick_params(labelsize=FONT_POINTS - 1, colors="white", length=0, pad=2)
    axes.set_title(bar.title, color="white", fontsize=FONT_POINTS, pad=2)
