"""Two segmentations of one tomogram compared, as in tables 1–3 of the manuscript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.scores.matching import Match, MatchRule, match_spheres
from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.geometry import Sphere, intersection_over_union


@dataclass(frozen=True)
class AxisError:
    """Differences of matched pairs along one axis, predicted minus true, in nm.

    ``mean_nm`` is the mean of their sizes; ``bias_nm`` and ``sd_nm`` are mean and standard deviation with their signs.
    """

    mean_nm: float
    bias_nm: float
    sd_nm: float

    @classmethod
    def of(cls, differences_nm: Sequence[float]) -> AxisError:
        """Of at least one difference, predicted minus true, in nm."""
        values = np.array(differences_nm, float)
        return cls(float(np.abs(values).mean()), float(values.mean()), float(values.std()))


@dataclass(frozen=True)
class Evaluation:
    """Scores of a prediction.

    ``delta_d`` is the mean of ``1 - min(d) / max(d)`` over matched pairs (diameters), ``delta_c_nm`` mean and
    standard deviation of the centre distance, ``overlap`` the mean intersection over union, ``axes`` the errors of the
    centre along z, y and x, ``radius`` that of the outer radius. Scores that are not defined (no vesicle, no pair) are
    ``None`` or empty.
    """

    matches: tuple[Match, ...]
    false_positives: tuple[int, ...]
    false_negatives: tuple[int, ...]
    delta_d: float | None
    delta_c_nm: float | None
    delta_c_sd_nm: float | None
    overlap: float | None
    dice: float | None = None
    axes: tuple[AxisError, ...] = ()
    radius: AxisError | None = None

    @property
    def true_positives(self) -> int:
        """How many vesicles were found."""
        return len(self.matches)

    @property
    def expected(self) -> int:
        """How many true vesicles there are."""
        return self.true_positives + len(self.false_negatives)

    @property
    def found(self) -> int:
        """How many vesicles were predicted."""
        return self.true_positives + len(self.false_positives)

    @property
    def precision(self) -> float | None:
        """The share of predicted vesicles that are true; ``None`` where none was predicted."""
        return self.true_positives / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of true vesicles that were found; ``None`` where there is none."""
        return self.true_positives / self.expected if self.expected else None

    @property
    def f1(self) -> float | None:
        """``2 TP / (2 TP + FP + FN)``; ``None`` where there is no vesicle at all."""
        total = self.found + self.expected
        return 2 * self.true_positives / total if total else None

    def to_dict(self) -> dict[str, float | int | None]:
        """The scores by the names that tables and files use."""
        return {
            "true_positives": self.true_positives,
            "false_negatives": len(self.false_negatives),
            "false_positives": len(self.false_positives),
            "tp_percent": _percent(self.true_positives, self.expected),
            "fn_percent": _percent(len(self.false_negatives), self.expected),
            "fp_percent": _percent(len(self.false_positives), self.found),
            "f1": self.f1,
            "delta_d": self.delta_d,
            "delta_c_nm": self.delta_c_nm,
            "delta_c_sd_nm": self.delta_c_sd_nm,
            "overlap": self.overlap,
            "dice": self.dice,
            "precision": self.precision,
            "recall": self.recall,
            **self.axis_scores(),
        }

    def axis_scores(self) -> dict[str, float | int | None]:
        """Errors along the axes and of the radius by name: mean of their sizes, bias, standard deviation; in nm."""
        axes: tuple[AxisError | None, ...] = self.axes or (None, None, None)
        named = zip(("z", "y", "x", "radius"), (*axes, self.radius), strict=True)
        return {
            f"{kind}_{name}_nm": getattr(error, f"{value}_nm") if error else None
            for name, error in named
            for kind, value in (("delta", "mean"), ("bias", "bias"), ("sd", "sd"))
        }


@dataclass(frozen=True)
class CountedSpheres:
    """Spheres with outer radii, in nm, and which of them count by themselves, one flag each; all do where empty."""

    spheres: Sequence[Sphere]
    counted: Sequence[bool] = ()

    def counts(self, index: int) -> bool:
        """Whether a sphere counts without a partner."""
        return not self.counted or bool(self.counted[index])


def compare(
    predicted: Sequence[Sphere],
    true: Sequence[Sphere],
    rule: MatchRule = MatchRule.CENTRE,
    grid: tuple[tuple[int, int, int], float] | None = None,
) -> Evaluation:
    """Match two sets of spheres one to one and score the pairs.

    Parameters
    ----------
    predicted, true
        Spheres with outer radii, in nm.
    grid : (shape, voxel_size_nm), optional
        Where to paint both sets for the Dice coefficient of the final labels; without it there is none.

    References
    ----------
    Tables 1–3 of the manuscript.
    """
    dice = dice_of_spheres(predicted, true, *grid) if grid else None
    return compare_counted(CountedSpheres(predicted), CountedSpheres(true), rule, dice)


def compare_counted(
    predicted: CountedSpheres,
    true: CountedSpheres,
    rule: MatchRule = MatchRule.CENTRE,
    dice: float | None = None,
) -> Evaluation:
    """As ``compare``, of spheres of which not all count: those outside a region do not.

    All are matched. A pair counts where either of the two does, so that a vesicle on the region's edge, of which one
    centre lies just outside, is no error; a sphere without a partner counts if it does itself.
    """
    all_matches = match_spheres(predicted.spheres, true.spheres, rule)
    matches = [m for m in all_matches if predicted.counts(m.predicted) or true.counts(m.true)]
    pairs = [(predicted.spheres[m.predicted], true.spheres[m.true]) for m in matches]
    distances = [m.distance_nm for m in matches]
    return Evaluation(
        tuple(matches),
        _left(predicted, {m.predicted for m in all_matches}),
        _left(true, {m.true for m in all_matches}),
        _mean(1 - min(p.radius_nm, t.radius_nm) / max(p.radius_nm, t.radius_nm) for p, t in pairs),
        _mean(distances),
        float(np.std(distances)) if distances else None,
        _mean(intersection_over_union(p, t) for p, t in pairs),
        dice,
        tuple(AxisError.of([p.centre_nm[k] - t.centre_nm[k] for p, t in pairs]) for k in range(3))
        if pairs
        else (),
        AxisError.of([p.radius_nm - t.radius_nm for p, t in pairs]) if pairs else None,
    )


def soft_dice(a: Iterable[NDArray[Any]], b: Iterable[NDArray[Any]]) -> float:
    """``2 Σ ab / (Σ a² + Σ b²)``; 1 for two empty maps.

    Parameters
    ----------
    a, b : (z, y, x) arrays, or their planes
        0 to 1; read plane by plane, so they may be memory-mapped.
    """
    shared = total = 0.0
    for p, q in zip(a, b, strict=True):
        x, y = np.asarray(p, np.float64).ravel(), np.asarray(q, np.float64).ravel()
        shared += float(x @ y)
        total += float(x @ x) + float(y @ y)
    return 2 * shared / total if total else 1.0


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(np.mean(known)) if known else None


def _left(spheres: CountedSpheres, matched: set[int]) -> tuple[int, ...]:
    """Those without a partner that count."""
    return tuple(i for i in range(len(spheres.spheres)) if i not in matched and spheres.counts(i))
