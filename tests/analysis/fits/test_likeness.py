"""How much places look like vesicles that are known."""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.fits.likeness import likeness_to
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings
from tests.phantoms import phantom

BALLS = [(45.0, 45.0 + 60 * (k // 4), 45.0 + 60 * (k % 4), 18.0 + k % 3) for k in range(16)]


def place(z: float, y: float, x: float, radius: float) -> Candidate:
    return Candidate((z, y, x), radius, 1e-9, uncertainty_nm=2.2)


def test_missed_vesicles_look_like_known_ones_and_other_places_do_not() -> None:
    p = phantom(BALLS, (41, 123, 123))
    known = np.array([(t.z_nm, t.y_nm, t.x_nm, t.radius_nm - 2) for t in p.truth[:6]])
    missed = [place(t.z_nm + 1.5, t.y_nm, t.x_nm - 1.5, t.radius_nm) for t in p.truth[6:]]
    between = [place(45.0, 75.0 + 60 * (k // 3), 75.0 + 60 * (k % 3), 16.0) for k in range(9)]
    found = likeness_to(p.source, known, [*missed, *between], FitSettings(), Progress())
    assert len(found.known) == 6
    assert len(found.places) == len(missed) + len(between)
    vesicles, others = found.places[: len(missed)], found.places[len(missed) :]
    assert vesicles.min() > 0.85 * found.known.min()
    assert others.max() < 0.6 * vesicles.min()


def test_many_places_that_are_none_leave_the_likeness_of_a_vesicle_as_it_is() -> None:
    p = phantom(BALLS, (41, 123, 123))
    known = np.array([(t.z_nm, t.y_nm, t.x_nm, t.radius_nm - 2) for t in p.truth[:6]])
    missed = place(p.truth[9].z_nm, p.truth[9].y_nm, p.truth[9].x_nm, p.truth[9].radius_nm)
    between = [place(45.0, 75.0 + 20 * (k // 10), 75.0 + 20 * (k % 10), 16.0) for k in range(80)]
    alone = likeness_to(p.source, known, [missed], FitSettings(), Progress())
    among = likeness_to(p.source, known, [missed, *between], FitSettings(), Progress())
    assert among.places[0] == alone.places[0]


def test_without_places_there_is_nothing_to_compare() -> None:
    p = phantom(BALLS[:6], (41, 123, 123))
    known = np.array([(t.z_nm, t.y_nm, t.x_nm, t.radius_nm - 2) for t in p.truth])
    assert len(likeness_to(p.source, known, [], FitSettings(), Progress()).places) == 0
