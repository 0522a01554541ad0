"""Runs that are limited to a box read and compute the box and its surroundings only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.domain.box import Box
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap, Volume, VolumeInfo
from cryoves_app.formats.file_array import FileArray
from cryoves_app.formats.mrc import write_map, write_tomogram
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.jobs.messages import Event, SpheresFound
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.estimate import estimate
from cryoves_app.workflow.segment.inputs import Inputs, read_inputs
from cryoves_app.workflow.segment.job import segment
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.part import TomogramPart
from cryoves_app.workflow.segment.results import PROBABILITY, Segmentation, write_probability
from tests.phantoms import Phantom, phantom

VOXEL_NM = 2.2


@pytest.fixture(scope="module")
def wide() -> Phantom:
    """Sixteen vesicles in two rows along x."""
    balls = [(70.0, 80.0 + 70 * row, 60.0 + 90 * k, 18.0 + k % 3) for row in range(2) for k in range(8)]
    return phantom(balls, (64, 104, 340))


@pytest.fixture(scope="module")
def stored(wide: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("part") / "wide.mrc"
    write_tomogram(path, np.asarray(wide.volume.data, np.float32), wide.volume.info)
    return path


def inputs_of(path: Path) -> Inputs:
    return Inputs(open_volume(path), load_model("default"), Recipe())


def found_in(job: SegmentJob, cache: Path) -> tuple[Segmentation, list[Event]]:
    events: list[Event] = []
    return segment(job, read_inputs(job), cache, JobContext(Progress(), events.append)), events


def test_a_box_gives_the_vesicles_that_the_whole_gives_there(
    wide: Phantom, stored: Path, tmp_path: Path
) -> None:
    job = SegmentJob(str(stored), "out", Recipe(), threads=1)
    box = Box((0, 0, 150), (64, 104, 250))
    part, events = found_in(replace(job, box_px=tuple(box.numbers)), tmp_path / "part")
    truth = [s for s in wide.truth if box.contains(s.to_px(VOXEL_NM)[:3])]
    found = [v for v in part.vesicles if v.status is Status.ACCEPTED]
    assert len(found) == len(truth) == 6
    for true in truth:
        nearest = min(found, key=lambda v: v.sphere.distance_nm(true))
        assert nearest.sphere.distance_nm(true) < 0.6
        assert abs(nearest.radius_nm - true.radius_nm) < 0.6
    assert part.map is not None
    assert part.map.corner_nm[2] > 0
    values = np.load(part.map.path)
    assert values.shape[2] < 300  # of 340
    told = [s for event in events if isinstance(event, SpheresFound) for s in event.spheres]
    assert all(min(s.distance_nm(t) for s in told) < 5 for t in truth)
    write_probability(tmp_path, part)
    on_tomogram = open_volume(tmp_path / PROBABILITY)
    for true in truth:
        z, y, x, _ = (round(c) for c in true.to_px(VOXEL_NM))
        assert on_tomogram.data[z, y, x] > 0.9
    assert not np.asarray(on_tomogram.data[:, :, :60]).any()


def test_only_the_part_is_read(stored: Path) -> None:
    part = TomogramPart.of(inputs_of(stored), Box((10, 20, 300), (30, 40, 330)))
    assert isinstance(part.volume.data, FileArray)
    x = 300 - 19 - 2 * (2 * 16 + 8)  # two radii, and the context (in blocks) with a rim on the coarser grid
    assert part.corner_px == (0, 0, x)
    assert part.volume.info.corner_px == part.corner_px
    whole = open_volume(stored).data
    np.testing.assert_array_equal(part.volume.data[3], whole[3][:, x:])
    assert part.mask is not None
    assert part.mask.shape == part.volume.shape
    lit = np.argwhere(part.mask) + part.corner_px
    np.testing.assert_array_equal(lit.min(axis=0), [0, 1, 281])
    np.testing.assert_array_equal(lit.max(axis=0), [48, 58, 339])


def test_without_a_box_all_is_given(stored: Path) -> None:
    inputs = inputs_of(stored)
    part = TomogramPart.of(inputs, None)
    assert part.volume is inputs.volume
    assert (part.mask, part.corner_px) == (None, (0, 0, 0))


def test_a_region_is_cut_to_the_part(stored: Path) -> None:
    class WithMask(Inputs):
        network_mask = RunMask.of_array(np.arange(340) >= np.full((64, 104, 1), 310))

    inputs = WithMask(open_volume(stored), load_model("default"), Recipe(), open_volume(stored))
    part = TomogramPart.of(inputs, Box((10, 20, 300), (30, 40, 330)))
    assert part.mask is not None
    assert part.fit_volume is not None
    assert part.fit_volume.shape == part.volume.shape
    np.testing.assert_array_equal(
        np.flatnonzero(np.asarray(part.mask).any(axis=(0, 1))) + part.corner_px[2], range(310, 340)
    )


def test_results_of_a_part_lie_in_the_tomogram() -> None:
    volume = Volume(VolumeInfo((5, 5, 5), np.dtype("f4"), 2.0), np.zeros((5, 5, 5), np.float32))
    part = TomogramPart(volume, None, None, (10, 20, 30))
    sphere = Sphere(1.0, 2.0, 3.0, 20.0)
    assert part.moved_spheres([sphere]) == [Sphere(21.0, 42.0, 63.0, 20.0)]
    (vesicle,) = part.moved_vesicles(VesicleSet.of([Vesicle(7, 1.0, 2.0, 3.0, 20.0, p_value=0.5)]))
    assert (vesicle.id, vesicle.sphere, vesicle.p_value) == (7, Sphere(21.0, 42.0, 63.0, 20.0), 0.5)
    report = StepReport("network", map=NetworkMap("m.npy", 2.2))
    assert part.moved_step(report).map == NetworkMap("m.npy", 2.2, (20.0, 40.0, 60.0))
    assert part.moved_step(StepReport("fit")).map is None


def test_what_a_box_needs_does_not_grow_with_the_tomogram() -> None:
    small = estimate((300, 512, 512), 2.2, Recipe(), box_shape=(64, 128, 128))
    large = estimate((1024, 1024, 1024), 2.2, Recipe(), box_shape=(64, 128, 128))
    assert small.memory_bytes == large.memory_bytes < 1.4e9
    whole = estimate((1024, 1024, 1024), 2.2, Recipe())
    assert whole.memory_bytes >= large.memory_bytes
    assert whole.seconds > 20 * large.seconds


def test_what_a_tomogram_needs_hardly_grows_with_it() -> None:
    """Measured: 0.52 GB for 261×512×512 voxels, 0.64 GB for sixteen times as many."""
    few, many = (estimate((261, n, n), 1.469, Recipe(), relative_work=0.16).memory_bytes for n in (512, 2048))
    assert 0.52e9 < few < 0.9e9
    assert 0.64e9 < many < 0.9e9


def test_maps_know_where_they_lie() -> None:
    found = GridMap(np.zeros((10, 20, 30), np.float32), 4.0, (8.0, 0.0, 100.0))
    assert found.corner_in(2.0) == (4.0, 0.0, 50.0)
    assert [found.index_at(0, nm) for nm in (5.0, 8.0, 13.0, 44.0, 48.0, 52.0)] == [None, 0, 1, 9, 9, None]
    assert found.index_at(2, 100.0) == 0


def test_a_map_is_laid_on_the_tomogram(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    write_map(
        tmp_path / "t.mrc", np.zeros((12, 20, 24), np.float32), VolumeInfo((12, 20, 24), np.dtype("f4"), 2.0)
    )
    np.save(tmp_path / "m.npy", values)
    volume = open_volume(tmp_path / "t.mrc", 2.0)
    part = Segmentation(volume, VesicleSet(), map=NetworkMap(str(tmp_path / "m.npy"), 4.0, (4.0, 8.0, 12.0)))
    write_probability(tmp_path, part)
    found = np.asarray(open_volume(tmp_path / PROBABILITY, 2.0).data)
    np.testing.assert_array_equal(found[2:10:2, 4:14:2, 6:18:2], values)
    assert found[3, 4, 6] == values[:2, 0, 0].mean()
    found[2:10, 4:14, 6:18] = 0
    assert not found.any()
