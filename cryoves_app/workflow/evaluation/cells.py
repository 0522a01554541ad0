"""Scores as rows for people: the manuscript's tables on the terminal, in the window and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryoves_app.workflow.evaluation.rows import ScoreAverage, ScoreRow, average_scores, group_names

SCORE_HEADER = (
    "Tomogram", "Mask Dice", "Dice", "δd", "Δc (nm)", "Vesicles", "TP", "FN", "FP", "F1", "|Δx| |Δy| |Δz| (nm)",
)  # fmt: skip
UNKNOWN = "–"
_AXES = ("delta_x_nm", "delta_y_nm", "delta_z_nm")


def score_cells(row: ScoreRow) -> tuple[str, ...]:
    """One tomogram."""
    values = row.values()
    return (
        row.name,
        in_digits(row.mask_dice, 2),
        in_digits(row.dice, 2),
        in_digits(row.delta_d, 3),
        _with_sd(row.delta_c_nm, row.delta_c_sd_nm),
        str(row.vesicles),
        str(row.true_positives),
        str(row.false_negatives),
        str(row.false_positives),
        in_digits(values["f1"], 3),
        " ".join(in_digits(values.get(name), 2) for name in _AXES),
    )


def average_cells(rows: Sequence[ScoreRow]) -> tuple[str, ...]:
    """The averages of a set: mean ± standard deviation, found and missed in per cent."""
    found = average_scores(rows)
    return (
        f"Average of {len(rows)}",
        _mean_and_sd(found["mask_dice"], 2),
        _mean_and_sd(found["dice"], 2),
        in_digits(found["delta_d"].mean, 3),
        _with_sd(found["delta_c_nm"].mean, found["delta_c_sd_nm"].mean),
        in_digits(found["vesicles"].mean, 2),
        *(_percent(found[name].mean) for name in ("tp_percent", "fn_percent", "fp_percent")),
        _mean_and_sd(found["f1"], 3),
        " ".join(in_digits(found[name].mean, 2) for name in _AXES),
    )


def tables_by_set(rows: Sequence[ScoreRow]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """For each set its name and rows, the averages last."""
    for group in group_names(rows):
        own = [row for row in rows if row.group == group]
        yield group, [*map(score_cells, own), average_cells(own)]


def in_digits(value: float | None, digits: int) -> str:
    """A number for a table."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _with_sd(mean: float | None, sd: float | None) -> str:
    if mean is None:
        return UNKNOWN
    return f"{mean:.2f} ± {sd:.2f}" if sd is not None else f"{mean:.2f}"


def _mean_and_sd(average: ScoreAverage, digits: int) -> str:
    mean = in_digits(average.mean, digits)
    return f"{mean} ± {average.sd:.{digits}f}" if average.sd is not None and average.count > 1 else mean


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f} %"
