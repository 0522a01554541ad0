"""Vesicles that stand twice, outside of the tomogram, or far apart."""

from __future__ import annotations

import pytest

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.project.placing import (
    Misplaced,
    are_far_apart,
    is_outside,
    misplaced,
    twin_of,
    widest_gap_nm,
)

TOMOGRAM = TomogramReference("a.mrc", "/data/a.mrc", 1, "ab", (50, 60, 70), 2.0)


def vesicle(number: int, z: float, y: float, x: float, *, radius: float = 20.0, **known: object) -> Vesicle:
    return Vesicle(number, z, y, x, radius, **known)  # type: ignore[arg-type]


def project(*vesicles: Vesicle) -> Project:
    return Project(TOMOGRAM, vesicles=VesicleSet.of(vesicles))


@pytest.mark.parametrize(
    ("centre", "expected"),
    [
        ((0.0, 0.0, 0.0), False),
        ((-0.9, 0.0, 0.0), False),
        ((-1.1, 0.0, 0.0), True),
        ((98.9, 118.9, 138.9), False),
        ((99.1, 118.9, 138.9), True),
        ((98.9, 119.1, 138.9), True),
        ((98.9, 118.9, 139.1), True),
    ],
)
def test_outside_is_where_no_voxel_is(centre: tuple[float, float, float], expected: bool) -> None:
    assert is_outside(Sphere(*centre, 20.0), TOMOGRAM) is expected


def test_of_two_that_are_one_the_unchecked_one_goes_else_the_later() -> None:
    first, again = vesicle(1, 50, 50, 50), vesicle(2, 50, 50, 51)
    assert misplaced(project(first, again)) == Misplaced(doubles=(2,))
    assert misplaced(project(first, again.but(reviewed=True))) == Misplaced(doubles=(1,))
    assert misplaced(project(first, again.but(status=Status.REJECTED))) == Misplaced()
    assert misplaced(project(first, again.but(inside_region=False))) == Misplaced()
    assert misplaced(project(first, vesicle(2, 50, 50, 85))) == Misplaced()
    assert misplaced(project()) == Misplaced()


def test_what_is_wrong_is_told_by_number() -> None:
    found = misplaced(project(vesicle(1, 50, 50, 50), vesicle(2, 50, 50, 51), vesicle(3, 500, 50, 50)))
    assert found == Misplaced(doubles=(2,), outside=(3,))
    assert found.ids == (2, 3)
    assert found.sentence() == (
        "Vesicle 2 stands where another one stands already; Vesicle 3 stands outside of the tomogram."
    )
    assert Misplaced().sentence() == ""


def test_a_twin_is_the_one_that_shares_most_and_is_not_rejected() -> None:
    vesicles = [vesicle(1, 50, 50, 50), vesicle(2, 50, 50, 56)]
    twin = twin_of(Sphere(50, 50, 55, 20), vesicles)
    assert twin is not None
    assert twin.id == 2
    assert twin_of(Sphere(50, 50, 90, 20), vesicles) is None
    assert twin_of(Sphere(50, 50, 50, 20), [v.but(status=Status.REJECTED) for v in vesicles]) is None


def test_vesicles_far_apart_are_known() -> None:
    near = [vesicle(1, 50, 50, 20), vesicle(2, 50, 50, 50)]
    assert widest_gap_nm(near) == pytest.approx(-10.0)
    assert not are_far_apart(near)
    assert widest_gap_nm([*near, vesicle(3, 50, 50, 120)]) == pytest.approx(30.0)
    assert are_far_apart([*near, vesicle(3, 50, 50, 120)])


def test_imported_vesicles_outside_are_rejected() -> None:
    before = project()
    action = import_vesicles(before, [vesicle(1, 50, 50, 50), vesicle(2, 500, 50, 50)], "other.mod")
    after = action.forward.apply(before)
    assert [v.status for v in after.vesicles] == [Status.ACCEPTED, Status.REJECTED]
    assert after.vesicles.vesicles[1].reason == "outside of the tomogram"
