"""``cryoves links`` as users start it."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.cli.links import label_list, thresholds
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.study.links import read_links
from tests.cli.program import run
from tests.formats.test_pyto_segments import ROW, table

FIRST_COLUMNS = ["id", "kind", "a", "b", "threshold", "class", "volume", "length"]
SHAPE = (20, 40, 40)
VOXEL_NM = 2.0


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def grey_with_threads() -> np.ndarray:
    """Two vesicles in a row above an active zone: a thread between them, one from each to the zone."""
    grey = np.full(SHAPE, 100, np.int16)
    grey[9:11, 19:21, 10:30] = -50
    grey[10, 26:35, 10] = -30
    grey[10, 26:35, 30] = -20
    return grey


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, Path]:
    """The tomogram, and its labels: 1 region, 2 active zone, 3 an organelle, 10 and 11 vesicles."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.ones(SHAPE, np.uint16)
    labels[:, 35:] = 2
    labels[0:2, 0:2, 0:2] = 3
    for number, centre in ((10, 10), (11, 30)):
        labels[(z - 10) ** 2 + (y - 20) ** 2 + (x - centre) ** 2 <= 36] = number
    paths = tmp_path / "tomo.mrc", tmp_path / "labels.mrc"
    for path, values in zip(paths, (grey_with_threads(), labels), strict=True):
        with mrcfile.new(path) as mrc:
            mrc.set_data(values)
            mrc.voxel_size = VOXEL_NM * 10
    return paths


@pytest.fixture
def project(labelled: tuple[Path, Path], tmp_path: Path) -> Path:
    """The same as a project, with a rejected vesicle in the middle of the thread."""
    ring = tuple((z, y, x) for z, y, x in ((0, 1, 1), (0, 1, 38), (0, 38, 38), (0, 38, 1)))
    whole = tuple(Contour(tuple((float(k), y, x) for _, y, x in ring)) for k in range(1, SHAPE[0] - 1))
    line = tuple(
        Contour(((float(k), 37.0, 1.0), (float(k), 37.0, 38.0)), False) for k in range(1, SHAPE[0] - 1)
    )
    regions = (
        Region("cell", RegionKind.CYTOPLASM, whole),
        Region("zone", RegionKind.ACTIVE_ZONE, line, tube_nm=4 * VOXEL_NM),
    )
    vesicles = [
        Vesicle(7, 20.0, 40.0, 20.0, 12.0),
        Vesicle(4, 20.0, 40.0, 60.0, 12.0),
        Vesicle(5, 20.0, 40.0, 40.0, 6.0, status=Status.REJECTED),
    ]
    path = tmp_path / "cell.cryoves"
    reference = reference_to(open_volume(labelled[0], VOXEL_NM), path)
    write_project(path, Project(reference, regions=regions, vesicles=VesicleSet.of(vesicles)))
    return path


