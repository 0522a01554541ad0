from __future__ import annotations

from dataclasses import replace

import pytest

from cryoves_app.analysis.acceptance.checks import check_result
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import Contrast, Normalisation
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord
from cryoves_app.workflow.pipeline.little_found import NetworkSaw, little_found

GREY = GreyRecord(
    Normalisation.ROBUST,
    Contrast.AUTO,
    Contrast.DARK,
    -1.0,
    0.05,
    both_tried=False,
    facts=None,
    ramp_removed=False,
)
SAW = NetworkSaw(0.2, candidates=0, fitted=0, accepted=0, size_nm=(200.0, 400.0, 800.0))
TWICE = ScaleHint(1.1, 1, better_nm=2.2, better_places=15)


def _sentence(saw: NetworkSaw = SAW, grey: GreyRecord = GREY, *, limited: bool = False) -> str:
    note = little_found(saw, grey, Recipe(), limited=limited)
    assert note.kind is NoteKind.NOTHING_FOUND
    return note.sentence


def test_it_says_what_the_network_saw() -> None:
    told = _sentence()
    for words in ("No vesicle was found", "800 × 400 × 200 nm", "0.20", "taken for dark", "voxel size"):
        assert words in told


@pytest.mark.parametrize(
    ("saw", "words"),
    [
        (SAW, "another model"),
        (replace(SAW, highest_probability=0.9), "lower threshold"),
        (replace(SAW, highest_probability=0.9, candidates=40), "--fit-volume"),
        (replace(SAW, hint=TWICE), "voxels of 22 instead of 11 Å the network sees 15 vesicles"),
        (replace(SAW, accepted=1), "Only 1 vesicle was found"),
        (replace(SAW, accepted=2), "Only 2 vesicles were found"),
    ],
)
def test_the_advice_follows_from_where_it_ended(saw: NetworkSaw, words: str) -> None:
    assert words in _sentence(saw)


def test_a_given_contrast_and_a_region_are_doubted() -> None:
    told = _sentence(grey=replace(GREY, contrast_asked=Contrast.DARK), limited=True)
    assert "--contrast auto" in told
    assert "outside the region" in told
    assert "--contrast auto" not in _sentence()


def test_radii_that_contradict_name_the_better_voxel_size() -> None:
    found = [Vesicle(n, z_nm=50.0 * n, y_nm=0.0, x_nm=0.0, radius_nm=10.0) for n in range(1, 9)]
    kinds = {note.kind: note.sentence for note in check_result(found, Recipe(), TWICE)}
    assert "voxels of 22 instead of 11 Å" in kinds[NoteKind.RADIUS]
    plain = {note.kind: note.sentence for note in check_result(found, Recipe())}
    assert "unbinned" in plain[NoteKind.RADIUS]
    usual = [v.but(radius_nm=20.0) for v in found]
    assert NoteKind.RADIUS not in {note.kind for note in check_result(usual, Recipe(), TWICE)}
