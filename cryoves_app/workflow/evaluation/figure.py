"""An evaluation as a figure: Dice after each step, F1 against overlap, errors along the axes, a line per tomogram."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cryoves_app.workflow.evaluation.rows import group_names
from cryoves_app.workflow.evaluation.scored import ScoredSet, ScoredTomogram
from cryoves_app.workflow.evaluation.steps import STEP_TITLES, RunStep

#: Colours that colour-blind people can tell apart (Okabe and Ito); more tomograms go through them again.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
_INCHES, _FONT_POINTS, _DPI = (3.2, 2.8), 8.0, 200
_MOST_NAMES = 12
_AXES = (("x", "delta_x_nm"), ("y", "delta_y_nm"), ("z", "delta_z_nm"), ("radius", "delta_radius_nm"))


def evaluation_picture(found: ScoredSet, kind: str) -> bytes:
    """The figure as ``svg``, whose texts stay texts, or ``png``."""
    drawn = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cryoves", "font.size": _FONT_POINTS}):
        metadata = {"Date": None} if kind == "svg" else None
        draw_evaluation(found).savefig(drawn, format=kind, dpi=_DPI, metadata=metadata)
    return drawn.getvalue()


def draw_evaluation(found: ScoredSet) -> Figure:
    """A row of panels for each set of tomograms."""
    groups = group_names(found.rows)
    width, height = _INCHES
    figure = Figure(figsize=(width * 3, height * len(groups)), layout="constrained")
    FigureCanvasAgg(figure)
    rows = np.atleast_2d(figure.subplots(len(groups), 3))
    for group, places in zip(groups, rows, strict=True):
        own = [t for t in found.tomograms if t.pair.group == group]
        if any(t.steps for t in own):
            _draw_steps(places[0], own, group)
        else:
            places[0].set_axis_off()
        _draw_curves(places[1], own)
        _draw_axes(places[2], own)
    return figure


def _draw_steps(axes: Any, tomograms: list[ScoredTomogram], group: str) -> None:
    steps = [step for step in RunStep if any(step in t.steps for t in tomograms)]
    for number, tomogram in enumerate(tomograms):
        known = [(place, tomogram.steps[step]) for place, step in enumerate(steps) if step in tomogram.steps]
        if known:
            axes.plot(*zip(*known, strict=True), "o-", ms=3.5, lw=1, **_look(number, tomogram))
    axes.set_xticks(
        range(len(steps)), [STEP_TITLES[s].replace(" (", "\n(") for s in steps], rotation=25, ha="right"
    )
    axes.set_xlim(-0.3, max(len(steps) - 0.7, 0.3))
    axes.set_ylim(top=1.02)
    _finish(axes, f"{group}: Dice after each step" if group else "Dice after each step")
    if 1 < len(tomograms) <= _MOST_NAMES:
        axes.legend(frameon=False, fontsize=_FONT_POINTS - 1.5)


def _draw_curves(axes: Any, tomograms: list[ScoredTomogram]) -> None:
    for number, tomogram in enumerate(tomograms):
        known = [(p.threshold, p.f1) for p in tomogram.scores.curve if p.f1 is not None]
        if known:
            axes.plot(*zip(*known, strict=True), lw=1.2, **_look(number, tomogram))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.03)
    axes.set_xlabel("least overlap (intersection over union)")
    _finish(axes, "F1 by the overlap that is asked for")


def _draw_axes(axes: Any, tomograms: list[ScoredTomogram]) -> None:
    for number, tomogram in enumerate(tomograms):
        scores = tomogram.scores.evaluation.axis_scores()
        known = [(place, scores[name]) for place, (_, name) in enumerate(_AXES) if scores[name] is not None]
        if known:
            axes.plot(*zip(*known, strict=True), "o", ms=4, **_look(number, tomogram))
    axes.set_xticks(range(len(_AXES)), [name for name, _ in _AXES])
    axes.set_xlim(-0.5, len(_AXES) - 0.5)
    axes.set_ylim(bottom=0)
    _finish(axes, "Mean error of centre and radius (nm)")


def _look(number: int, tomogram: ScoredTomogram) -> dict[str, str]:
    return {"color": _COLOURS[number % len(_COLOURS)], "label": tomogram.pair.title}


def _finish(axes: Any, title: str) -> None:
    axes.set_title(title, fontsize=_FONT_POINTS)
    axes.spines[["top", "right"]].set_visible(False)
