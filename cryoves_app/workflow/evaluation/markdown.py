"""An evaluation as Markdown, for notes, issues and supplements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cryoves_app
from cryoves_app.workflow.evaluation.cells import SCORE_HEADER, in_digits, tables_by_set
from cryoves_app.workflow.evaluation.scored import ScoredSet
from cryoves_app.workflow.evaluation.steps import STEP_TITLES, RunStep

_LEGEND = (
    "Mask Dice: soft Dice of the network's map; Dice: of the voxels that vesicles cover; δd: mean of 1 − min(d)/max(d) "
    "over pairs; Δc: distance of the centres, mean ± SD over pairs; TP, FN, FP: found, missed, false; of averages in "
    "per cent of the true (TP, FN) or found (FP) vesicles. Averages are unweighted means over tomograms ± their SD "
    "(divided by their number); that of the SD of Δc is the root mean square."
)


def evaluation_markdown(found: ScoredSet) -> str:
    """Tables of scores by set, Dice after each step, and notes."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: ScoredSet) -> Iterator[str]:
    yield "# Evaluation"
    for group, rows in tables_by_set(found.rows):
        yield from ("", f"## {group or 'All tomograms'}", "")
        *single, averages = rows
        yield from markdown_table(SCORE_HEADER, [*single, [f"**{cell}**" for cell in averages]])
    yield from ("", _LEGEND)
    steps = [step for step in RunStep if any(step in t.steps for t in found.tomograms)]
    if len(steps) > 1:
        yield from ("", "## Dice after each step", "")
        header = ("Tomogram", *(STEP_TITLES[step] for step in steps))
        cells = [[t.pair.title, *(in_digits(t.steps.get(s), 3) for s in steps)] for t in found.tomograms]
        yield from markdown_table(header, cells)
    if found.notes:
        yield from ("", "## Notes", "", *(f"- {note}" for note in found.notes))
    yield from ("", f"CryoVes {cryoves_app.__version__}")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table, the first column at the left, numbers at the right."""
    yield _line(header)
    yield _line([":--", *("--:" for _ in header[1:])])
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
