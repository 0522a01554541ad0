from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import imodmodel
import numpy as np
import pytest
import zarr

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.export_formats import FORMAT_KEYS
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap
from cryoves_app.formats import chimerax_scene, tiff
from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import read_labels
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.pyto import read_ids
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.tomogram_reference import fingerprint, reference_to
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.export import exporters, scene_export, zarr_export
from cryoves_app.workflow.export.export import export_material, export_project, in_the_way
from cryoves_app.workflow.export.export_material import (
    ExportOptions,
    material_of,
    read_material,
    selection_sentence,
)
from cryoves_app.workflow.export.kept_map import KeptMap
from cryoves_app.workflow.importing.importing import import_vesicle_file, parts_of_models
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.session import Session
from tests.formats.copick_projects import make_project
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles

#: copick's goes into a project, which has to be named (test_copick_export); the portal's wants authors.
ALL = [key for key in FORMAT_KEYS if key not in ("copick", "portal")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1, origin_x=30.0, origin_z=-12.5)
    first, second, third, *others = vesicles()
    origins = {43: Origin.MANUAL, 46: Origin.MANUAL}
    found = [
        first.but(status=Status.REJECTED),
        second.but(status=Status.OUTLIER),
        third.but(inside_region=False),
        *(
            v.but(inside_region=True, reviewed=v.id > 30, origin=origins.get(v.id, Origin.AUTO))
            for v in others
        ),
    ]
    now = Project(
        reference_to(open_volume(source, VOXEL_NM), tmp_path / "synapse.cryoves"),
        vesicles=VesicleSet.of(found),
        regions=(cytoplasm(), active_zone()),
        run={"command": "cryoves segment tomo.mrc"},
    )
    with ProjectFile.create(tmp_path / "synapse.cryoves", now):
        return tmp_path / "synapse.cryoves"


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


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr_holds_the_tomogram_and_the_vesicles_by_number(
    tmp_path: Path, project: Path, version: str
) -> None:
    options = ExportOptions(zarr_version=version)
    result = export_project(project, tmp_path / "out", ["zarr"], force=False, options=options)
    path = tmp_path / "out" / "synapse.zarr"
    assert str(path) in result.files
    assert not any(str(path) in name and name != str(path) for name in result.files)
    image = open_volume(path)
    np.testing.assert_array_equal(np.asarray(image.data), tomogram().data)
    assert image.info.header_voxel_size_nm == pytest.approx(VOXEL_NM)
    assert image.info.origin_angstrom == (30.0, 0.0, -12.5)
    attributes: Any = zarr.open_group(path / "labels" / "vesicles", mode="r").attrs
    told = (attributes if version == "0.4" else attributes["ome"])["image-label"]["properties"]
    labels, _ = load_labels(path / "labels" / "vesicles", image.shape)
    assert [p["label-value"] for p in told] == list(range(10, 23)) == sorted(set(np.unique(labels)) - {0})
    for entry in told:
        centre = np.array([entry["z_nm"], entry["y_nm"], entry["x_nm"]]) / VOXEL_NM
        assert np.linalg.norm(np.argwhere(labels == entry["label-value"]).mean(axis=0) - centre) < 0.5
    with pytest.raises(CryoVesError, match="use --force"):
        export_project(project, tmp_path / "out", ["zarr"], force=False, options=options)
    export_project(project, tmp_path / "out", ["zarr"], force=True, options=options)


def write_map_beside(folder: Path, name: str = "probability.mrc", depth: int = 26) -> np.ndarray:
    values = np.random.default_rng(3).random((depth, 64, 64), np.float32)
    write_mrc_bytes(folder / name, values, mode=2)
    return values


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_the_map_that_a_run_kept_goes_into_the_image(tmp_path: Path, project: Path, version: str) -> None:
    values = write_map_beside(tmp_path)
    options = ExportOptions(zarr_version=version)
    result = export_project(project, tmp_path / "out", ["zarr"], force=False, options=options)
    assert result.sentence.endswith(f" With the probabilities in {tmp_path / 'probability.mrc'}.")
    found = open_volume(tmp_path / "out" / "synapse.zarr" / "probability")
    np.testing.assert_array_equal(np.asarray(found.data), values)
    assert found.info.header_voxel_size_nm == pytest.approx(VOXEL_NM)
    assert found.info.origin_angstrom == (30.0, 0.0, -12.5)
    independent: Any = zarr.open_group(tmp_path / "out" / "synapse.zarr" / "probability", mode="r")["0"]
    np.testing.assert_array_equal(independent[:], values)
    other = write_map_beside(tmp_path, "other.mrc") * 0 + 0.5
    write_mrc_bytes(tmp_path / "other.mrc", other, mode=2)
    named = ExportOptions(zarr_version=version, probability=str(tmp_path / "other.mrc"))
    export_project(project, tmp_path / "named", ["zarr"], force=False, options=named)
    assert (np.asarray(open_volume(tmp_path / "named" / "synapse.zarr" / "probability").data) == 0.5).all()


