"""Scores of planted threads by hand, and that a terminal is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.analysis.simulate.tomogram import Filament, FilamentKind
from cryoves_app.workflow.links.plan import LinkRecipe
from tests.planted import terminals
from tests.planted.measure import Vesicles, measure
from tests.planted.run import empty_row, row
from tests.planted.scores import ZONE, PairScore, together, true_pairs
from tests.planted.terminals import Look, Terminal, grid

_END = (0.0, 0.0, 0.0)


def test_several_threads_of_a_pair_are_one() -> None:
    connector = Filament(FilamentKind.CONNECTOR, 3, 7, _END, _END, 2.0, 0.5)
    tether = Filament(FilamentKind.TETHER, 7, None, _END, _END, 2.0, 0.5)
    drawn = (connector, connector, tether, tether)
    assert true_pairs(drawn, LinkKind.CONNECTOR) == {(3, 7)}
    assert true_pairs(drawn, LinkKind.TETHER) == {(ZONE, 7)}


def test_shares_by_hand() -> None:
    both = together([PairScore(4, 2, 1, 0.5), PairScore(1, 2, 1, None)])
    assert (both.recall, both.precision, both.said_share) == (0.4, 0.5, 0.125)
    none = PairScore(0, 0, 0, 0.0)
    assert (none.recall, none.precision, none.said_share) == (None, None, None)


def test_no_two_terminals_of_the_grid_are_alike() -> None:
    cells = list(grid(2, 5, list(Look), (0.5, 1.0)))
    assert len({t.seed for t in cells}) == len(cells) == 12
    assert [t.spec.imaging.snr for t in cells[:4]] == [0.5, 0.5, 1.0, 1.0]


def test_a_small_terminal_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "_SHAPE", (64, 120, 120))
    measured = measure(Terminal(Look.NO_CTF, 2.0, 3), Vesicles.TRUE, tmp_path)
    assert set(measured.scores) == {(recipe, kind) for recipe in LinkRecipe for kind in LinkKind}
    pairs = {recipe: measured.scores[recipe, LinkKind.CONNECTOR] for recipe in LinkRecipe}
    assert pairs[LinkRecipe.PYTO].true == pairs[LinkRecipe.DEFAULT].true > 0
    assert pairs[LinkRecipe.DEFAULT].right > 0
    assert row("no CTF", "2", [measured]).startswith("| no CTF | 2 | ")
    assert measured.gaps >= pairs[LinkRecipe.PYTO].true
    assert not measured.may_be_none


def test_without_threads_all_that_is_named_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "_SHAPE", (64, 120, 120))
    (empty,) = grid(1, 4, [Look.NO_CTF], (2.0,), has_threads=False)
    measured = measure(empty, Vesicles.TRUE, tmp_path)
    assert all(score.true == score.right == 0 for score in measured.scores.values())
    by_pyto = sum(measured.scores[LinkRecipe.PYTO, kind].found for kind in LinkKind)
    named = sum(measured.scores[LinkRecipe.DEFAULT, kind].found for kind in LinkKind)
    assert measured.may_be_none
    assert empty_row("no CTF", "2", [measured]) == (
        f"| no CTF | 2 | 1 | {measured.gaps} | {named} | {by_pyto} | {named} | {by_pyto} | 1 |"
    )
