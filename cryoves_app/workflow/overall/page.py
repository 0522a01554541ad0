"""The table of all figures as a page, and what got worse from one table to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryoves_app.workflow.evaluation.markdown import markdown_table
from cryoves_app.workflow.overall.table import ACCURACY, SIZES, VESICLES, Figure, OverallTable

_TITLES = {
    ACCURACY: ("Accuracy on simulated tomograms", "tomogram"),
    SIZES: ("Cost by size, with 20 vesicles", "size"),
    VESICLES: ("Cost by number of vesicles", "vesicles"),
}
#: Figures that are better the larger they are.
_MORE_IS_BETTER = frozenset({"F1", "Dice", "mask Dice"})
_SCORES = frozenset({*_MORE_IS_BETTER, "δd", "Δc nm", "false"})
#: Scores that differ by less are the same …
_SCORE_SLACK = {"F1": 0.005, "Dice": 0.005, "mask Dice": 0.005, "δd": 0.0005, "Δc nm": 0.02, "false": 0.0}
#: … and so are costs up to this share, or these few seconds and megabytes: a busy computer does as much.
_COST_SHARE, _COST_SLACK = 0.15, {"s": 0.5, "MB": 20.0, "Mvoxel": 0.5}
_TRUE = "true"


@dataclass(frozen=True)
class Change:
    """A figure that is not what it was."""

    before: Figure
    after: Figure
    is_worse: bool


def overall_page(table: OverallTable) -> str:
    """One page of Markdown."""
    return "\n".join(_page(table)) + "\n"


def compare_tables(before: OverallTable, after: OverallTable) -> list[Change]:
    """What got worse, and then what got better, beyond what chance and other programs do."""
    known = {(f.part, f.of, f.name): f for f in before.figures}
    pairs = [(known[key], f) for f in after.figures if (key := (f.part, f.of, f.name)) in known]
    changes = [Change(old, new, _worsening(old, new) > 0) for old, new in pairs if _differs(old, new)]
    return sorted(changes, key=lambda change: not change.is_worse)


def comparison_page(before: OverallTable, after: OverallTable) -> str:
    """What got worse and better, as Markdown; also what could not be compared."""
    return "\n".join(_comparison(before, after)) + "\n"


def _page(table: OverallTable) -> Iterator[str]:
    yield f"# CryoVes {table.cryoves}, {table.measured}"
    yield from ("", f"{table.machine} Model {table.model}, recipe {table.recipe}.")
    yield "All tomograms are simulated; what is true of them need not be true of real ones."
    for part, (title, first) in _TITLES.items():
        figures = [f for f in table.figures if f.part == part]
        if figures:
            yield from ("", f"## {title}", "")
            yield from _part(figures, first)


def _part(figures: Sequence[Figure], first: str) -> Iterator[str]:
    names = list(dict.fromkeys(f.name for f in figures))
    values = {(f.of, f.name): f for f in figures}
    rows = [
        [of, *(_cell(values.get((of, name))) for name in names)]
        for of in dict.fromkeys(f.of for f in figures)
    ]
    return markdown_table((first, *names), rows)


def _comparison(before: OverallTable, after: OverallTable) -> Iterator[str]:
    yield f"# CryoVes {before.cryoves} of {before.measured} and {after.cryoves} of {after.measured}"
    if before.machine != after.machine:
        yield from ("", f"Two computers, so times say little: {before.machine} – {after.machine}")
    if (before.model, before.recipe) != (after.model, after.recipe):
        yield from ("", f"{before.model}, {before.recipe} – {after.model}, {after.recipe}")
    changes = compare_tables(before, after)
    for title, worse in (("Worse", True), ("Better", False)):
        yield from ("", f"## {title}", "")
        rows = [_change_cells(c) for c in changes if c.is_worse is worse]
        yield from markdown_table(("part", "of", "figure", "before", "after"), rows) if rows else ["Nothing."]
    if left_out := _only_in_one(before, after):
        yield from ("", f"Only in one of the tables: {', '.join(left_out)}.")


def _change_cells(change: Change) -> list[str]:
    after = change.after
    return [after.part, after.of, after.name, _cell(change.before), _cell(after)]


def _only_in_one(before: OverallTable, after: OverallTable) -> list[str]:
    old, new = (dict.fromkeys(f"{f.part} {f.of}" for f in t.figures) for t in (before, after))
    return [name for name in {**old, **new} if name not in old or name not in new]


def _differs(before: Figure, after: Figure) -> bool:
    if before.name == _TRUE:
        return False
    if before.value is None or after.value is None:
        return before.value is not after.value
    return abs(after.value - before.value) > _slack(before.name, before.value)


def _worsening(before: Figure, after: Figure) -> float:
    """How much worse it got; a value that is no longer defined is worse."""
    if before.value is None or after.value is None:
        return 1.0 if after.value is None else -1.0
    rise = after.value - before.value
    return -rise if before.name in _MORE_IS_BETTER else rise


def _slack(name: str, value: float) -> float:
    if name in _SCORES:
        return _SCORE_SLACK[name]
    return max(_COST_SHARE * value, _COST_SLACK[name.rsplit(" ", 1)[-1]])


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    digits = _digits(figure.name)
    return f"{figure.value:.{digits}f}"


def _digits(name: str) -> int:
    if name in (_TRUE, "false") or name.endswith("MB"):
        return 0
    return {"δd": 4, "Δc nm": 2, "F1": 3, "Dice": 3, "mask Dice": 3}.get(name, 2)
