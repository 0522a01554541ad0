"""The main job on volumes in which there is nothing to find: what surrounds the pipeline, in a second."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.workflow.jobs.messages import Event, Noted
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.inputs import read_inputs, variation
from cryoves_app.workflow.segment.job import measure_places, segment_job
from cryoves_app.workflow.segment.order import SegmentJob
from tests.formats.mrc_bytes import write_mrc_bytes

SHAPE = (60, 70, 80)
INFO = VolumeInfo(SHAPE, np.dtype(np.float32), 2.0)
BY_HAND = Vesicle(3, 60.0, 60.0, 60.0, 20.0, origin=Origin.MANUAL)
CELL = Region(
    "cell",
    RegionKind.CYTOPLASM,
    tuple(Contour(((z, 5.0, 5.0), (z, 5.0, 40.0), (z, 60.0, 40.0), (z, 60.0, 5.0))) for z in range(60)),
)
ZONE = Region("az", RegionKind.ACTIVE_ZONE, (Contour(((30.0, 5.0, 5.0), (30.0, 60.0, 5.0)), closed=False),))


@pytest.fixture
def job(tmp_path: Path) -> SegmentJob:
    """A tomogram of one grey value, with a cell outline and an active zone beside it."""
    path = write_mrc_bytes(tmp_path / "flat.mrc", np.full(SHAPE, 7, "f4"))
    write_model(tmp_path / "flat_cell.mod", model_of(INFO, (), [CELL]))
    write_model(tmp_path / "flat_az.mod", model_of(INFO, (), [ZONE]))
    return SegmentJob(str(path), str(tmp_path / "out" / "flat"))


def _project_with(job: SegmentJob, *vesicles: Vesicle) -> Path:
    path = Path(job.folder) / "flat.cryoves"
    with ProjectFile.open(path) as file:
        file.store(replace(file.load(), vesicles=VesicleSet.of(vesicles)))
    return path


def test_every_file_is_there_and_the_project_finds_its_tomogram(job: SegmentJob) -> None:
    events: list[Event] = []
    result = segment_job(job, JobContext(emit=events.append))
    names = sorted(Path(name).name for name in result.files)
    assert names == ["flat.cryoves", "labels.mrc", "overview.png", "run.json", "vesicles.csv", "vesicles.mod"]
    project = read_project(Path(job.folder) / "flat.cryoves")
    assert (Path(job.folder) / project.tomogram.relative_path).resolve() == Path(job.tomogram)
    assert project.tomogram.voxel_size_source == "header"
    record = json.loads((Path(job.folder) / "run.json").read_text(encoding="utf-8"))
    assert {**project.run, "created": ""} == {**record, "created": ""}
    assert events[-1] == Noted(result.notes[-1])
    assert result.notes[-1].kind is NoteKind.NO_VARIATION
    assert result.notes[-1].sentence in result.sentence


def test_regions_go_into_model_and_project(job: SegmentJob) -> None:
    wanted = replace(job, region="{dir}/{stem}_cell.mod", active_zone="{dir}/{stem}_az.mod")
    segment_job(wanted, JobContext())
    assert [r.kind for r in read_project(Path(job.folder) / "flat.cryoves").regions] == [
        RegionKind.CYTOPLASM,
        RegionKind.ACTIVE_ZONE,
    ]


def test_regions_drawn_in_the_window_are_those_of_a_file(job: SegmentJob) -> None:
    beside = read_inputs(replace(job, region="{dir}/{stem}_cell.mod", active_zone="{dir}/{stem}_az.mod"))
    drawn = read_inputs(replace(job, regions=(CELL, ZONE)))
    assert drawn.region is not None
    assert beside.region is not None
    assert drawn.active_zone is not None
    np.testing.assert_array_equal(drawn.region.mask, beside.region.mask)
    np.testing.assert_array_equal(drawn.network_mask, beside.network_mask)
    assert drawn.active_zone.mask.any()
    y, x = np.nonzero(drawn.network_mask[30])  # type: ignore[index]
    inner_y, inner_x = np.nonzero(drawn.region.mask[30])
    assert inner_x.max() + 15 == x.max()  # 1.5 radii of 20 nm
    assert (y.max(), inner_y.max()) == (69, 60)


def test_the_record_names_the_project_in_which_regions_were_drawn(job: SegmentJob) -> None:
    drawn = replace(job, regions=(CELL,), drawn_in="/data/flat.cryoves")
    assert "--region /data/flat.cryoves" in drawn.command_line()
    assert "--region" not in replace(drawn, regions=()).command_line()


def test_an_optional_region_may_be_missing(job: SegmentJob) -> None:
    wanted = replace(job, region="{dir}/nowhere.mod", optional_region=True)
    result = segment_job(wanted, JobContext())
    assert [(n.kind, "left out" in n.sentence) for n in result.notes[:1]] == [(NoteKind.INPUT, True)]


def test_place_is_measured_against_region_and_zone(job: SegmentJob) -> None:
    inputs = read_inputs(replace(job, region="{dir}/{stem}_cell.mod", active_zone="{dir}/{stem}_az.mod"))
    inside = Vesicle(1, 60.0, 60.0, 60.0, 20.0)
    outside = Vesicle(2, 60.0, 60.0, 130.0, 20.0)
    neighbour = Vesicle(3, 60.0, 60.0, 20.0, 10.0)
    first, second, third = measure_places(VesicleSet.of([inside, outside, neighbour]), inputs)
    assert (first.inside_region, second.inside_region, third.inside_region) == (True, False, True)
    assert (first.nn_distance_nm, second.nn_distance_nm) == (40.0, None)
    assert first.az_centre_nm is not None
    assert first.az_centre_nm == pytest.approx(46.0, abs=2.1)  # the line at 10 nm with its tube of 8 nm
    assert first.az_rim_nm == pytest.approx(first.az_centre_nm - 20.0)


def test_force_never_replaces_a_project_with_work_by_hand(job: SegmentJob) -> None:
    segment_job(job, JobContext())
    _project_with(job, BY_HAND)
    with pytest.raises(CryoVesError, match=r"work by hand \(1 vesicle\)"):
        segment_job(replace(job, force=True), JobContext())
    _project_with(job, replace(BY_HAND, origin=Origin.AUTO))
    segment_job(replace(job, force=True, keep_probability=True), JobContext())
    assert (Path(job.folder) / "probability.mrc").exists()
    segment_job(replace(job, force=True), JobContext())
    assert not (Path(job.folder) / "probability.mrc").exists()
    assert not len(read_project(Path(job.folder) / "flat.cryoves").vesicles)


def test_a_run_into_a_project_keeps_work_by_hand_and_can_be_undone(job: SegmentJob, tmp_path: Path) -> None:
    segment_job(job, JobContext())
    automatic = replace(BY_HAND, id=5, x_nm=110.0, origin=Origin.AUTO, status=Status.OUTLIER)
    project = _project_with(job, BY_HAND, automatic)
    events: list[Event] = []
    again = replace(job, folder=str(tmp_path / "second" / "flat"), into=str(project))
    result = segment_job(again, JobContext(emit=events.append))
    assert [v.id for v in read_project(project).vesicles] == [3]
    assert [v.id for v in read_vesicles(tmp_path / "second" / "flat" / "vesicles.csv")] == [3]
    assert not (tmp_path / "second" / "flat" / "flat.cryoves").exists()
    assert Noted(Note(NoteKind.MERGED, "Kept 1 by hand, 0 new, 1 gone.")) in events
    assert "1 vesicle found" in result.sentence
    with ProjectFile.open(project) as file:
        assert [a.kind for a in file.actions()] == ["segment"]


def test_a_project_of_another_tomogram_is_refused(job: SegmentJob, tmp_path: Path) -> None:
    segment_job(job, JobContext())
    other = write_mrc_bytes(tmp_path / "other.mrc", np.full((60, 70, 90), 7, "f4"))
    wrong = SegmentJob(str(other), str(tmp_path / "o"), into=str(Path(job.folder) / "flat.cryoves"))
    with pytest.raises(CryoVesError, match="another size"):
        segment_job(wrong, JobContext())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7, 7, 7], "constant"),
        ([7, np.nan, 8], "varied"),
        ([np.nan, np.inf, np.nan], "nothing"),
        ([np.nan, 7, 7], "constant"),
    ],
)
def test_volumes_without_variation_are_recognised(tmp_path: Path, values: list[float], expected: str) -> None:
    data = np.ones(SHAPE, "f4")
    for part, value in enumerate(values):
        data[20 * part : 20 * part + 20] = value
    volume = read_inputs(SegmentJob(str(write_mrc_bytes(tmp_path / "v.mrc", data)), "")).volume
    assert variation(volume) == expected


def test_a_finished_result_is_told_as_its_record_tells_it(job: SegmentJob) -> None:
    first = segment_job(job, JobContext())
    again = segment_job(replace(job, skip_done=True), JobContext())
    assert (again.skipped, again.counts, again.cost, again.files) == (
        True,
        first.counts,
        first.cost,
        first.files,
    )
    assert again.notes == tuple(Note(NoteKind.EARLIER, note.sentence) for note in first.notes)
    assert again.voxel_size_nm == first.voxel_size_nm == 2.0


@pytest.mark.parametrize("damage", ["{", "[]", '{"identity": 5}', '{"counts": "many"}'])
def test_a_record_that_cannot_be_read_is_no_finished_result(job: SegmentJob, damage: str) -> None:
    segment_job(job, JobContext())
    (Path(job.folder) / "run.json").write_text(damage)
    with pytest.raises(CryoVesError, match="move this one away"):
        segment_job(replace(job, skip_done=True), JobContext())


def test_a_voxel_size_in_nm_is_told_before_anything_is_computed(job: SegmentJob, tmp_path: Path) -> None:
    with pytest.raises(
        CryoVesError, match=r"12 nm thin, .* 10 times smaller than the file's 20 Å: was it given in nm"
    ):
        segment_job(replace(job, voxel_size_nm=0.2), JobContext())
    wide = write_mrc_bytes(tmp_path / "wide.mrc", np.full((220, 70, 220), 7, "f4"))
    notes: list[Note] = []
    listening = JobContext(emit=lambda event: notes.append(event.note) if isinstance(event, Noted) else None)
    segment_job(replace(job, tomogram=str(wide), folder=str(tmp_path / "wide"), voxel_size_nm=4.0), listening)
    assert "2 times larger than the file's 20 Å" in notes[0].sentence
    assert sum("2 times larger" in note.sentence for note in notes) == 1


def test_a_measured_defocus_beside_the_tomogram_is_taken_unless_the_recipe_has_one(job: SegmentJob) -> None:
    assert read_inputs(job).recipe == job.recipe
    beside = Path(job.tomogram).with_name("flat.defocus")
    beside.write_text("1 1 -60 -60 4900 2\n2 2 0 0 5100\n", encoding="utf-8")
    inputs = read_inputs(job)
    assert inputs.recipe == job.recipe.with_value("fit", "defocus_um", 5.0)
    (told,) = [note.sentence for note in inputs.notes if note.kind is NoteKind.DEFOCUS]
    assert told.startswith("The defocus of 5.00 µm (the median of 2 tilts) is from flat.defocus")
    own = job.recipe.with_value("fit", "defocus_um", 3.0)
    again = read_inputs(replace(job, recipe=own))
    assert again.recipe == own
    assert NoteKind.DEFOCUS not in [note.kind for note in again.notes]
    assert read_inputs(replace(job, recipe=BUILT_IN["paper"])).recipe == BUILT_IN["paper"]
    beside.write_text("no numbers here\n", encoding="utf-8")
    broken = read_inputs(job)
    assert broken.recipe == job.recipe
    assert "left out" in next(note.sentence for note in broken.notes if note.kind is NoteKind.DEFOCUS)
