"""What Pyto relies on, read from an exported folder by other means than those that wrote it: a test for each row."""

from __future__ import annotations

import csv
import runpy
import struct
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.pyto_export import plan_export, write_export
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import SHAPE, VOXEL_NM, active_zone, box, cytoplasm, tomogram, vesicles

MITOCHONDRION = Region("mito", RegionKind.ORGANELLE, tuple(box(z, 28.5, 30.5, 35.5) for z in (3, 4, 5)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 spheres, two of which touch, in a region with an active zone and an organelle."""
    place = tmp_path_factory.mktemp("pyto")
    source = write_mrc_bytes(
        place / "synapse.rec", tomogram().data, mode=1, nversion=0, origin_x=-75.0, nystart=3
    )
    touching = [v.but(x_nm=v.x_nm + 6.0) if v.id == 1 else v for v in vesicles()]
    plan = plan_export(open_volume(source, VOXEL_NM), touching, [cytoplasm(), active_zone(), MITOCHONDRION])
    assert plan.findings == ()
    (place / "out").mkdir()
    write_export(plan, place / "out")
    return place / "out"


@pytest.fixture(scope="module")
def labels(folder: Path) -> NDArray[np.uint16]:
    with mrcfile.open(folder / "3d" / "labels.mrc") as file:
        return np.array(file.data)


@pytest.fixture(scope="module")
def info(folder: Path) -> dict[str, Any]:
    return runpy.run_path(str(folder / "common" / "tomo_info.py"))


def neighbours(labels: NDArray[np.uint16], number: int) -> set[int]:
    """The labels across the faces of a body's voxels."""
    body = labels == number
    return set(np.unique(labels[ndimage.binary_dilation(body) & ~body]).tolist())


def test_the_layout(folder: Path) -> None:
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files == {"3d/tomo.mrc", "3d/labels.mrc", "3d/ids.csv", "common/tomo_info.py", "NEXT-STEPS.txt"}
    for name in ("vesicles", "layers", "connectors"):  # for Pyto's own scripts
        assert list((folder / name).iterdir()) == []


def test_labels_are_unsigned_16_bit_without_trailing_bytes(folder: Path) -> None:
    raw = (folder / "3d" / "labels.mrc").read_bytes()
    assert struct.unpack("<4i", raw[:16]) == (*SHAPE[::-1], 6)
    assert struct.unpack("<i", raw[92:96]) == (0,)
    assert len(raw) == 1024 + 2 * int(np.prod(SHAPE))


def test_labels_have_the_tomograms_grid(folder: Path, labels: NDArray[np.uint16]) -> None:
    with mrcfile.open(folder / "3d" / "tomo.mrc", permissive=True) as tomo:
        assert tomo.data.shape == labels.shape
        assert tomo.voxel_size.x == pytest.approx(10 * VOXEL_NM)


def test_numbers_are_those_agreed_on(labels: NDArray[np.uint16]) -> None:
    assert np.unique(labels).tolist() == [0, 1, 2, 3, *range(10, 26)]
    assert (labels[13, 30, 16], labels[13, 58, 30], labels[4, 29, 32]) == (1, 2, 3)


def test_vesicle_numbers_have_no_gap(labels: NDArray[np.uint16]) -> None:
    present = np.unique(labels[labels >= 10])
    assert present.tolist() == list(range(10, 10 + len(present)))


def test_a_voxel_is_a_vesicles_if_its_centre_is_within_the_radius(labels: NDArray[np.uint16]) -> None:
    z, y, x = np.indices(SHAPE)
    for number, vesicle in enumerate(vesicles()[1:], start=11):
        cz, cy, cx, radius = vesicle.sphere.to_px(VOXEL_NM)
        inside = (z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2 <= radius**2
        mine = labels == number
        if number == 11:  # shares voxels with its neighbour
            mine, inside = mine & (x > cx), inside & (x > cx)
        np.testing.assert_array_equal(mine, inside)


def test_each_vesicle_is_one_component(labels: NDArray[np.uint16]) -> None:
    for number in range(10, 26):
        assert ndimage.label(labels == number)[1] == 1


def test_touching_vesicles_keep_their_numbers(labels: NDArray[np.uint16]) -> None:
    assert 11 in neighbours(labels, 10)


def test_each_vesicle_and_the_active_zone_touch_the_region(labels: NDArray[np.uint16]) -> None:
    for number in (2, *range(10, 26)):
        assert 1 in neighbours(labels, number)


def test_nothing_lies_on_the_faces(labels: NDArray[np.uint16]) -> None:
    inner = np.zeros(SHAPE, bool)
    inner[1:-1, 1:-1, 1:-1] = True
    assert not labels[~inner].any()


def test_vesicles_lie_over_the_zone_and_the_zone_over_the_region(tmp_path: Path) -> None:
    source = write_mrc_bytes(tmp_path / "t.mrc", tomogram().data, mode=1)
    docked = [v.but(y_nm=54 * VOXEL_NM) if v.id == 46 else v for v in vesicles()]
    high = Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 61.5, 61.5) for z in range(26)))
    made = plan_export(open_volume(source, VOXEL_NM), docked, [high, active_zone()]).made.labels
    assert (made[13, 58, 54], made[13, 58, 30], made[13, 61, 30]) == (25, 2, 1)


