"""Each row that once failed of the collection of files as programs and people leave them; skipped where it is absent.

``CASES`` names the kinds in the collection's own order. The rules behind them have tests of their own beside what they
test; here it is the whole file that counts.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.batch.queue_file import read_queue
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.importing.importing import Imported, import_vesicle_file
from cryoves_app.workflow.importing.regions import load_region
from cryoves_app.workflow.segment.inputs import open_sized
from cryoves_app.workflow.segment.order import SegmentJob
from tests.cli.program import ROOT, command, environment

SAMPLE = resource_path("sample")
INFO = VolumeInfo((96, 256, 256), np.dtype("i1"), 2.2, path="sample.mrc")
GREY = open_volume(SAMPLE / "sample.mrc").data


@pytest.fixture(scope="module")
def cases(shared_cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    subprocess.run(
        [sys.executable, str(shared_cases / "make_cases.py"), str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def truth() -> list[Sphere]:
    return [v.sphere for v in read_vesicles(SAMPLE / "sample_truth.csv")]


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("F4a_z_1.8percent.mrc", 0),
        ("F4b_z_one_slice.mrc", 0),
        ("F5_no_extension.mrc", 0),
        ("F6a_lzw.tif", 128),
        ("F6b_decimal_comma.tif", 128),
        ("F6c_preview_first.tif", 128),
        ("F8_zlib.ome.tif", 0),
    ],
)
def test_tomograms_are_read_at_the_size_that_is_given(cases: Path, name: str, offset: int) -> None:
    volume = open_sized(cases / name, 2.2)
    assert volume.voxel_size_nm == 2.2
    assert volume.shape == INFO.shape
    for z in (0, 47, 95):
        np.testing.assert_array_equal(
            np.asarray(volume.data[z], np.int32), np.asarray(GREY[z], np.int32) + offset
        )


@pytest.mark.parametrize(
    ("name", "tomogram"),
    [
        ("F9a_0012.star", "0012.mrc"),
        ("F9b_vol.star", "sample.mrc"),
        ("F9c_two_tomograms.star", "sample.mrc"),
        ("F9d_bin4.star", "sample.mrc"),
        ("F9e_origins.star", "sample.mrc"),
    ],
)
def test_particles_come_to_their_places(cases: Path, truth: list[Sphere], name: str, tomogram: str) -> None:
    found = import_vesicle_file(cases / name, replace(INFO, path=tomogram), 20.0)
    assert len(found.vesicles) == 60
    off = np.array([v.sphere.centre_nm for v in found.vesicles]) - [s.centre_nm for s in truth]
    assert np.abs(off).max() < 0.01


def _radii(found: Imported) -> set[float]:
    return {v.radius_nm for v in found.vesicles}


@pytest.mark.parametrize(
    "name", ["F10a_german.csv", "F10b_id_float.csv", "F10c_empty_rows.csv", "F10d_sep.csv"]
)
def test_tables_are_read_as_spreadsheets_leave_them(cases: Path, truth: list[Sphere], name: str) -> None:
    found = import_vesicle_file(cases / name, INFO).vesicles
    with (SAMPLE / "sample_truth.csv").open(newline="") as stream:
        ids = [int(row["id"]) for row in csv.DictReader(stream)]
    assert [v.id for v in found] == ids
    assert [v.sphere for v in found] == truth


def test_outlines_on_every_second_slice_are_as_many_vesicles(cases: Path, truth: list[Sphere]) -> None:
    found = [v.sphere for v in import_vesicle_file(cases / "F3_outlines_step2.mod", INFO).vesicles]
    assert len(found) == 20
    assert compare(found, truth[:20]).true_positives == 20


SQUARE = 76 * 216 * 216


@pytest.mark.parametrize(
    ("name", "voxels"),
    [
        ("F7_region.tif", SQUARE),
        ("F12_open_outline.mod", 81 * 216 * 216),
        ("F17_xz_outline.mod", SQUARE),
    ],
)
def test_regions_are_filled(cases: Path, name: str, voxels: int) -> None:
    loaded = load_region(cases / name, RegionKind.CYTOPLASM, INFO)
    assert np.count_nonzero(loaded.mask) == pytest.approx(voxels, rel=0.03)


def test_texts_of_windows(cases: Path) -> None:
    assert load_recipe(str(cases / "F11a_bom.toml")).input.expected_radius_nm == 20
    jobs = read_queue(cases / "F11b_bom_queue.txt", Path("out"), SegmentJob("", ""))
    assert [Path(job.tomogram).name for job in jobs] == ["F2_inverted.mrc", "F5_no_extension.mrc"]
    assert all(Path(job.tomogram).is_file() for job in jobs)


def _margin(sphere: Sphere) -> Sphere:
    z, y, x = sphere.centre_nm
    return Sphere(z + 32 * 2.2, y + 72 * 2.2, x + 72 * 2.2, sphere.radius_nm)


def _has_wedge(sphere: Sphere) -> bool:
    """Whether a part of it lies in the corners that hold nothing."""
    _, y, x = (c / 2.2 for c in sphere.centre_nm)
    reach = sphere.radius_nm / 2.2 * 2**0.5
    return x + y - reach < 90 or x + y + reach > 420


def _same(sphere: Sphere) -> Sphere:
    return sphere


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "moved", "is_cut"),
    [
        ("F1a_zero_margin.mrc", _margin, lambda _: False),
        ("F1b_edge3percent.mrc", _same, lambda s: s.centre_nm[1] - s.radius_nm < 8 * 2.2),
        ("F1c_wedges.mrc", _same, _has_wedge),
        ("F1d_hot_voxels.mrc", _same, lambda _: False),
        ("F2_inverted.mrc", _same, lambda _: False),
    ],
)
def test_grey_values_give_the_vesicles_that_they_cover(
    cases: Path,
    truth: list[Sphere],
    tmp_path: Path,
    name: str,
    moved: Callable[[Sphere], Sphere],
    is_cut: Callable[[Sphere], bool],
) -> None:
    words = command("segment", cases / name, "-o", tmp_path / "out", "--voxel-size", "22")
    subprocess.run(words, check=True, capture_output=True, env=environment(tmp_path / "data"))
    (table,) = (tmp_path / "out").glob("*/vesicles.csv")
    found = [v.sphere for v in read_vesicles(table)]
    whole = [moved(s) for s in truth if not is_cut(s)]
    scores = compare(found, whole)
    strange = [
        found[k]
        for k in scores.false_positives
        if not compare([found[k]], [*map(moved, truth)]).true_positives
    ]
    assert 2 * scores.true_positives / (len(whole) + scores.true_positives + len(strange)) >= 0.95
