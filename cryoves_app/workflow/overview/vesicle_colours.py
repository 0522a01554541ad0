"""The colour of each vesicle in figures and movies: by its status, or by a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from cryoves_app.domain import measures
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.workflow.overview.planes import COLOURS, OUTSIDE
from cryoves_app.workflow.overview.slice_figure import FigureBar

COLOUR_BY_STATUS = "status"
NO_VALUE_COLOUR = "#8a8f95"
STATUS_DASHES = {Status.ACCEPTED: "solid", Status.OUTLIER: "dashdot", Status.REJECTED: "dash"}


@dataclass(frozen=True)
class VesicleColours:
    """The colour of each vesicle that is drawn by its number, and what the colours mean.

    ``legend`` are names and colours from the top down; ``dashes`` how lines are drawn, by status if not said.
    """

    by_id: dict[int, str]
    bar: FigureBar | None = None
    legend: tuple[tuple[str, str], ...] = ()
    dashes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, colour_by: str, voxel_nm: float) -> VesicleColours:
        if colour_by == COLOUR_BY_STATUS:
            return cls(
                {v.id: OUTSIDE if v.inside_region is False else COLOURS[v.status] for v in project.vesicles}
            )
        if colour_by not in measures.COLOUR_KEYS:
            known = ", ".join((COLOUR_BY_STATUS, *measures.COLOUR_KEYS))
            raise CryoVesError(f"Vesicles cannot be coloured by “{colour_by}”, but by: {known}.")
        return cls._of_measure(project, measures.BY_KEY[colour_by], voxel_nm)

    @classmethod
    def _of_measure(cls, project: Project, measure: measures.Measure, voxel_nm: float) -> VesicleColours:
        scale = _Scale.of(measure, [measure.value(v, voxel_nm) for v in project.vesicles])
        bar = viridis_bar(measure.header, scale.low, scale.high)
        return cls({v.id: scale.colour_of(measure.value(v, voxel_nm)) for v in project.vesicles}, bar)

    def of_vesicle(self, vesicle: Vesicle) -> str:
        return self.by_id[vesicle.id]

    def dashes_of(self, vesicle: Vesicle) -> str:
        return self.dashes.get(vesicle.id, STATUS_DASHES[vesicle.status])

    def drawn(self, project: Project, *, rejected: bool) -> list[Vesicle]:
        """Those of a project's vesicles that have a colour; rejected ones only when asked for."""
        shown = (v for v in project.vesicles if v.id in self.by_id)
        return [v for v in shown if rejected or v.status is not Status.REJECTED]


@dataclass(frozen=True)
class _Scale:
    """From a measure's values to viridis: the 2nd to 98th percentile; p-values by their logarithm from 10⁻⁶."""

    first: float
    last: float
    low: str
    high: str
    logarithmic: bool = False

    @classmethod
    def of(cls, measure: measures.Measure, values: Sequence[Any]) -> _Scale:
        if measure.key == "p_value":
            return cls(-6.0, 0.0, "1e−6", "1", logarithmic=True)
        known = [float(x) for x in values if x is not None]
        low, high = (float(x) for x in np.percentile(known, [2, 98])) if known else (0.0, 1.0)
        first, last = (measures.format_value(x, measure.decimals) for x in (low, high))
        return cls(low, max(high, low + 1e-9), first, last)

    def colour_of(self, value: Any) -> str:
        if value is None:
            return NO_VALUE_COLOUR
        number = np.log10(max(float(value), 1e-6)) if self.logarithmic else float(value)
        return _viridis((number - self.first) / (self.last - self.first))


def viridis_bar(title: str, low: str, high: str) -> FigureBar:
    """What colours from viridis mean, from the low to the high end."""
    return FigureBar(title, [_viridis(s) for s in np.linspace(0, 1, 32)], low, high)


def _viridis(share: float) -> str:
    return str(to_hex(colormaps["viridis"](float(np.clip(share, 0, 1)))))
