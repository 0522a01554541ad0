"""Exports as images: OME-Zarr, the network's map in it, and shapes and outlines of vesicles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import imodmodel
import numpy as np
import pytest
import zarr

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import GridMap
from cryoves_app.formats import tiff
from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import read_labels
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.export.export import export_material, export_project
from cryoves_app.workflow.export.export_material import (
    ExportOptions,
    read_material,
)
from cryoves_app.workflow.export.kept_map import KeptMap
from cryoves_app.workflow.importing.importing import parts_of_models
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, tomogram


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
