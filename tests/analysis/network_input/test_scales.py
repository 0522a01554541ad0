"""Voxel sizes at which the network looks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cryoves_app.analysis.network_input.scales import scales
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe_settings import InputSettings


def test_the_usual_recipe_looks_at_the_models_voxel_size_and_at_twice_that_for_larger_ones() -> None:
    scale, coarse = scales(InputSettings(), 2.2)
    assert (scale.voxel_size_nm, scale.smallest_radius_nm, scale.largest_radius_nm) == (2.2, 10, 40)
    assert scale.left_below_nm == 0
    assert (coarse.voxel_size_nm, coarse.expected_radius_nm, coarse.left_below_nm) == (4.4, 40, 30)
    assert coarse.largest_radius_nm == 80
    assert scales(InputSettings(look_larger=False), 2.2) == [scale]


@given(st.floats(5, 60), st.floats(1.1, 12))
def test_the_coarsest_scale_is_made_for_the_upper_end_and_sees_beyond_it(low: float, ratio: float) -> None:
    high = min(low * ratio, 200.0)
    found = scales(InputSettings(smallest_radius_nm=low, largest_radius_nm=high), 2.2)
    assert found[-1].expected_radius_nm >= high
    assert found[-1].largest_radius_nm >= 2 * high
    assert all(s.left_below_nm < s.expected_radius_nm for s in found)


def test_the_chain_of_scales_reaches_a_range_that_begins_at_the_expected_radius() -> None:
    found = scales(InputSettings(12.0, smallest_radius_nm=12.0, largest_radius_nm=48.0), 2.2)
    assert [s.expected_radius_nm for s in found] == [12.0, 24.0, 48.0]
    assert [s.left_below_nm for s in found] == [0.0, 18.0, 36.0]


@given(st.floats(5, 60), st.floats(5, 60), st.floats(1.1, 12))
def test_scales_cover_the_range_without_gaps(expected: float, low: float, ratio: float) -> None:
    assume(low * ratio <= 200)
    found = scales(
        InputSettings(
            expected_radius_nm=expected,
            smallest_radius_nm=low,
            largest_radius_nm=low * ratio,
            look_larger=False,
        ),
        2.2,
    )
    by_size = sorted(found, key=lambda s: s.smallest_radius_nm)
    assert by_size[0].smallest_radius_nm == pytest.approx(low)
    assert by_size[-1].largest_radius_nm == pytest.approx(low * ratio)
    for a, b in itertools.pairwise(by_size):
        assert a.largest_radius_nm == pytest.approx(b.smallest_radius_nm)
    assert all(s.largest_radius_nm / s.smallest_radius_nm < 4.001 for s in found)
    assert len(found) <= 2


def test_the_scale_of_the_expected_radius_comes_first() -> None:
    first, second, coarse = scales(InputSettings(20.0, smallest_radius_nm=10.0, largest_radius_nm=100.0), 2.2)
    assert first.smallest_radius_nm == 10.0
    assert second.largest_radius_nm == pytest.approx(100.0)
    assert coarse.smallest_radius_nm > second.smallest_radius_nm
    first, *_ = scales(InputSettings(80.0, smallest_radius_nm=10.0, largest_radius_nm=100.0), 2.2)
    assert first.largest_radius_nm == pytest.approx(100.0)


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(CryoVesError, match="must be below"):
        scales(InputSettings(smallest_radius_nm=50.0, largest_radius_nm=20.0), 2.2)
