"""Looking again with the vesicles' own profile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.acceptance.judgement import Judged
from cryoves_app.analysis.fits.fitting import Fitted
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.pipeline import search_again as again
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from tests.phantoms import Phantom, benchmark, phantom

AGAIN = Recipe().with_value("fit", "search_again", True)


def found_in(made: Phantom, recipe: Recipe, cache: Path) -> PipelineResult:
    grey = made.grey.astype(np.float32)
    volume = Volume(VolumeInfo(grey.shape, grey.dtype, made.voxel_nm), grey)
    return Pipeline(volume, recipe, load_model("default"), cache, EngineOptions(threads=1)).run()


def test_in_noise_that_blinds_the_network_more_is_found_and_nothing_false(tmp_path: Path) -> None:
    made = benchmark((96, 200, 200), 30, 3, snr=0.02)
    plain, more = (found_in(made, recipe, tmp_path) for recipe in (Recipe(), AGAIN))
    first, second = (compare([v.sphere for v in r.vesicles.accepted], made.truth) for r in (plain, more))
    assert again.FEWEST <= first.true_positives <= 22
    assert second.true_positives >= first.true_positives + 3
    assert len(second.false_positives) <= len(first.false_positives)
    (note,) = [note for note in more.notes if note.kind is NoteKind.AGAIN]
    assert "further vesicle" in note.sentence
    seen = [v for v in plain.vesicles if v.status is not Status.ACCEPTED]
    doubtful = [v for v in more.vesicles if v.status is not Status.ACCEPTED]
    assert len(doubtful) <= len(seen) + 2  # people review no more than before


def test_with_too_few_vesicles_it_is_said_that_there_was_no_search(tmp_path: Path) -> None:
    made = phantom([(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0)], (48, 64, 64), seed=1)
    (note,) = [n for n in found_in(made, AGAIN, tmp_path).notes if n.kind is NoteKind.AGAIN]
    assert "takes 5 accepted ones" in note.sentence


@pytest.mark.parametrize("lost", [0, 2])
def test_a_search_that_finds_no_more_changes_nothing(
    lost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many or fewer accepted vesicles are no reason to take other ones."""
    made = benchmark((64, 120, 120), 8, 5)
    plain = found_in(made, Recipe(), tmp_path)
    real = again.search_again

    def losing(first: again.JudgedFits, *rest: object) -> again.JudgedFits:
        *others, judge, compare, log = rest

        def fewer(candidates: list[Candidate]) -> tuple[Fitted, Judged]:
            fitted, judged = judge(candidates)  # type: ignore[operator]
            kept: list[Vesicle] = judged.vesicles[lost:]
            return fitted, Judged(kept, judged.notes, judged.beyond)

        return real(first, *others, fewer, compare, log)  # type: ignore[arg-type]

    monkeypatch.setattr("cryoves_app.workflow.pipeline.pipeline.search_again", losing)
    result = found_in(made, AGAIN, tmp_path)
    assert result.vesicles.accepted == plain.vesicles.accepted
    assert not [note for note in plain.notes if note.kind is NoteKind.AGAIN]  # the network sees well


@pytest.mark.parametrize(("chance", "is_told"), [(0.1, False), (0.35, True), (None, False)])
def test_where_most_candidates_are_chance_a_search_is_proposed(chance: float | None, is_told: bool) -> None:
    """As in noise that the network does not know: a fifth are vesicles, and it misses half as many."""
    found = [
        Vesicle(k, 0.0, 0.0, 60.0 * k, 20.0, correlation=0.5 if k < 8 else 0.2).but(
            status=Status.ACCEPTED if k < 8 else Status.OUTLIER
        )
        for k in range(40)
    ]
    told = again.hint_to_search(again.JudgedFits(Fitted(found, 0, chance), Judged(found)))
    assert [note.kind for note in told] == ([NoteKind.AGAIN] if is_told else [])
    assert again.hint_to_search(again.JudgedFits(Fitted([], 0, chance), Judged([]))) == ()
