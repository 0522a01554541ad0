"""What correlation a fit must reach where candidates are few vesicles among much chance."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.acceptance.chance import chance_margin, least_likeness

USUAL = 1.2


def chance(rng: np.random.Generator, count: int) -> list[float]:
    """As measured in noise: the fourth roots of shares of variance are normal."""
    return (np.clip(rng.normal(0.88, 0.1, count), 0.3, None) ** 2).tolist()


def test_candidates_that_are_vesicles_as_a_whole_need_less_than_chance() -> None:
    assert chance_margin([2.0] * 5, [2.0] * 5, 1.0, USUAL) == pytest.approx(0.8)


def test_candidates_at_the_level_of_chance_need_what_is_usual() -> None:
    assert chance_margin([1.1] * 5, [1.1] * 5, 1.0, USUAL) == pytest.approx(USUAL)
    rng = np.random.default_rng(1)
    groups = (np.linspace(0.66, 1.08, 62) ** 2).tolist() + rng.normal(2.1, 0.1, 60).tolist()
    assert 1.0 < np.median(groups) < USUAL < chance_margin(groups, groups, 1.0, USUAL) <= 1.7


@pytest.mark.parametrize("seed", range(20))
def test_of_chance_alone_nothing_is_let_in(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = chance(rng, int(rng.integers(20, 600)))
    assert chance_margin(values, values, 1.0, USUAL) == pytest.approx(1.7)


@pytest.mark.parametrize("seed", range(10))
def test_vesicles_among_many_false_candidates_are_told_by_the_gap_between_both(seed: int) -> None:
    """As in a tomogram of which all 79 vesicles that the fits had found were turned down: 1.45 is below 1.7."""
    rng = np.random.default_rng(seed)
    false, true = chance(rng, 280), rng.normal(1.45, 0.1, 79).tolist()
    margin = chance_margin(false + true, false + true, 1.0, USUAL)
    assert USUAL <= margin < 1.4
    assert sum(t > margin for t in true) > 0.8 * len(true)
    assert sum(f > margin for f in false) <= 3


def test_the_border_does_not_depend_on_the_unit_of_chance() -> None:
    rng = np.random.default_rng(1)
    values = np.array(chance(rng, 280) + rng.normal(1.45, 0.1, 79).tolist())
    whole = chance_margin(values.tolist(), values.tolist(), 1.0, USUAL)
    faint = chance_margin((0.1 * values).tolist(), (0.1 * values).tolist(), 0.1, USUAL)
    assert faint == pytest.approx(whole, rel=1e-6)


def test_a_handful_makes_no_groups_and_nothing_is_nothing() -> None:
    few = [0.5] * 8 + [1.6] * 3
    assert chance_margin(few, few, 1.0, USUAL) == pytest.approx(1.7)
    lone = [0.9] * 40 + [1.5] * 3
    assert chance_margin(lone, lone, 1.0, USUAL) == pytest.approx(1.7)
    assert chance_margin([], [], 1.0, USUAL) == pytest.approx(1.7)
    assert chance_margin([], [], 0.0, USUAL) == pytest.approx(0.8)


def test_what_is_not_asked_for_is_not_demanded() -> None:
    assert chance_margin([0.5] * 30, [0.5] * 30, 1.0, 0.0) == 0.0


KNOWN = np.linspace(0.3, 0.5, 60)


@pytest.mark.parametrize("seed", range(10))
def test_a_few_further_places_must_look_like_what_is_known(seed: int) -> None:
    """Where the network sees well, what a search finds besides are other round things."""
    rng = np.random.default_rng(seed)
    places = 0.15 * np.array([*chance(rng, 300), *rng.normal(1.8, 0.1, 8)])
    assert least_likeness(KNOWN, places) == pytest.approx(np.quantile(KNOWN, 0.1))


@pytest.mark.parametrize("seed", range(10))
def test_many_membranes_of_another_kind_are_no_more_of_the_same(seed: int) -> None:
    """They stand clear of chance, and are far less like the known vesicles than these are."""
    rng = np.random.default_rng(seed)
    places = 0.15 * np.array([*chance(rng, 100), *rng.normal(1.7, 0.1, 30)])
    assert least_likeness(KNOWN + 0.05, places) == pytest.approx(np.quantile(KNOWN + 0.05, 0.1))


@pytest.mark.parametrize("seed", range(10))
def test_many_that_stand_clear_of_chance_need_only_that(seed: int) -> None:
    rng = np.random.default_rng(seed)
    missed = rng.normal(0.36, 0.03, 30)
    places = np.array([*(0.15 * np.array(chance(rng, 300))), *missed, *np.zeros(40)])
    least = least_likeness(KNOWN, places)
    assert least < np.quantile(KNOWN, 0.1)
    assert (missed > least).sum() > 0.8 * len(missed)
    assert (places[:300] > least).sum() <= 3


def test_places_where_nothing_is_fitted_are_not_like_anything() -> None:
    assert least_likeness(KNOWN, np.zeros(30)) == pytest.approx(np.quantile(KNOWN, 0.1))
    assert least_likeness(KNOWN, np.zeros(0)) == pytest.approx(np.quantile(KNOWN, 0.1))
