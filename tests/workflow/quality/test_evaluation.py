"""Two files of vesicles compared, whatever kinds they are."""

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_mrc_labels
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from cryoves_app.workflow.quality.evaluation import evaluate
from cryoves_app.workflow.segment.results import paint

SHAPE, VOXEL_NM = (40, 60, 70), 2.0
INFO = VolumeInfo(SHAPE, np.dtype(np.int16), VOXEL_NM)
TRUE = (
    Vesicle(1, 40.0, 40.0, 40.0, 18.0, label=1),
    Vesicle(2, 40.0, 80.0, 40.0, 16.0, label=2),
    Vesicle(5, 40.0, 60.0, 100.0, 20.0, label=5),
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The same three vesicles (and one that doesn't count) in every kind of file."""
    doubtful = Vesicle(9, 20.0, 20.0, 100.0, 12.0, status=Status.OUTLIER)
    paths = {kind: tmp_path / f"truth.{kind}" for kind in ("csv", "mod", "mrc", "cryoves")}
    write_vesicles(paths["csv"], [*TRUE, doubtful], VOXEL_NM)
    write_model(paths["mod"], model_of(INFO, TRUE))
    labels = np.zeros(SHAPE, np.uint16)
    paint(TRUE, VOXEL_NM, labels)
    write_mrc_labels(paths["mrc"], labels, INFO)
    reference = TomogramReference("t.mrc", "/t.mrc", 1, "0", SHAPE, VOXEL_NM)
    ProjectFile.create(
        paths["cryoves"], Project(reference, vesicles=VesicleSet.of([*TRUE, doubtful]))
    ).close()
    return paths


@pytest.mark.parametrize("truth", ["csv", "mod", "mrc", "cryoves"])
@pytest.mark.parametrize("prediction", ["csv", "mod", "mrc", "cryoves"])
def test_every_kind_of_file_agrees_with_every_other(
    files: dict[str, Path], prediction: str, truth: str
) -> None:
    scores = evaluate(files[prediction], files[truth])
    assert scores.evaluation.f1 == 1.0
    assert scores.dice > 0.99
    assert scores.evaluation.delta_c_nm is not None
    assert scores.evaluation.delta_c_nm < 0.05
    assert scores.evaluation.delta_d is not None
    assert scores.evaluation.delta_d < 0.01
    assert {p for p, _ in scores.to_dict()["matched"]} == {1, 2, 5}


def test_errors_are_named_by_the_ids_of_their_files(files: dict[str, Path], tmp_path: Path) -> None:
    moved = TRUE[0].but(x_nm=42.0, radius_nm=16.2)
    write_vesicles(tmp_path / "p.csv", [moved, Vesicle(7, 20.0, 20.0, 100.0, 15.0)], VOXEL_NM)
    scores = evaluate(tmp_path / "p.csv", files["csv"])
    plain = scores.to_dict()
    assert (plain["matched"], plain["false_positive_ids"], plain["false_negative_ids"]) == (
        [[1, 1]],
        [7],
        [2, 5],
    )
    assert plain["delta_c_nm"] == pytest.approx(2.0)
    assert plain["delta_d"] == pytest.approx(0.1)
    assert plain["f1"] == pytest.approx(2 / 5)


def test_only_what_lies_in_the_region_counts(files: dict[str, Path], tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, np.uint16)
    mask[:, :, 40:] = 1
    write_mrc_labels(tmp_path / "region.mrc", mask, INFO)
    write_vesicles(tmp_path / "p.csv", TRUE[1:], VOXEL_NM)
    scores = evaluate(tmp_path / "p.csv", files["mrc"], tmp_path / "region.mrc")
    assert (scores.evaluation.true_positives, scores.evaluation.f1) == (1, 1.0)
    assert scores.dice > 0.99


def test_two_empty_tables_agree(tmp_path: Path) -> None:
    write_vesicles(tmp_path / "a.csv", [], VOXEL_NM)
    scores = evaluate(tmp_path / "a.csv", tmp_path / "a.csv")
    assert (scores.dice, scores.evaluation.f1) == (1.0, None)


def test_files_of_different_tomograms_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    write_mrc_labels(
        tmp_path / "other.mrc", np.ones((5, 6, 7), np.uint16), VolumeInfo((5, 6, 7), INFO.dtype, VOXEL_NM)
    )
    with pytest.raises(CryoVesError, match="different size"):
        evaluate(tmp_path / "other.mrc", files["mrc"])


@pytest.mark.parametrize("kind", ["mrc", "mod"])
def test_a_region_brings_its_own_grid_to_two_tables(
    files: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    mask = np.zeros(SHAPE, np.uint16)
    mask[:, 5:55, 40:60] = 1
    write_mrc_labels(tmp_path / "region.mrc", mask, INFO)
    cell = Region("cell", RegionKind.CYTOPLASM, outlines(mask))
    write_model(tmp_path / "region.mod", model_of(INFO, (), [cell]))
    scores = evaluate(files["csv"], files["csv"], tmp_path / f"region.{kind}")
    assert scores.to_dict()["matched"] == [[5, 5]]


@pytest.mark.parametrize("name", ["vesicles_lichter.mod", "point_sizes_example.mod"])
def test_real_models_are_read(shared_data: Path, name: str) -> None:
    source = load_vesicles(shared_data / "imod_models" / name, 1.0)
    assert source.vesicles
    assert all(v.radius_nm > 0 for v in source.vesicles)


def test_places_far_away_need_no_memory(tmp_path: Path, shared_cases: Path) -> None:
    far = shared_cases / "faults" / "evaluate-1e9.csv"
    scores = evaluate(far, far)
    assert (scores.evaluation.f1, scores.dice) == (1.0, 1.0)
    with pytest.raises(
        CryoVesError, match=r"Vesicle 1 in .*1e308\.csv lies 1e\+308 nm from .* in another unit"
    ):
        evaluate(far, shared_cases / "faults" / "evaluate-1e308.csv")


def test_tables_in_other_units_are_compared_without_a_volume(tmp_path: Path) -> None:
    """In pm, as far apart as that makes them."""
    for name, shift in (("a", 0.0), ("b", 5000.0)):
        rows = [f"{k},{1000 * k * 80.0 + shift},{k * 90000.0},{k * 1000.0},20000" for k in range(1, 30)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,x_nm,y_nm,z_nm,radius_nm", *rows]))
    with pytest.raises(CryoVesError, match="are its numbers in another unit"):
        evaluate(tmp_path / "a.csv", tmp_path / "b.csv")


def test_other_voxel_sizes_of_one_tomogram_are_told(files: dict[str, Path], tmp_path: Path) -> None:
    labels = np.zeros(SHAPE, np.uint16)
    paint(TRUE, VOXEL_NM, labels)
    write_mrc_labels(tmp_path / "other.mrc", labels, VolumeInfo(SHAPE, INFO.dtype, 2.2))
    with pytest.raises(
        CryoVesError, match=r"70 × 60 × 40 voxels of 2\.2 nm; .* voxels of 2 nm.*--voxel-size"
    ):
        evaluate(tmp_path / "other.mrc", files["cryoves"])
    assert evaluate(tmp_path / "other.mrc", files["cryoves"], voxel_size_nm=VOXEL_NM).evaluation.f1 == 1.0


def test_a_vesicle_on_the_edge_of_the_region_is_no_error(files: dict[str, Path], tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, np.uint16)
    mask[:, :, 20:] = 1  # the first and second vesicle's own column
    write_mrc_labels(tmp_path / "region.mrc", mask, INFO)
    write_vesicles(tmp_path / "p.csv", [TRUE[0].but(x_nm=36.0), *TRUE[1:]], VOXEL_NM)
    plain = evaluate(tmp_path / "p.csv", files["mrc"], tmp_path / "region.mrc").to_dict()
    assert (plain["matched"], plain["f1"]) == ([[2, 2], [5, 5], [1, 1]], 1.0)
    plain = evaluate(files["mrc"], tmp_path / "p.csv", tmp_path / "region.mrc").to_dict()
    assert plain["f1"] == 1.0


def test_axes_and_the_curve_are_told(files: dict[str, Path], tmp_path: Path) -> None:
    moved = [v.but(z_nm=v.z_nm + 3.0, radius_nm=v.radius_nm - 1.0) for v in TRUE]
    write_vesicles(tmp_path / "p.csv", moved, VOXEL_NM)
    plain = evaluate(tmp_path / "p.csv", files["csv"]).to_dict()
    assert (plain["delta_z_nm"], plain["bias_z_nm"], plain["sd_z_nm"]) == pytest.approx((3.0, 3.0, 0.0))
    assert plain["delta_x_nm"] == pytest.approx(0.0)
    assert plain["bias_radius_nm"] == pytest.approx(-1.0)
    assert plain["f1_by_overlap"]["0.50"] == 1.0
    assert plain["f1_by_overlap"]["0.95"] == 0.0
    assert (plain["precision"], plain["recall"]) == (1.0, 1.0)
