"""Measures of a profile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.features import membrane_extent
from cryoves_app.analysis.radial import POSITIONS_NM


def bell(at: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((POSITIONS_NM - at) / width) ** 2)


@given(st.floats(-2, 2), st.floats(1.5, 3.0))
def test_thickness_does_not_depend_on_where_the_membrane_is_nor_on_grey(at: float, width: float) -> None:
    profile = -bell(at, width) + 0.3 * bell(at + 6, 1.5)
    middle, half = membrane_extent(profile)
    other_middle, other = membrane_extent(7 * profile - 100)
    assert half is not None
    assert abs(middle - at) < 0.6
    assert (other_middle, other) == pytest.approx((middle, half), abs=1e-6)


def test_wider_membranes_are_thicker() -> None:
    found = [membrane_extent(-bell(0, w) + 0.3 * bell(2.5 * w + 1, 1.5))[1] for w in (1.2, 1.6, 2.0, 2.4)]
    assert None not in found
    assert (np.diff(np.array(found, float)) > 0.2).all()


def test_of_two_resolved_leaflets_the_outer_one_has_the_edge() -> None:
    apart = membrane_extent(-bell(-1.6, 0.8) - bell(1.6, 0.8) + 0.2 * bell(6, 1.2))
    assert apart[0] == pytest.approx(0, abs=0.3)
    assert apart[1] is not None
    assert 1.6 + 0.8 < apart[1] < 6


def test_a_profile_without_a_fringe_has_no_thickness() -> None:
    assert membrane_extent(POSITIONS_NM * -1.0)[1] is None
