"""``cryoves evaluate``: where scores may go."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.cli.main import main
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.ome_zarr.writer import write_ome_zarr_image
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.formats.tables.table import write_vesicles


@pytest.mark.parametrize("compared", ["prediction.csv", "truth.csv"])
def test_force_never_replaces_what_is_compared(
    tmp_path: Path, compared: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "prediction.csv", tmp_path / "truth.csv"]
    for file in files:
        write_vesicles(file, [Vesicle(1, 50, 50, 50, 20)], 2.0)
    before = [file.read_bytes() for file in files]
    assert main(["evaluate", *map(str, files), "--json", str(tmp_path / compared), "--force"]) == 1
    assert "not replaced" in capsys.readouterr().err
    assert [file.read_bytes() for file in files] == before


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two tomograms, of which one was found and one found by half."""
    true = [Vesicle(1, 50, 50, 50, 20), Vesicle(2, 50, 50, 120, 20)]
    for folder, name, found in (
        ("a", "b1", true),
        ("a", "b2", true[:1]),
        ("t", "b1", true),
        ("t", "b2", true),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        write_vesicles(tmp_path / folder / f"{name}.csv", found, 2.0)
    return tmp_path / "a", tmp_path / "t"


def test_folders_make_a_table_with_averages(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["evaluate", *map(str, folders), "-o", str(out)]
    assert main(asked) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines] == ["Tomogram", "b1", "b2", "Average"]
    assert "75.0 %" in lines[-1]
    assert f"saved {out / 'errors.csv'}" in told.err
    assert main(asked) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*asked, "--force", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [t["f1"] for t in plain["tomograms"]] == [1.0, pytest.approx(2 / 3)]
    assert plain["averages"][""]["recall"] == {"tomograms": 2, "mean": 0.75, "sd": 0.25}


def test_labels_in_a_zarr_folder_are_one_file_and_no_folder_of_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = VolumeInfo((40, 50, 60), np.dtype(np.uint16), 2.0)
    labels = paint_spheres(np.array([[20.0, 25.0, 30.0, 9.0]]), info.shape, np.array([4])).astype(np.uint16)
    (tmp_path / "a").mkdir()
    zarr = tmp_path / "a" / "b1_labels.zarr"
    write_ome_zarr_image(zarr, [labels], np.dtype(np.uint16), info, is_labels=True)
    (tmp_path / "t").mkdir()
    write_vesicles(tmp_path / "t" / "b1.csv", [Vesicle(1, 40.0, 50.0, 60.0, 18.0)], 2.0)
    assert main(["evaluate", str(zarr), str(tmp_path / "t" / "b1.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["matched"] == [[4, 1]]
    assert main(["evaluate", str(tmp_path / "a"), str(tmp_path / "t"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["tomograms"]
    assert (row["tomogram"], row["f1"]) == ("b1", 1.0)


def test_a_table_of_pairs_with_a_bad_one_says_so_and_ends_with_1(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("prediction,truth,set\na/b1.csv,t/b1.csv,one\na/gone.csv,t/b1.csv,one\n")
    assert main(["evaluate", "--pairs", str(table)]) == 1
    told = capsys.readouterr()
    assert "There is no file" in told.err
    assert "Average of 1" in told.out


def test_two_files_tell_what_they_told_before_and_more(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(folders[0] / "b2.csv"), str(folders[1] / "b2.csv"), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    before = [
        "true_positives", "false_negatives", "false_positives", "tp_percent", "fn_percent", "fp_percent", "f1",
        "delta_d", "delta_c_nm", "delta_c_sd_nm", "overlap", "dice",
    ]  # fmt: skip
    assert list(plain)[: len(before)] == before
    assert (plain["matched"], plain["false_negative_ids"], plain["recall"]) == ([[1, 1]], [2], 0.5)


@pytest.mark.parametrize("words", [[], ["a.csv"], ["a.csv", "b.csv", "--pairs", "c.csv"]])
def test_too_few_or_too_many_words_are_wrong_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *words])
    assert ended.value.code == 2
    assert "--pairs" in capsys.readouterr().err


def test_two_people_are_compared_and_a_third_project_settles_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = TomogramReference("", "/data/b1.mrc", 1, "b1", (40, 50, 60), 2.0)
    both = [Vesicle(n, 30, 40, 25.0 * n, 10) for n in (1, 2, 3)]
    for name, kept in (("ada", both), ("ben", both[:2])):
        write_project(tmp_path / f"{name}.cryoves", Project(reference, vesicles=VesicleSet.of(kept)))
    projects = [str(tmp_path / f"{name}.cryoves") for name in ("ada", "ben")]
    asked = ["evaluate", *projects, "--agreement", "-o", str(tmp_path / "out")]
    agreed = ["--agreed", str(tmp_path / "agreed.cryoves")]
    assert main([*asked, *agreed]) == 0
    told = capsys.readouterr()
    assert (
        "ada and ben: 2 vesicles in both, 1 only ada's, 0 only ben's: F1 0.800; 1 dispute to settle."
        in told.out
    )
    assert "ada has checked 0 of 3" in told.err
    assert [v.status for v in read_project(tmp_path / "agreed.cryoves").vesicles] == [
        Status.ACCEPTED, Status.ACCEPTED, Status.OUTLIER,
    ]  # fmt: skip
    assert main(asked) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*asked[:-2], *agreed]) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*asked, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["only_first"] == 1
    write_vesicles(tmp_path / "t.csv", both, 2.0)
    assert main(["evaluate", str(tmp_path / "t.csv"), projects[0], "--agreement"]) == 1
    assert "is no project" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["a.cryoves", "b.cryoves", *("--agreed", "c.cryoves")], ["--pairs", "p.csv", "--agreement"]]
)
def test_options_that_do_not_go_together_are_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *words])
    assert ended.value.code == 2
