"""Masks: pieces and outlines of a known probability, and a network that is taught and used in a worker process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.analysis.network_input.preprocess import NetworkGrid
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.formats.volume_file import load_labels
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.jobs.messages import Event, Noted
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.masks.bundled import TERMINAL_MODEL
from cryoves_app.workflow.masks.find import (
    dice_of,
    make_one_body,
    mask_job,
    number_pieces,
    planes_on,
    silence_strays,
)
from cryoves_app.workflow.masks.order import MaskOrder
from cryoves_app.workflow.quality.simulation import SimulationRequest, write_simulation
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.training.curves import draw_glimpse
from cryoves_app.workflow.training.data import read_dataset
from cryoves_app.workflow.training.order import MaskTruth, TrainJob
from tests.needs import needs_training

SHAPE, VOXEL_NM, LABEL = (56, 64, 64), 2.2, 3


def test_pieces_are_numbered_by_size_and_small_ones_left_out() -> None:
    mask = np.zeros((6, 12, 12), bool)
    mask[1, 1, 1] = True
    mask[1:3, 4:6, 4:6] = True
    mask[2:6, 8:12, 8:12] = True
    numbers = number_pieces(mask, 2)
    assert [int((numbers == n).sum()) for n in range(4)] == [mask.size - 8 - 64, 64, 8, 0]
    assert number_pieces(np.zeros((2, 2, 2), bool), 1).max() == 0


def test_a_coarse_ball_is_a_smooth_ball_on_the_tomogram() -> None:
    """On a grid of half the resolution; the edge lies where the probability is a half."""
    z, y, x = np.indices((12, 16, 16)) * 4.4
    away = np.sqrt((z - 24.0) ** 2 + (y - 33.0) ** 2 + (x - 31.0) ** 2)
    probability = np.clip(0.5 + (18.0 - away) / 20, 0, 1).astype(np.float32)
    info = VolumeInfo((24, 32, 32), np.dtype(np.float32), 2.2)
    volume = Volume(info, np.zeros(info.shape, np.float32))
    pieces = number_pieces(probability >= 0.5, 1)
    found = np.stack(list(planes_on(volume, NetworkGrid((12, 16, 16), 4.4), probability, pieces, 0.5)))
    z, y, x = np.indices(info.shape) * 2.2
    true = np.sqrt((z - 24.0) ** 2 + (y - 33.0) ** 2 + (x - 31.0) ** 2) <= 18.0
    assert dice_of(found > 0, true) > 0.97
    assert set(np.unique(found)) == {0, 1}


def test_a_cell_is_one_body_without_pockets() -> None:
    probability = np.full((6, 20, 20), 0.9, np.float32)
    probability[:, :, 14:] = 0.1  # the outside
    probability[2, 4:6, 4:6] = 0.2  # something in it
    probability[:, 0, :2] = 0.3  # the same at a face
    probability[3, 10, 18] = 0.8  # a piece out there
    make_one_body(probability, 0.5, 50)
    inside = probability >= 0.5
    assert inside[:, :, :14].all()
    assert not inside[:, :, 14:].any()


def test_what_is_not_joined_to_the_largest_piece_knows_nothing() -> None:
    probability = np.full((2, 8, 8), 0.1, np.float32)
    probability[:, :4], probability[:, 6] = 0.9, 0.8
    silence_strays(probability, 0.5)
    assert probability[0, :, 0].tolist() == pytest.approx([0.9] * 4 + [0.1, 0.1, 0.5, 0.1])
    nothing = np.zeros((2, 3, 3), np.float32)
    silence_strays(nothing, 0.5)
    assert not nothing.any()


def test_the_bundled_model_outlines_a_terminal(tmp_path: Path) -> None:
    """A simulated one of the test grid's kind, which no network has learned from."""
    request = SimulationRequest(
        "terminal", 830_004, shape=(48, 110, 110), voxel_size_nm=4.0, n_vesicles=60, masks=True
    )
    files, _ = write_simulation(request, tmp_path, "t", Progress())
    size, digest = fingerprint(files.tomogram)
    reference = TomogramReference("t.mrc", str(files.tomogram), size, digest, (48, 110, 110), 4.0)
    drawn = Region(
        "cytoplasm", RegionKind.CYTOPLASM, (Contour(((0.0, 1.0, 1.0), (0.0, 9.0, 1.0), (0.0, 9.0, 9.0))),)
    )
    project = tmp_path / "t.cryoves"
    ProjectFile.create(project, Project(reference, regions=(drawn,))).close()
    order = MaskOrder(
        str(files.tomogram),
        "",
        TERMINAL_MODEL,
        4.0,
        every=4,
        into=str(project),
        truth=str(files.masks[0]),
        threads=1,
    )
    with WorkerProcess(1) as worker:
        found = worker.run(order)
    assert found.pieces == 1
    assert found.dice is not None
    assert found.dice > 0.95
    before, outline = read_project(project).regions
    assert before == drawn  # what a person drew stays
    assert (outline.name, outline.kind, outline.interpolate) == ("cytoplasm 2", RegionKind.CYTOPLASM, True)
    assert (outline.drawn_slices[0], outline.drawn_slices[-1]) == (0, 47)
    truth = np.asarray(load_labels(files.masks[0], (48, 110, 110))[0]) > 0
    assert dice_of(rasterise(outline, (48, 110, 110), 4.0) > 0, truth) > 0.95
    assert all(len(contour.points_px) < 80 for contour in outline.contours)


