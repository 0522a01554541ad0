"""All figures in one table, the page, and what got worse."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.cli.benchmark import add_parser
from cryoves_app.cli.benchmark_sets import simulation_requests
from cryoves_app.cli.main import main
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.workflow.overall import window
from cryoves_app.workflow.overall.page import compare_tables, comparison_page, overall_page
from cryoves_app.workflow.overall.table import (
    Figure,
    FigureUnit,
    OverallPlan,
    OverallTable,
    measure_all,
    read_overall,
    write_overall,
)
from cryoves_app.workflow.overall.window import window_latencies
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.quality.simulation import SimulationRequest
from tests.needs import needs_window

EASY = SimulationRequest("benchmark-easy", 1, (50, 90, 90), 2.2, 4)


def table(**values: float | None) -> OverallTable:
    """A table with one figure of each part."""
    known = {"F1": 0.98, "Δc nm": 0.3, "CPU s": 10.0, "peak MB": 500.0, "GFLOP/s": 50.0, **values}
    units = {
        "F1": FigureUnit.SHARE,
        "Δc nm": FigureUnit.NM,
        "peak MB": FigureUnit.MEGABYTES,
        "GFLOP/s": FigureUnit.SPEED,
    }
    figures = [
        Figure("accuracy" if n in ("F1", "Δc nm") else "size", "x", n, units.get(n, FigureUnit.SECONDS), v)
        for n, v in known.items()
    ]
    return OverallTable("1.0", "2026-01-01", "A computer.", "m", "r", tuple(figures))


def test_a_small_plan_measures_each_part(tmp_path: Path) -> None:
    plan = OverallPlan((EASY,), ((50, 90, 90),), vesicles=())
    found = measure_all(plan, "default", BUILT_IN["default"], EngineOptions(threads=1), Progress())
    values = {(f.part, f.of, f.name): f.value for f in found.figures}
    assert values["accuracy", "benchmark-easy 1", "true"] == 4
    assert values["accuracy", "benchmark-easy 1", "F1"] == 1.0
    voxels = 50 * 90 * 90 / 1e6
    per_voxel = values["size", "0.4 Mvoxel", "CPU s per Mvoxel"]
    assert per_voxel == pytest.approx(values["size", "0.4 Mvoxel", "CPU s"] / voxels)
    for step in ("network", "fit"):
        assert values["size", "0.4 Mvoxel", f"{step} CPU s"] > 0
        assert (
            50 < values["size", "0.4 Mvoxel", f"{step} MB"] <= values["size", "0.4 Mvoxel", "peak MB"] * 1.05
        )
    (network,) = {f.of for f in found.figures if f.part == "network"}
    assert "threads 1" in network
    speeds = [values["network", network, name] for name in ("GFLOP/s", "matrices GFLOP/s", "share")]
    assert speeds[0] / speeds[1] == pytest.approx(speeds[2])
    assert min(speeds) > 0
    write_overall(tmp_path / "t.json", found)
    assert read_overall(tmp_path / "t.json") == found
    page = overall_page(found)
    assert "| benchmark-easy 1 | 4 | 0 | 1.000 |" in page
    assert page.index("## Accuracy") < page.index("## Cost by size")
    assert "## Cost by number" not in page


@pytest.mark.parametrize(
    ("values", "worse", "better"),
    [
        ({}, [], []),
        ({"F1": 0.976, "CPU s": 11.4, "peak MB": 570.0}, [], []),
        ({"F1": 0.97}, ["F1"], []),
        ({"F1": 0.99}, [], ["F1"]),
        ({"GFLOP/s": 40.0}, ["GFLOP/s"], []),
        ({"GFLOP/s": 60.0}, [], ["GFLOP/s"]),
        ({"GFLOP/s": 46.0}, [], []),
        ({"Δc nm": 0.4, "CPU s": 8.0}, ["Δc nm"], ["CPU s"]),
        ({"CPU s": 12.0, "peak MB": 600.0}, ["CPU s", "peak MB"], []),
        ({"Δc nm": None}, ["Δc nm"], []),
    ],
)
def test_what_got_worse_and_better(
    values: dict[str, float | None], worse: list[str], better: list[str]
) -> None:
    changes = compare_tables(table(), table(**values))
    assert [c.after.name for c in changes if c.is_worse] == worse
    assert [c.after.name for c in changes if not c.is_worse] == better


def test_short_times_do_not_count_as_worse() -> None:
    assert compare_tables(table(**{"fit CPU s": 0.1}), table(**{"fit CPU s": 0.5})) == []


def test_other_computers_and_missing_parts_are_told() -> None:
    other = replace(table(), machine="Another.", figures=table().figures[:2])
    page = comparison_page(table(), other)
    assert "Two computers" in page
    assert "Only in one of the tables: size x." in page


def test_the_quick_plan_is_small() -> None:
    plan = OverallPlan((SimulationRequest("no-vesicles", 1), SimulationRequest("crowded", 2))).quick()
    requests = [request for _, _, request in plan.requests()]
    assert {(request.shape, request.voxel_size_nm) for request in requests[:2]} == {((64, 200, 200), 2.2)}
    assert [request.n_vesicles for request in requests[:2]] == [None, 15]
    assert len({(r.preset, r.seed) for r in requests}) == len(requests)


def test_a_preset_without_vesicles_gets_none_whatever_number_is_asked_for() -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["benchmark", "--all", "--vesicles", "15", "--seeds", "2"])
    requests = simulation_requests(args, ["no-vesicles", "crowded"])
    assert [(r.preset, r.seed, r.n_vesicles) for r in requests] == [
        ("no-vesicles", 42000, None), ("no-vesicles", 42001, None), ("crowded", 41000, 15), ("crowded", 41001, 15),
    ]  # fmt: skip


def test_the_command_compares_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    write_overall(old, table())
    write_overall(new, table(F1=0.9))
    assert main(["benchmark", "--compare", str(old), str(new)]) == 1
    assert "| accuracy | x | F1 | 0.980 | 0.900 |" in capsys.readouterr().out
    assert main(["benchmark", "--compare", str(new), str(old)]) == 0


def test_what_is_no_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{"cryoves": 1}')
    with pytest.raises(CryoVesError, match="could not be read as a table of a benchmark"):
        read_overall(tmp_path / "a.json")
    assert main(["benchmark", "--all", "--model", "a", "b"]) == 1
    assert "one of each" in capsys.readouterr().err


@needs_window
def test_the_window_tells_how_fast_it_is() -> None:
    found = window_latencies()
    assert list(found) == ["open the sample", "step to another slice", "reject a vesicle", "undo"]
    assert all(0 < milliseconds < 100_000 for milliseconds in found.values())


def test_a_window_that_does_not_open_has_no_latencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "OPTION", "--no-such-option")
    assert window_latencies() == {}
