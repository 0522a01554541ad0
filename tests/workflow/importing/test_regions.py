"""Regions from the files that people have."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from imodmodel import ImodModel

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_mrc_labels
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.workflow.importing.regions import load_region, write_regions
from cryoves_app.workflow.importing.vesicle_sources import grid_of
from cryoves_app.workflow.segment.order import SegmentJob

SHAPE = (12, 40, 50)
INFO = VolumeInfo(SHAPE, np.dtype(np.int16), 2.0)
CELL = Region(
    "my cell",
    RegionKind.CYTOPLASM,
    tuple(Contour(((z, 5.0, 6.0), (z, 5.0, 40.0), (z, 30.0, 40.0), (z, 30.0, 6.0))) for z in (2.0, 5.0, 8.0)),
)
ZONE = Region(
    "zone", RegionKind.ACTIVE_ZONE, (Contour(((4.0, 8.0, 9.0), (4.0, 25.0, 9.0)), closed=False),), tube_nm=8.0
)


def test_objects_of_a_model_are_chosen_by_their_names(tmp_path: Path) -> None:
    write_model(tmp_path / "b12.mod", model_of(INFO, (), [CELL, ZONE]))
    cell = load_region(tmp_path / "b12.mod", RegionKind.CYTOPLASM, INFO)
    zone = load_region(tmp_path / "b12.mod", RegionKind.ACTIVE_ZONE, INFO)
    assert [r.name for r in (*cell.regions, *zone.regions)] == ["my cell", "zone"]
    assert "my cell" in cell.warnings[0]
    assert cell.mask[2, 10, 20] == 1
    assert cell.mask[2, 35, 20] == 0
    assert cell.mask[3, 10, 20] == 1  # between drawn slices, and it is said
    assert "interpolated" in cell.warnings[1]
    assert zone.mask[4, 15, 9] == 1
    assert zone.mask[4, 15, 30] == 0


def square(name: str, kind: RegionKind, low: float, high: float) -> Region:
    """On every slice from 2 to 8."""
    ring = ((low, low), (low, high), (high, high), (high, low))
    return Region(name, kind, tuple(Contour(tuple((z, y, x) for y, x in ring)) for z in range(2, 9)))


def test_all_outlines_of_a_model_count_and_excluded_places_do_not(tmp_path: Path) -> None:
    drawn = [
        square("bouton", RegionKind.CYTOPLASM, 2, 20),
        square("second bouton", RegionKind.CYTOPLASM, 25, 38),
        square("mitochondrion", RegionKind.ORGANELLE, 4, 8),
        square("exclude ice", RegionKind.EXCLUDE, 10, 15),
    ]
    write_regions(tmp_path / "b12.mod", drawn, INFO)
    loaded = load_region(tmp_path / "b12.mod", RegionKind.CYTOPLASM, INFO)
    first, second, _, ice = (rasterise(r, SHAPE, 2.0) for r in drawn)
    np.testing.assert_array_equal(loaded.mask, (first | second) & ~ice & 1)
    assert [(r.name, r.kind) for r in loaded.regions] == [
        ("bouton", RegionKind.CYTOPLASM),
        ("second bouton", RegionKind.CYTOPLASM),
        ("exclude ice", RegionKind.EXCLUDE),
    ]
    assert loaded.warnings == (
        "b12.mod holds 4 drawn objects; the region is “bouton” and “second bouton”, without “exclude ice”.",
    )


def test_a_model_of_excluded_places_alone_leaves_the_rest(tmp_path: Path) -> None:
    ice = square("exclude", RegionKind.EXCLUDE, 10, 15)
    write_regions(tmp_path / "ice.mod", [ice, square("mito", RegionKind.ORGANELLE, 4, 8)], INFO)
    loaded = load_region(tmp_path / "ice.mod", RegionKind.CYTOPLASM, INFO)
    np.testing.assert_array_equal(loaded.mask, 1 - rasterise(ice, SHAPE, 2.0))


def test_nameless_objects_are_told_by_their_lines(tmp_path: Path) -> None:
    cell, zone = replace(CELL, name="Object 1"), replace(ZONE, name="Object 2")
    write_regions(tmp_path / "plain.mod", [cell, zone], INFO)
    for kind, name in ((RegionKind.CYTOPLASM, "Object 1"), (RegionKind.ACTIVE_ZONE, "Object 2")):
        assert [r.name for r in load_region(tmp_path / "plain.mod", kind, INFO).regions] == [name]


def test_a_label_file_is_kept_as_contours_of_the_same_voxels(tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, bool)
    mask[4:6, 5:25, 7:30] = np.random.default_rng(4).random((2, 20, 23)) < 0.6
    write_mrc_labels(tmp_path / "cell.mrc", mask.astype(np.uint16) * 3, INFO)
    loaded = load_region(tmp_path / "cell.mrc", RegionKind.CYTOPLASM, INFO)
    np.testing.assert_array_equal(loaded.mask, mask)
    (region,) = loaded.regions
    np.testing.assert_array_equal(rasterise(region, SHAPE, 2.0), mask)


@pytest.mark.parametrize("kind", [RegionKind.CYTOPLASM, RegionKind.ACTIVE_ZONE])
@pytest.mark.parametrize(
    ("dtype", "more"),
    [("i4", {"compression": "zlib"}), ("u1", {}), ("u2", {"imagej": True}), ("f4", {"compression": "lzw"})],
)
def test_labels_may_be_tiff(tmp_path: Path, kind: RegionKind, dtype: str, more: dict[str, object]) -> None:
    mask = rasterise(CELL, SHAPE, 2.0)
    path = tmp_path / "cell.tif"
    tifffile.imwrite(path, (3 * mask).astype(dtype), photometric="minisblack", **more)
    np.testing.assert_array_equal(load_region(path, kind, INFO).mask, mask)
    pattern = SegmentJob(str(tmp_path / "a.mrc"), "out", region="{dir}/cell.tif").companion("{dir}/cell.tif")
    assert pattern == path


def test_files_that_hold_no_region_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match=r"missing: .*gone\.mod"):
        load_region(tmp_path / "gone.mod", RegionKind.CYTOPLASM, INFO)
    write_model(tmp_path / "empty.mod", model_of(INFO, ()))
    with pytest.raises(CryoVesError, match="no contours"):
        load_region(tmp_path / "empty.mod", RegionKind.CYTOPLASM, INFO)
    write_mrc_labels(tmp_path / "zero.mrc", np.zeros(SHAPE, np.uint16), INFO)
    with pytest.raises(CryoVesError, match="covers no voxel"):
        load_region(tmp_path / "zero.mrc", RegionKind.ACTIVE_ZONE, INFO)
    write_mrc_labels(tmp_path / "other.mrc", np.ones((3, 4, 5), np.uint16), INFO)
    with pytest.raises(CryoVesError, match="shape 5 × 4 × 3"):
        load_region(tmp_path / "other.mrc", RegionKind.CYTOPLASM, INFO)


def test_a_project_gives_the_regions_drawn_in_it(tmp_path: Path) -> None:
    reference = TomogramReference("a.mrc", "/data/a.mrc", 1, "ab" * 32, SHAPE, 2.0)
    hole = Region(
        "ice", RegionKind.EXCLUDE, (Contour(((5.0, 8.0, 8.0), (5.0, 8.0, 20.0), (5.0, 20.0, 14.0))),)
    )
    drawn = replace(CELL, interpolate=True)
    path = tmp_path / "a.cryoves"
    ProjectFile.create(path, Project(reference, regions=(drawn, hole))).close()
    assert grid_of(path) == (SHAPE, 2.0)
    loaded = load_region(path, RegionKind.CYTOPLASM, INFO)
    assert loaded.regions == (drawn, hole)
    expected = rasterise(drawn, SHAPE, 2.0) & ~rasterise(hole, SHAPE, 2.0)
    np.testing.assert_array_equal(loaded.mask, expected)
    with pytest.raises(CryoVesError, match="holds no active zone"):
        load_region(path, RegionKind.ACTIVE_ZONE, INFO)
    with pytest.raises(CryoVesError, match="another size"):
        load_region(path, RegionKind.CYTOPLASM, replace(INFO, shape=(5, 40, 50)))


def test_regions_are_written_into_a_model_as_they_are(tmp_path: Path) -> None:
    write_regions(tmp_path / "r.mod", [ZONE, CELL], INFO)
    found = ImodModel.from_file(tmp_path / "r.mod")  # the independent reader
    assert [o.header.name for o in found.objects] == ["my cell", "zone"]
    points = found.objects[0].contours[1].points
    np.testing.assert_allclose(points, [(x + 0.5, y + 0.5, z) for z, y, x in CELL.contours[1].points_px])


def test_labels_that_leave_nothing_outside_are_refused(tmp_path: Path) -> None:
    """ilastik counts from 1, also what is outside."""
    labels = np.ones((8, 10, 12), np.uint8)
    labels[2:5] = 2
    tifffile.imwrite(tmp_path / "a.tif", labels)
    info = VolumeInfo(labels.shape, labels.dtype, 2.2)
    with pytest.raises(
        CryoVesError, match="a label from 1 to 2 at each voxel, so nothing lies outside the region"
    ):
        load_region(tmp_path / "a.tif", RegionKind.CYTOPLASM, info)
    tifffile.imwrite(tmp_path / "all.tif", np.ones((8, 10, 12), np.uint8))
    assert load_region(tmp_path / "all.tif", RegionKind.CYTOPLASM, info).mask.count == labels.size
