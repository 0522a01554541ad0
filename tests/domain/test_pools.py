from __future__ import annotations

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import (
    USUAL_BANDS,
    Band,
    FilterPool,
    PoolPlan,
    PoolRule,
    check_bands,
    pool_of,
)
from cryoves_app.domain.vesicle import Vesicle


@pytest.mark.parametrize(
    ("distance", "name"),
    [
        (-3.0, "proximal"),
        (0.0, "proximal"),
        (44.9, "proximal"),
        (45.0, "intermediate"),
        (249.0, "distal"),
        (250.0, ""),
        (None, ""),
    ],
)
def test_distance_decides_the_pool(distance: float | None, name: str) -> None:
    assert pool_of(distance, USUAL_BANDS) == name


def test_bands_are_put_in_order_and_checked() -> None:
    near, far = Band("near", 0, 10), Band("far", 10, 20)
    assert check_bands([far, near]) == (near, far)
    for bad in ([near, Band("x", 5, 15)], [near, Band("near", 10, 20)], [Band("x", 5, 5)], [Band(" ", 0, 1)]):
        with pytest.raises(CryoVesError):
            check_bands(bad)


def test_the_rule_says_whether_centre_or_rim_counts() -> None:
    vesicle = Vesicle(1, 0.0, 0.0, 0.0, 20.0, az_centre_nm=60.0, az_rim_nm=40.0)
    assert PoolPlan().namer(2.0)(vesicle) == "proximal"
    assert PoolPlan(PoolRule.CENTRE).namer(2.0)(vesicle) == "intermediate"


def test_filters_make_pools_and_the_first_that_fits_counts() -> None:
    filters = (FilterPool("docked", "az_rim < 2"), FilterPool("big", "radius > 25"))
    plan = PoolPlan(PoolRule.FILTER, filters=filters)
    assert plan.names == ("docked", "big")
    name = plan.namer(2.0)
    docked = Vesicle(1, 0.0, 0.0, 0.0, 30.0, az_rim_nm=1.0)
    assert [name(v) for v in (docked, docked.but(az_rim_nm=9.0), docked.but(az_rim_nm=9.0, radius_nm=20.0))] == [
        "docked", "big", "",
    ]  # fmt: skip


def test_a_condition_does_not_hold_by_the_pool_that_it_gave() -> None:
    plan = PoolPlan(PoolRule.FILTER, filters=(FilterPool("large", "large"),))
    assert plan.namer(2.0)(Vesicle(1, 0.0, 0.0, 0.0, 30.0, pool="large")) == ""


@pytest.mark.parametrize(
    "plan",
    [
        PoolPlan(filters=(FilterPool("a", "radius > 1"), FilterPool("a", "radius > 2"))),
        PoolPlan(filters=(FilterPool("a", " "),)),
        PoolPlan(filters=(FilterPool("a", "colour > 2"),)),
        PoolPlan(bands=(Band("a", 3, 1),)),
    ],
)
def test_plans_that_cannot_be_are_told(plan: PoolPlan) -> None:
    with pytest.raises(CryoVesError):
        plan.checked()
