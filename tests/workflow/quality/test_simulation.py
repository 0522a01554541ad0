"""Simulated tomograms as files, and the bundled sample."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.compartments import Compartment, Compartments
from cryoves_app.analysis.simulate.spec import ImagingSpec, SceneSpec, TerminalSpec
from cryoves_app.analysis.simulate.terminal import simulate_terminal
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Flag
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.mrc import open_mrc, read_labels
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.workflow.masks.find import dice_of
from cryoves_app.workflow.quality.simulation import (
    FILAMENT_COLUMNS,
    SimulatedFiles,
    SimulationRequest,
    is_simulation,
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


def test_masks_agree_with_regions_and_with_the_grey(tmp_path: Path) -> None:
    request = SimulationRequest(
        "terminal", 7, shape=(46, 120, 130), voxel_size_nm=2.2, n_vesicles=8, snr=50.0, masks=True
    )
    files, tomogram = write_simulation(request, tmp_path, "t", Progress())
    inside, membrane, mitochondria = (np.asarray(read_labels(path).data) for path in files.masks)
    assert [path.name for path in files.masks] == ["t_inside.mrc", "t_membrane.mrc", "t_mitochondria.mrc"]
    cytoplasm, zone = tomogram.regions
    np.testing.assert_array_equal(inside, rasterise(cytoplasm, inside.shape, 2.2))
    own = rasterise(zone, inside.shape, 2.2) > 0
    assert dice_of(membrane == 1, own) > 0.9
    assert not (inside & (membrane > 0)).any()
    assert set(np.unique(membrane)) == {0, 1, 2}
    assert set(np.unique(mitochondria)) <= {0, 1}
    grey = tomogram.grey.astype(float)
    outside_both = (membrane == 0) & (inside == 0)
    assert grey[membrane > 0].mean() < grey[outside_both].mean() - 0.5 * grey.std()
    assert inside[tomogram.labels > 0].mean() > 0.99


def test_mitochondria_are_where_their_matrix_is_dark(tmp_path: Path) -> None:
    spec = TerminalSpec(
        (40, 110, 110),
        3.0,
        SceneSpec(n_vesicles=0, mitochondria=3, endosomes=0, crowding=0.05),
        ImagingSpec(snr=50.0),
    )
    tomogram = simulate_terminal(spec, 3)
    assert tomogram.compartments is not None
    body = tomogram.compartments.volume(Compartment.MITOCHONDRIA) > 0
    assert 0.02 < body.mean() < 0.9
    assert tomogram.grey[body].mean() < tomogram.grey[~body].mean() - 0.1 * tomogram.grey.std()


def test_masks_change_neither_the_tomogram_nor_its_record(tmp_path: Path) -> None:
    request = SimulationRequest("terminal", 7, shape=(46, 90, 96), voxel_size_nm=2.2, n_vesicles=4)
    files, _ = write_simulation(request, tmp_path, "t", Progress())
    assert is_simulation(files, replace(request, masks=True))
    assert not is_simulation(SimulatedFiles.named(tmp_path, "t", masks=True), request)


def test_a_box_without_membrane_lies_in_the_terminal_as_a_whole() -> None:
    terminal = Compartments(
        (3, 4, 5), 2.0, None, lambda points: points, [Ellipsoid.ball((2.0, 2.0, 4.0), 1.0)]
    )
    assert (terminal.volume(Compartment.INSIDE) == 1).all()
    assert not terminal.volume(Compartment.MEMBRANE).any()
    assert np.argwhere(terminal.volume(Compartment.MITOCHONDRIA)).tolist() == [[1, 1, 2]]


def test_phantoms_have_no_masks(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="“benchmark-easy” has no membrane"):
        write_simulation(replace(SMALL, masks=True), tmp_path, "t", Progress())
    assert not list(tmp_path.iterdir())


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
