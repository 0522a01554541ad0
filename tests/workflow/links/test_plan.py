"""Which thresholds and classes are meant where none are given."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.links.field import LinkLabels, link_field
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.links.plan import LinkPlan, usual_thresholds


def field_of(grey: np.ndarray) -> object:
    labels = np.ones(grey.shape, np.uint16)
    labels[0], labels[-1] = 10, 11
    return link_field(grey, labels, LinkLabels(1, (10, 11)))


def test_big_is_2650_cubic_nanometres_or_what_is_said() -> None:
    assert [LinkPlan().big_from(size) for size in (2.2, 2.73, 1.37)] == [249, 130, 1031]
    assert LinkPlan(big_px=600).big_from(2.2) == 600


def test_usual_thresholds_are_those_of_the_region() -> None:
    """Vesicles of any grey don't count: mean 10, standard deviation 2."""
    grey = np.full((4, 6, 6), 3000, np.int16)
    grey[1], grey[2] = 8, 12
    found = usual_thresholds(field_of(grey))
    assert len(found) == 21
    assert (found[0], found[-1]) == (2.0, 10.0)
    assert np.diff(found) == pytest.approx(0.4)


def test_a_region_of_one_grey_has_no_thresholds() -> None:
    with pytest.raises(CryoVesError, match="all the same"):
        usual_thresholds(field_of(np.full((4, 6, 6), 7, np.int16)))


def test_voxels_without_a_number_do_not_count() -> None:
    grey = np.full((4, 6, 6), 3000, np.float32)
    grey[1], grey[2], grey[1, 0], grey[2, 0, 0] = 8, 12, np.nan, np.inf
    grey[2, 0, 1:] = 12
    space = field_of(grey)
    assert space.region.sum() == 2 * 36 - 7
    assert usual_thresholds(space)[-1] == pytest.approx((8 * 30 + 12 * 35) / 65)