def test_ids_lead_from_each_label_to_the_vesicles_permanent_id(folder: Path) -> None:
    with (folder / "3d" / "ids.csv").open(newline="") as stream:
        rows = [(int(row["label"]), int(row["vesicle_id"])) for row in csv.DictReader(stream)]
    assert rows == [(10 + n, v.id) for n, v in enumerate(vesicles())]


def test_the_settings_run_as_python_and_list_what_is_in_the_file(
    labels: NDArray[np.uint16], info: dict[str, Any]
) -> None:
    present = np.unique(labels[labels > 0]).tolist()
    assert info["all_ids"] == present
    assert info["boundary_ids"] == [n for n in present if n == 2 or n >= 10]
    assert info["vesicle_ids"] == [n for n in present if n >= 10]
    assert (info["segmentation_region"], info["distance_id"]) == (1, 2)
    assert info["labels_data_type"] is None


def test_the_settings_name_the_files_as_seen_from_a_script(folder: Path, info: dict[str, Any]) -> None:
    assert info["image_file_name"] == "../3d/tomo.mrc"
    assert info["labels_file_name"] == "../3d/labels.mrc"
    for script in ("vesicles", "layers", "connectors"):
        assert (folder / script / info["image_file_name"]).resolve().is_file()
        assert (folder / script / info["labels_file_name"]).resolve().is_file()


def test_the_tomogram_is_dark_where_it_is_dense_and_no_signed_byte(
    folder: Path, labels: NDArray[np.uint16]
) -> None:
    with mrcfile.open(folder / "3d" / "tomo.mrc", permissive=True) as tomo:
        assert tomo.header.mode in (1, 2)
        grey = np.array(tomo.data, dtype=float)
    shell = (labels >= 12) & ~ndimage.binary_erosion(labels >= 12, iterations=2)
    lumen = ndimage.binary_erosion(labels >= 12, iterations=4)
    assert grey[shell].mean() < grey[lumen].mean()


def test_next_steps_say_where_to_go_on_and_what_the_numbers_mean(folder: Path) -> None:
    text = (folder / "NEXT-STEPS.txt").read_text(encoding="utf-8")
    for words in (
        "github.com/vladanl/Pyto", "numpy below version 2", "vesicles.py, layers.py, connectors.py",
        "num_layers = 125 ", "262 to 400 voxels, 2100 to 3200 nm³", "membrane_thick = 2\n", "threshold = numpy.arange(",
        "no absolute values",
    ):  # fmt: skip
        assert words in text
