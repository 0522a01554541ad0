"""Scores against an independent computation that tries every way to make pairs and looks at every voxel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.scores.evaluation import CountedSpheres, compare, compare_counted
from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.analysis.scores.overlap_curve import overlap_curve
from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.geometry import Sphere

# few and coarse places, so that ties and crowds come often
PLACES = st.integers(0, 6).map(lambda n: 6.0 * n)
RADII = st.sampled_from([5.0, 8.0, 8.0, 14.0])
SPHERES = st.lists(st.builds(Sphere, PLACES, PLACES, PLACES, RADII), max_size=4)
FLAGS = st.lists(st.booleans(), min_size=4, max_size=4)
Pair = tuple[int, int]


def distance(a: Sphere, b: Sphere) -> float:
    return math.sqrt((a.z_nm - b.z_nm) ** 2 + (a.y_nm - b.y_nm) ** 2 + (a.x_nm - b.x_nm) ** 2)


def overlap(a: Sphere, b: Sphere) -> float:
    """Intersection over union, the lens as two integrated stacks of discs."""
    d = distance(a, b)
    steps = np.linspace(-a.radius_nm, a.radius_nm, 20_001)
    own = a.radius_nm**2 - steps**2
    other = b.radius_nm**2 - (steps - d) ** 2
    shared = math.pi * np.trapezoid(np.clip(np.minimum(own, other), 0, None), steps)
    volume = sum(4 / 3 * math.pi * s.radius_nm**3 for s in (a, b))
    return float(shared / (volume - shared))


def all_matchings(pairs: list[Pair]) -> Iterator[list[Pair]]:
    if not pairs:
        yield []
        return
    (i, j), rest = pairs[0], pairs[1:]
    yield from all_matchings(rest)
    for more in all_matchings([p for p in rest if p[0] != i and p[1] != j]):
        yield [(i, j), *more]


def allowed_pairs(a: list[Sphere], b: list[Sphere], rule: MatchRule) -> list[Pair]:
    def same(p: Sphere, t: Sphere) -> bool:
        if rule is MatchRule.OVERLAP:
            return overlap(p, t) >= 0.5
        return distance(p, t) <= p.radius_nm or distance(p, t) <= t.radius_nm

    return [(i, j) for i, j in product(range(len(a)), range(len(b))) if same(a[i], b[j])]


def best(a: list[Sphere], b: list[Sphere], pairs: list[Pair]) -> tuple[int, float]:
    """Most pairs, and the smallest sum of distances of so many."""
    rated = [(-len(m), sum(distance(a[i], b[j]) for i, j in m)) for m in all_matchings(pairs)]
    count, total = min(rated)
    return -count, total


@given(SPHERES, SPHERES, st.sampled_from(list(MatchRule)))
def test_pairs_are_as_many_and_as_near_as_can_be(a: list[Sphere], b: list[Sphere], rule: MatchRule) -> None:
    count, total = best(a, b, allowed_pairs(a, b, rule))
    found = compare(a, b, rule)
    assert (found.true_positives, found.found, found.expected) == (count, len(a), len(b))
    assert sum(m.distance_nm for m in found.matches) == pytest.approx(total)
    assert found.delta_c_nm == (pytest.approx(total / count) if count else None)


@given(SPHERES, SPHERES, FLAGS, FLAGS)
def test_a_pair_counts_where_either_is_inside_and_an_error_where_it_is(
    a: list[Sphere], b: list[Sphere], inside_a: list[bool], inside_b: list[bool]
) -> None:
    whole = compare(a, b)
    found = compare_counted(CountedSpheres(a, inside_a[: len(a)]), CountedSpheres(b, inside_b[: len(b)]))
    assert found.matches == tuple(m for m in whole.matches if inside_a[m.predicted] or inside_b[m.true])
    assert found.false_positives == tuple(i for i in whole.false_positives if inside_a[i])
    assert found.false_negatives == tuple(j for j in whole.false_negatives if inside_b[j])


@given(SPHERES, SPHERES)
def test_the_curve_counts_what_can_be_paired_at_each_threshold(a: list[Sphere], b: list[Sphere]) -> None:
    thresholds = (0.07, 0.33, 0.77)  # at none of which an overlap of these sizes and places lies
    for point in overlap_curve(CountedSpheres(a), CountedSpheres(b), thresholds):
        pairs = [
            (i, j) for i, j in product(range(len(a)), range(len(b))) if overlap(a[i], b[j]) >= point.threshold
        ]
        count, _ = best(a, b, pairs)
        counts = (point.true_positives, point.false_positives, point.false_negatives)
        assert counts == (count, len(a) - count, len(b) - count)
        assert point.f1 == (2 * count / (len(a) + len(b)) if a or b else None)


@given(SPHERES, SPHERES, st.booleans())
def test_dice_counts_voxels_of_the_volume_and_the_mask(
    a: list[Sphere], b: list[Sphere], masked: bool
) -> None:
    shape, voxel_nm = (7, 8, 9), 4.0  # spheres reach beyond the faces
    mask = np.zeros(shape, np.uint8)
    mask[2:, :5, 1:7] = 1
    counts = [0, 0, 0]
    for z, y, x in np.ndindex(shape):
        place = Sphere(z * voxel_nm, y * voxel_nm, x * voxel_nm, 1.0)
        in_a = any(distance(s, place) <= s.radius_nm for s in a)
        in_b = any(distance(s, place) <= s.radius_nm for s in b)
        if not masked or mask[z, y, x]:
            counts = [n + hit for n, hit in zip(counts, (in_a, in_b, in_a and in_b), strict=True)]
    total = counts[0] + counts[1]
    expected = 2 * counts[2] / total if total else 1.0
    found = dice_of_spheres(a, b, shape, voxel_nm, mask if masked else None)
    assert found == pytest.approx(expected)


@given(SPHERES, SPHERES)
def test_errors_along_the_axes_and_of_the_radius(a: list[Sphere], b: list[Sphere]) -> None:
    found = compare(a, b)
    scores = found.to_dict()
    for name in ("z", "y", "x", "radius"):
        differences = [
            getattr(a[m.predicted], f"{name}_nm") - getattr(b[m.true], f"{name}_nm") for m in found.matches
        ]
        if not differences:
            assert scores[f"delta_{name}_nm"] is None
            continue
        mean = sum(differences) / len(differences)
        spread = math.sqrt(sum((d - mean) ** 2 for d in differences) / len(differences))
        assert scores[f"delta_{name}_nm"] == pytest.approx(sum(map(abs, differences)) / len(differences))
        assert (scores[f"bias_{name}_nm"], scores[f"sd_{name}_nm"]) == pytest.approx((mean, spread), abs=1e-9)


def test_a_greedy_choice_would_lose_a_pair() -> None:
    """The first predicted one is nearest to what the second needs."""
    predicted = [Sphere(0, 0, 0, 10), Sphere(0, 0, 12, 10)]
    true = [Sphere(0, 0, 3, 10), Sphere(0, 0, -9, 10)]
    found = compare(predicted, true)
    assert {(m.predicted, m.true) for m in found.matches} == {(0, 1), (1, 0)}
    assert found.f1 == 1.0


def test_equally_near_ones_go_by_their_number() -> None:
    left, right, middle = Sphere(0, 0, -4, 10), Sphere(0, 0, 4, 10), Sphere(0, 0, 0, 10)
    assert [(m.predicted, m.true) for m in compare([middle], [left, right]).matches] == [(0, 0)]
    assert [(m.predicted, m.true) for m in compare([right, left], [middle]).matches] == [(0, 0)]


def test_a_centre_on_the_surface_is_inside() -> None:
    assert compare([Sphere(0, 0, 10, 3)], [Sphere(0, 0, 0, 10)]).true_positives == 1
    assert compare([Sphere(0, 0, 10.001, 3)], [Sphere(0, 0, 0, 10)]).true_positives == 0


def test_empty_sets_have_no_scores_that_hang_on_pairs() -> None:
    one = [Sphere(0, 0, 0, 10)]
    for predicted, true, expected in (
        ([], [], (None, None, None)),
        (one, [], (0.0, None, 0.0)),
        ([], one, (None, 0.0, 0.0)),
    ):
        found = compare(predicted, true)
        assert (found.precision, found.recall, found.f1) == expected
        assert (found.axes, found.radius, found.delta_c_nm) == ((), None, None)


def test_thousands_that_all_touch_are_matched() -> None:
    rng = np.random.default_rng(1)
    places = rng.uniform(0, 100, (700, 3))
    true = [Sphere(*map(float, place), 15.0) for place in places]
    moved = [Sphere(s.z_nm + 0.01, s.y_nm, s.x_nm, 15.0) for s in true]
    assert compare(moved, true).true_positives == 700
