"""``cryoves segment`` as users start it: a process, real files, the bundled sample and model."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.domain.resources import resource_path
from cryoves_app.formats.mrc import open_mrc, write_mrc_labels
from cryoves_app.formats.tables.table import read_vesicles
from tests.cli.program import command, environment, run
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.formats.zarr_images import write_image

SAMPLE = resource_path("sample") / "sample.mrc"
TRUTH = resource_path("sample") / "sample_truth.csv"
OUTPUTS = ["labels.mrc", "overview.png", "run.json", "sample.cryoves", "vesicles.csv", "vesicles.mod"]


def _noise(shape: tuple[int, ...] = (60, 70, 80)) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 10, shape).astype("f4")


def _missing(folder: Path) -> list[object]:
    return [folder / "gone.mrc"]


def _text(folder: Path) -> list[object]:
    (folder / "text.mrc").write_text("not a tomogram, but a long enough text " * 50)
    return [folder / "text.mrc"]


def _truncated(folder: Path) -> list[object]:
    path = write_mrc_bytes(folder / "cut.mrc", _noise())
    path.write_bytes(path.read_bytes()[:200_000])
    return [path]


def _flat(folder: Path) -> list[object]:
    with mrcfile.new(folder / "flat.mrc") as file:
        file.set_data(_noise((70, 80)))
        file.voxel_size = 20
    return [folder / "flat.mrc"]


def _rgb(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "rgb.mrc", np.zeros((60, 70, 240), "u1"), nx=80, mode=16)]


def _unsized(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "unsized.mrc", _noise(), cella_x=0, cella_y=0, cella_z=0)]


def _doubtful(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "imod.mrc", _noise(), cella_x=80, cella_y=70, cella_z=60)]


def _unknown_model(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "a.mrc", _noise()), "--model", "nonsense"]


def _unknown_recipe(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "a.mrc", _noise()), "--recipe", "nonsense"]


def _all_nan(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "nan.mrc", np.full((60, 70, 80), np.nan, "f4"))]


def _tiny(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "tiny.mrc", _noise((8, 70, 80))), "--voxel-size", "20"]


def _missing_region(folder: Path) -> list[object]:
    return [write_mrc_bytes(folder / "a.mrc", _noise()), "--region", "{dir}/{stem}_cell.mod"]


def _other_grid(folder: Path) -> list[object]:
    other = write_mrc_bytes(folder / "other.mrc", _noise((60, 70, 81)))
    return [write_mrc_bytes(folder / "a.mrc", _noise()), "--fit-volume", other]


def _shifted_grid(folder: Path) -> list[object]:
    write_mrc_bytes(folder / "a_raw.mrc", np.roll(_noise(), 5, 2))
    return [write_mrc_bytes(folder / "a.mrc", _noise()), "--fit-volume", "{dir}/{stem}_raw.mrc"]


def _two_maps(folder: Path) -> list[object]:
    write_mrc_bytes(folder / "a_map.mrc", np.zeros((60, 70, 80), "f4"))
    return [write_mrc_bytes(folder / "a.mrc", _noise()), *_of("probability"), *_of("labels")]


def _no_map(folder: Path) -> list[object]:
    write_mrc_bytes(folder / "a_map.mrc", _noise())
    return [write_mrc_bytes(folder / "a.mrc", _noise()), *_of("probability")]


def _of(option: str) -> list[object]:
    return [f"--{option}", "{dir}/{stem}_map.mrc"]


@pytest.mark.parametrize(
    ("bad_input", "words"),
    [
        (_missing, "gone.mrc"),
        (_text, "text.mrc"),
        (_truncated, "cut.mrc"),
        (_flat, "flat.mrc"),
        (_rgb, "rgb.mrc"),
        (_unsized, "--voxel-size"),
        (_doubtful, "--voxel-size"),
        (_unknown_model, "nonsense"),
        (_unknown_recipe, "nonsense"),
        (_all_nan, "NaN"),
        (_tiny, "vesicle"),
        (_missing_region, "a_cell.mod"),
        (_other_grid, "same grid"),
        (_two_maps, "give one of them"),
        (_no_map, "no probability map: its values run from"),
        (_shifted_grid, "shifted against the tomogram by -5, 0, 0 voxels"),
    ],
)
def test_bad_input_gets_one_sentence_and_leaves_nothing(
    tmp_path: Path, bad_input: object, words: str
) -> None:
    assert callable(bad_input)
    arguments = bad_input(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = run("segment", *arguments, "-o", tmp_path / "out", data=tmp_path / "data")
    shutil.rmtree(tmp_path / "data", ignore_errors=True)  # the log file
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr
    assert done.stderr.rstrip().endswith((".", "--help"))
    assert sorted(tmp_path.rglob("*")) == before


def test_an_output_folder_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("segment", SAMPLE, "-o", tmp_path / "file" / "out", data=tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "could not be written: its folder is a file" in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights don't bind the administrator")
def test_a_folder_without_rights_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = run("segment", SAMPLE, "-o", tmp_path / "locked" / "out")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_constant_volume_gives_an_empty_table(tmp_path: Path) -> None:
    path = write_mrc_bytes(tmp_path / "flat.mrc", np.full((60, 70, 80), 7, "f4"))
    done = run("segment", path, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert "No vesicle was found" in done.stdout
    with (tmp_path / "out" / "flat" / "vesicles.csv").open(encoding="utf-8") as stream:
        assert len(stream.readlines()) == 1
    assert not mrcfile.read(tmp_path / "out" / "flat" / "labels.mrc").any()


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The bundled sample, segmented once; its output folder."""
    folder = tmp_path_factory.mktemp("sample")
    return folder, run("segment", SAMPLE, "-o", folder, "--keep-probability", "--json")


