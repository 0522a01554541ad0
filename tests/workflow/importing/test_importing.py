from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Origin
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import mrc, tiff
from cryoves_app.formats.imod.convert import ObjectRole, model_of
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.pyto import read_vesicle_table, write_ids
from cryoves_app.formats.tables.star import StarGrid, write_star
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.pyto_labels import label_volume
from cryoves_app.workflow.importing.importing import (
    ids_beside,
    import_parts,
    import_vesicle_file,
    is_pyto_table,
    parts_of_models,
    vesicles_of_pyto_table,
)
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from cryoves_app.workflow.project.measurements import RegionMasks, place_measures
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import SHAPE, VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles

INFO = VolumeInfo(
    SHAPE,
    np.dtype("i2"),
    VOXEL_NM,
    (50.0, 0.0, 0.0),
    path="/data/synapse.rec.mrc",
    header_voxel_size_nm=VOXEL_NM,
)


def model(path: Path, info: VolumeInfo = INFO) -> Path:
    write_model(path, model_of(info, vesicles(), [cytoplasm(), active_zone()]))
    return path


def same(found) -> None:
    assert [v.id for v in found] == [v.id for v in vesicles()]
    assert {v.origin for v in found} == {Origin.IMPORTED}
    for mine, theirs in zip(vesicles(), found, strict=True):
        assert theirs.sphere.distance_nm(mine.sphere) < 0.01
        assert theirs.radius_nm == pytest.approx(mine.radius_nm, abs=0.01)


def test_objects_of_several_models_get_roles(tmp_path: Path) -> None:
    paths = [model(tmp_path / "a.mod"), model(tmp_path / "b.mod")]
    parts = parts_of_models(paths)
    assert [(p.path.name, p.name, p.contours, p.points, p.guess) for p in parts[:3]] == [
        ("a.mod", "cell", 26, 104, ObjectRole.CYTOPLASM),
        ("a.mod", "active zone", 26, 52, ObjectRole.ACTIVE_ZONE),
        ("a.mod", "vesicles", 16, 16, ObjectRole.VESICLES),
    ]
    roles = dict(
        zip(
            parts,
            [
                ObjectRole.ORGANELLE,
                ObjectRole.IGNORE,
                ObjectRole.VESICLES,
                ObjectRole.CYTOPLASM,
                ObjectRole.IGNORE,
                ObjectRole.IGNORE,
            ],
            strict=True,
        )
    )
    found = import_parts(roles, INFO)
    same(found.vesicles)
    assert [(r.name, r.kind) for r in found.regions] == [
        ("cell", RegionKind.ORGANELLE),
        ("cell", RegionKind.CYTOPLASM),
    ]
    assert found.regions[0].contours == cytoplasm().contours


def test_vesicles_of_two_objects_keep_distinct_ids(tmp_path: Path) -> None:
    parts = parts_of_models([model(tmp_path / "a.mod"), model(tmp_path / "b.mod")])
    found = import_parts(
        {p: p.guess if p.guess is ObjectRole.VESICLES else ObjectRole.IGNORE for p in parts}, INFO
    )
    assert len({v.id for v in found.vesicles}) == 32


def test_model_of_a_finer_tomogram_is_scaled_and_told(tmp_path: Path) -> None:
    fine = VolumeInfo((52, 128, 128), INFO.dtype, 1.0, INFO.origin_angstrom, header_voxel_size_nm=1.0)
    # the volumes have their edges in common, so the first fine voxel's middle lies half a nanometre further out
    path = tmp_path / "fine.mod"
    write_model(
        path,
        model_of(fine, [v.but(x_nm=v.x_nm + 0.5, y_nm=v.y_nm + 0.5, z_nm=v.z_nm + 0.5) for v in vesicles()]),
    )
    found = import_vesicle_file(path, INFO)
    same(found.vesicles)
    assert "0.5 times as large" in found.notes[0]