def test_a_label_volume_of_another_program(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    asked = ("links", tomogram, "--labels", labels, "--region-label", 1, "--active-zone-label", 2,
             "--thresholds", "-50:0:10", "-o", tmp_path / "out")  # fmt: skip
    done = run(*asked, data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "1 connector and 2 tethers of 2 vesicles, 2 of them connected and 2 tethered" in done.stdout
    assert "labels from 10 on are taken for vesicles, 3 for other things" in done.stderr
    found = rows(tmp_path / "out" / "links.csv")
    assert list(found[0])[:8] == FIRST_COLUMNS
    told = [[link[name] for name in FIRST_COLUMNS[:7]] for link in found]
    assert told == [
        ["1", "connector", "10", "11", "-50", "good", "34"],
        ["2", "tether", "2", "10", "-30", "good", "8"],
        ["3", "tether", "2", "11", "-20", "good", "8"],
    ]
    assert [link["volume_nm3"] for link in found] == ["272", "64", "64"]
    volume = mrcfile.read(tmp_path / "out" / "links.mrc")
    assert volume.dtype == np.uint16
    assert np.bincount(volume.ravel()).tolist()[1:] == [34, 8, 8]
    assert set(np.unique(grey_with_threads()[volume == 1])) == {-50}
    of_vesicles = rows(tmp_path / "out" / "vesicle_links.csv")
    expected = {
        "n_connectors": "1",
        "n_linked": "1",
        "n_tethers": "1",
        "cluster_id": "1",
        "cluster_size": "2",
    }
    assert of_vesicles == [{"id": n, "label": n, **expected} for n in ("10", "11")]
    (summary,) = rows(tmp_path / "out" / "links_summary.csv")
    assert (summary["connectors_good"], summary["tethers_good"], summary["thresholds"]) == ("1", "2", "6")
    zones = rows(tmp_path / "out" / "links_zones.csv")
    assert [(zone["zone"], zone["vesicles"], zone["tethered"]) for zone in zones[:2]] == [
        ("all", "2", "1"),
        ("0-45", "2", "1"),
    ]
    record = json.loads((tmp_path / "out" / "links.json").read_text(encoding="utf-8"))
    assert record["labels"] == {"region": 1, "active_zone": 2, "vesicles": [10, 11]}
    assert "6 grey thresholds from -50 to 0" in record["methods"]
    again = run(*asked, data=tmp_path / "data")
    assert again.returncode == 1
    assert "exists already; use --force" in again.stderr
    forced = run(*asked, "--force", "--json", data=tmp_path / "data")
    assert json.loads(forced.stdout)[0]["tethers_good"] == 2


def test_a_project_gives_ids_of_vesicles(project: Path, tmp_path: Path) -> None:
    """The rejected one is no wall; the active zone is 0; what was drawn is the region."""
    asked = ("links", project, "--thresholds=-50,-30,-20", "-o", tmp_path / "out", "--progress", "json")
    done = run(*asked, data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["event"] for e in events if e["event"] != "progress"] == ["ended"]
    assert {e["step"] for e in events if e["event"] == "progress"} >= {
        "reading",
        "links",
        "measures",
        "writing",
    }
    assert events[-1]["summary"]["vesicles"] == 2
    found = rows(tmp_path / "out" / "links.csv")
    assert [(link["kind"], link["a"], link["b"]) for link in found] == [
        ("connector", "4", "7"),
        ("tether", "0", "7"),
        ("tether", "0", "4"),
    ]
    assert [v["id"] for v in rows(tmp_path / "out" / "vesicle_links.csv")] == ["4", "7"]


def test_the_own_recipe_tells_how_sure_links_are(project: Path, tmp_path: Path) -> None:
    """The thread between the vesicles is found; in so small a box chance may or may not be known."""
    with mrcfile.open(tmp_path / "tomo.mrc", mode="r+") as mrc:
        noise = np.random.default_rng(1).normal(0, 30, SHAPE)
        mrc.set_data((mrc.data + noise).astype(np.int16))
    renewed = replace(
        read_project(project), tomogram=reference_to(open_volume(tmp_path / "tomo.mrc", VOXEL_NM), project)
    )
    write_project(project, renewed)
    done = run("links", project, "-o", tmp_path / "out", "--json", data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    (summary,) = json.loads(done.stdout)
    assert summary["recipe"] == "default"
    assert summary["connectors_good"] == 1
    (link,) = [link for link in rows(tmp_path / "out" / "links.csv") if link["kind"] == "connector"]
    assert list(link)[:8] == FIRST_COLUMNS
    assert (link["a"], link["b"], link["class"]) == ("4", "7", "good")
    assert float(link["gap_nm"]) == pytest.approx(16)
    assert 8 <= float(link["length"]) < 10
    assert 16 <= float(link["length_nm"]) < 20
    assert float(link["strength"]) > 1


def test_options_of_the_other_recipe(project: Path, tmp_path: Path) -> None:
    for options, words in (
        (("--recipe", "default", "--thresholds", "1,2"), "are of the recipe pyto"),
        (("--recipe", "pyto", "--false-share", "0.1"), "is of the recipe default"),
    ):
        done = run("links", project, *options, "-o", tmp_path / "out", data=tmp_path / "data")
        assert done.returncode == 1
        assert words in done.stderr


def test_links_beside_those_of_pyto(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    folder = tmp_path / "connectors"
    folder.mkdir()
    table(folder / "t_new_connectors_good.dat", ROW.replace("[10 18]", "[10 11]"))
    table(folder / "t_new_tethers_good.dat", ROW.replace("[10 18]", "[ 2 12]").replace("  7 ", "  8 ", 1))
    (folder / "t.pkl").write_bytes(b"cos")
    asked = (
        "links",
        tomogram,
        "--labels",
        labels,
        "--thresholds",
        "-50:0:10",
        "-o",
        tmp_path / "out",
        "--compare",
    )
    done = run(*asked, folder, data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    words = "3 linked pairs here and 2 in connectors, 1 of them the same; 2 only here, 1 only there."
    assert words in done.stdout
    compared = rows(tmp_path / "out" / "links_compared.csv")
    assert [(row["found_by"], row["a"], row["b"]) for row in compared] == [
        ("both", "10", "11"),
        ("here", "2", "10"),
        ("here", "2", "11"),
        ("there", "2", "12"),
    ]
    again = run(*asked, folder, "--force", "--json", data=tmp_path / "data")
    assert json.loads(again.stdout)[0]["compared"]["pairs"]["tether"] == {"both": 0, "here": 2, "there": 1}
    pickled = run(*asked, folder / "t.pkl", "--force", data=tmp_path / "data")
    assert pickled.returncode == 1
    assert "which can run commands when it is opened" in pickled.stderr
    several = run(
        "links", tomogram, labels, "--compare", folder, "-o", tmp_path / "two", data=tmp_path / "data"
    )
    assert several.returncode == 1
    assert "--compare speaks of one tomogram" in several.stderr


def test_vesicles_moved_at_random(project: Path, labelled: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("links", project, "--thresholds=-50:0:10", "--jitter", 2, "--jitter-nm", "0.1", "-o", tmp_path / "out",
               data=tmp_path / "data")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 runs with centres moved by 0." in done.stderr
    found = rows(tmp_path / "out" / "links_jittered.csv")
    assert [row["run"] for row in found] == ["0", "1", "2"]
    assert (found[0]["connectors_good"], found[0]["tethers_good"]) == ("1", "2")
    tomogram, labels = labelled
    for options, words in (
        ((tomogram, "--labels", labels, "--jitter", 1), "--jitter moves a project's vesicles"),
        ((project, "--jitter-nm", "0.1"), "give both"),
        ((project, "--jitter", 1), "say with --jitter-nm"),
    ):
        done = run("links", *options, "-o", tmp_path / "other", data=tmp_path / "data")
        assert done.returncode == 1
        assert words in done.stderr


def test_several_projects_and_one_that_cannot_be_read(project: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.cryoves").write_text("nonsense")
    shutil.copy(project, tmp_path / "other.cryoves")
    done = run(
        "links", project, tmp_path / "bad.cryoves", tmp_path / "other.cryoves", "-o", tmp_path / "out",
        "--thresholds", "-50:0:10", data=tmp_path / "data",
    )  # fmt: skip
    assert done.returncode == 1
    assert "bad.cryoves" in done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["cell", "other"]
    first, second = ((tmp_path / "out" / n / "links.csv").read_bytes() for n in ("cell", "other"))
    assert first == second


def test_tables_beside_projects_are_found_by_the_study(project: Path, tmp_path: Path) -> None:
    """As in a folder that “cryoves batch” wrote."""
    results = tmp_path / "results"
    for name in ("a", "b"):
        (results / name).mkdir(parents=True)
        shutil.copy(project, results / name / f"{name}.cryoves")
    projects = [results / name / f"{name}.cryoves" for name in ("a", "b")]
    done = run("links", results, "-o", results, "--thresholds", "-50:0:10", data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    for path in projects:
        measured = read_links(path.parent, list(read_project(path).vesicles.accepted))
        assert (measured.known, measured.connected, measured.tethered) == (2, 2, 2)
        assert measured.mean_connectors == 1


def test_bright_matter_is_turned(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    with mrcfile.open(tomogram, mode="r+") as mrc:
        mrc.set_data(-mrc.data)
    done = run("links", tomogram, "--labels", labels, "--bright", "--thresholds", "-50:0:10",
               "-o", tmp_path / "out", data=tmp_path / "data")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [link["density_mean"] for link in rows(tmp_path / "out" / "links.csv")] == ["-50", "-30", "-20"]


def test_nothing_found_is_a_table_without_rows(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    done = run("links", tomogram, "--labels", labels, "--thresholds", "-200", "-o", tmp_path / "out",
               data=tmp_path / "data")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "0 connectors and 0 tethers" in done.stdout
    assert (tmp_path / "out" / "links.csv").read_text(encoding="utf-8").startswith(",".join(FIRST_COLUMNS))
    assert rows(tmp_path / "out" / "links.csv") == []
    assert not mrcfile.read(tmp_path / "out" / "links.mrc").any()


def test_wrong_words_are_usage(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    usage = run("links", tomogram, "--labels", labels, "--thresholds", "-1:0", "-o", tmp_path / "out",
                data=tmp_path / "data")  # fmt: skip
    assert usage.returncode == 2
    assert "START:STOP:STEP" in usage.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["1:2", "a:b:c", "0:10:-1", "0:10:0", "0:1e9:1", "", "nan", "1:nan:1", "1,inf"]
)
def test_what_are_no_thresholds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        thresholds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-5000:250:250", tuple(range(-5000, 251, 250))),
        ("-5000:251:250", tuple(range(-5000, 251, 250))),
        ("250:-500:-250", (250, 0, -250, -500)),
        ("7:7:1", (7,)),
        ("0:0.3:0.1", (0, 0.1, 0.2, pytest.approx(0.3))),
        ("3,-1.5,3", (-1.5, 3)),
        ("-4", (-4,)),
    ],
)
def test_what_are_thresholds(text: str, expected: tuple[float, ...]) -> None:
    assert thresholds(text) == expected


def test_lists_of_labels() -> None:
    assert label_list("12,10,20:22") == (10, 12, 20, 21, 22)
    for wrong in ("0", "5:3", "10:99999", "x", ""):
        with pytest.raises(argparse.ArgumentTypeError):
            label_list(wrong)


def test_wrong_inputs_are_a_sentence(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    (tmp_path / "empty").mkdir()
    out = ("-o", tmp_path / "out")
    for arguments, words in (
        ((labels.parent / "empty", *out), "holds no project"),
        ((tomogram, *out), "needs its label volume, given with --labels"),
        ((tomogram, tomogram, "--labels", labels, *out), "lies over one tomogram"),
        ((tomogram, "--labels", labels, "--region-label", 9, *out), "No voxel has the region's number 9"),
        ((tomogram, "--labels", labels, "--vesicle-labels", "77", *out), "none of the labels given"),
        ((tomogram, "--labels", tomogram, *out), "is no label volume"),
        ((tomogram, "--labels", tmp_path / "gone.mrc", *out), "gone.mrc"),
    ):
        done = run("links", *arguments, data=tmp_path / "data")
        assert done.returncode == 1, arguments
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()
    with mrcfile.new(tmp_path / "small.mrc") as mrc:
        mrc.set_data(np.ones((4, 4, 4), np.int16))
    done = run("links", tomogram, "--labels", tmp_path / "small.mrc", *out, data=tmp_path / "data")
    assert done.returncode == 1
    assert "another shape" in done.stderr


def test_a_result_never_takes_the_place_of_its_input(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    tomogram, labels = labelled
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(labels, folder / "links.mrc")
    done = run("links", tomogram, "--labels", folder / "links.mrc", "--force", "-o", folder,
               data=tmp_path / "data")  # fmt: skip
    assert done.returncode == 1
    assert "is read for this result" in done.stderr
    assert [p.name for p in folder.iterdir()] == ["links.mrc"]
