"""Where a fit starts, and which candidates are worth one."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits.screening import Candidate, screen
from cryoves_app.analysis.membrane.radial import membrane_template
from cryoves_app.analysis.membrane.shell import View
from cryoves_app.analysis.membrane.starts import best_radius
from cryoves_app.domain.progress import Progress
from tests.phantoms import EDGE_NM, Phantom, candidates_near


@pytest.mark.parametrize("at", [0, 4, 7, 11])
def test_the_radius_is_found_around_a_centre(vesicles: Phantom, at: int) -> None:
    true = vesicles.truth[at]
    radius, gain = best_radius(
        vesicles.source, np.array(true.centre_nm) + 1.0, (10.0, 30.0), membrane_template(), View(), 60.0
    )
    assert radius == pytest.approx(true.radius_nm - EDGE_NM, abs=1.1)
    assert gain > 0


def test_where_nothing_is_there_is_nothing_to_gain(vesicles: Phantom) -> None:
    template, source = membrane_template(), vesicles.source
    true = np.array(vesicles.truth[4].centre_nm)
    _, at_vesicle = best_radius(source, true, (10.0, 30.0), template, View(), 60.0)
    outside = best_radius(source, np.array([-300.0, 0, 0]), (10.0, 30.0), template, View(), 60.0)
    assert outside[1] == 0
    bright = Phantom(-vesicles.grey, vesicles.voxel_nm, vesicles.truth).source
    assert best_radius(bright, true, (16.0, 20.0), template, View(), 60.0)[1] < 0.6 * at_vesicle


def test_vesicles_pass_and_empty_places_do_not(vesicles: Phantom) -> None:
    """Between eight vesicles of the lattice there is room for a sphere, and no membrane of its size."""
    true = candidates_near(vesicles.truth, 1)
    empty = [Candidate((71.0, 71.0, 71.0 + 62 * k), 12.0, 1.0) for k in range(2)]
    starts, kept = screen(vesicles.source, true + empty, 60.0, Progress())
    assert set(range(12)) <= set(kept)
    assert len(starts) == len(kept) < 14
    for k, start in zip(kept, starts, strict=True):
        if k < 12:
            assert start[3] == pytest.approx(vesicles.truth[k].radius_nm - EDGE_NM, abs=1.6)


def test_no_candidates_have_no_starts(vesicles: Phantom) -> None:
    starts, kept = screen(vesicles.source, [], 60.0, Progress())
    assert (starts.shape, kept) == ((0, 4), [])
