"""One tomogram's scores and errors as rows for people, with what each score means."""

from __future__ import annotations

from collections.abc import Iterator

from cryoves_app.domain.wording import counted
from cryoves_app.workflow.evaluation.cells import in_digits
from cryoves_app.workflow.evaluation.errors import ErrorKind, VesicleError
from cryoves_app.workflow.evaluation.scored import ScoredTomogram
from cryoves_app.workflow.evaluation.steps import STEP_TITLES

_WORDS = {
    ErrorKind.MISSED: "missed",
    ErrorKind.FALSE: "false",
    ErrorKind.RADIUS: "wrong radius",
    ErrorKind.PLACE: "wrong place",
}


def score_sentence(found: ScoredTomogram) -> str:
    """The result in one sentence."""
    e = found.scores.evaluation
    if not e.found and not e.expected:
        return "Neither has any vesicle that counts."
    return (
        f"{counted(e.true_positives, 'vesicle')} in both, {len(e.false_negatives)} missed, "
        f"{len(e.false_positives)} false: F1 {in_digits(e.f1, 3)}, Dice {in_digits(found.scores.dice, 3)}."
    )


def score_rows(found: ScoredTomogram) -> Iterator[tuple[str, str, str]]:
    """Score, value, meaning."""
    e = found.scores.evaluation
    yield ("Found (TP)", str(e.true_positives), "in both")
    yield ("Missed (FN)", str(len(e.false_negatives)), "in the true one only")
    yield ("False (FP)", str(len(e.false_positives)), "in the found one only")
    yield ("Precision", in_digits(e.precision, 3), "share of the found ones that are true")
    yield ("Recall", in_digits(e.recall, 3), "share of the true ones that were found")
    yield ("F1", in_digits(e.f1, 3), "2 TP / (2 TP + FP + FN)")
    yield ("Dice", in_digits(found.scores.dice, 3), "of the voxels that vesicles cover")
    yield ("δd", in_digits(e.delta_d, 4), "diameter error of pairs: mean of 1 − min / max")
    yield ("Δc", _with_spread(e.delta_c_nm, e.delta_c_sd_nm), "distance of the centres of pairs, ± SD")
    for name, error in zip("xyz", reversed(e.axes), strict=False):
        bias = f"size of the difference along {name}; bias {error.bias_nm:+.2f} ± {error.sd_nm:.2f} nm"
        yield (f"Δ{name}", f"{error.mean_nm:.2f} nm", bias)
    if e.radius is not None:
        yield ("Radius", f"{e.radius.bias_nm:+.2f} ± {e.radius.sd_nm:.2f} nm", "found minus true, ± SD")
    yield ("Overlap", in_digits(e.overlap, 3), "intersection over union of pairs")
    for step, dice in found.steps.items():
        yield (f"Dice: {STEP_TITLES[step]}", in_digits(dice, 3), "after this step of the run")


def error_cells_for_people(error: VesicleError) -> tuple[str, ...]:
    """What it is, ids in the found and in the true result, radius, differences."""
    return (
        _WORDS[error.kind],
        str(error.predicted.id) if error.predicted else "",
        str(error.true.id) if error.true else "",
        in_digits(error.sphere.radius_nm, 1),
        "" if error.radius_error_nm is None else f"{error.radius_error_nm:+.1f}",
        "" if error.distance_nm is None else f"{error.distance_nm:.1f}",
    )


def _with_spread(mean: float | None, sd: float | None) -> str:
    return "–" if mean is None or sd is None else f"{mean:.2f} ± {sd:.2f} nm"
