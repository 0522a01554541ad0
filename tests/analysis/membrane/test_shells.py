"""Shells that are not held are cut out again, and the fits are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.fits.fitting import fit_candidates
from cryoves_app.analysis.membrane import shells
from cryoves_app.analysis.membrane.packed_shell import PackedShell
from cryoves_app.analysis.membrane.shell import Shell, View, collect
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.domain.recipe_settings import FitSettings
from tests.phantoms import benchmark, candidates_near


def shell(number: int) -> Shell:
    voxels = np.full(100, number, np.float32)
    return Shell(*[voxels] * 5, np.arange(100), (10, 10, 1), cut=number % 2 == 0)


def test_the_first_ones_are_held_and_the_others_cut_out_again() -> None:
    asked: list[int] = []

    def collect(number: int) -> Shell:
        asked.append(number)
        return shell(number)

    held = PackedShell.of(shell(0)).words.nbytes
    many = Shells(collect, 5, held_bytes=2 * held + 1)
    assert len(many) == 5
    for _ in range(2):
        assert [s.grey[0] for s in many] == [0, 1, 2, 3, 4]
    assert asked == [0, 1, 2, 3, 4, 2, 3, 4]
    assert many.cut.tolist() == [True, False, True, False, True]
    assert len(asked) == 8  # what was collected once is known to be cut
    with pytest.raises(IndexError):
        many[5]


def test_what_is_not_held_is_read_from_the_disk(tmp_path: Path) -> None:
    asked: list[int] = []

    def collect(number: int) -> Shell:
        asked.append(number)
        return shell(number)

    many = Shells(collect, 5, held_bytes=0, scratch=tmp_path)
    for _ in range(3):
        assert [s.grey[0] for s in many] == [0, 1, 2, 3, 4]
        assert [s.cut for s in many] == [True, False, True, False, True]
    assert asked == [0, 1, 2, 3, 4]


def test_fits_do_not_depend_on_how_many_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = benchmark((60, 110, 110), 8, 3)
    starts = candidates_near(made.truth, 1)
    whole = fit_candidates(made.source, starts, FitSettings())
    monkeypatch.setattr(shells, "HELD_BYTES", 0)
    for source in (made.source, replace(made.source, scratch=tmp_path)):
        again = fit_candidates(source, starts, FitSettings())
        assert again.vesicles == whole.vesicles
        assert replace(again, vesicles=[]) == replace(whole, vesicles=[])


def test_a_packed_shell_comes_back_to_the_last_bit() -> None:
    made = benchmark((60, 110, 110), 3, 3)
    first = made.truth[0]
    sphere = np.array([first.z_nm, first.y_nm, first.x_nm, first.radius_nm - 2.0])
    original = collect(made.source, sphere, np.zeros((0, 4)), View(), tilt_range_deg=60, edge_nm=4.0)
    packed = PackedShell.of(original)
    again = packed.shell
    for name in ("z_nm", "y_nm", "x_nm", "grey", "weight", "index"):
        before, after = getattr(original, name), getattr(again, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert (again.box_shape, again.cut) == (original.box_shape, original.cut)
    assert packed.words.nbytes < 0.45 * sum(
        getattr(original, name).nbytes for name in ("z_nm", "y_nm", "x_nm", "grey", "weight", "index")
    )


def test_no_voxels_are_packed_too() -> None:
    none = np.zeros(0, np.float32)
    empty = Shell(none, none, none, none, none, np.zeros(0, np.intp), (0, 3, 3), cut=True)
    assert PackedShell.of(empty).shell.index.size == 0
