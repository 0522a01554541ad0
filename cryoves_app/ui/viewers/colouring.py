"""Which colour and line a vesicle is drawn with: by status, or by a measure on viridis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from cryoves_app.domain import measures
from cryoves_app.domain.colours import pool_colour, status_colour
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.ui.viewers.legend import (
    DISPUTED_COLOUR,
    ColourLegend,
    pool_legend,
    reviewer_legend,
)

#: A measure's range is cut into this many colours, so that circles are drawn in few batches.
LEVELS = 24
UNKNOWN = "#8a8f95"
BY_STATUS, BY_POOL, BY_REVIEWER = "status", "pool", "reviewer"


@dataclass(frozen=True)
class Style:
    """How a circle is drawn: rejected ones are dashed, outliers dash-dotted, so colour is never alone."""

    colour: str
    dashes: str = "solid"


@dataclass(frozen=True)
class ColourBar:
    """Name of a measure, texts of the ends, and where a cut lies (share from the low end, text)."""

    title: str
    low: str
    high: str
    cut: tuple[float, str] | None = None


@dataclass(frozen=True)
class Colouring:
    """Styles of all vesicles, and the colour bar that explains them (none when coloured by status)."""

    styles: tuple[Style, ...]
    measure: str = BY_STATUS
    low: float = 0.0
    high: float = 1.0
    legend: ColourLegend | None = None

    def bar(self, p_cut: float) -> ColourBar | None:
        """The bar that explains the colours; none when they mean the status, the pool or a person."""
        if self.measure in (BY_STATUS, BY_POOL, BY_REVIEWER):
            return None
        measure = measures.BY_KEY[self.measure]
        if self.measure == "p_value":
            share = (math.log10(max(p_cut, 1e-6)) - self.low) / (self.high - self.low)
            return ColourBar(measure.label, "1e−6", "1", (share, f"cut {p_cut:g}"))
        low, high = (measures.format_value(v, measure.decimals) for v in (self.low, self.high))
        title = f"{measure.label} ({measure.unit})" if measure.unit else measure.label
        return ColourBar(title, low, high)


def colour_choices() -> list[tuple[str, str]]:
    """What vesicles can be coloured by: key and name."""
    return [
        (BY_STATUS, "status"),
        (BY_POOL, "pool"),
        (BY_REVIEWER, "who judged it"),
        *((key, measures.BY_KEY[key].label) for key in measures.COLOUR_KEYS),
    ]


@cache
def _style(colour: str, dashes: str) -> Style:
    """One object for each of the few styles that thousands of vesicles share."""
    return Style(colour, dashes)


def dashes_of(status: Status) -> str:
    return {Status.REJECTED: "dash", Status.OUTLIER: "dashdot"}.get(status, "solid")


def _status_styles(vesicles: Sequence[Vesicle]) -> tuple[Style, ...]:
    """Vesicles outside the region are there, but do not count: grey dots. Each kind is worked out once."""
    found: dict[tuple[object, ...], Style] = {}

    def style(vesicle: Vesicle) -> Style:
        kind = (vesicle.status, vesicle.origin, vesicle.inside_region is False)
        if kind not in found:
            outside = _style(UNKNOWN, "dot")
            found[kind] = outside if kind[-1] else _style(status_colour(vesicle), dashes_of(vesicle.status))
        return found[kind]

    return tuple(style(v) for v in vesicles)


def colour_vesicles(
    vesicles: Sequence[Vesicle], measure: str, voxel_size_nm: float, pools: Sequence[str] = ()
) -> Colouring:
    """A style for every vesicle; ``pools`` are the names of the project's pools."""
    if measure == BY_STATUS:
        return Colouring(_status_styles(vesicles))
    if measure == BY_POOL:
        styles = tuple(_style(pool_colour(v.pool, pools), dashes_of(v.status)) for v in vesicles)
        return Colouring(styles, measure, legend=pool_legend(pools))
    if measure == BY_REVIEWER:
        return _by_reviewer(vesicles)
    values = measure_values(vesicles, measure, voxel_size_nm)
    low, high = value_range(values, measure)
    colours = viridis(np.nan_to_num((values - low) / (high - low)))
    known = np.isfinite(values)
    styles = tuple(
        _style(colour if there else UNKNOWN, dashes_of(v.status))
        for v, colour, there in zip(vesicles, colours, known, strict=True)
    )
    return Colouring(styles, measure, low, high)


def _by_reviewer(vesicles: Sequence[Vesicle]) -> Colouring:
    """Who judged last, or that people differ."""
    names = sorted({j.reviewer for v in vesicles for j in v.judgements})

    def colour(vesicle: Vesicle) -> str:
        return DISPUTED_COLOUR if vesicle.is_disputed else pool_colour(vesicle.reviewer, names)

    styles = tuple(_style(colour(v), dashes_of(v.status)) for v in vesicles)
    return Colouring(styles, BY_REVIEWER, legend=reviewer_legend(names))


def measure_values(vesicles: Sequence[Vesicle], measure: str, voxel_size_nm: float) -> NDArray[np.float64]:
    """A measure of all vesicles, unknown as NaN; p-values as their logarithm, where the differences are."""
    get = measures.BY_KEY[measure].value
    found = [get(v, voxel_size_nm) for v in vesicles]
    values = np.array([np.nan if f is None else float(f) for f in found], dtype=float)
    return np.log10(np.maximum(values, 1e-6)) if measure == "p_value" else values


def value_range(values: NDArray[np.float64], measure: str) -> tuple[float, float]:
    """What the colour bar spans: from 1e-6 to 1 for p-values, else the 2nd to 98th percentile."""
    if measure == "p_value":
        return -6.0, 0.0
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = np.percentile(finite, [2, 98])
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def viridis(shares: NDArray[np.float64]) -> list[str]:
    """Colours of values from 0 to 1, in ``LEVELS`` steps."""
    levels = np.round(np.clip(shares, 0, 1) * (LEVELS - 1)) / (LEVELS - 1)
    rgba = pg.colormap.get("viridis").map(levels, mode="byte")
    return ["#{:02x}{:02x}{:02x}".format(*c[:3]) for c in rgba]


@cache
def rgba(colour: str) -> tuple[float, float, float, float]:
    """A colour ``#rrggbb`` as shares, read once for each colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, 1.0
