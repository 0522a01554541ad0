"""The look that the network sees: matched to what its card records, or tried on a box."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.grey.contrast import Support
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import MatchLook
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.network.model_store import Model, load_model
from cryoves_app.workflow.common.model_look import look_of
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline
from cryoves_app.workflow.segment.inputs import Inputs
from cryoves_app.workflow.segment.look.choice import LookTried, middle_box, settle_look, with_match_look
from tests.phantoms import phantom

BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0), (50.0, 60.0, 102.0, 21.0)]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("default")


@pytest.fixture(scope="module")
def volume() -> Volume:
    grey = phantom(BALLS, (48, 64, 64), seed=1).grey.astype(np.float32)
    return Volume(VolumeInfo(grey.shape, grey.dtype, 2.2), grey)


def inputs(volume: Volume, model: Model, how: MatchLook) -> Inputs:
    return Inputs(volume, model, with_match_look(Recipe(), how))


def settled(found: Inputs, cache: Path) -> tuple[MatchLook, list[str]]:
    new, notes = settle_look(found, EngineOptions(threads=1), cache, Progress())
    assert all(note.kind is NoteKind.LOOK for note in notes)
    return new.recipe.input.match_look, [note.sentence for note in notes]


def test_the_bundled_network_records_a_look(model: Model) -> None:
    assert look_of(model) is not None


@pytest.mark.parametrize("told", [None, "much", {"grey": [1]}, {"grey": ["a"], "power": []}])
def test_a_card_that_records_none_or_nonsense_leaves_the_look(
    model: Model, volume: Volume, told: object, tmp_path: Path
) -> None:
    other = replace(model, card={**model.card, "look": told})
    how, (sentence,) = settled(inputs(volume, other, MatchLook.AUTO), tmp_path)
    assert how is MatchLook.OFF
    assert "does not record" in sentence


def test_off_says_nothing_and_on_says_so(model: Model, volume: Volume, tmp_path: Path) -> None:
    assert settled(inputs(volume, model, MatchLook.OFF), tmp_path) == (MatchLook.OFF, [])
    how, (sentence,) = settled(inputs(volume, model, MatchLook.ON), tmp_path)
    assert how is MatchLook.ON
    assert "“default” learned" in sentence


def test_auto_tries_both_on_a_box_and_decides(model: Model, volume: Volume, tmp_path: Path) -> None:
    how, (sentence,) = settled(inputs(volume, model, MatchLook.AUTO), tmp_path)
    assert how in (MatchLook.OFF, MatchLook.ON)
    assert sentence.startswith("In a box in the middle ")
    assert ("as it is." in sentence) == (how is MatchLook.OFF)


@pytest.mark.parametrize(
    ("plain", "matched", "better"),
    [
        (Support(100.0, 5), Support(120.0, 6), True),
        (Support(100.0, 5), Support(109.0, 6), False),
        (Support(100.0, 5), Support(120.0, 4), False),
        (Support(0.0, 0), Support(50.0, 1), False),
        (Support(0.0, 0), Support(50.0, 2), True),
        (Support(0.0, 0), Support(0.0, 0), False),
    ],
)
def test_the_other_look_must_find_clearly_more(plain: Support, matched: Support, better: bool) -> None:
    assert LookTried(plain, matched).is_better is better


def test_the_network_sees_the_other_look_and_the_fits_do_not(
    model: Model, volume: Volume, tmp_path: Path
) -> None:
    found = {
        how: Pipeline(volume, with_match_look(Recipe(), how), model, tmp_path, EngineOptions(threads=1)).run()
        for how in (MatchLook.OFF, MatchLook.ON)
    }
    off, on = (np.load(result.map.path) for result in found.values())
    assert np.abs(off - on).max() > 0.05
    inputs_made = [path.name for path in tmp_path.iterdir() if path.name.startswith("input-")]
    looks_made = [path.name for path in tmp_path.iterdir() if path.name.startswith("look-")]
    assert len(looks_made) == len(inputs_made)  # the plain inputs are shared


def test_the_box_lies_in_the_middle_of_a_large_tomogram(model: Model) -> None:
    shape = (300, 900, 901)
    whole = Volume(VolumeInfo(shape, np.dtype(np.int8), 1.1), np.broadcast_to(np.int8(0), shape))
    box = middle_box(Inputs(whole, model, Recipe()))
    assert box.shape == (224, 224, 224)
    assert box.low == (38, 338, 338)
