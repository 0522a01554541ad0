from __future__ import annotations

from dataclasses import replace

import pytest

from cryoves_app.analysis.grey.model import GreyFacts
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.recipe_settings import Contrast, Normalisation
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord, input_notes

FACTS = GreyFacts(-100.0, 100.0, 0.0, 30.0)
DARK, BRIGHT = Contrast.DARK, Contrast.BRIGHT


def record(facts: GreyFacts = FACTS, *, ramp: bool = False, used: Contrast = DARK) -> GreyRecord:
    return GreyRecord(
        Normalisation.ROBUST,
        Contrast.AUTO,
        used,
        -0.2,
        -20.0,
        both_tried=False,
        facts=facts,
        ramp_removed=ramp,
    )


def told(of: GreyRecord, bad: int = 0) -> dict[NoteKind, str]:
    return {note.kind: note.sentence for note in input_notes(of, bad)}


def test_of_ordinary_grey_values_there_is_nothing_to_say() -> None:
    assert told(record()) == {}


@pytest.mark.parametrize(
    ("background", "ratio", "words"),
    [
        (12.34, 1.1, "grey values run by 12.3 standard deviations; that"),
        (0.2, 9.87, "contrast changes by a factor of 9.9; that"),
        (
            3.0,
            4.0,
            "grey values run by 3.0 standard deviations and contrast changes by a factor of 4.0; that",
        ),
        (0.4, 1.3, "contrast changes by a factor of 1.3; that"),
    ],
)
def test_what_was_evened_out_is_told_and_no_more(background: float, ratio: float, words: str) -> None:
    facts = replace(FACTS, background_range=background, strength_ratio=ratio)
    assert told(record(facts, ramp=True)) == {NoteKind.RAMP: f"Over the tomogram {words} was evened out."}


def test_parts_without_data_bad_voxels_and_turned_contrast_are_told() -> None:
    notes = told(record(replace(FACTS, empty_share=0.034), used=BRIGHT), bad=7)
    assert set(notes) == {NoteKind.BAD_VOXELS, NoteKind.NO_DATA, NoteKind.CONTRAST}
    assert notes[NoteKind.NO_DATA].startswith("3 % of the tomogram")
    assert notes[NoteKind.BAD_VOXELS].startswith("7 voxels")


def test_what_lies_above_and_below_the_specimen_is_told() -> None:
    of = record(replace(FACTS, outside_share=0.182))
    assert told(of)[NoteKind.OUTSIDE].startswith("18 % of the tomogram lie above or below the specimen")
    assert of.methods_sentence().startswith("Before, what lies above and below the specimen was left out")
    assert NoteKind.OUTSIDE not in told(record(FACTS))


@pytest.mark.parametrize(
    ("beads", "words"),
    [(1, "One place looks like a gold bead and is left out"), (12, "12 places look like gold beads and are")],
)
def test_gold_beads_are_told(beads: int, words: str) -> None:
    of = record(replace(FACTS, beads=beads))
    assert told(of)[NoteKind.BEADS].startswith(words)
    assert of.methods_sentence() == "Before, gold beads were left out."
