"""A study as one figure: a panel for each measure, a dot for each tomogram, a line at each condition's mean."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cryoves_app.workflow.study.study import Study, StudyMeasure

#: Colours that colour-blind people can tell apart (Okabe and Ito).
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
_COLUMNS, _PANEL_INCHES = 4, (2.1, 2.0)
_FONT_POINTS = 8.0
#: Dots of one condition lie beside each other within this width.
_SPREAD = 0.5


def study_svg(study: Study) -> bytes:
    """The figure as SVG, with texts that stay texts."""
    drawn = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cryoves", "font.size": _FONT_POINTS}):
        draw_study(study).savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def draw_study(study: Study) -> Figure:
    """The figure, its panels in rows of four."""
    panels = [*study.measures]
    with_curves = any(t.neighbours for t in study.tomograms)
    count = max(len(panels) + with_curves, 1)
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(_PANEL_INCHES[0] * columns, _PANEL_INCHES[1] * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for place, measure in zip(axes, panels, strict=False):
        _draw_dots(place, study, measure)
    if with_curves:
        _draw_curves(axes[len(panels)], study)
    for place in axes[len(panels) + with_curves :]:
        place.set_axis_off()
    return figure


def _draw_dots(axes: Any, study: Study, measure: StudyMeasure) -> None:
    """Of one measure; the ids of dots and means in the SVG begin with its key."""
    for number, condition in enumerate(study.conditions):
        values = study.values(measure, condition)
        known = values[np.isfinite(values)]
        beside = (
            np.linspace(-_SPREAD / 2, _SPREAD / 2, len(known)) if len(known) > 1 else np.zeros(len(known))
        )
        colour = _COLOURS[number % len(_COLOURS)]
        axes.plot(number + beside, known, "o", ms=4, color=colour, gid=f"{measure.key}-dots-{number}")
        if len(known):
            mean = float(known.mean())
            axes.plot(
                [number - 0.35, number + 0.35],
                [mean, mean],
                color="black",
                lw=1.2,
                gid=f"{measure.key}-mean-{number}",
            )
    axes.set_title(measure.axis_title + _p_line(study, measure), fontsize=_FONT_POINTS)
    slanted = {"rotation": 30, "ha": "right"} if len(study.conditions) > 2 else {}
    axes.set_xticks(range(len(study.conditions)), study.conditions, **slanted)
    axes.set_xlim(-0.6, len(study.conditions) - 0.4)
    low, high = axes.get_ylim()
    if 0 < low < high / 2:  # a scale that starts elsewhere is for values that lie close together
        axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)


def _p_line(study: Study, measure: StudyMeasure) -> str:
    """The adjusted p-value between all conditions, as a second line of the title; empty where there is none."""
    tests = (t for t in study.tests if t.subject == measure.key and t.conditions == study.conditions)
    test = next(tests, None)
    if test is None or test.adjusted_p is None:
        return ""
    p = test.adjusted_p
    return "\nadjusted p " + ("< 0.001" if p < 0.001 else f"= {p:.2g}")


def _draw_curves(axes: Any, study: Study) -> None:
    """Measured shares within a distance, and the envelope of chance, of all tomograms."""
    for t in study.tomograms:
        if t.neighbours is None:
            continue
        curve = t.neighbours.curve
        colour = _COLOURS[study.conditions.index(t.source.condition) % len(_COLOURS)]
        axes.fill_between(curve.distances_nm, curve.low, curve.high, color="0.6", alpha=0.25, lw=0)
        axes.plot(curve.distances_nm, curve.measured, color=colour, lw=1)
    axes.set_title("Neighbour within (nm); grey: random", fontsize=_FONT_POINTS)
    axes.set_xlim(left=0)
    axes.set_ylim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
