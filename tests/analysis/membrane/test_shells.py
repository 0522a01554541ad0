"""Shells that are not held are cut out again, and the fits are the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.analysis.fits.fitting import fit_candidates
from cryoves_app.analysis.membrane import shells
from cryoves_app.analysis.membrane.shell import Shell
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

    held = sum(getattr(shell(0), name).nbytes for name in ("z_nm", "y_nm", "x_nm", "grey", "weight", "index"))
    many = Shells(collect, 5, held_bytes=2 * held + 1)
    assert len(many) == 5
    for _ in range(2):
        assert [s.grey[0] for s in many] == [0, 1, 2, 3, 4]
    assert asked == [0, 1, 2, 3, 4, 2, 3, 4]
    assert many.cut.tolist() == [True, False, True, False, True]
    assert len(asked) == 8  # what was collected once is known to be cut
    with pytest.raises(IndexError):
        many[5]


def test_fits_do_not_depend_on_how_many_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    made = benchmark((60, 110, 110), 8, 3)
    starts = candidates_near(made.truth, 1)
    whole = fit_candidates(made.source, starts, FitSettings())
    monkeypatch.setattr(shells, "HELD_BYTES", 0)
    again = fit_candidates(made.source, starts, FitSettings())
    assert again.vesicles == whole.vesicles
    assert replace(again, vesicles=[]) == replace(whole, vesicles=[])
