"""Vesicles into a copick project, beside what lies there; found by the library where it is at hand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.copick.picks import read_picks
from cryoves_app.formats.copick.project import read_copick_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.workflow.common.copick_names import copick_tomograms
from cryoves_app.workflow.export.export import export_material
from cryoves_app.workflow.export.export_material import ExportOptions, Material, material_of
from tests.formats.copick_projects import make_project
from tests.formats.zarr_images import grey, write_image

#: A Python that has the library copick, which cannot live in one environment with Zarr 3.
COPICK_PYTHON = os.environ.get("CRYOVES_COPICK_PYTHON", "")
VESICLES = [Vesicle(70, 15.0, 20.0, 25.0, 9.0), Vesicle(300, 15.0, 40.0, 50.0, 8.0)]


def material(config: Path, tomogram: Path | None = None) -> Material:
    path = tomogram or read_copick_project(config).tomograms("TS_001")[0].path
    volume = open_volume(path, 1.469)
    now = Project(reference_to(volume, None), vesicles=VesicleSet.of(VESICLES))
    return material_of(now, volume, "wbp", ExportOptions(copick=str(config)))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_picks_instances_and_mask_lie_beside_what_others_have(tmp_path: Path) -> None:
    config = make_project(tmp_path / "p")
    theirs = tmp_path / "p" / "overlay" / "ExperimentRuns" / "TS_001" / "Picks"
    theirs.mkdir(parents=True)
    (theirs / "ada_s1_vesicle.json").write_text(json.dumps({"points": []}))
    before = contents(tmp_path / "p")
    result = export_material(material(config), tmp_path / "out", ["copick"], force=False)
    after = contents(tmp_path / "p")
    assert before.items() <= after.items()
    run = theirs.parent
    picks = run / "Picks" / "cryoves_1_vesicle.json"
    assert str(picks) in result.files
    found = read_picks(picks, 200.0)
    assert [(p.id, p.radius_nm) for p in found] == [(70, pytest.approx(9.0)), (300, pytest.approx(8.0))]
    stem = "14.690_cryoves_1_vesicle.zarr"
    instances = np.asarray(open_volume(run / "InstanceSegmentations" / stem, 1.469).data)
    assert sorted(np.unique(instances)) == [0, 70, 300]
    mask, _ = load_labels(run / "Segmentations" / stem)
    assert np.array_equal(mask, instances > 0)


def test_a_second_time_is_another_session(tmp_path: Path) -> None:
    config = make_project(tmp_path / "p")
    for number in (1, 2):
        export_material(material(config), tmp_path / f"out{number}", ["copick"], force=False)
    picks = tmp_path / "p" / "overlay" / "ExperimentRuns" / "TS_001" / "Picks"
    assert sorted(p.name for p in picks.iterdir()) == ["cryoves_1_vesicle.json", "cryoves_2_vesicle.json"]


def test_a_tomogram_beside_the_project_is_known_by_its_name(tmp_path: Path) -> None:
    config = make_project(tmp_path / "p")
    path = write_image(tmp_path / "TS_002_Vol.zarr", grey(), version=2)
    export_material(material(config, path), tmp_path / "out", ["copick"], force=False)
    assert (tmp_path / "p/overlay/ExperimentRuns/TS_002/Picks/cryoves_1_vesicle.json").is_file()


def test_without_a_project_or_a_run_nothing_is_written(tmp_path: Path) -> None:
    config = make_project(tmp_path / "p")
    path = write_image(tmp_path / "other.zarr", grey(), version=2)
    before = contents(tmp_path)
    with pytest.raises(CryoVesError, match="has no run that is called as the tomogram"):
        export_material(material(config, path), tmp_path / "out", ["copick"], force=False)
    there = material(config)
    with pytest.raises(CryoVesError, match="--copick"):
        export_material(
            material_of(there.project, there.volume, "wbp"), tmp_path / "out", ["copick"], force=False
        )
    assert contents(tmp_path) == before


def test_runs_are_named_on_the_command_line(tmp_path: Path) -> None:
    config = make_project(tmp_path / "p")
    place = tmp_path / "p" / "static" / "ExperimentRuns" / "TS_001" / "VoxelSpacing7.345"
    write_image(place / "wbp.zarr", grey(), version=2)
    assert copick_tomograms(str(tmp_path / "a.mrc")) is None
    assert copick_tomograms(str(config)) is None
    best = copick_tomograms(f"{config}:TS_*")
    assert best is not None
    assert [(t.run, t.voxel_angstrom) for t in best] == [("TS_001", 14.69), ("TS_002", 14.69)]
    fine = copick_tomograms(f"{config}:TS_001:7.345:wbp")
    assert fine is not None
    assert fine[0].voxel_angstrom == 7.345
    write_image(place.with_name("VoxelSpacing14.690") / "denoised.zarr", grey(), version=2)
    with pytest.raises(CryoVesError, match=r"several tomograms that fit.*14.69:denoised; 14.69:wbp"):
        copick_tomograms(f"{config}:TS_001")
    with pytest.raises(CryoVesError, match=r"no run “X”; its runs: TS_001, TS_002"):
        copick_tomograms(f"{config}:X")
    with pytest.raises(CryoVesError, match="no such tomogram"):
        copick_tomograms(f"{config}:TS_001:5")


_MADE_BY_COPICK = """
import json, sys
from pathlib import Path
import numpy as np, copick
from copick.models import CopickLocation, CopickPoint
folder = Path(sys.argv[1])
config = dict(name="t", description="", version="1.0.0", config_type="filesystem", user_id="ada", session_id="0",
    pickable_objects=[dict(name="vesicle", is_particle=True, label=1, radius=200, identifier="GO:0008021")],
    overlay_root=f"local://{folder}/o", overlay_fs_args=dict(auto_mkdir=True))
