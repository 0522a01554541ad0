"""Averages over tomograms: those of the manuscript's tables from their own rows."""

from __future__ import annotations

import pytest

from cryoves_app.workflow.evaluation.cells import average_cells, score_cells, tables_by_set
from cryoves_app.workflow.evaluation.rows import ScoreRow, average_scores

# name, mask Dice, final Dice, δd, Δc, its SD, TP, FN, FP
TABLE_1 = """
SC 1, 0.44, 0.73, 0.07, 2.55, 1.56, 198, 26, 49
SC 2, 0.80, 0.90, 0.05, 2.12, 1.06, 103, 2, 1
SC 3, 0.67, 0.90, 0.05, 1.86, 1.24, 127, 1, 6
SC 4, 0.62, 0.89, 0.03, 1.78, 0.92, 141, 3, 4
SC 5, 0.58, 0.87, 0.04, 1.86, 1.00, 209, 5, 13
SC 6, 0.56, 0.84, 0.04, 1.92, 1.05, 102, 2, 16
SC 7, 0.78, 0.88, 0.06, 1.86, 0.90, 184, 0, 16
SC 8, 0.75, 0.90, 0.05, 1.70, 0.93, 126, 6, 1
SC 9, 0.59, 0.87, 0.05, 1.87, 0.91, 132, 3, 14
"""
TABLE_2 = """
SC 10, 0.75, 0.88, 0.07, 1.86, 1.18, 123, 6, 5
ST 1, 0.75, 0.83, 0.11, 2.66, 1.52, 687, 12, 33
ST 2, 0.74, 0.77, 0.11, 2.27, 1.84, 117, 5, 2
ST 3, 0.72, 0.74, 0.11, 3.64, 2.22, 397, 37, 57
ST 5, 0.77, 0.85, 0.08, 2.20, 1.26, 526, 9, 25
ST 6, 0.60, 0.83, 0.07, 2.02, 1.12, 353, 20, 42
ST 7, 0.80, 0.83, 0.06, 2.22, 1.14, 107, 3, 9
ST 8, 0.83, 0.91, 0.04, 2.09, 1.04, 99, 1, 2
ST 10, 0.77, 0.86, 0.05, 1.96, 1.04, 74, 3, 6
"""
TABLE_3 = """
N 133, 0.76, 0.86, 0.05, 2.16, 1.32, 467, 56, 8
N 123, 0.64, 0.71, 0.05, 2.05, 1.18, 58, 8, 2
N 84, 0.86, 0.89, 0.06, 1.44, 0.75, 484, 14, 1
N 134, 0.56, 0.67, 0.09, 2.87, 2.50, 384, 254, 63
N 115, 0.57, 0.63, 0.08, 3.56, 3.23, 123, 47, 32
N 102, 0.73, 0.86, 0.05, 1.47, 0.79, 86, 17, 1
N 80, 0.70, 0.81, 0.07, 2.67, 2.00, 102, 9, 3
N 114, 0.65, 0.73, 0.07, 2.68, 1.79, 93, 38, 9
N 132, 0.69, 0.87, 0.03, 1.65, 1.26, 129, 6, 32
N 73, 0.78, 0.83, 0.06, 2.93, 2.00, 483, 43, 2
N 128, 0.67, 0.85, 0.04, 2.33, 1.70, 232, 20, 19
N 116, 0.62, 0.73, 0.07, 2.38, 1.82, 207, 89, 35
"""
#: As printed below the rows: mask Dice, Dice, δd, Δc, vesicles, TP %, FN %, FP %.
PRINTED = {
    "train": (TABLE_1, (0.64, 0.11, 0.86, 0.05, 0.05, 1.95, 1.08, 152.22, 97.0, 3.0, 7.3)),
    "test": (TABLE_2, (0.75, 0.06, 0.83, 0.05, 0.08, 2.32, 1.43, 286.56, 96.3, 3.7, 6.1)),
    "neurons": (TABLE_3, (0.69, 0.09, 0.79, 0.09, 0.06, 2.35, 1.83, 287.42, 83.6, 16.4, 7.9)),
}
#: Rows are printed with two digits, so deviations of their averages can be off by that.
TOLERANCES = (0.005, 0.01, 0.005, 0.01, 0.005, 0.005, 0.005, 0.005, 0.05, 0.05, 0.05)


def rows_of(table: str, group: str) -> list[ScoreRow]:
    made = []
    for line in table.strip().splitlines():
        name, *cells = (part.strip() for part in line.split(","))
        mask, dice, delta_d, delta_c, sd = map(float, cells[:5])
        tp, fn, fp = map(int, cells[5:])
        made.append(ScoreRow(name, group, tp, fn, fp, mask, dice, delta_d, delta_c, sd))
    return made


@pytest.mark.parametrize("group", PRINTED)
def test_the_averages_of_the_manuscript_come_from_its_rows(group: str) -> None:
    table, printed = PRINTED[group]
    found = average_scores(rows_of(table, group))
    computed = [
        found["mask_dice"].mean, found["mask_dice"].sd, found["dice"].mean, found["dice"].sd,
        found["delta_d"].mean, found["delta_c_nm"].mean, found["delta_c_sd_nm"].mean, found["vesicles"].mean,
        found["tp_percent"].mean, found["fn_percent"].mean, found["fp_percent"].mean,
    ]  # fmt: skip
    for value, expected, tolerance in zip(computed, printed, TOLERANCES, strict=True):
        assert value == pytest.approx(expected, abs=tolerance * 1.0001)


def test_rows_and_averages_read_as_in_the_manuscript() -> None:
    rows = rows_of(TABLE_1, "train")
    assert score_cells(rows[0])[:9] == (
        "SC 1",
        "0.44",
        "0.73",
        "0.070",
        "2.55 ± 1.56",
        "224",
        "198",
        "26",
        "49",
    )
    assert average_cells(rows)[:9] == (
        "Average of 9", "0.64 ± 0.11", "0.86 ± 0.05", "0.049", "1.95 ± 1.08", "152.22", "97.0 %", "3.0 %", "7.3 %",
    )  # fmt: skip


def test_sets_are_averaged_apart_and_keep_their_order() -> None:
    rows = [*rows_of(TABLE_3, "neurons"), *rows_of(TABLE_2, "test")]
    tables = dict(tables_by_set(rows))
    assert list(tables) == ["neurons", "test"]
    assert [len(t) for t in tables.values()] == [13, 10]
    assert tables["test"][-1][6:9] == ("96.3 %", "3.7 %", "6.1 %")


def test_what_is_not_known_is_left_out_of_the_averages() -> None:
    rows = [ScoreRow("a", "", 0, 0, 0), ScoreRow("b", "", 3, 1, 0, dice=0.5)]
    found = average_scores(rows)
    assert (found["dice"].count, found["dice"].mean, found["dice"].sd) == (1, 0.5, 0.0)
    assert (found["mask_dice"].count, found["mask_dice"].mean) == (0, None)
    assert (found["tp_percent"].count, found["tp_percent"].mean) == (1, 75.0)
    assert (found["vesicles"].mean, found["delta_c_sd_nm"].mean) == (2.0, None)
    assert average_cells(rows)[1] == "–"