@pytest.mark.parametrize("kind", ["mod", "csv", "star"])
def test_vesicles_from_files(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"v.{kind}"
    if kind == "mod":
        model(path)
    elif kind == "csv":
        write_vesicles(path, vesicles(), VOXEL_NM)
    else:
        write_star(path, vesicles(), StarGrid("synapse", SHAPE, VOXEL_NM))
    same(import_vesicle_file(path, INFO).vesicles)


@pytest.mark.parametrize("kind", ["mrc", "tif"])
def test_label_volumes(tmp_path: Path, kind: str) -> None:
    labels = label_volume(vesicles(), [cytoplasm(), active_zone()], SHAPE, VOXEL_NM).labels
    (mrc.write_mrc_labels if kind == "mrc" else tiff.write_tiff_labels)(tmp_path / f"l.{kind}", labels, INFO)
    found = import_vesicle_file(tmp_path / f"l.{kind}", INFO)
    assert [v.id for v in found.vesicles] == list(range(10, 26))
    assert "left out" in found.notes[0]
    for mine, theirs in zip(vesicles(), found.vesicles, strict=True):
        assert theirs.sphere.distance_nm(mine.sphere) < 0.1
        assert theirs.radius_nm == pytest.approx(mine.radius_nm, abs=0.3)
    plain = np.where(labels >= 10, labels - 9, 0)
    mrc.write_mrc_labels(tmp_path / "plain.mrc", plain, INFO)
    assert len(import_vesicle_file(tmp_path / "plain.mrc", INFO).vesicles) == 16
    other = VolumeInfo((5, 6, 7), INFO.dtype, VOXEL_NM)
    with pytest.raises(CryoVesError, match="another shape"):
        import_vesicle_file(tmp_path / "plain.mrc", other)


def test_pytos_tables_select_the_vesicles(tmp_path: Path, shared_data: Path) -> None:
    table = shared_data / "pyto_labels" / "vesicles_tomo_vesicles.dat"
    labels = [v.label for v in read_vesicle_table(table)]
    write_ids(tmp_path / "ids.csv", {label: 100 + n for n, label in enumerate(labels)})
    assert vesicles_of_pyto_table(table, tmp_path / "ids.csv") == tuple(range(100, 109))
    write_ids(tmp_path / "ids.csv", {10: 1})
    with pytest.raises(CryoVesError, match="label 36, which is not in"):
        vesicles_of_pyto_table(table, tmp_path / "ids.csv")


def test_ids_are_found_beside_a_table(tmp_path: Path) -> None:
    table = tmp_path / "vesicles" / "tomo_vesicles.dat"
    assert is_pyto_table(table)
    assert not is_pyto_table(tmp_path / "tomo_layers.dat")
    assert ids_beside(table) is None
    (tmp_path / "3d").mkdir()
    (tmp_path / "3d" / "ids.csv").write_text("label,vesicle_id\n")
    assert ids_beside(table) == tmp_path / "3d" / "ids.csv"
    table.parent.mkdir()
    table.with_name("ids.csv").write_text("label,vesicle_id\n")
    assert ids_beside(table) == table.with_name("ids.csv")


def test_real_pyto_labels_agree_with_pytos_own_table(shared_data: Path) -> None:
    """Centres, radii and distances to the active zone within half a voxel of what Pyto itself computed."""
    folder, size = shared_data / "pyto_labels", 1.684
    info = VolumeInfo((60, 155, 155), np.dtype("f4"), size)
    table = read_vesicle_table(folder / "vesicles_tomo_vesicles.dat")
    known = {v.id: v for v in import_vesicle_file(folder / "viz_labels.mrc", info).vesicles}
    found = [known[row.label] for row in table]
    zone = (mrc.read_labels(folder / "viz_labels.mrc").data == 2).astype(np.uint8)
    measures = place_measures(VesicleSet.of(found), RegionMasks(None, zone), size)
    distances_px = distance_transform_edt(zone == 0)
    assert len(found) == 9
    for vesicle, row in zip(found, table, strict=True):
        z, y, x, radius = vesicle.sphere.to_px(size)
        assert np.abs(np.array([z, y, x]) - row.centre_px).max() <= 0.5
        assert abs(radius - row.radius_px) <= 0.5
        assert abs(measures[vesicle.id]["az_rim_nm"] / size - (row.min_distance_px or 0.0)) <= 0.5
        # Pyto's mean is over all voxels of the vesicle, which is not quite the distance of its centre
        ball = paint_spheres(np.array([vesicle.sphere.to_px(size)]), info.shape) > 0
        assert abs(distances_px[ball].mean() - (row.mean_distance_px or 0.0)) <= 0.5


@pytest.mark.parametrize("origin", ["imod", "mrc2014", "none"])
def test_models_and_labels_lie_over_the_tomogram_whatever_its_origin(tmp_path: Path, origin: str) -> None:
    fields = {
        "imod": {"nversion": 0, "origin_x": -120.0, "origin_y": 35.0},
        "mrc2014": {"nversion": 20140, "origin_x": 120.0, "origin_y": -35.0},
        "none": {"nversion": 20140},
    }[origin]
    path = write_mrc_bytes(tmp_path / "t.mrc", tomogram().data, mode=1, nxstart=4, **fields)
    info = open_volume(path, VOXEL_NM).info
    assert info.origin_angstrom == ((0.0, 0.0, 0.0) if origin == "none" else (120.0, -35.0, 0.0))
    same(import_vesicle_file(model(tmp_path / "m.mod", info), info).vesicles)
    labels = np.zeros(SHAPE, np.uint16)
    mrc.write_mrc_labels(tmp_path / "l.mrc", labels, info)
    written = mrc.open_mrc(tmp_path / "l.mrc").info
    assert (written.origin_angstrom, written.nstart) == (info.origin_angstrom, (4, 0, 0))
    # the model, read over the labels, lies where it lies over the tomogram
    same(import_vesicle_file(tmp_path / "m.mod", written).vesicles)


def test_pools_and_tags_are_objects_of_a_model_and_become_tags_again(tmp_path: Path) -> None:
    first, second, third, *others = vesicles()
    tagged = [first.but(tags=("docked",)), second.but(pool="proximal", tags=("docked", "large")), third]
    path = tmp_path / "tagged.mod"
    write_model(path, model_of(INFO, [*tagged, *others]))
    assert [o.name for o in read_model(path).objects] == ["docked", "proximal, docked, large", "vesicles"]
    back = import_vesicle_file(path, INFO).vesicles
    tags = {v.id: v.tags for v in back}
    assert tags[first.id] == ("docked",)
    assert tags[second.id] == ("proximal", "docked", "large")
    assert tags[third.id] == ()
    assert {v.id for v in back} == {v.id for v in vesicles()}


@pytest.mark.parametrize("name", ["a.sff", "a.HFF", "a.star"])
def test_files_whose_places_need_the_tomogram_are_no_truth_by_themselves(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("data_")
    with pytest.raises(CryoVesError, match="only together with its tomogram"):
        load_vesicles(tmp_path / name, 2.0)
