"""Simulated tomograms as files, and the bundled sample."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Flag
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.mrc import open_mrc, read_labels
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.workflow.quality.simulation import (
    FILAMENT_COLUMNS,
    SimulationRequest,
    truth_vesicles,
    write_simulation,
)

SAMPLE = Path(__file__).resolve().parents[3] / "resources" / "sample"
SAMPLE_REQUEST = SimulationRequest(
    "benchmark-easy", 10003, shape=(96, 256, 256), voxel_size_nm=2.2, n_vesicles=60, eight_bit=True
)
SMALL = SimulationRequest("benchmark-easy", 2, shape=(50, 90, 90), voxel_size_nm=2.2, n_vesicles=4)


def test_the_sample_can_be_made_again(tmp_path: Path) -> None:
    files, _ = write_simulation(SAMPLE_REQUEST, tmp_path, "sample", Progress())
    ours, bundled = open_mrc(files.tomogram), open_mrc(SAMPLE / "sample.mrc")
    # One grey step: other versions of the Fourier transform round differently.
    assert np.abs(np.asarray(ours.data, int) - np.asarray(bundled.data)).max() <= 1
    assert ours.info.voxel_size_nm == bundled.info.voxel_size_nm == pytest.approx(2.2)
    assert files.truth.read_text() == (SAMPLE / "sample_truth.csv").read_text()


def test_the_sample_is_what_it_says() -> None:
    spheres = [v.sphere for v in read_vesicles(SAMPLE / "sample_truth.csv")]
    nearest = [min(a.gap_nm(b) for b in spheres if b is not a) for a in spheres]
    assert len(spheres) == 60
    assert sum(gap <= 2 * 2.2 for gap in nearest) == 25
    assert (SAMPLE / "sample.mrc").stat().st_size < 8e6
    data = np.asarray(open_mrc(SAMPLE / "sample.mrc").data)
    assert data.dtype == np.int8
    assert np.mean(np.abs(data.astype(int)) == 127) < 1e-3


def test_files_agree_with_the_tomogram(tmp_path: Path) -> None:
    files, tomogram = write_simulation(SMALL, tmp_path / "new", "t", Progress())
    np.testing.assert_array_equal(open_mrc(files.tomogram).data, tomogram.grey)
    np.testing.assert_array_equal(read_labels(files.labels).data, tomogram.labels)
    for read, made in zip(read_vesicles(files.truth), tomogram.spheres, strict=True):
        assert read.sphere.distance_nm(made) < 1e-3
    meta = json.loads(files.meta.read_text())
    assert (meta["seed"], meta["preset"], meta["n_vesicles"]) == (2, "benchmark-easy", 4)


def test_threads_are_a_table_of_their_own(tmp_path: Path) -> None:
    request = SimulationRequest("terminal", 7, shape=(46, 90, 96), voxel_size_nm=2.2, n_vesicles=8)
    files, tomogram = write_simulation(request, tmp_path, "t", Progress())
    table = read_rows(files.filaments, "a table of threads")
    assert table.names == FILAMENT_COLUMNS
    assert len(table.rows) == len(tomogram.filaments) > 0
    for row, thread in zip(table.rows, tomogram.filaments, strict=True):
        assert row.cells["b"] == ("membrane" if thread.b is None else str(thread.b))
        start = [float(row.cells[f"a{axis}_nm"]) for axis in "zyx"]
        assert start == pytest.approx(thread.start_nm, abs=1e-4)
    model = read_model(files.regions)
    assert [item.name for item in model.objects] == ["cytoplasm", "active zone"]
    assert all(contour.points[:, 2].max() < 46 for item in model.objects for contour in item.contours)


def test_a_phantom_without_threads_has_an_empty_table(tmp_path: Path) -> None:
    files, _ = write_simulation(SMALL, tmp_path, "t", Progress())
    assert read_model(files.regions).objects == ()
    assert files.filaments.read_text(encoding="utf-8") == ",".join(FILAMENT_COLUMNS) + "\n"


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "t.mrc").write_text("mine")
    with pytest.raises(CryoVesError, match="exists already"):
        write_simulation(SMALL, tmp_path, "t", Progress())
    assert (tmp_path / "t.mrc").read_text() == "mine"
    write_simulation(SMALL, tmp_path, "t", Progress(), force=True)
    assert open_mrc(tmp_path / "t.mrc").shape == (50, 90, 90)


def test_cancel_leaves_no_file(tmp_path: Path) -> None:
    progress = Progress()
    progress.token.cancel()
    with pytest.raises(Cancelled):
        write_simulation(SMALL, tmp_path, "t", progress)
    assert not list(tmp_path.iterdir())


def test_a_failure_takes_all_new_files_away(tmp_path: Path) -> None:
    (tmp_path / "t.mrc").mkdir()  # no file can take its place
    with pytest.raises(CryoVesError):
        write_simulation(SMALL, tmp_path, "t", Progress(), force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["t.mrc"]


def test_files_that_appear_meanwhile_stay(tmp_path: Path) -> None:
    def appear(step: str, fraction: float, message: str) -> None:
        if step == "writing":
            (tmp_path / "t_truth.csv").write_text("mine")

    with pytest.raises(CryoVesError, match=r"holds t_truth\.csv already"):
        write_simulation(SMALL, tmp_path, "t", Progress(appear))
    assert [p.name for p in tmp_path.iterdir()] == ["t_truth.csv"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CryoVesError, match="could not be written: its folder is a file"):
        write_simulation(SMALL, tmp_path / "file" / "folder", "t", Progress())


@pytest.mark.parametrize("preset", ["terminal", "benchmark-hard"])
def test_too_small_a_box_is_refused(tmp_path: Path, preset: str) -> None:
    request = SimulationRequest(preset, shape=(20, 90, 90), voxel_size_nm=2.2)
    with pytest.raises(CryoVesError, match="shortest edge is 44 nm"):
        write_simulation(request, tmp_path, "t", Progress())


@pytest.mark.parametrize("preset", ["terminal", "benchmark-easy"])
@pytest.mark.parametrize("voxel_size_nm", [1e-7, 1e7])
def test_voxels_beyond_all_measure_are_refused(tmp_path: Path, preset: str, voxel_size_nm: float) -> None:
    with pytest.raises(CryoVesError, match="cannot be simulated, but from 1 to 50 Å"):
        write_simulation(
            SimulationRequest(preset, voxel_size_nm=voxel_size_nm), tmp_path / "s", "t", Progress()
        )
    assert not (tmp_path / "s").exists()


def test_cut_vesicles_are_flagged(tmp_path: Path) -> None:
    _, tomogram = write_simulation(SMALL, tmp_path, "t", Progress())
    assert all(v.flags == () for v in truth_vesicles(tomogram))
    first = tomogram.spheres[0]
    cut = type(first)(first.radius_nm / 2, first.y_nm, first.x_nm, first.radius_nm)
    moved = type(tomogram)(tomogram.grey, tomogram.labels, (cut,), tomogram.voxel_size_nm, {})
    assert truth_vesicles(moved)[0].flags == (Flag.FACE,)
