"""``cryoves study`` as users start it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import write_project
from tests.cli.program import run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tomograms of two conditions, with radii of 20 and 24 nm and what chance adds."""
    folder = tmp_path_factory.mktemp("results")
    for number, radius in enumerate((20.0, 20.5, 24.0, 24.6)):
        name = f"{'wt' if number < 2 else 'ko'}_{number}"
        vesicles = [Vesicle(n, 100.0, 100.0, 60.0 * n, radius) for n in range(1, 6)]
        reference = TomogramReference("", f"/data/{name}.mrc", 1, name, (40, 40, 80), 5.0)
        (folder / name).mkdir()
        write_project(folder / name / f"{name}.cryoves", Project(reference, vesicles=VesicleSet.of(vesicles)))
    return folder


def test_conditions_by_pattern_are_compared(results: Path, tmp_path: Path) -> None:
    asked = ("study", results, "-o", tmp_path / "out", "--condition", "wild=wt_*", "--condition", "mutant=ko_*",
             "--simulations", 5, "--json")  # fmt: skip
    done = run(*asked, data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["conditions"] == {"mutant": 2, "wild": 2}
    means = {m["condition"]: m["mean"] for m in told["means"] if m["measure"] == "mean_radius_nm"}
    assert means == {"wild": pytest.approx(20.25), "mutant": pytest.approx(24.3)}
    (test,) = [t for t in told["tests"] if t["subject"] == "mean_radius_nm"]
    assert test["statistic"] == pytest.approx(4.05**2 / ((0.125 + 0.18) / 2))
    assert 0 < test["p"] <= test["p_adjusted"] < 0.1
    assert (tmp_path / "out" / "study.svg").is_file()
    again = run(*asked, data=tmp_path / "data")
    assert again.returncode == 1
    assert "exists already" in again.stderr
    forced = run(*asked[:-1], "--force", data=tmp_path / "data")
    assert forced.returncode == 0
    assert "Mean radius (nm)" in forced.stdout


def test_wrong_words_are_usage_and_wrong_inputs_a_sentence(results: Path, tmp_path: Path) -> None:
    usage = run("study", results, "-o", tmp_path / "out", "--condition", "wild", data=tmp_path / "data")
    assert usage.returncode == 2
    assert "NAME=PATTERN" in usage.stderr
    for edges in ("45", "45,45", "0,x", "75,45", "-5,10", "0,inf"):
        usage = run("study", results, "-o", tmp_path / "out", f"--zones={edges}", data=tmp_path / "data")
        assert usage.returncode == 2
    missing = run("study", tmp_path / "gone", "-o", tmp_path / "out", data=tmp_path / "data")
    assert missing.returncode == 1
    assert missing.stderr.strip().endswith("gone does not exist.")
    assert not (tmp_path / "out").exists()
    (tmp_path / "bad.cryoves").write_text("nonsense")
    part = run(
        "study",
        results,
        tmp_path / "bad.cryoves",
        "-o",
        tmp_path / "out",
        "--simulations",
        0,
        data=tmp_path / "data",
    )
    assert part.returncode == 1
    assert "bad.cryoves" in part.stderr
    assert (tmp_path / "out" / "tests.csv").is_file()
