from __future__ import annotations

import gzip
import runpy
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest

from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.mrc import open_mrc, write_map
from cryoves_app.formats.pyto import read_ids
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export import pyto_export
from cryoves_app.workflow.export.pyto_export import is_safe_for_pyto, plan_export, write_export
from tests.formats.mrc_bytes import IMOD_STAMP, mrc_bytes, write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles

REGIONS = [cytoplasm(), active_zone()]


def stored(path: Path, **fields: float) -> Path:
    return write_mrc_bytes(path, tomogram().data, mode=1, **fields)


def export(source: Path, folder: Path, **options) -> Path:
    volume = open_volume(source, VOXEL_NM)
    folder.mkdir()
    write_export(plan_export(volume, vesicles(), REGIONS), folder, **options)
    return folder


def test_folder_is_what_pyto_reads(tmp_path: Path) -> None:
    source = stored(tmp_path / "a.mrc", origin_x=100.0, nxstart=5)
    folder = export(source, tmp_path / "out")
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*")) == [
        "3d", "3d/ids.csv", "3d/labels.mrc", "3d/tomo.mrc", "NEXT-STEPS.txt",
        "common", "common/tomo_info.py", "connectors", "layers", "vesicles",
    ]  # fmt: skip
    assert (folder / "3d" / "tomo.mrc").read_bytes() == source.read_bytes()
    info = runpy.run_path(str(folder / "common" / "tomo_info.py"))
    with mrcfile.open(folder / "3d" / "labels.mrc") as labels:
        assert labels.header.mode == 6
        assert labels.header.origin.x == 100.0
        assert labels.nstart.x == 5
        assert sorted(set(np.unique(labels.data)) - {0}) == info["all_ids"]
        assert (folder / "3d" / "labels.mrc").stat().st_size == 1024 + 2 * labels.data.size
    assert info["vesicle_ids"] == list(range(10, 26))
    assert read_ids(folder / "3d" / "ids.csv") == {10 + n: 3 * n + 1 for n in range(16)}
    assert (folder / info["image_file_name"].replace("../", "")).is_file()
    assert "found nothing in the way" in (folder / "NEXT-STEPS.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "kind", ["signed bytes", "half floats", "compressed", "odd name", "axes", "size", "big"]
)
def test_tomograms_that_pyto_misreads_get_a_safe_copy(tmp_path: Path, kind: str) -> None:
    data = tomogram().data - 100
    if kind == "signed bytes":
        path = write_mrc_bytes(
            tmp_path / "a.mrc", data.astype("i1"), mode=0, imod_stamp=IMOD_STAMP, imod_flags=5
        )
    elif kind == "half floats":
        path = write_mrc_bytes(tmp_path / "a.mrc", data.astype("f2"), mode=12)
    elif kind == "compressed":
        path = tmp_path / "a.mrc"
        path.write_bytes(gzip.compress(mrc_bytes(data, mode=1)))
    elif kind == "odd name":
        path = write_mrc_bytes(tmp_path / "a.st", data, mode=1)
    elif kind == "axes":
        path = write_mrc_bytes(tmp_path / "a.mrc", data.swapaxes(1, 2), mode=1, mapc=2, mapr=1)
    elif kind == "size":
        path = write_mrc_bytes(tmp_path / "a.mrc", data, mode=1, cella_x=64, cella_y=64, cella_z=26)
    else:
        path = write_mrc_bytes(tmp_path / "a.mrc", data, ">", mode=1)
    assert not is_safe_for_pyto(open_volume(path, VOXEL_NM))
    folder = export(path, tmp_path / "out", link=True)
    with mrcfile.open(folder / "3d" / "tomo.mrc") as copy:
        assert copy.header.mode in (1, 2)
        np.testing.assert_array_equal(copy.data, data)
        assert copy.voxel_size.x == pytest.approx(20)
    assert not (folder / "3d" / "tomo.mrc").is_symlink()


