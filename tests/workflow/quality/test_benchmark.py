"""The benchmark: simulated once, run in workers, scored after each step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.analysis.scores.evaluation import Evaluation, Match
from cryoves_app.cli.main import main
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.quality.benchmark import (
    BenchmarkCost,
    BenchmarkRow,
    BenchmarkScores,
    all_runs,
    group_rows,
    means,
    run_benchmark,
)
from cryoves_app.workflow.quality.simulation import (
    SimulatedFiles,
    SimulationRequest,
    is_simulation,
    write_simulation,
)

OPTIONS = EngineOptions(threads=1)
TINY = SimulationRequest("benchmark-easy", 1, shape=(50, 90, 90), voxel_size_nm=2.2, n_vesicles=4)


def row(model: str, recipe: str, found: int, missed: int) -> BenchmarkRow:
    """A row whose result has so many true positives and false negatives."""
    matches = tuple(Match(i, i, 0.0) for i in range(found))
    missing = tuple(range(found, found + missed))
    result = Evaluation(matches, (), missing, None, None, None, None)
    return BenchmarkRow(
        "t", model, recipe, BenchmarkScores(0.8, {"result": result}, BenchmarkCost(1, 1, 1, 1))
    )


def test_runs_go_tomogram_by_tomogram() -> None:
    other = SimulationRequest("benchmark-easy", 2)
    runs = all_runs([TINY, other], ["a", "b"], [BUILT_IN["default"], BUILT_IN["paper"]], OPTIONS)
    assert [r.request.seed for r in runs] == [1] * 4 + [2] * 4
    assert [(r.model, r.recipe.name) for r in runs[:4]] == [
        ("a", "default"), ("a", "paper"), ("b", "default"), ("b", "paper"),
    ]  # fmt: skip


def test_means_leave_out_what_is_not_defined() -> None:
    rows = [row("a", "r", 1, 2), row("b", "r", 1, 1), row("a", "r", 1, 0), row("a", "r", 0, 0)]
    groups = {model: group for model, _, group in group_rows(rows)}
    assert list(groups) == ["a", "b"]
    assert means(groups["a"], "result", "f1") == pytest.approx(0.75)
    assert means([row("a", "r", 0, 0)], "result", "f1") is None


def test_an_unknown_model_is_told_before_simulating(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="no model"):
        run_benchmark(all_runs([TINY], ["nobody"], [BUILT_IN["default"]], OPTIONS), Progress(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_tomograms_are_found_again_only_for_the_same_request(tmp_path: Path) -> None:
    files, _ = write_simulation(TINY, tmp_path, "t", Progress())
    assert is_simulation(files, TINY)
    assert not is_simulation(files, SimulationRequest("benchmark-easy", 1, shape=(50, 90, 90)))
    files.labels.unlink()
    assert not is_simulation(files, TINY)
    assert not is_simulation(SimulatedFiles.named(tmp_path, "other"), TINY)


def test_simulations_of_others_are_not_replaced(tmp_path: Path) -> None:
    other = SimulationRequest("benchmark-easy", 1, shape=(50, 90, 90), n_vesicles=3)
    write_simulation(other, tmp_path, "benchmark-easy_1", Progress())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(CryoVesError, match="not this benchmark's"):
        run_benchmark(all_runs([TINY], ["default"], [BUILT_IN["default"]], OPTIONS), Progress(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_command_scores_every_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, kept = tmp_path / "report.json", tmp_path / "tomograms"
    command = ["benchmark", "--shape", "60,120,130", "--vesicles", "12", "--tomograms", str(kept), "--threads", "1",
               "--json", str(report)]  # fmt: skip
    assert main(command) == 0
    (found,) = json.loads(report.read_text())
    assert found["stages"]["result"]["f1"] >= 0.9
    assert found["stages"]["result"]["delta_c_nm"] < found["stages"]["split"]["delta_c_nm"]
    assert 0.5 < found["mask_dice"] < 1
    assert found["cost"]["cpu_s"] > found["cost"]["network_cpu_s"] > 0
    assert found["cost"]["peak_memory_bytes"] > 1e8
    assert {s["name"] for s in found["steps"]} >= {"rescale", "network", "split", "fit"}
    assert (kept / "benchmark-easy_1.mrc").exists()
    printed = capsys.readouterr().out
    assert "accepted" in printed
    assert "benchmark-easy_1" in printed
    assert main(command) == 1
    assert "exists already" in capsys.readouterr().err
