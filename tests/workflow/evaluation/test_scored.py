"""Pairs, scores, steps, errors and files of an evaluation over many tomograms."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.formats.mrc import write_map_slices, write_mrc_labels
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.workflow.common.output_folder import refuse_files
from cryoves_app.workflow.evaluation.errors import ErrorKind, ErrorLimits, list_errors
from cryoves_app.workflow.evaluation.names import EVALUATION_FILES
from cryoves_app.workflow.evaluation.pairs import EvaluationPair, FoundPairs, pair_folders, read_pairs
from cryoves_app.workflow.evaluation.scored import EvaluationPlan, ScoredTomogram, score_pair, score_pairs
from cryoves_app.workflow.evaluation.steps import RunStep
from cryoves_app.workflow.evaluation.tables import write_evaluation
from cryoves_app.workflow.project.before_edits import read_before_edits

from .projects_to_score import (
    CANDIDATES,
    FOUND,
    INFO,
    SHAPE,
    TRUE,
    VOXEL_NM,
    edit,
    save_run,
    write_map,
    write_truth,
)


def score(prediction: Path, truth: Path, region: Path | None = None) -> ScoredTomogram:
    return score_pair(EvaluationPair(prediction, truth, region=region), EvaluationPlan(), Progress())


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """As a run left it."""
    path = tmp_path / "results" / "b1" / "b1.cryoves"
    save_run(path).close()
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write_truth(tmp_path / "truth" / "b1_truth.csv")


def painted(*rows: list[float]) -> np.ndarray:
    return paint_spheres(np.array(rows) / VOXEL_NM, SHAPE) > 0


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_dice_after_each_step_is_that_of_what_was_kept(result: Path, truth: Path) -> None:
    write_map(result.with_name("probability.mrc"))
    true = painted(*([v.z_nm, v.y_nm, v.x_nm, v.radius_nm] for v in TRUE))
    fitted = painted(*([v.z_nm, v.y_nm, v.x_nm, v.radius_nm] for v in FOUND))
    accepted = painted(*([v.z_nm, v.y_nm, v.x_nm, v.radius_nm] for v in FOUND[:3]))
    found = score(result, truth).steps
    probability = np.zeros(SHAPE)
    probability[..., :30] = 0.5
    assert list(found) == [RunStep.MASK, RunStep.SEGMENTS, RunStep.FITTED, RunStep.ACCEPTED]
    assert found[RunStep.MASK] == pytest.approx(
        2 * (probability * true).sum() / ((probability**2).sum() + true.sum())
    )
    assert found[RunStep.SEGMENTS] == pytest.approx(dice(painted(*CANDIDATES), true))
    assert found[RunStep.FITTED] == pytest.approx(dice(fitted, true))
    assert found[RunStep.ACCEPTED] == pytest.approx(dice(accepted, true))


def test_another_tomograms_map_beside_the_result_is_a_note_and_a_named_one_a_fault(
    result: Path, truth: Path
) -> None:
    beside = result.with_name("probability.mrc")
    write_map_slices(beside, iter([np.zeros((4, 5), np.float32)] * 3), replace(INFO, shape=(3, 4, 5)))
    found = score(result, truth)
    assert RunStep.MASK not in found.steps
    assert found.scores.notes[-1].startswith("The network's map beside the result is not used: ")
    with pytest.raises(CryoVesError, match="another shape than the tomogram"):
        score_pair(EvaluationPair(result, truth, probability=beside), EvaluationPlan(), Progress())


def test_a_region_limits_all_steps(result: Path, truth: Path, tmp_path: Path) -> None:
    write_map(result.with_name("probability.mrc"))
    mask = np.zeros(SHAPE, np.uint16)
    mask[..., :30] = 1
    write_mrc_labels(tmp_path / "region.mrc", mask, INFO)
    found = score(result, truth, tmp_path / "region.mrc")
    true = painted(*([v.z_nm, v.y_nm, v.x_nm, v.radius_nm] for v in TRUE)) & (mask > 0)
    half = 0.5 * (mask > 0)
    assert found.steps[RunStep.MASK] == pytest.approx(
        2 * (half * true).sum() / ((half**2).sum() + true.sum())
    )
    assert (found.row.true_positives, found.row.false_negatives, found.row.false_positives) == (2, 0, 0)


def test_reviewing_is_a_step_of_its_own(tmp_path: Path, truth: Path) -> None:
    session = save_run(tmp_path / "b1.cryoves")
    edit(session, TRUE[1], TRUE[2].but(id=9), removed=(3, 4))
    session.save()
    session.undo()
    session.redo()
    session.close()
    found = score(tmp_path / "b1.cryoves", truth)
    assert found.steps[RunStep.REVIEWED] == pytest.approx(1.0)
    assert found.steps[RunStep.ACCEPTED] < 0.9
    assert found.row.values()["f1"] == 1.0
    before = read_before_edits(tmp_path / "b1.cryoves")
    assert tuple(before.vesicles) == FOUND
    assert len(read_project(tmp_path / "b1.cryoves").vesicles) == 3


def test_what_was_undone_is_not_what_a_run_left(tmp_path: Path) -> None:
    session = save_run(tmp_path / "b1.cryoves")
    edit(session, removed=(1,))
    session.undo()
    session.undo()
    session.save()
    session.close()
    with pytest.raises(CryoVesError, match="nothing was segmented"):
        read_before_edits(tmp_path / "b1.cryoves")


def test_errors_are_missed_false_and_of_size_or_place(result: Path, truth: Path) -> None:
    found = score(result, truth)
    kinds = [(e.kind, e.predicted.id if e.predicted else 0, e.true.id if e.true else 0) for e in found.errors]
    assert kinds == [(ErrorKind.MISSED, 0, 3), (ErrorKind.FALSE, 3, 0), (ErrorKind.RADIUS, 2, 2)]
    radius = found.errors[2]
    assert (radius.radius_error_nm, radius.distance_nm) == (4.0, 3.0)
    assert radius.sentence == "radius +4.0 nm, centre 3.0 nm off"
    assert found.errors[0].sphere == TRUE[2].sphere
    place = list_errors(found.scores, ErrorLimits(radius=0.5, place=0.1))[2]
    assert (place.kind, place.true) == (ErrorKind.PLACE, TRUE[1])
    assert len(list_errors(found.scores, ErrorLimits(radius=0.5, place=0.5))) == 2


def test_folders_are_paired_by_the_tomograms_names(tmp_path: Path, result: Path, truth: Path) -> None:
    write_truth(tmp_path / "results" / "b2" / "vesicles.csv")
    write_truth(tmp_path / "results" / "b3.csv")
    write_truth(tmp_path / "truth" / "B2.csv")
    write_truth(tmp_path / "truth" / "b4_truth.csv")
    (tmp_path / "truth" / "b1.mrc").write_bytes(b"a tomogram, not its labels")
    found = pair_folders(tmp_path / "results", tmp_path / "truth", "{dir}/{stem}_cell.mod")
    assert [(p.title, p.prediction, p.truth.name) for p in found.pairs] == [
        ("b1", result, "b1_truth.csv"),
        ("b2", tmp_path / "results" / "b2" / "vesicles.csv", "B2.csv"),
    ]
    assert found.pairs[0].region == tmp_path / "truth" / "b1_cell.mod"
    assert found.notes == (
        "Left out, as there is no truth of this name: b3.",
        "Truths without a result: b4.",
    )
    with pytest.raises(CryoVesError, match=r"b1_truth.csv is a file: a folder of results is compared"):
        pair_folders(tmp_path / "results", truth)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CryoVesError, match=r"No result in .*b1, b2, b3 against none"):
        pair_folders(tmp_path / "results", tmp_path / "empty")


def test_a_table_names_pairs_sets_and_regions(tmp_path: Path, result: Path, truth: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text(
        "prediction;truth;set;name\nresults/b1/b1.cryoves;truth/b1_truth.csv;test;first\n"
        f"{truth};{truth};train;\n"
    )
    found = read_pairs(table)
    assert [(p.title, p.group, p.region) for p in found.pairs] == [
        ("first", "test", None),
        ("b1", "train", None),
    ]
    scored = score_pairs(found)
    assert [row.values()["f1"] for row in scored.rows] == [pytest.approx(2 * 2 / 6), 1.0]
    for text, why in (
        ("a,b\n1,2\n", "has no column “prediction”"),
        ("prediction,truth\n", "holds no pair"),
        ("prediction,truth\na.csv,\n", "line 2: prediction or truth is missing"),
    ):
        table.write_text(text)
        with pytest.raises(CryoVesError, match=why):
            read_pairs(table)


def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path, result: Path, truth: Path) -> None:
    (tmp_path / "bad.cryoves").write_bytes(b"nonsense")
    pairs = (EvaluationPair(tmp_path / "bad.cryoves", truth), EvaluationPair(result, truth))
    found = score_pairs(FoundPairs(pairs))
    assert [t.pair.title for t in found.tomograms] == ["b1"]
    assert len(found.failures) == 1
    assert found.failures[0].startswith("bad: ")
    assert "--keep-probability" in found.notes[-1]
    with pytest.raises(CryoVesError, match=r"No tomogram could be evaluated\. bad: "):
        score_pairs(FoundPairs(pairs[:1]))


def test_a_wish_to_stop_is_heeded(result: Path, truth: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        score_pairs(FoundPairs((EvaluationPair(result, truth),)), progress=Progress(token=token))


def test_the_files_tell_the_same(tmp_path: Path, result: Path, truth: Path) -> None:
    write_map(result.with_name("probability.mrc"))
    pairs = (EvaluationPair(result, truth, group="test"), EvaluationPair(truth, truth, "self", "other"))
    found = score_pairs(FoundPairs(pairs))
    written = write_evaluation(found, tmp_path / "out")
    assert [p.name for p in written] == list(EVALUATION_FILES)
    tables = {}
    for path in written[:5]:
        with path.open(encoding="utf-8", newline="") as stream:
            tables[path.name] = list(csv.DictReader(stream))
    first, second = tables["scores.csv"]
    assert (first["set"], first["tomogram"], first["true_positives"], first["fp_percent"]) == (
        "test", "b1", "2", "33.3333",
    )  # fmt: skip
    assert (second["f1"], second["mask_dice"], second["delta_z_nm"], second["region"]) == ("1", "", "0", "")
    averages = {(r["set"], r["score"]): r["mean"] for r in tables["averages.csv"]}
    assert (averages["test", "recall"], averages["other", "recall"]) == ("0.666667", "1")
    errors = [(r["error"], r["predicted_id"], r["true_id"], r["x_px"]) for r in tables["errors.csv"]]
    assert errors == [("missed", "", "3", "42.5"), ("false", "3", "", "50"), ("radius", "2", "2", "15")]
    steps = [r["step"] for r in tables["dice_by_step.csv"]]
    assert steps == ["mask", "segments", "fitted", "accepted", "accepted"]
    assert len(tables["f1_by_overlap.csv"]) == 2 * 19
    page = (tmp_path / "out" / "evaluation.md").read_text(encoding="utf-8")
    assert "## test\n\n| Tomogram | Mask Dice |" in page
    assert "| **Average of 1** |" in page
    assert (tmp_path / "out" / "evaluation.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert (tmp_path / "out" / "evaluation.png").read_bytes()[1:4] == b"PNG"
    with pytest.raises(CryoVesError, match="exists already"):
        refuse_files(tmp_path / "out", EVALUATION_FILES, "an evaluation")
    own = write_truth(tmp_path / "in" / "scores.csv")
    with pytest.raises(CryoVesError, match="is read for this result"):
        write_evaluation(score_pairs(FoundPairs((EvaluationPair(truth, own),))), tmp_path / "in")