def test_outlines_of_a_large_tomogram_that_the_network_alone_draws_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = SimulationRequest("terminal", 830_004, shape=(32, 80, 80), voxel_size_nm=4.0, n_vesicles=5)
    files, _ = write_simulation(request, tmp_path, "t", Progress())
    told: list[NoteKind] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            told.append(event.note.kind)

    def find(folder: str) -> None:
        order = MaskOrder(str(files.tomogram), str(tmp_path / folder), TERMINAL_MODEL, 4.0, threads=1)
        mask_job(order, JobContext(emit=listen))

    find("small")
    assert told == []
    monkeypatch.setattr("cryoves_app.workflow.masks.find._MOST_VOTERS", 1000)
    find("large")
    assert told == [NoteKind.MEMBRANES]


def test_dice_of_masks() -> None:
    a, b = np.zeros((2, 2, 2), bool), np.zeros((2, 2, 2), bool)
    assert dice_of(a, b) == 1.0
    a[0] = True
    assert dice_of(a, b) == 0.0
    b[0, 0] = True
    assert dice_of(a, b) == pytest.approx(2 * 2 / 6)


def bright_slab(folder: Path, name: str, seed: int) -> Path:
    """A dark slab in noise, and its label among others."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    grey = rng.normal(0, 1, SHAPE).astype(np.float32)
    labels = np.zeros(SHAPE, np.uint16)
    first = int(rng.integers(16, 30))
    labels[:, first : first + 16] = LABEL
    labels[:, :4] = 1
    grey[labels == LABEL] -= 4
    write_map(folder / f"{name}.mrc", grey, VolumeInfo(SHAPE, grey.dtype, VOXEL_NM))
    write_mrc_labels(folder / f"{name}_regions.mrc", labels, VolumeInfo(SHAPE, labels.dtype, VOXEL_NM))
    return folder / f"{name}.mrc"


@needs_training
def test_a_mask_is_learned_found_and_becomes_an_editable_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    for seed in range(3):
        bright_slab(tmp_path / "set", f"t{seed}", seed)
    new = bright_slab(tmp_path / "new", "new", 9)
    size, digest = fingerprint(new)
    reference = TomogramReference("new.mrc", str(new), size, digest, SHAPE, VOXEL_NM)
    project = tmp_path / "new" / "new.cryoves"
    ProjectFile.create(project, Project(reference)).close()
    model, truth = tmp_path / "model", tmp_path / "new" / "new_regions.mrc"
    teach = TrainJob(
        str(tmp_path / "set"),
        str(model),
        filters=4,
        epochs=7,
        patches=40,
        patch_px=32,
        learning_rate=1e-2,
        hold_out=0.3,
        threads=1,
        learns="mask",
        label=LABEL,
    )
    find = MaskOrder(
        str(new),
        str(tmp_path / "out"),
        str(model),
        every=4,
        smallest_nm3=50_000.0,
        into=str(project),
        truth=str(truth),
        truth_label=LABEL,
        threads=1,
    )
    with WorkerProcess(1) as worker:
        trained = worker.run(teach)
        found = worker.run(find)
        with pytest.raises(CryoVesError, match="finds regions, not vesicles"):
            worker.run(SegmentJob(str(new), str(tmp_path / "segmented"), model=str(model)))
        with pytest.raises(CryoVesError, match="exists already"):
            worker.run(find)
    assert set(trained.scores) == {"loss", "dice"}
    assert load_model(model).finds_regions
    assert found.dice is not None
    assert found.dice > 0.7
    labels, _ = load_labels(found.labels, SHAPE)
    assert int(labels.max()) == found.pieces
    assert len(read_model(Path(found.regions)).objects) == 1
    (region,) = read_project(project).regions
    assert region.drawn_slices == [*range(0, SHAPE[0], 4), SHAPE[0] - 1]
    drawn = rasterise(region, SHAPE, VOXEL_NM)
    assert dice_of(drawn > 0, labels > 0) > 0.9


def test_masks_are_learned_by_their_name(tmp_path: Path) -> None:
    """Beside a tomogram lie several; none of them is a tomogram itself."""
    tomogram = bright_slab(tmp_path / "set", "t", 1)
    regions = tomogram.with_name("t_regions.mrc")
    labels = np.asarray(load_labels(regions, SHAPE)[0])
    info = VolumeInfo(SHAPE, labels.dtype, VOXEL_NM)
    write_mrc_labels(tomogram.with_name("t_inside.mrc"), (labels == 1).astype(np.uint16), info)
    data = read_dataset(
        tmp_path / "set", tmp_path / "cache", 2 * VOXEL_NM, 0.0, Progress(), MaskTruth(1, "inside")
    )
    (scan,) = data.learned
    assert scan.volume.shape == (28, 32, 32)
    assert int(scan.target.sum()) == 28 * 2 * 32
    with pytest.raises(CryoVesError, match=r"NAME\.mrc and NAME_membrane\.mrc"):
        read_dataset(tmp_path / "set", tmp_path / "cache", 4.4, 0.0, Progress(), MaskTruth(1, "membrane"))


def test_a_picture_of_white_voxels_is_drawn(tmp_path: Path) -> None:
    """Shares of colours are rounded to a little more than one."""
    white = np.full((40, 40), 3.0, np.float32)
    shares = np.linspace(0, 1e-7, 1600, dtype=np.float32).reshape(40, 40)
    draw_glimpse(tmp_path / "glimpse.png", white, shares)
    assert (tmp_path / "glimpse.png").stat().st_size > 0


@needs_training
def test_vesicles_teach_no_mask(tmp_path: Path) -> None:
    tomogram = bright_slab(tmp_path / "set", "t", 1)
    (tomogram.parent / "t_regions.mrc").rename(tomogram.parent / "t.csv")
    with WorkerProcess(1) as worker, pytest.raises(CryoVesError, match=r"is empty.*NAME_regions\.mrc"):
        worker.run(TrainJob(str(tmp_path / "set"), str(tmp_path / "m"), learns="mask", hold_out=0.0))
    assert not (tmp_path / "m.training").exists()
