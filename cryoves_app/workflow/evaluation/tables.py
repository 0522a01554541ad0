"""An evaluation as files: scores, averages, errors, steps, the curve, Markdown, and the figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.storage.replacing import make_folders, refuse_inputs, replacing
from cryoves_app.workflow.evaluation.errors import VesicleError
from cryoves_app.workflow.evaluation.figure import evaluation_picture
from cryoves_app.workflow.evaluation.markdown import evaluation_markdown
from cryoves_app.workflow.evaluation.names import (
    AVERAGES,
    CURVE,
    DRAWING,
    ERRORS,
    EVALUATION_FILES,
    MARKDOWN,
    PICTURE,
    SCORES,
    STEP_TABLE,
)
from cryoves_app.workflow.evaluation.rows import AVERAGED, average_scores, group_names
from cryoves_app.workflow.evaluation.scored import ScoredSet, ScoredTomogram

_COUNTS = ("true_positives", "false_negatives", "false_positives")
SCORE_COLUMNS = (
    "set", "tomogram", *AVERAGED[:6], *_COUNTS, *AVERAGED[6:], "sd_z_nm", "sd_y_nm", "sd_x_nm", "sd_radius_nm",
    "prediction", "truth", "region",
)  # fmt: skip
AVERAGE_COLUMNS = ("set", "score", "tomograms", "mean", "sd")
ERROR_COLUMNS = (
    "set", "tomogram", "error", "predicted_id", "true_id", "x_px", "y_px", "z_px", "x_nm", "y_nm", "z_nm",
    "radius_nm", "distance_nm", "radius_error_nm",
)  # fmt: skip
STEP_COLUMNS = ("set", "tomogram", "step", "dice")
CURVE_COLUMNS = (
    "set", "tomogram", "overlap", "true_positives", "false_negatives", "false_positives", "f1",
)  # fmt: skip
_Row = Sequence[object]


def write_evaluation(found: ScoredSet, folder: Path) -> list[Path]:
    """Write all files of an evaluation; those of an earlier one are replaced.

    Raises
    ------
    CryoVesError
        If one cannot be written, or is one of the files that are compared.
    """
    inputs = [path for t in found.tomograms for path in (t.pair.prediction, t.pair.truth, t.pair.region)]
    refuse_inputs([folder / name for name in EVALUATION_FILES], inputs)
    make_folders(folder)
    for name, header, rows in (
        (SCORES, SCORE_COLUMNS, map(_score_row, found.tomograms)),
        (AVERAGES, AVERAGE_COLUMNS, _average_rows(found)),
        (ERRORS, ERROR_COLUMNS, error_rows(found)),
        (STEP_TABLE, STEP_COLUMNS, _step_rows(found)),
        (CURVE, CURVE_COLUMNS, _curve_rows(found)),
    ):
        write_rows(folder / name, header, rows)
    with replacing(folder / MARKDOWN) as temporary:
        temporary.write_text(evaluation_markdown(found), encoding="utf-8")
    for name, kind in ((DRAWING, "svg"), (PICTURE, "png")):
        with replacing(folder / name) as temporary:
            temporary.write_bytes(evaluation_picture(found, kind))
    return [folder / name for name in EVALUATION_FILES]


def _score_row(t: ScoredTomogram) -> _Row:
    values, pair = t.row.values(), t.pair
    cells = [values.get(name) for name in SCORE_COLUMNS[2:-3]]
    return [pair.group, pair.title, *map(_written, cells), pair.prediction, pair.truth, pair.region]


def _average_rows(found: ScoredSet) -> Iterator[_Row]:
    for group in group_names(found.rows):
        averages = average_scores([row for row in found.rows if row.group == group])
        for a in averages.values():
            yield [group, a.name, a.count, _written(a.mean), _written(a.sd)]


def error_rows(found: ScoredSet) -> Iterator[_Row]:
    """The list of errors, in the order of ``ERROR_COLUMNS``."""
    for t in found.tomograms:
        for error in t.errors:
            yield [t.pair.group, t.pair.title, *map(_written, _error_cells(error, t.voxel_size_nm))]


def _error_cells(error: VesicleError, voxel_nm: float | None) -> Iterator[object]:
    z, y, x = error.sphere.centre_nm
    yield error.kind
    yield error.predicted.id if error.predicted else None
    yield error.true.id if error.true else None
    yield from (place / voxel_nm if voxel_nm else None for place in (x, y, z))
    yield from (x, y, z, error.sphere.radius_nm, error.distance_nm, error.radius_error_nm)


def _step_rows(found: ScoredSet) -> Iterator[_Row]:
    for t in found.tomograms:
        for step, dice in t.steps.items():
            yield [t.pair.group, t.pair.title, step, _written(dice)]


def _curve_rows(found: ScoredSet) -> Iterator[_Row]:
    for t in found.tomograms:
        for p in t.scores.curve:
            counts = (p.true_positives, p.false_negatives, p.false_positives)
            yield [t.pair.group, t.pair.title, p.threshold, *counts, _written(p.f1)]


def _written(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value
