"""Vesicles that people outlined, however they did it."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.region import Contour
from cryoves_app.domain.resources import resource_path
from cryoves_app.formats.imod.bodies import Bodies, bodies_from_contours, fit_sphere_to_body, is_flat

Ball = tuple[float, float, float, float]
Heights = Callable[[Ball, int], Iterable[float]]


def sample_balls(count: int) -> list[Ball]:
    """The first vesicles of the bundled sample, z, y, x, radius in voxels."""
    with resource_path("sample", "sample_truth.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[:count]
    return [(*(float(row[f"{axis}_px"]) for axis in "zyx"), float(row["radius_nm"]) / 2.2) for row in rows]


def rings(ball: Ball, heights: Iterable[float], order: tuple[int, int, int] = (0, 1, 2)) -> list[Contour]:
    """Circles of a ball across the first axis of ``order``."""
    centre, radius = [ball[axis] for axis in order], ball[3]
    found = []
    for height in heights:
        squared = radius**2 - (height - centre[0]) ** 2
        if squared > 4:
            angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
            wide = math.sqrt(squared)
            points = np.column_stack(
                [np.full(24, height), centre[1] + wide * np.sin(angles), centre[2] + wide * np.cos(angles)]
            )
            found.append(Contour(tuple((z, y, x) for z, y, x in points[:, np.argsort(order)].tolist())))
    return found


def slices(step: int, phase: int, ball: Ball) -> range:
    return range(math.ceil(ball[0] - ball[3]) + phase, math.floor(ball[0] + ball[3]) + 1, step)


def check(found: Bodies, balls: list[Ball], tolerance: float = 0.01) -> None:
    assert len(found.bodies) == len(balls)
    spheres = [fit_sphere_to_body(body.points) for body in found.bodies]
    for ball in balls:
        nearest = min(spheres, key=lambda sphere, b=ball: math.dist(sphere[:3], b[:3]))
        assert math.dist(nearest, ball) < tolerance


@pytest.mark.parametrize(
    "heights",
    [
        lambda ball, _: slices(1, 0, ball),
        lambda ball, i: slices(2, i % 2, ball),
        lambda ball, i: slices(3, i % 3, ball),
        lambda ball, i: slices(1 + i % 4, i % 2, ball),
        lambda ball, i: [z for z in slices(1, 0, ball) if (z + i) % 5],  # a slice is forgotten now and then
        lambda ball, i: [z for z in slices(2, i % 2, ball) if z % 7],
        lambda ball, _: [round(ball[0]) - 3, round(ball[0]) + 4],
        lambda ball, _: [round(ball[0]) - 1, round(ball[0]) + 5],
        lambda ball, _: [round(ball[0] - 0.6 * ball[3]), round(ball[0]), round(ball[0] + 0.6 * ball[3])],
    ],
)
def test_any_choice_of_slices_gives_the_same_vesicles(heights: Heights) -> None:
    balls = sample_balls(20)
    contours = [ring for number, ball in enumerate(balls) for ring in rings(ball, heights(ball, number))]
    check(bodies_from_contours(contours), balls)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=12, max_size=12), st.randoms())
def test_any_mixture_of_steps_and_phases(drawn: list[tuple[int, int]], random) -> None:
    # a grid of balls that nearly touch, in z too
    balls = [(12.0 + 21.3 * (n // 4), 20.0 + 22 * (n % 2), 20.0 + 22 * (n % 4 // 2), 10.0) for n in range(12)]
    contours = [
        ring
        for ball, (step, phase) in zip(balls, drawn, strict=True)
        for ring in rings(ball, slices(step, min(phase, step - 1), ball))
    ]
    random.shuffle(contours)
    check(bodies_from_contours(contours), balls)


def test_vesicles_drawn_once_have_the_size_of_their_circle() -> None:
    balls = [(float(round(z)), y, x, r) for z, y, x, r in sample_balls(20)]
    found = bodies_from_contours([ring for ball in balls for ring in rings(ball, [ball[0]])])
    check(found, balls)
    assert {body.contours for body in found.bodies} == {1}


@pytest.mark.parametrize("step", [1, 2, 3])
def test_circles_on_both_sides_of_the_membrane_are_one_vesicle(step: int) -> None:
    balls = sample_balls(20)
    inner = [(*ball[:3], ball[3] - 2.0) for ball in balls]
    drawn = [ring for n, ball in enumerate(balls) for ring in rings(ball, slices(step, n % step, ball))]
    within = [
        ring
        for n, (ball, small) in enumerate(zip(balls, inner, strict=True))
        for ring in rings(small, slices(step, n % step, ball))
    ]
    found = bodies_from_contours([*within, *drawn])
    check(found, balls)
    assert found.inner == len(within)


def test_a_vesicle_within_a_larger_body_stays_one() -> None:
    balls = [(40.0, 50.0, 50.0, 30.0), (35.0, 45.0, 60.0, 8.0), (50.0, 60.0, 45.0, 6.0)]
    found = bodies_from_contours([ring for ball in balls for ring in rings(ball, slices(1, 0, ball))])
    check(found, balls)
    assert found.inner == 0


def test_the_same_outline_drawn_twice_is_one() -> None:
    ball = (20.0, 30.0, 40.0, 10.0)
    check(bodies_from_contours(rings(ball, slices(1, 0, ball)) * 2), [ball])


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1)])
def test_vesicles_outlined_in_side_view(order: tuple[int, int, int]) -> None:
    balls = sample_balls(20)
    contours = []
    for number, ball in enumerate(balls):
        first = math.ceil(ball[order[0]] - ball[3]) + number % 2
        contours += rings(ball, range(first, math.floor(ball[order[0]] + ball[3]) + 1, 2), order)
    check(bodies_from_contours(contours), balls)


def test_a_vesicle_drawn_in_three_views_is_one() -> None:
    balls = [(20.0, 30.0, 40.0, 10.0), (20.0, 30.0, 62.0, 10.0)]
    contours = [
        ring
        for ball in balls
        for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
        for ring in rings(ball, [ball[order[0]]], order)
    ]
    check(bodies_from_contours(contours), balls)


def test_bodies_that_are_cut_by_a_face_or_long_stay_whole() -> None:
    cut = (-4.0, 20.0, 20.0, 10.0)
    check(bodies_from_contours(rings(cut, range(6))), [cut])
    long = [  # an ellipsoid of 1.5 : 1, as the missing wedge makes them
        contour
        for z in range(-14, 15)
        for contour in rings((0.0, 0.0, 0.0, math.sqrt(100 - z * z / 2.25)), [0.0])
        if abs(z) < 14
        for contour in [Contour(tuple((float(z), y, x) for _, y, x in contour.points_px))]
    ]
    assert len(bodies_from_contours(long).bodies) == 1


def test_no_contours_are_no_bodies() -> None:
    assert bodies_from_contours([]) == Bodies(())
    assert bodies_from_contours([Contour(((1.0, 2.0, 3.0), (1.0, 2.0, 4.0)))]) == Bodies(())


def test_lists_of_places_are_no_outlines() -> None:
    places = np.array([ball[:3] for ball in sample_balls(20)])
    assert not is_flat(places)
    (ring, *_) = rings((20.0, 30.0, 40.0, 10.0), [20.0])
    assert is_flat(np.array(ring.points_px))
