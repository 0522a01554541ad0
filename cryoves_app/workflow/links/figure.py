"""Links as one figure: a panel for each plot of the field, what is published in grey behind it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.panels import LinkPanel, key_sentence, link_panels

#: Green and red as in the window, lighter for fewer links.
_CONNECTOR, _TETHER = "#009E73", "#D55E00"
_SHADES = ("#d5e8e1", "#73c4ab", _CONNECTOR)
_PUBLISHED = "0.72"
_COLUMNS, _PANEL_INCHES, _FONT_POINTS = 4, (2.35, 2.1), 8.0
_BAR = 0.62


def links_svg(found: FoundLinks) -> bytes:
    """The figure as SVG, with texts that stay texts."""
    drawn = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cryoves", "font.size": _FONT_POINTS}):
        draw_links(found).savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def draw_links(found: FoundLinks) -> Figure:
    """The figure, its panels in rows of four: connectors above, tethers below."""
    panels = link_panels(found)
    rows = -(-len(panels) // _COLUMNS)
    size = (_PANEL_INCHES[0] * _COLUMNS, _PANEL_INCHES[1] * rows)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    figure.supxlabel(key_sentence(panels), fontsize=6.5, color="0.35")
    for number, (place, panel) in enumerate(zip(axes, panels, strict=True)):
        _draw(place, panel, _TETHER if number >= _COLUMNS else _CONNECTOR)
    return figure


def _draw(axes: Any, panel: LinkPanel, colour: str) -> None:
    _draw_published(axes, panel)
    colours = _SHADES if len(panel.parts) > 1 else (colour,)
    base = [0.0] * len(panel.groups)
    for (name, values), shade in zip(panel.parts, colours, strict=True):
        heights = [value or 0.0 for value in values]
        axes.bar(range(len(heights)), heights, _BAR, base, color=shade, label=name, gid=f"{panel.key}-{name}")
        base = [a + b for a, b in zip(base, heights, strict=True)]
    if len(panel.parts) > 1:
        axes.legend(loc="upper center", ncols=3, fontsize=6, handlelength=1, columnspacing=0.8, frameon=False)
        axes.set_ylim(0, 1.18)
    if panel.count is not None:
        axes.set_xlabel(f"n = {panel.count}", fontsize=6.5, labelpad=1)
    axes.set_title(panel.title, fontsize=_FONT_POINTS)
    axes.set_xticks(range(len(panel.groups)), panel.groups, fontsize=6.5)
    axes.set_xlim(-0.6, len(panel.groups) - 0.4)
    axes.set_ylim(bottom=0)
    if panel.is_share:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_published(axes: Any, panel: LinkPanel) -> None:
    """A box from the lowest to the highest value, a line for one value, wider than the bar before it."""
    for known in panel.published:
        left, gid = known.place - 0.45, f"{panel.key}-published-{known.place}"
        if known.low == known.high:
            axes.plot([left, left + 0.9], [known.low] * 2, color=_PUBLISHED, lw=2.5, zorder=3, gid=gid)
        else:
            axes.bar(
                known.place,
                known.high - known.low,
                0.9,
                known.low,
                color=_PUBLISHED,
                alpha=0.6,
                zorder=3,
                gid=gid,
            )
