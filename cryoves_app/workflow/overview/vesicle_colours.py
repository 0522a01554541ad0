"""The colour of each vesicle in figures and movies: by its status, or by a measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from cryoves_app.domain import measures
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.overview.planes import COLOURS, OUTSIDE
from cryoves_app.workflow.overview.slice_figure import FigureBar

COLOUR_BY_STATUS = "status"
NO_VALUE_COLOUR = "#8a8f95"


@dataclass(frozen=True)
class VesicleColours:
    """The colour of each vesicle by its number, and what the colours mean."""

    by_id: dict[int, str]
    bar: FigureBar | None = None

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
        bar = FigureBar(
            measure.header, [scale.colour_at(s) for s in np.linspace(0, 1, 32)], scale.low, scale.high
        )
        return cls({v.id: scale.colour_of(measure.value(v, voxel_nm)) for v in project.vesicles}, bar)

    def of_vesicle(self, vesicle: Vesicle) -> str:
        return self.by_id[vesicle.id]


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
        return self.colour_at((number - self.first) / (self.last - self.first))

    def colour_at(self, share: float) -> str:
        return str(to_hex(colormaps["viridis"](float(np.clip(share, 0, 1)))))
