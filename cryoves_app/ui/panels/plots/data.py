"""What a plot shows: values, groups with their colours, bins; made of vesicles, without a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.scores.descriptive import bin_edges, bins_of
from cryoves_app.domain.arrays import Values
from cryoves_app.domain.colours import NO_POOL, pool_colour
from cryoves_app.domain.measures import BY_KEY, MEASURES, Measure
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import BY_POOL, BY_STATUS, measure_values

_STATUS_COLOURS = {
    Status.ACCEPTED: theme.SKY_BLUE,
    Status.OUTLIER: theme.ORANGE,
    Status.REJECTED: theme.VERMILLION,
}


class PlotKind(StrEnum):
    HISTOGRAM = "Histogram"
    SCATTER = "Scatter plot"


@dataclass(frozen=True)
class PlotSpec:
    """What a user chose; ``y`` counts for scatter plots only, ``by`` is ``pool`` or ``status``."""

    kind: PlotKind = PlotKind.HISTOGRAM
    x: str = "radius_nm"
    y: str = "nn_distance_nm"
    by: str = BY_POOL
    counted_only: bool = True  # accepted, and inside the region where there is one


@dataclass(frozen=True)
class Group:
    """Vesicles of one colour: a name, and which rows of the data are theirs."""

    name: str
    colour: str
    rows: NDArray[np.bool_]


@dataclass(frozen=True)
class PlotData:
    """One row for each vesicle: its id and values; ``bins`` is -1 where the value is not known."""

    spec: PlotSpec
    ids: NDArray[np.int64]
    x: Values
    y: Values
    groups: tuple[Group, ...]
    edges: Values
    bins: NDArray[np.intp]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows that can be drawn."""
        known = np.isfinite(self.x)
        return known & np.isfinite(self.y) if self.spec.kind is PlotKind.SCATTER else known

    def counts(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        """How many of the rows lie in each bin."""
        inside = self.bins[rows & (self.bins >= 0)]
        return np.bincount(inside, minlength=max(len(self.edges) - 1, 0))

    def in_bin_at(self, x: float, height: float) -> list[int]:
        """The ids of the bar at a place of the histogram; none above the bar."""
        if not len(self.edges):
            return []
        (place,) = bins_of(np.array([x]), self.edges)
        members = self.ids[self.bins == place] if place >= 0 else self.ids[:0]
        return [int(i) for i in members] if height <= len(members) else []

    def inside(self, low: tuple[float, float], high: tuple[float, float]) -> list[int]:
        """The ids within a rectangle; of a histogram, all within its breadth."""
        rows = self.known & (self.x >= low[0]) & (self.x <= high[0])
        if self.spec.kind is PlotKind.SCATTER:
            rows &= (self.y >= low[1]) & (self.y <= high[1])
        return [int(i) for i in self.ids[rows]]


#: What can be plotted: numbers, each once.
PLOTTED: tuple[Measure, ...] = tuple(
    m for m in MEASURES if m.numeric and m.unit != "voxel" and m.key not in ("id", "label")
)


def axis_title(key: str) -> str:
    """A measure's name with its unit; p-values are drawn as logarithms."""
    measure = BY_KEY[key]
    if key == "p_value":
        return "log₁₀ of the p-value"
    return f"{measure.label} ({measure.unit})" if measure.unit else measure.label


def plot_data(
    vesicles: Iterable[Vesicle], spec: PlotSpec, pools: Sequence[str], voxel_size_nm: float
) -> PlotData:
    """The rows that a plot of these vesicles has."""
    found = [v for v in vesicles if not spec.counted_only or _is_counted(v)]
    x, y = (measure_values(found, key, voxel_size_nm) for key in (spec.x, spec.y))
    edges = bin_edges(x)
    ids = np.array([v.id for v in found], dtype=np.int64)
    return PlotData(spec, ids, x, y, _groups(found, spec.by, pools), edges, bins_of(x, edges))


def rows_of(data: PlotData) -> tuple[list[str], list[list[Any]]]:
    """The plotted values as a table: header, and a row for each vesicle that is drawn."""
    is_scatter = data.spec.kind is PlotKind.SCATTER
    head = ["id", _column(data.spec.x)]
    head += [_column(data.spec.y)] if is_scatter else ["bin_low", "bin_high"]
    rows = []
    for row in np.flatnonzero(data.known):
        place = data.bins[row]
        rest = [data.y[row]] if is_scatter else [data.edges[place], data.edges[place + 1]]
        group = next((g.name for g in data.groups if g.rows[row]), "")
        rows.append([int(data.ids[row]), *(round(float(v), 6) for v in (data.x[row], *rest)), group])
    return [*head, data.spec.by], rows


def _column(key: str) -> str:
    return "log10_p_value" if key == "p_value" else key


def _is_counted(vesicle: Vesicle) -> bool:
    return vesicle.status is Status.ACCEPTED and vesicle.inside_region is not False


def _groups(vesicles: Sequence[Vesicle], by: str, pools: Sequence[str]) -> tuple[Group, ...]:
    if by == BY_STATUS:
        named = [(str(s), colour, [v.status is s for v in vesicles]) for s, colour in _STATUS_COLOURS.items()]
    else:
        named = [(name, pool_colour(name, pools), [v.pool == name for v in vesicles]) for name in pools]
        named.append(("in no pool", NO_POOL, [v.pool not in pools for v in vesicles]))
    groups = (Group(name, colour, np.array(rows, dtype=bool)) for name, colour, rows in named)
    return tuple(g for g in groups if g.rows.any())