def test_dice_after_each_step_needs_nothing_but_the_result(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    told = run("evaluate", sample_run[0], TRUTH.parent, "--json")
    (tomogram,) = json.loads(told.stdout)["tomograms"]
    steps = tomogram["dice_by_step"]
    assert list(steps) == ["mask", "segments", "fitted", "accepted"]
    assert 0.7 < steps["segments"] < steps["fitted"] - 0.1
    assert steps["accepted"] > 0.99
    record = json.loads((sample_run[0] / "sample" / "run.json").read_text(encoding="utf-8"))
    assert "candidates_nm" not in record  # only the project keeps them


def test_the_sample_is_found(sample_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = sample_run
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (folder / "sample").iterdir()) == sorted([*OUTPUTS, "probability.mrc"])
    (result,) = json.loads(done.stdout)
    assert result["state"] == "done"
    scores = json.loads(run("evaluate", folder / "sample" / "vesicles.csv", TRUTH, "--json").stdout)
    assert scores["f1"] >= 0.9
    assert result["counts"]["accepted"] == scores["true_positives"] + scores["false_positives"]


def test_every_file_of_the_result_says_the_same(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder = sample_run[0] / "sample"
    for name in ("vesicles.mod", "labels.mrc", "sample.cryoves"):
        done = run("evaluate", folder / name, folder / "vesicles.csv", "--json")
        scores = json.loads(done.stdout)
        assert scores["f1"] == 1.0, name
        assert scores["dice"] > 0.98, name
    probability = mrcfile.read(folder / "probability.mrc")
    assert probability.shape == mrcfile.read(SAMPLE).shape
    assert 0 <= probability.min() < 0.01 < 0.9 < probability.max() <= 1


def test_the_record_tells_steps_cost_and_how_to_do_it_again(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    record = json.loads((sample_run[0] / "sample" / "run.json").read_text(encoding="utf-8"))
    assert [s["name"] for s in record["steps"]][:2] == ["rescale", "network"]
    assert all({"before", "after", "wall_s", "cpu_s"} <= set(s) for s in record["steps"])
    assert record["cost"]["peak_memory_bytes"] < 1.5e9
    assert record["command"].startswith("cryoves segment")
    assert record["model"]["sha256"]


def test_finished_ones_are_left_out_and_nothing_is_overwritten_unasked(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sample_run
    stamp = (folder / "sample" / "vesicles.csv").stat().st_mtime_ns
    again = run("segment", SAMPLE, "-o", folder, "--keep-probability", "--skip-done", "--json")
    assert (again.returncode, json.loads(again.stdout)[0]["state"]) == (0, "skipped")
    refused = run("segment", SAMPLE, "-o", folder)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    other = run("segment", SAMPLE, "-o", folder, "--skip-done", "--recipe", "published")
    assert other.returncode == 1
    assert "holds results of another recipe, model or input" in other.stderr
    assert "--" not in other.stderr.partition("holds")[2]  # the queue in the window says the same
    assert (folder / "sample" / "vesicles.csv").stat().st_mtime_ns == stamp
    assert not [p for p in folder.iterdir() if p.name != "sample"]


def test_a_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    text, flat = _text(tmp_path)[0], write_mrc_bytes(tmp_path / "flat.mrc", np.full((60, 70, 80), 7, "f4"))
    done = run("segment", text, flat, tmp_path / "gone.mrc", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["flat"]
    assert "2 of 3 tomograms failed:" in done.stderr


def test_a_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    write_mrc_bytes(tmp_path / "a.mrc", np.full((60, 70, 80), 7, "f4"))
    write_mrc_bytes(tmp_path / "b.mrc", np.full((60, 70, 80), 8, "f4"))
    (tmp_path / "queue.txt").write_text("a.mrc\nb.mrc\ngone.mrc\n")
    for states in (["done", "done", "failed"], ["skipped", "skipped", "failed"]):
        done = run("batch", tmp_path / "queue.txt", "-o", tmp_path / "out", "--json")
        assert done.returncode == 1
        assert [row["state"] for row in json.loads(done.stdout)] == states
    status = run("batch", tmp_path / "queue.txt", "-o", tmp_path / "out", "--status")
    assert (status.returncode, status.stdout.count("skipped"), status.stdout.count("failed")) == (0, 2, 1)
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["accepted"] for row in rows] == ["0", "0", ""]
    assert "gone.mrc" in rows[2]["error"]


def test_a_batch_into_a_place_that_takes_nothing_says_so_and_fails(tmp_path: Path) -> None:
    write_mrc_bytes(tmp_path / "a.mrc", np.full((60, 70, 80), 7, "f4"))
    (tmp_path / "queue.txt").write_text("a.mrc\n")
    (tmp_path / "file").write_text("in the way")
    done = run("batch", tmp_path / "queue.txt", "-o", tmp_path / "file" / "out", data=tmp_path / "data")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "did not expect" not in done.stderr
    assert "could not be written" in done.stderr.splitlines()[-1]
    assert "failed" in done.stdout
    assert "could not be written" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="another signal there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_cleanly_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        command("segment", SAMPLE, "-o", tmp_path / "out", "--threads", "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("network"):
            break
    time.sleep(0.2)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output == ""
    assert errors.splitlines()[-1] == "Stopped; nothing was left half-written."
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_instances_of_another_program_take_the_place_of_the_network(tmp_path: Path) -> None:
    sample = open_mrc(SAMPLE)
    truth = list(read_vesicles(TRUTH))
    spheres = np.array([v.sphere.to_px(sample.voxel_size_nm) for v in truth])
    labels = paint_spheres(spheres, sample.shape, np.arange(1, len(truth) + 1))
    write_mrc_labels(tmp_path / "theirs.mrc", labels, sample.info)
    done = run(
        "segment", SAMPLE, "-o", tmp_path, "--labels", tmp_path / "theirs.mrc", "--engine", "tensorflow"
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "sample" / "run.json").read_text())
    assert record["model"]["name"] == ""
    assert record["job"]["labels"] == str(tmp_path / "theirs.mrc")
    assert "--labels" in record["command"]
    assert "another program had found them (theirs.mrc)" in record["methods"]
    assert "tensorflow" not in [step["engine"] for step in record["steps"]]
    assert record["counts"]["accepted"] >= 0.9 * len(truth)


def test_an_ome_zarr_image_is_segmented_as_its_mrc_file_is(tmp_path: Path) -> None:
    sample = open_mrc(SAMPLE)
    path = write_image(
        tmp_path / "sample.zarr",
        np.asarray(sample.data),
        voxel=10 * sample.voxel_size_nm,
        chunks=(32, 64, 64),
        levels=2,
    )
    box = ("--box", "0,0,0,60,100,100")
    for number, tomogram in enumerate((SAMPLE, path)):
        done = run("segment", tomogram, "-o", tmp_path / str(number), *box)
        assert done.returncode == 0, done.stderr
    tables = [read_vesicles(tmp_path / str(n) / "sample" / "vesicles.csv") for n in (0, 1)]
    assert len(tables[0]) > 0
    assert [v.sphere for v in tables[0]] == [v.sphere for v in tables[1]]
    again = run("segment", path, "-o", tmp_path / "1", *box, "--skip-done")
    assert "left as it is" in again.stdout
    exported = run(
        "export", tmp_path / "1" / "sample" / "sample.cryoves", "-o", tmp_path / "e", "--format", "csv,pyto"
    )
    assert exported.returncode == 0, exported.stderr