def test_link_on_request(tmp_path: Path) -> None:
    source = stored(tmp_path / "a.rec")
    folder = export(source, tmp_path / "out", link=True)
    assert (folder / "3d" / "tomo.mrc").is_symlink()
    assert (folder / "3d" / "tomo.mrc").read_bytes() == source.read_bytes()


def test_problems_stop_the_export_unless_told_otherwise(tmp_path: Path) -> None:
    bright = tomogram(bright=True)
    source = write_mrc_bytes(tmp_path / "a.mrc", bright.data, mode=1)
    with pytest.raises(CryoVesError, match="brighter than the lumen"):
        export(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    folder = export(source, tmp_path / "out2", despite_problems=True)
    assert "problem: Membranes are brighter" in (folder / "NEXT-STEPS.txt").read_text(encoding="utf-8")


def test_full_disk_is_told_before_copying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = stored(tmp_path / "a.mrc")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(pyto_export.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(CryoVesError, match="The copy of the tomogram needs"):
        export(source, tmp_path / "out")
    assert not (tmp_path / "out" / "3d" / "tomo.mrc").exists()


def test_labels_that_read_back_differently_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path, labels, info) -> None:
        write_map(path, labels * 0, info)

    monkeypatch.setattr(pyto_export, "write_mrc_labels", broken)
    with pytest.raises(CryoVesError, match="did not read back"):
        export(stored(tmp_path / "a.mrc"), tmp_path / "out")


@pytest.mark.parametrize("factor", [2, 3])
def test_binned_export_stays_in_place(tmp_path: Path, factor: int) -> None:
    source = stored(tmp_path / "a.mrc", origin_y=-30.0)
    fine = open_volume(source, VOXEL_NM)
    plan = plan_export(fine, vesicles(), REGIONS, binning=factor)
    assert plan.volume.shape == tuple(n // factor for n in fine.shape)
    (tmp_path / "out").mkdir()
    write_export(plan, tmp_path / "out")
    copy = open_mrc(tmp_path / "out" / "3d" / "tomo.mrc")
    assert copy.voxel_size_nm == pytest.approx(VOXEL_NM * factor)
    assert copy.info.origin_angstrom == fine.info.origin_angstrom
    first = np.asarray(fine.data[:factor, factor : 2 * factor, :factor], dtype="f8").mean()
    assert copy.data[0, 1, 0] == pytest.approx(first)
    for label, (z, y, x, _) in spheres_of_labels(
        np.where(plan.made.labels >= 10, plan.made.labels, 0)
    ).items():
        number = plan.made.vesicle_of_label[label]
        vesicle = next(v for v in vesicles() if v.id == number)
        # both counted from the edge of the first voxel, which binning leaves where it is
        here = [(i + 0.5) * copy.voxel_size_nm for i in (z, y, x)]
        there = [nm + 0.5 * VOXEL_NM for nm in vesicle.sphere.centre_nm]
        np.testing.assert_allclose(here, there, atol=VOXEL_NM * factor / 2)
    with pytest.raises(CryoVesError, match="cannot be binned"):
        plan_export(fine, vesicles(), REGIONS, binning=30)


def test_unknown_voxel_size_is_one_sentence(tmp_path: Path) -> None:
    volume = replace(tomogram(), info=replace(tomogram().info, voxel_size_nm=None))
    with pytest.raises(CryoVesError, match="voxel size"):
        plan_export(volume, vesicles(), REGIONS)


@pytest.mark.parametrize("safe", [True, False])
def test_a_tomogram_that_changes_while_it_is_copied_is_no_export(
    tmp_path: Path, safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces of two images would lie in one file."""
    source = stored(tmp_path / ("a.mrc" if safe else "a.st"))
    name = "_copy" if safe else "write_copy"
    copy = getattr(pyto_export, name)

    def copied_while_somebody_writes(*args: Any) -> None:
        copy(*args)
        with source.open("r+b") as stream:
            stream.seek(-1000, 2)
            stream.write(b"new" * 300)

    monkeypatch.setattr(pyto_export, name, copied_while_somebody_writes)
    with pytest.raises(CryoVesError, match="was changed while it was in use"):
        export(source, tmp_path / "out")
