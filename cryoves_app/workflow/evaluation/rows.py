"""A tomogram's scores as one row, and the averages over tomograms, as in tables 1–3 of the manuscript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

#: Scores by the names that tables and files use; ``None`` where one is not defined.
ScoreValues = Mapping[str, float | int | None]
#: What is averaged over tomograms, in the order of tables.
AVERAGED = (
    "mask_dice", "dice", "delta_d", "delta_c_nm", "delta_c_sd_nm", "vesicles", "tp_percent", "fn_percent",
    "fp_percent", "precision", "recall", "f1", "overlap",
    "delta_z_nm", "bias_z_nm", "delta_y_nm", "bias_y_nm", "delta_x_nm", "bias_x_nm", "delta_radius_nm",
    "bias_radius_nm",
)  # fmt: skip
#: The average of standard deviations is the root of the mean of their squares.
_DEVIATION = "delta_c_sd_nm"


@dataclass(frozen=True)
class ScoreRow:
    """One tomogram. ``mask_dice`` is that of the network's map, ``dice`` of the vesicles; ``more`` are other scores."""

    name: str
    group: str
    true_positives: int
    false_negatives: int
    false_positives: int
    mask_dice: float | None = None
    dice: float | None = None
    delta_d: float | None = None
    delta_c_nm: float | None = None
    delta_c_sd_nm: float | None = None
    more: ScoreValues = field(default_factory=dict)

    @property
    def vesicles(self) -> int:
        """How many there are by the truth."""
        return self.true_positives + self.false_negatives

    def values(self) -> ScoreValues:
        """All scores by name."""
        found = self.true_positives + self.false_positives
        total = found + self.vesicles
        return {
            "mask_dice": self.mask_dice,
            "dice": self.dice,
            "delta_d": self.delta_d,
            "delta_c_nm": self.delta_c_nm,
            "delta_c_sd_nm": self.delta_c_sd_nm,
            "vesicles": self.vesicles,
            "true_positives": self.true_positives,
            "false_negatives": self.false_negatives,
            "false_positives": self.false_positives,
            "tp_percent": _share(100 * self.true_positives, self.vesicles),
            "fn_percent": _share(100 * self.false_negatives, self.vesicles),
            "fp_percent": _share(100 * self.false_positives, found),
            "precision": _share(self.true_positives, found),
            "recall": _share(self.true_positives, self.vesicles),
            "f1": _share(2 * self.true_positives, total),
            **self.more,
        }


@dataclass(frozen=True)
class ScoreAverage:
    """A score over the tomograms of a set of which it is known: unweighted mean, and standard deviation among them.

    The deviation is that of these tomograms themselves (divided by their number), as in the manuscript's tables.
    """

    name: str
    count: int
    mean: float | None
    sd: float | None


def group_names(rows: Iterable[ScoreRow]) -> tuple[str, ...]:
    """The sets, in the order in which they come."""
    return tuple(dict.fromkeys(row.group for row in rows))


def average_scores(rows: Sequence[ScoreRow]) -> dict[str, ScoreAverage]:
    """Averages by the scores' names."""
    values = [row.values() for row in rows]
    return {name: _average(name, [v.get(name) for v in values]) for name in AVERAGED}


def _average(name: str, values: Sequence[float | int | None]) -> ScoreAverage:
    known = np.array([v for v in values if v is not None], float)
    if not known.size:
        return ScoreAverage(name, 0, None, None)
    if name == _DEVIATION:
        return ScoreAverage(name, known.size, float(np.sqrt((known**2).mean())), None)
    return ScoreAverage(name, known.size, float(known.mean()), float(known.std()))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
