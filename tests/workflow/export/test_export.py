from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imodmodel
import numpy as np
import pytest

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.export_formats import FORMAT_KEYS
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats import chimerax_scene, tiff
from cryoves_app.formats.mrc import read_labels
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.pyto import read_ids
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.tomogram_reference import fingerprint, reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export import exporters, scene_export, zarr_export
from cryoves_app.workflow.export.export import export_material, export_project, in_the_way
from cryoves_app.workflow.export.export_material import (
    ExportOptions,
    material_of,
    read_material,
    selection_sentence,
)
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.session import Session
from tests.formats.copick_projects import make_project
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, cytoplasm, tomogram, vesicles

#: copick's goes into a project, which has to be named (test_copick_export); the portal's wants authors.
ALL = [key for key in FORMAT_KEYS if key not in ("copick", "portal")]


def test_every_format_that_is_offered_has_its_exporter() -> None:
    assert set(exporters.EXPORTERS) == set(FORMAT_KEYS)


@pytest.mark.parametrize(
    "name",
    [
        "0012", "1e5", "TS_01.mrc_13.28Apx", "it's", 'say "hi"', "a  b", "数 ü", "[2024] #1 %d {stem}", ";x", "loop_",
        "data_", "-1", "nan", "a_Vol", "_x", "'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("relion", [4, 5])
def test_what_is_exported_comes_in_again_whatever_the_tomogram_is_called(
    tmp_path: Path, name: str, relion: int
) -> None:
    source = write_mrc_bytes(tmp_path / f"{name}.mrc", tomogram().data, mode=1)
    now = Project(
        reference_to(open_volume(source, VOXEL_NM), tmp_path / "p.cryoves"),
        vesicles=VesicleSet.of(vesicles()),
    )
    volume = open_volume(source, VOXEL_NM)
    material = material_of(now, volume, "another name", ExportOptions(relion=relion, relion_binning=3.0))
    for kind, suffix in (("imod", ".mod"), ("csv", ".csv"), ("star", ".star"), ("sff", ".sff")):
        file = tmp_path / f"out{suffix}"
        exporters.EXPORTERS[kind](material, file, Progress())
        found = import_vesicle_file(file, volume.info)
        assert [v.id for v in found.vesicles] == [v.id for v in vesicles()]
        for mine, theirs in zip(vesicles(), found.vesicles, strict=True):
            assert theirs.sphere.distance_nm(mine.sphere) < 0.01


def test_all_formats_are_written_and_hold_the_accepted_vesicles(tmp_path: Path, project: Path) -> None:
    result = export_project(project, tmp_path / "out", ALL, force=False)
    assert (
        result.sentence
        == "13 accepted go out (7 of them not yet checked). Left out: 1 outlier, 1 rejected, 1 outside the region."
    )
    names = {Path(name).relative_to(tmp_path / "out").as_posix() for name in result.files}
    assert names == {
        "synapse.mod", "synapse_labels.mrc", "synapse_labels.tif", "synapse_vesicles.csv", "synapse_particles.star",
        "synapse.tbl", "synapse.cmm", "synapse.zarr", "synapse.sff", "synapse.glb", "synapse.obj", "synapse.stl",
        "synapse_run.json", "synapse_methods.txt", "synapse_overview.png",
        "synapse_chimerax/open.cxc", "synapse_chimerax/vesicles.cmm", "synapse_chimerax/region_1_cell.stl",
        "synapse_chimerax/region_2_active_zone.stl", "synapse_regions.cryoves",
        "synapse_pyto/3d/tomo.mrc", "synapse_pyto/3d/labels.mrc",
        "synapse_pyto/3d/ids.csv", "synapse_pyto/common/tomo_info.py", "synapse_pyto/NEXT-STEPS.txt",
    }  # fmt: skip
    out = tmp_path / "out"
    labels = read_labels(out / "synapse_labels.mrc")
    assert sorted(np.unique(labels.data)) == [0, *range(10, 23)]
    assert labels.info.origin_angstrom == (30.0, 0.0, -12.5)
    np.testing.assert_array_equal(tiff.open_tiff(out / "synapse_labels.tif").data, labels.data)
    table = list(read_vesicles(out / "synapse_vesicles.csv"))
    assert len(table) == 16
    assert [v.label for v in table] == [None, None, None, *range(10, 23)]
    assert sorted(np.unique(read_labels(out / "synapse_pyto" / "3d" / "labels.mrc").data)) == [
        0,
        1,
        2,
        *range(10, 23),
    ]
    assert read_ids(out / "synapse_pyto" / "3d" / "ids.csv") == {v.label: v.id for v in table if v.label}
    model = imodmodel.ImodModel.from_file(out / "synapse.mod")
    assert [o.header.name.rstrip("\0") for o in model.objects] == ["cell", "active zone", "vesicles"]
    assert len(model.objects[2].contours) == 13
    assert model.minx.ctrans == (-30.0, 0.0, 12.5)
    record = json.loads((out / "synapse_run.json").read_text())
    assert record["command"] == "cryoves segment tomo.mrc"
    assert record["exported"]["by_origin"] == {"auto": 14, "manual": 2, "edited": 0, "imported": 0}


def test_files_that_exist_are_kept_unless_forced(tmp_path: Path, project: Path) -> None:
    export_project(project, tmp_path / "out", ["csv"], force=False)
    with pytest.raises(CryoVesError, match="--force"):
        export_project(project, tmp_path / "out", ["csv"], force=False)
    export_project(project, tmp_path / "out", ["csv", "pyto"], force=True)
    export_project(project, tmp_path / "out", ["csv", "pyto"], force=True)


@pytest.mark.parametrize(
    ("formats", "sentence"), [(["csv", "docx"], "no export format “docx”"), ([], "No export format")]
)
def test_unknown_formats(tmp_path: Path, project: Path, formats: list[str], sentence: str) -> None:
    with pytest.raises(CryoVesError, match=sentence):
        export_project(project, tmp_path / "out", formats, force=False)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [n for n in ALL if n not in ("pyto", "obj", "stl")])
def test_a_file_that_reads_back_differently_is_not_saved(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    volume = open_volume(tmp_path / "tomo.mrc", VOXEL_NM)
    with ProjectFile.open(project) as file:
        material = material_of(file.load(), volume, "x")

    def shifted(original):
        def write(path, values, *rest, **options):
            if isinstance(values, Iterator):
                return original(path, (np.roll(slab, 1, 0) for slab in values), *rest, **options)
            moved = [v.but(x_nm=v.x_nm + 0.5) for v in values]
            return original(path, moved, *rest, **options)

        return write

    writers = [
        (exporters, "write_vesicles"),
        (exporters, "write_label_slabs"),
        (exporters, "write_star"),
        (exporters.tiff, "write_tiff_label_slabs"),
        (exporters.dynamo, "write_dynamo"),
        (exporters.chimerax, "write_markers"),
        (chimerax_scene, "write_markers"),
        (zarr_export, "write_ome_zarr_labels"),
        (scene_export, "write_sff"),
        (scene_export, "write_scene"),
    ]
    for place, function in writers:
        monkeypatch.setattr(place, function, shifted(getattr(place, function)))
    original = exporters.model_of
    monkeypatch.setattr(
        exporters,
        "model_of",
        lambda info, found, *rest: original(info, [v.but(z_nm=v.z_nm + 0.5) for v in found], *rest),
    )
    with pytest.raises(CryoVesError, match="did not read back"):
        export_material(material, tmp_path / "out", [name], force=False)
    assert not (tmp_path / "out").exists()


def test_more_vesicles_than_labels_are_a_sentence(tmp_path: Path) -> None:
    """Numbers of 16 bits begin with 10, so that 65 526 fit, however they lie in slabs."""
    grey = np.random.default_rng(1).normal(0, 9, (16, 96, 96)).astype(np.int8)
    volume = open_volume(write_mrc_bytes(tmp_path / "tomo.mrc", grey, mode=0), VOXEL_NM)
    many = [
        Vesicle(i, 2.0 * (i % 14 + 1), 2.0 * (i // 14 % 90 + 3), 2.0 * (i // 1260 + 3), 1.5)
        for i in range(1, 65_528)
    ]
    options = ExportOptions(copick=str(make_project(tmp_path / "p", runs=("tomo",))))
    now = Project(reference_to(volume, None), vesicles=VesicleSet.of(many))
    material = material_of(now, volume, "tomo", options)
    for key in ("labels", "tiff", "zarr", "copick", "pyto"):
        with pytest.raises(CryoVesError, match="65527 vesicles are more than a label file can hold"):
            export_material(material, tmp_path / "out", [key], force=False)
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("after", range(1, 10))
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, project: Path, after: int) -> None:
    reports: list[str] = []
    token = CancelToken()

    def listen(step: str, _fraction: float, _message: str) -> None:
        reports.append(step)
        if len(reports) == after:
            token.cancel()

    material = read_material(project)
    progress = Progress(listen, token)
    with pytest.raises(Cancelled):
        export_material(material, tmp_path / "out", ["labels", "pyto", "csv"], force=False, progress=progress)
    assert not (tmp_path / "out").exists()
    assert len(reports) == after


def test_what_is_in_the_way_is_known_beforehand(tmp_path: Path, project: Path) -> None:
    assert in_the_way("synapse", tmp_path / "out", ALL) == []
    export_project(project, tmp_path / "out", ["csv", "pyto"], force=False)
    assert in_the_way("synapse", tmp_path / "out", ["csv", "imod", "pyto"]) == [
        "synapse_vesicles.csv", "synapse_pyto", "synapse_run.json", "synapse_methods.txt", "synapse_overview.png",
        "synapse_regions.cryoves",
    ]  # fmt: skip
    # the list is whole: every file that an export writes is found by it
    export_project(project, tmp_path / "all", ALL, force=False)
    written = {p.name for p in (tmp_path / "all").iterdir()}
    assert set(in_the_way("synapse", tmp_path / "all", ALL)) == written


def test_nothing_accepted_is_told(project: Path) -> None:
    with ProjectFile.open(project) as file:
        now = file.load()
    empty = replace(now, vesicles=VesicleSet())
    assert selection_sentence(empty) == "0 accepted go out."


def test_force_keeps_regions_that_somebody_drew_on(project: Path, tmp_path: Path) -> None:
    """Beside an export lies a project with its regions, which opens in the window."""
    out = tmp_path / "out"
    export_project(project, out, ["csv"], force=False)
    export_project(project, out, ["csv"], force=True)
    session = Session.open(out / "synapse_regions.cryoves")
    session.do(add_region(session.project, cytoplasm()))
    session.save()
    session.close()
    before = {path.name: fingerprint(path) for path in out.iterdir()}
    with pytest.raises(CryoVesError, match=r"synapse_regions\.cryoves holds work by hand \(1 step\)"):
        export_project(project, out, ["csv"], force=True)
    assert {path.name: fingerprint(path) for path in out.iterdir()} == before


def test_an_export_says_which_vesicles_stand_twice(project: Path, tmp_path: Path) -> None:
    assert export_project(project, tmp_path / "one", ["csv"], force=False).caution == ""
    with ProjectFile.open(project) as file:
        now = file.load()
        kept = next(v for v in now.vesicles if v.status is Status.ACCEPTED and v.inside_region)
        again = kept.but(id=500, x_nm=kept.x_nm + 0.1, reviewed=False)
        file.store(replace(now, vesicles=now.vesicles.added([again])))
    told = export_project(project, tmp_path / "two", ["csv"], force=False).caution
    assert told == "Vesicle 500 stands where another one stands already."
