import pytest

from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.training.changes import Changes, changes


def at(number: int, x_nm: float, **fields: object) -> Vesicle:
    return Vesicle(number, 50.0, 50.0, x_nm, 20.0).but(**fields)


CORRECTED = VesicleSet.of(
    [
        at(1, 50.0),
        at(2, 100.0),
        at(3, 150.0, origin=Origin.MANUAL, reviewed=True),  # missed before
        at(4, 200.0, origin=Origin.MANUAL, reviewed=True),
        at(5, 250.0, status=Status.REJECTED, reviewed=True),  # false before
        at(6, 300.0, status=Status.REJECTED, reviewed=True),
        at(7, 350.0, status=Status.OUTLIER),  # nobody knows
        at(8, 400.0, status=Status.REJECTED),  # by the program
    ]
)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((50.0, 100.0, 250.0, 300.0), Changes(0, 0, 0, 0)),  # as before
        ((50.0, 100.0, 150.0, 200.0), Changes(2, 2, 0, 0)),
        ((52.0, 153.0, 250.0), Changes(1, 1, 1, 0)),
        ((50.0, 100.0, 300.0, 600.0), Changes(0, 1, 0, 1)),
        ((), Changes(0, 2, 2, 0)),
    ],
)
def test_what_a_network_finds_now_is_held_against_the_corrections(
    places: tuple[float, ...], expected: Changes
) -> None:
    after = VesicleSet.of(at(n, x) for n, x in enumerate(places, 1))
    assert changes(CORRECTED, after) == expected


def test_doubtful_ones_of_the_new_result_do_not_count() -> None:
    after = VesicleSet.of([at(1, 150.0, status=Status.OUTLIER), at(2, 50.0), at(3, 100.0)])
    assert changes(CORRECTED, after) == Changes(0, 2, 0, 0)


def test_the_counts_are_told() -> None:
    assert Changes(7, 3, 2, 0).sentence() == "+7 found, \N{MINUS SIGN}3 false, 2 lost"
    assert Changes(0, 0, 0, 4).sentence().endswith("0 lost, 4 new to judge")
    assert Changes(1, 0, 0, 9).is_better
    assert not Changes(1, 1, 2, 0).is_better