def test_a_map_on_a_grid_of_its_own_is_brought_to_the_tomograms(tmp_path: Path, project: Path) -> None:
    own = GridMap(np.full((6, 10, 10), 0.75, np.float32), 4.0, (8.0, 16.0, 20.0))
    material = replace(read_material(project), map=KeptMap(own))
    export_material(material, tmp_path / "out", ["zarr"], force=False)
    found = np.asarray(open_volume(tmp_path / "out" / "synapse.zarr" / "probability").data)
    inside = found[4:14, 8:26, 10:28]
    assert inside == pytest.approx(0.75)
    assert found[:4].max() == found[17:].max() == found[:, :8].max() == 0.0


def test_a_map_of_another_tomogram_is_left_out_and_said_or_refused_where_it_was_named(
    tmp_path: Path, project: Path
) -> None:
    write_map_beside(tmp_path, depth=5)
    result = export_project(project, tmp_path / "out", ["zarr"], force=False)
    assert "Probabilities were left out" in result.sentence
    assert "is 64 × 64 × 5 voxels large, the tomogram 64 × 64 × 26" in result.sentence
    assert not (tmp_path / "out" / "synapse.zarr" / "probability").exists()
    named = ExportOptions(probability=str(tmp_path / "probability.mrc"))
    with pytest.raises(CryoVesError, match="is 64 × 64 × 5 voxels large"):
        export_project(project, tmp_path / "named", ["zarr"], force=False, options=named)
    with pytest.raises(CryoVesError):
        export_project(
            project, tmp_path / "named", ["zarr"], force=False, options=ExportOptions(probability="no.mrc")
        )
    assert not (tmp_path / "named").exists()


def test_shapes_go_into_labels_and_stars_when_asked_for_and_pyto_keeps_spheres(
    tmp_path: Path, project: Path
) -> None:
    terms = (0.0, 0.0, 0.0, 2.0, *[0.0] * 8)
    material = read_material(project, ExportOptions(shapes=True))
    number = material.vesicles[0].id
    shaped = [v.but(shape_terms_nm=terms) if v.id == number else v for v in material.project.vesicles]
    material = replace(
        material, project=replace(material.project, vesicles=material.project.vesicles.replaced(shaped))
    )
    result = export_material(material, tmp_path / "shapes", ["labels", "tiff", "star", "pyto"], force=False)
    assert result.sentence.endswith(
        "No shape is known of 12 of 13 vesicles (cut by a face, faint, or changed by hand): spheres there."
    )
    plain = replace(material, options=ExportOptions())
    spheres = export_material(plain, tmp_path / "spheres", ["labels", "tiff", "star", "pyto"], force=False)
    assert "shape" not in spheres.sentence
    with_shapes, without = (
        read_labels(tmp_path / kind / "synapse_labels.mrc").data for kind in ("shapes", "spheres")
    )
    label = material.vesicles[0].label
    assert {int(n) for n in np.unique(with_shapes[with_shapes != without])} <= {0, label}
    across = [np.ptp(np.flatnonzero((with_shapes == label).any(axis=axes))) for axes in ((0, 1), (0, 2))]
    assert across[0] > across[1]  # drawn out along x
    np.testing.assert_array_equal(
        tiff.open_tiff(tmp_path / "shapes" / "synapse_labels.tif").data, with_shapes
    )
    labels = [
        read_labels(tmp_path / kind / "synapse_pyto" / "3d" / "labels.mrc").data
        for kind in ("shapes", "spheres")
    ]
    np.testing.assert_array_equal(*labels)


def test_outlines_of_vesicles_in_the_model(tmp_path: Path, project: Path) -> None:
    export_project(
        project, tmp_path / "out", ["imod"], force=False, options=ExportOptions(imod_contours=True)
    )
    model = imodmodel.ImodModel.from_file(tmp_path / "out" / "synapse.mod")
    assert model.objects[3].header.name.rstrip("\0") == "vesicle outlines"
    assert len(model.objects[3].contours) == 13 * 13


def test_outlines_beside_points_do_not_come_back_as_vesicles(tmp_path: Path, project: Path) -> None:
    options = ExportOptions(imod_contours=True)
    export_project(project, tmp_path / "points", ["imod"], force=False)
    export_project(project, tmp_path / "both", ["imod"], force=False, options=options)
    written = load_vesicles(tmp_path / "points" / "synapse.mod").vesicles
    path = tmp_path / "both" / "synapse.mod"
    source = load_vesicles(path)
    assert source.vesicles == written
    assert any("vesicle outlines" in note for note in source.notes)
    guesses = {part.name: part.guess for part in parts_of_models([path])}
    assert guesses["vesicle outlines"] is ObjectRole.IGNORE
    drawn = read_model(path)
    outlines = [o for o in drawn.objects if not o.is_scattered]
    write_model(path, replace(drawn, objects=tuple(outlines)))
    assert len(load_vesicles(path).vesicles) == len(written)  # alone, they are what there is


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
