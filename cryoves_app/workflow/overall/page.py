"""The table of all figures as a page, and what got worse from one table to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryoves_app.workflow.evaluation.markdown import markdown_table
from cryoves_app.workflow.overall.table import (
    ACCURACY,
    BY_COUNT,
    BY_SIZE,
    NETWORK,
    WINDOW,
    Figure,
    FigureUnit,
    OverallTable,
)

_TITLES = {
    ACCURACY: ("Accuracy on simulated tomograms", "tomogram"),
    BY_SIZE: ("Cost by size, with 20 vesicles", "size"),
    BY_COUNT: ("Cost by number of vesicles", "vesicles"),
    NETWORK: ("The network against the peak of multiplying matrices of 32-bit floats", "engine"),
    WINDOW: ("The window, with the sample and 60 vesicles, to the screen", "what is done"),
}
#: Decimals, and by how much two figures may differ and still be the same: other programs on a computer do as much.
_DIGITS = {
    FigureUnit.GIVEN: 0,
    FigureUnit.COUNT: 0,
    FigureUnit.SHARE: 3,
    FigureUnit.DIAMETER: 4,
    FigureUnit.NM: 2,
    FigureUnit.SECONDS: 2,
    FigureUnit.SECONDS_PER_MEGAVOXEL: 2,
    FigureUnit.MEGABYTES: 0,
    FigureUnit.MEGABYTES_PER_MEGAVOXEL: 0,
    FigureUnit.MILLISECONDS: 1,
    FigureUnit.SPEED: 1,
    FigureUnit.RATIO: 2,
}
_SLACK = {
    FigureUnit.COUNT: 0.0,
    FigureUnit.SHARE: 0.005,
    FigureUnit.DIAMETER: 0.0005,
    FigureUnit.NM: 0.02,
    FigureUnit.SECONDS: 0.5,
    FigureUnit.SECONDS_PER_MEGAVOXEL: 0.1,
    FigureUnit.MEGABYTES: 20.0,
    FigureUnit.MEGABYTES_PER_MEGAVOXEL: 5.0,
    FigureUnit.MILLISECONDS: 20.0,
    FigureUnit.SPEED: 5.0,
    FigureUnit.RATIO: 0.1,
}
#: Of costs, so large a share may differ as well.
_COST_SHARE = 0.15
_COSTS = (
    FigureUnit.SECONDS,
    FigureUnit.SECONDS_PER_MEGAVOXEL,
    FigureUnit.MEGABYTES,
    FigureUnit.MEGABYTES_PER_MEGAVOXEL,
    FigureUnit.MILLISECONDS,
    FigureUnit.SPEED,
)
#: More of these is better.
_GOOD = (FigureUnit.SHARE, FigureUnit.SPEED, FigureUnit.RATIO)


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
    if after.unit is FigureUnit.GIVEN:
        return False
    if before.value is None or after.value is None:
        return before.value is not after.value
    slack = _SLACK[after.unit]
    if after.unit in _COSTS:
        slack = max(slack, _COST_SHARE * before.value)
    return abs(after.value - before.value) > slack


def _worsening(before: Figure, after: Figure) -> float:
    """How much worse it got; a value that is no longer defined is worse."""
    if before.value is None or after.value is None:
        return 1.0 if after.value is None else -1.0
    rise = after.value - before.value
    return -rise if after.unit in _GOOD else rise


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    return f"{figure.value:.{_DIGITS[figure.unit]}f}"
