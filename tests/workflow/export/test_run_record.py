"""The record that goes with an export is complete, and its command does the automatic part again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cryoves_app.cli.main import _parser
from cryoves_app.cli.segment import _jobs
from cryoves_app.domain.membranes import MembraneModel, MidPlaneRule
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.workflow.export.export_material import Material, material_of
from cryoves_app.workflow.export.record import methods_of, run_record, write_run_record
from cryoves_app.workflow.importing.regions import load_region
from cryoves_app.workflow.jobs.codec import to_plain
from cryoves_app.workflow.project.measurements import masks_of
from cryoves_app.workflow.segment.inputs import read_inputs
from cryoves_app.workflow.segment.order import SegmentJob
from tests.workflow.pyto_example import SHAPE, active_zone, cytoplasm

OWN = BUILT_IN["default"].with_value("outliers", "p_cut", 0.01)
FOUND = VesicleSet.of(
    [
        Vesicle(1, 26.0, 40.0, 40.0, 20.0, reviewed=True),
        Vesicle(2, 26.0, 80.0, 40.0, 22.0, origin=Origin.MANUAL),
        Vesicle(3, 26.0, 40.0, 90.0, 24.0),
    ]
)


def project(folder: Path, recipe: Recipe = OWN, source: str = "user") -> Project:
    reference = TomogramReference("t.mrc", str(folder / "t.mrc"), 10, "ab", SHAPE, 2.0, source)
    job = SegmentJob("elsewhere.mrc", "/gone/t", recipe, "default", region="{dir}/{stem}_cell.mod", threads=3)
    run: dict[str, Any] = {
        "job": {name: v for name, v in to_plain(job).items() if name not in ("recipe", "regions")},
        "model": {"name": "default", "sha256": "cafe"},
        "version": "0.1",
    }
    run["recipe"] = recipe.to_dict()
    # the form was changed after the run, for the next one
    return Project(
        reference, BUILT_IN["paper"], vesicles=FOUND, run=run, regions=(cytoplasm(), active_zone())
    )


def material(now: Project) -> Material:
    volume = Volume(VolumeInfo(SHAPE, np.dtype("i2"), 2.0), np.zeros(SHAPE, "i2"))
    return material_of(now, volume, "synapse", kinds=["segment", "move", "move", "accept"])


def write_tomogram(folder: Path) -> Path:
    path = folder / "whole.mrc"
    write_map(path, np.zeros(SHAPE, np.float32), VolumeInfo(SHAPE, np.dtype("f4"), 2.0))
    return path


def asked_by(command: str) -> SegmentJob:
    """What the command line makes of a command."""
    words = shlex.split(command)
    assert words[0] == "cryoves"
    (job,) = _jobs(_parser().parse_args(words[1:]))
    return job


@pytest.mark.parametrize("recipe", [OWN, BUILT_IN["paper"]])
def test_the_command_does_the_automatic_part_again(tmp_path: Path, recipe: Recipe) -> None:
    (tmp_path / "t.mrc").write_bytes(b"a tomogram")
    write_run_record(material(project(tmp_path, recipe)), tmp_path, tmp_path)
    record = json.loads((tmp_path / "synapse_run.json").read_text(encoding="utf-8"))
    job = asked_by(record["command"])
    assert job.recipe == recipe
    assert (job.tomogram, job.model, job.voxel_size_nm, job.threads) == (
        str(tmp_path / "t.mrc"),
        "default",
        2.0,
        3,
    )
    assert job.region == "{dir}/{stem}_cell.mod"
    assert Path(job.folder).is_relative_to(tmp_path / "segmented again")


def test_drawn_regions_are_written_for_the_command(tmp_path: Path) -> None:
    (tmp_path / "t.mrc").write_bytes(b"a tomogram")
    now = project(tmp_path)
    ice = Region("ice", RegionKind.EXCLUDE, cytoplasm().contours[:1])
    cell, zone = replace(cytoplasm(), interpolate=False), replace(active_zone(), tube_nm=13.0)
    drawn = replace(
        now, run={**now.run, "job": {**now.run["job"], "region": None}}, regions=(cell, ice, zone)
    )
    exported = material(drawn)
    write_run_record(exported, tmp_path, tmp_path)
    job = asked_by(json.loads((tmp_path / "synapse_run.json").read_text(encoding="utf-8"))["command"])
    assert Path(job.region or "") == Path(job.active_zone or "") == tmp_path / "synapse_regions.cryoves"
    masks = masks_of(drawn)
    for path, kind, mask in (
        (job.region, RegionKind.CYTOPLASM, masks.inside),
        (job.active_zone, RegionKind.ACTIVE_ZONE, masks.zone),
    ):
        loaded = load_region(Path(path or ""), kind, exported.volume.info)
        np.testing.assert_array_equal(loaded.mask, mask)
    regions_file = read_project(tmp_path / "synapse_regions.cryoves")
    assert regions_file.tomogram == replace(drawn.tomogram, relative_path="t.mrc")
    again = read_inputs(replace(job, tomogram=str(write_tomogram(tmp_path))))
    assert again.regions == drawn.regions


def test_a_voxel_size_from_the_header_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "t.mrc").write_bytes(b"a tomogram")
    record = run_record(material(project(tmp_path, BUILT_IN["default"], "header")), tmp_path / "r.json")
    assert asked_by(record["command"]).voxel_size_nm is None


def test_the_record_is_complete(tmp_path: Path) -> None:
    record = run_record(material(project(tmp_path)), tmp_path / "r.json")
    assert record["recipe"]["outliers"]["p_cut"] == 0.01
    assert record["model"] == {"name": "default", "sha256": "cafe"}
    assert record["counts"]["accepted"] == 3
    told = record["exported"]
    assert told["edits"] == {"segment": 1, "move": 2, "accept": 1}
    assert (told["reviewed"], told["by_origin"]["manual"]) == (1, 1)
    assert {"numpy", "scipy"} <= set(told["libraries"])
    assert told["selection"] == "3 accepted go out (2 of them not yet checked)."


def test_the_methods_paragraph_speaks_of_the_vesicles_as_they_are_now(tmp_path: Path) -> None:
    text = methods_of(project(tmp_path))
    assert "p < 0.01" in text
    assert "3 vesicles remained, of radius 22.0 ± 2.0 nm" in text
    assert "2 vesicles were added, changed or checked by hand" in text
    assert "lines of 8 nm width" in text
    assert "active zone" not in methods_of(replace(project(tmp_path), regions=()))


def test_the_methods_paragraph_names_the_outlines_and_the_box_that_were_in_force(tmp_path: Path) -> None:
    now = project(tmp_path)
    ring = Contour(((1.0, 1.0, 1.0), (1.0, 9.0, 1.0), (1.0, 9.0, 9.0)))
    regions = (
        Region("terminal", RegionKind.CYTOPLASM, (ring,)),
        Region("ice", RegionKind.EXCLUDE, (ring,)),
        Region("not drawn", RegionKind.EXCLUDE),
    )
    job = {**now.run["job"], "box_px": [0, 5, 5, 10, 25, 35]}
    text = methods_of(replace(now, regions=regions, run={**now.run, "job": job}))
    assert "centred inside outlined regions (terminal)" in text
    assert "centred in ice were left out" in text
    assert "not drawn" not in text
    assert "a box of 30 × 20 × 10 voxels (x, y, z)" in text
    plain = methods_of(replace(now, regions=()))
    assert "centred" not in plain
    assert "box" not in plain


def test_the_methods_paragraph_says_which_improbable_vesicles_were_kept(tmp_path: Path) -> None:
    assert "an improbable vesicle was kept where" in methods_of(project(tmp_path))


def test_the_methods_paragraph_says_how_the_mid_plane_was_found_and_which_edge_radii_reach(
    tmp_path: Path,
) -> None:
    done = project(tmp_path)
    fitted = MembraneModel(MidPlaneRule.BILAYER, 12, 0.034, 2.5, 3.0)
    text = methods_of(replace(done, run={**done.run, "membranes": fitted.to_dict()}))
    assert "fitting two leaflets, blur and contrast transfer" in text
    assert "standard error of all radii together 0.03 nm" in text
    assert "2.25 nm outside its mid-plane" in text
    darkest = MembraneModel(vesicles=12)
    assert "darkest point" in methods_of(replace(done, run={**done.run, "membranes": darkest.to_dict()}))
    leaflet = Recipe.from_dict({"fit": {"edge_rule": "leaflet", "beyond_nm": 0.5}}).to_dict()
    assert "0.5 nm outside the middle of the outer leaflet" in methods_of(
        replace(done, run={**done.run, "recipe": leaflet})
    )


@pytest.mark.parametrize("odd", [None, [], "bilayer", {"rule": "none"}, {"vesicles": "many"}])
def test_a_record_of_membranes_that_cannot_be_read_is_none(tmp_path: Path, odd: object) -> None:
    done = project(tmp_path)
    text = methods_of(replace(done, run={**done.run, "membranes": odd}))
    assert "2.25 nm outside its mid-plane" in text


def test_without_an_automatic_part_it_says_so(tmp_path: Path) -> None:
    by_hand = replace(project(tmp_path), run={})
    assert "marked or imported by hand" in methods_of(by_hand)
    assert run_record(material(by_hand), tmp_path / "r.json")["command"] == ""


def test_overview_and_paragraph_lie_beside_it(tmp_path: Path) -> None:
    write_run_record(material(project(tmp_path)), tmp_path, tmp_path)
    assert (tmp_path / "synapse_overview.png").read_bytes().startswith(b"\x89PNG")
    assert "vesicles remained" in (tmp_path / "synapse_methods.txt").read_text(encoding="utf-8")
