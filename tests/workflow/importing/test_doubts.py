from __future__ import annotations

import numpy as np

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.workflow.importing.doubts import doubts_about

INFO = VolumeInfo((50, 60, 70), np.dtype("i1"), 2.0)


def test_vesicles_within_the_tomogram_are_not_doubted() -> None:
    corners = [Vesicle(1, 0.0, 0.0, 0.0, 5.0), Vesicle(2, 98.0, 118.0, 138.0, 5.0)]
    assert doubts_about(corners, INFO) == ()
    assert doubts_about([], INFO) == ()


def test_places_outside_are_counted() -> None:
    found = [Vesicle(1, 50.0, 50.0, 50.0, 5.0), Vesicle(2, 100.0, 5, 5, 5.0), Vesicle(3, 5, -3.0, 5, 5.0)]
    (sentence,) = doubts_about(found, INFO)
    assert sentence.startswith("Outside of the tomogram: 2 of 3 vesicles")


def test_vesicles_that_lie_in_one_another_are_counted() -> None:
    touching = [Vesicle(n, 50.0, 50.0, 20.0 * n, 10.0) for n in range(1, 4)]
    assert doubts_about(touching, INFO) == ()
    (sentence,) = doubts_about([*touching, Vesicle(9, 52.0, 50.0, 20.0, 10.0)], INFO)
    assert sentence.startswith("Sharing most of their volume with another one: 1 of 4")
