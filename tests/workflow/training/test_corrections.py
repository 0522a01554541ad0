from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.workflow.training.corrections import Corrections


def vesicle(number: int, **fields: object) -> Vesicle:
    return Vesicle(number, 10.0, 10.0, 10.0, 20.0).but(**fields)


def test_what_people_did_is_told_apart() -> None:
    found = Corrections.of(
        [
            vesicle(1),
            vesicle(10, reason="faint"),  # said by the program
            vesicle(2, reviewed=True),  # the network was right
            vesicle(3, origin=Origin.MANUAL, reviewed=True),
            vesicle(4, origin=Origin.EDITED),
            vesicle(5, status=Status.REJECTED, reviewed=True),
            vesicle(6, status=Status.REJECTED),  # by the program: nobody knows
            vesicle(7, origin=Origin.MANUAL, status=Status.REJECTED, reviewed=True),
            vesicle(8, status=Status.OUTLIER, reviewed=True),
            vesicle(9, origin=Origin.MANUAL, inside_region=False),
        ]
    )
    assert [v.id for v in found.added] == [3]
    assert [v.id for v in found.changed] == [4]
    assert [v.id for v in found.rejected] == [5, 7]
    assert found.sentence() == "1 vesicle added, 1 corrected, 2 rejected"
    assert len((found + found).all) == 8


def test_untouched_results_hold_no_correction() -> None:
    assert Corrections.of([vesicle(1), vesicle(2, status=Status.OUTLIER)]).all == ()
