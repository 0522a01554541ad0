"""Scores of a segmentation against the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.scores.evaluation import compare, soft_dice
from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.geometry import Sphere

PLACES = st.floats(0, 200)
SPHERES = st.lists(st.builds(Sphere, PLACES, PLACES, PLACES, st.floats(5, 40)), max_size=8)
RULES = st.sampled_from(list(MatchRule))


def apart(number: int) -> list[Sphere]:
    return [Sphere(30.0, 30.0, 60.0 * k, 18.0 + k) for k in range(number)]


@given(SPHERES, RULES)
def test_a_set_matches_itself_perfectly(spheres: list[Sphere], rule: MatchRule) -> None:
    found = compare(spheres, spheres, rule, grid=((20, 20, 20), 10.0))
    assert found.true_positives == len(spheres)
    assert found.dice == 1.0
    if spheres:
        assert (found.f1, found.delta_d, found.delta_c_nm, found.overlap) == pytest.approx((1, 0, 0, 1))


@given(SPHERES, SPHERES, RULES)
def test_truth_and_prediction_may_change_places(a: list[Sphere], b: list[Sphere], rule: MatchRule) -> None:
    one, other = compare(a, b, rule), compare(b, a, rule)
    assert one.true_positives == other.true_positives
    assert len(one.false_positives) == len(other.false_negatives)
    assert one.f1 == other.f1
    assert one.delta_c_nm == pytest.approx(other.delta_c_nm)
    assert dice_of_spheres(a, b, (12, 12, 12), 16.0) == dice_of_spheres(b, a, (12, 12, 12), 16.0)


@given(SPHERES, SPHERES, RULES)
def test_matches_are_one_to_one_and_nothing_is_lost(
    a: list[Sphere], b: list[Sphere], rule: MatchRule
) -> None:
    found = compare(a, b, rule)
    assert sorted([m.predicted for m in found.matches] + list(found.false_positives)) == list(range(len(a)))
    assert sorted([m.true for m in found.matches] + list(found.false_negatives)) == list(range(len(b)))


def test_the_nearest_pair_is_matched_first() -> None:
    found = compare([Sphere(0, 0, 9, 20), Sphere(0, 0, 2, 20)], [Sphere(0, 0, 0, 20)])
    assert [m.predicted for m in found.matches] == [1]
    assert found.false_positives == (0,)


def test_a_centre_inside_is_enough_for_the_paper_and_not_for_overlap() -> None:
    large, small = [Sphere(0, 0, 0, 20)], [Sphere(0, 0, 15, 10)]
    assert compare(small, large).true_positives == 1
    assert compare(large, small).true_positives == 1
    assert compare(small, large, MatchRule.OVERLAP).true_positives == 0


def test_scores_by_hand() -> None:
    truth = apart(4)
    found = compare([Sphere(30, 30, 3, 20), Sphere(30, 34, 60, 19), Sphere(30, 150, 30, 20)], truth)
    plain = found.to_dict()
    assert (plain["true_positives"], plain["false_negatives"], plain["false_positives"]) == (2, 2, 1)
    assert (plain["tp_percent"], plain["fn_percent"]) == (50.0, 50.0)
    assert plain["fp_percent"] == pytest.approx(100 / 3)
    assert found.f1 == pytest.approx(4 / 7)
    assert found.delta_d == pytest.approx((1 - 18 / 20) / 2)
    assert found.delta_c_nm == pytest.approx(3.5)
    assert found.delta_c_sd_nm == pytest.approx(0.5)


def test_nothing_found_has_no_means() -> None:
    found = compare([], apart(2))
    assert (found.f1, found.delta_d, found.delta_c_nm, found.overlap) == (0.0, None, None, None)
    assert compare([], []).f1 is None


def test_dice_of_maps() -> None:
    a, b = np.zeros((2, 3, 4)), np.zeros((2, 3, 4))
    assert soft_dice(a, b) == 1.0
    a[0], b[0, :2] = 1.0, 0.5
    assert soft_dice(a, b) == pytest.approx(2 * 8 * 0.5 / (12 + 8 * 0.25))
