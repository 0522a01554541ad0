from __future__ import annotations

import pytest

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import NoteKind
from cryoves_app.workflow.pipeline.faint import faint_note


def candidate(number: int, evidence: float, left_below_nm: float = 0.0) -> Candidate:
    return Candidate((50.0 * number, 0.0, 0.0), 20.0, evidence, left_below_nm=left_below_nm)


def fitted(*numbers: int) -> list[Sphere]:
    return [Sphere(50.0 * number, 5.0, 0.0, 20.0) for number in numbers]


def test_places_of_which_the_network_is_sure_are_not_lost_without_a_word() -> None:
    """As where noise is the same all over the tomogram and contrast fades."""
    found = [candidate(i, 10.0) for i in range(10)] + [candidate(i, 5.0) for i in range(10, 16)]
    (note,) = faint_note(found, fitted(*range(10)), 2.0)
    assert note.kind is NoteKind.FAINT
    assert "6 places of which the network is sure (in slices 250 to 375)" in note.sentence


@pytest.mark.parametrize(("evidence", "left_below_nm"), [(1.0, 0.0), (10.0, 30.0)])
def test_what_the_network_doubts_or_sees_at_another_scale_only_is_not_told(
    evidence: float, left_below_nm: float
) -> None:
    found = [candidate(i, 10.0) for i in range(10)]
    more = [candidate(i, evidence, left_below_nm) for i in range(10, 20)]
    assert faint_note([*found, *more], fitted(*range(10)), 2.0) == ()


def test_a_few_are_not_told_nor_all_where_nothing_was_fitted() -> None:
    found = [candidate(i, 10.0) for i in range(10)]
    assert faint_note(found, fitted(*range(7)), 2.0) == ()
    assert faint_note(found, [], 2.0) == ()
    assert faint_note([], fitted(1), 2.0) == ()
