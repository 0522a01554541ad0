"""A public run, from a stand-in for the portal's client."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.cli.check_public import segment_and_compare
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.formats.mrc import open_mrc, write_map, write_mrc_labels
from cryoves_app.formats.portal import INSTANCES, POINT, PortalPoints, write_portal_points
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.workflow.quality.public_run import choose_run, fetch_run


@dataclass
class Shape:
    shape_type: str


@dataclass
class Annotation:
    files: dict[tuple[str, str], Path]
    object_name: str = "synaptic vesicle"
    object_id: str = "GO:0008021"

    @property
    def annotation_shapes(self) -> list[Shape]:
        return [Shape(shape) for shape, _ in self.files]

    def download(self, dest_path: str, format: str, shape: str) -> None:
        shutil.copy(self.files[shape, format], dest_path)


@dataclass
class Tomogram:
    voxel_spacing: float
    file: Path | None

    def download_mrcfile(self, dest_path: str) -> None:
        if self.file is None:
            raise ConnectionError("no network here")
        shutil.copy(self.file, dest_path)


@dataclass
class Run:
    name: str
    tomograms: list[Tomogram] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A piece of the sample, with its true vesicles as deposited."""
    sample = open_mrc(resource_path("sample") / "sample.mrc")
    voxel = sample.voxel_size_nm
    piece = np.asarray(sample.data[16:80, 64:176, 64:176], np.float32)
    (tmp_path / "there").mkdir()
    write_map(tmp_path / "there" / "TS_1.mrc", piece, sample.info)
    truth = np.array(
        [v.sphere.to_px(voxel) for v in read_vesicles(resource_path("sample") / "sample_truth.csv")]
    )
    truth[:, :3] -= (16, 64, 64)
    truth = truth[((truth[:, :3] > 5) & (truth[:, :3] < np.array(piece.shape) - 5)).all(axis=1)]
    labels = paint_spheres(truth, piece.shape, np.arange(1, len(truth) + 1))
    write_mrc_labels(tmp_path / "there" / "ves.mrc", labels, sample.info)
    write_portal_points(tmp_path / "there" / "ves.ndjson", PortalPoints(truth[:, :3]), POINT)
    files = {
        ("InstanceSegmentationMask", "mrc"): tmp_path / "there" / "ves.mrc",
        (POINT, "ndjson"): tmp_path / "there" / "ves.ndjson",
    }
    tomograms = [Tomogram(5.0, None), Tomogram(10 * voxel, tmp_path / "there" / "TS_1.mrc")]
    return Run("TS_1", tomograms, [Annotation({}, "membrane", "GO:0016020"), Annotation(files)])


def test_the_tomogram_that_suits_the_network_and_the_best_truth_are_fetched(
    tmp_path: Path, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    fetched = fetch_run(run, tmp_path / "out" / "fetched")
    assert (fetched.tomogram.name, fetched.truth.name, fetched.has_radii) == ("TS_1.mrc", "ves.mrc", True)
    assert segment_and_compare(fetched, tmp_path / "out" / "results") == 0
    assert "found and true" in capfd.readouterr().out
    del run.annotations[1].files["InstanceSegmentationMask", "mrc"]
    points = fetch_run(run, tmp_path / "again")
    assert (points.truth.name, points.has_radii) == ("ves.ndjson", False)


def test_a_run_without_what_is_needed_is_a_sentence(tmp_path: Path, run: Run) -> None:
    with pytest.raises(CryoVesError, match="has no tomogram"):
        fetch_run(Run("x"), tmp_path / "1")
    with pytest.raises(CryoVesError, match="deposited as nothing"):
        fetch_run(Run("x", run.tomograms), tmp_path / "2")
    run.annotations[1].files = {("TriangularMesh", "glb"): tmp_path / "a"}
    with pytest.raises(CryoVesError, match="as TriangularMesh, which cannot be compared"):
        fetch_run(run, tmp_path / "3")
    run.annotations[1].files = {(INSTANCES, "ndjson"): tmp_path / "there" / "ves.ndjson"}
    with pytest.raises(CryoVesError, match="download of the run TS_1 failed: ConnectionError"):
        fetch_run(Run("TS_1", run.tomograms[:1], run.annotations), tmp_path / "4")


def test_runs_are_chosen_by_name_or_by_their_vesicles(run: Run) -> None:
    runs = [Run("empty"), run]
    assert choose_run(runs, 1, None) is run
    assert choose_run(runs, 1, "empty") is runs[0]
    with pytest.raises(CryoVesError, match="no run “x”; its runs: empty, TS_1"):
        choose_run(runs, 1, "x")
    with pytest.raises(CryoVesError, match="no run with annotated synaptic vesicles"):
        choose_run(runs[:1], 1, None)