(folder / "copick.json").write_text(json.dumps(config))
run = copick.from_file(str(folder / "copick.json")).new_run("TS_001")
rng = np.random.default_rng(1)
run.new_voxel_spacing(14.69).new_tomogram("wbp").from_numpy(rng.normal(size=(20, 40, 50)).astype("f4"))
picks = run.new_picks("vesicle", "s1", "ada")
picks.points = [CopickPoint(location=CopickLocation(x=250, y=200, z=150), instance_id=3, score=0.5)]
picks.store()
"""
_FOUND_BY_COPICK = """
import json, sys
import numpy as np, copick
run = copick.from_file(sys.argv[1]).get_run("TS_001")
(picks,) = run.get_picks("vesicle", user_id="cryoves")
points = [[p.location.z, p.location.y, p.location.x, p.instance_id, p.transformation[0, 0]] for p in picks.points]
(mask,) = run.get_segmentations(user_id="cryoves", name="vesicle", voxel_size=14.69)
(instances,) = run.get_segmentations(user_id="cryoves", name="vesicle", voxel_size=14.69, is_instance=True)
theirs = [len(p.points) for p in run.get_picks("vesicle", user_id="ada")]
print(json.dumps([points, np.unique(mask.numpy()).tolist(), np.unique(instances.numpy()).tolist(), theirs]))
"""


@pytest.mark.skipif(
    not COPICK_PYTHON, reason="no Python with the library copick is named (CRYOVES_COPICK_PYTHON)"
)
def test_a_project_of_the_library_is_read_and_the_library_finds_what_was_added(tmp_path: Path) -> None:
    subprocess.run([COPICK_PYTHON, "-c", _MADE_BY_COPICK, tmp_path], check=True, timeout=120)
    config = tmp_path / "copick.json"
    (made,) = read_copick_project(config).tomograms("TS_001")
    theirs = read_picks(tmp_path / "o/ExperimentRuns/TS_001/Picks/ada_s1_vesicle.json", 200.0)
    assert [(p.id, p.centre_nm, p.radius_nm, p.score) for p in theirs] == [(3, (15.0, 20.0, 25.0), 20.0, 0.5)]
    export_material(material(config, made.path), tmp_path / "out", ["copick"], force=False)
    done = subprocess.run(
        [COPICK_PYTHON, "-c", _FOUND_BY_COPICK, config],
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    points, mask, instances, others = json.loads(done.stdout)
    assert points == [
        [pytest.approx(150), pytest.approx(200), pytest.approx(250), 70, pytest.approx(0.45)],
        [pytest.approx(150), pytest.approx(400), pytest.approx(500), 300, pytest.approx(0.4)],
    ]
    assert (mask, instances, others) == ([0, 1], [0, 70, 300], [1])
