from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.dataset import UNKNOWN_TARGET, Scan
from cryoves_app.network.weights import random_weights
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.training.curves import draw_curves, write_history
from cryoves_app.workflow.training.data import find_pairs, read_dataset
from cryoves_app.workflow.training.job import _patch_settings, train_job
from cryoves_app.workflow.training.order import TrainJob
from cryoves_app.workflow.training.scores import HeldOutScores, _central, object_f1
from tests.needs import needs_training
from tests.storage.processes import kill, left_alone

SHAPE = (56, 64, 60)
VOXEL_NM = 2.2


def _tomogram(folder: Path, name: str, shape: tuple[int, int, int] = SHAPE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    write_map(folder / f"{name}.mrc", values, VolumeInfo(shape, values.dtype, VOXEL_NM))


def _truth(folder: Path, name: str) -> None:
    write_vesicles(folder / f"{name}_truth.csv", [Vesicle(1, 44.0, 55.0, 33.0, 20.0)], VOXEL_NM)


def _labels(
    folder: Path,
    name: str,
    shape: tuple[int, int, int] = SHAPE,
    voxel_nm: float = VOXEL_NM,
    filled: bool = True,
) -> None:
    labels = np.zeros(shape, np.uint16)
    if filled:
        grid = np.indices(shape)
        labels[sum((g - c) ** 2 for g, c in zip(grid, (20, 25, 15), strict=True)) <= (20 / 2.2) ** 2] = 1
    write_mrc_labels(folder / f"{name}_labels.mrc", labels, VolumeInfo(shape, labels.dtype, voxel_nm))


def _run(dataset: Path, output: Path) -> None:
    train_job(TrainJob(str(dataset), str(output), hold_out=0.0), JobContext())


def test_tomograms_are_paired_with_their_truth(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        _tomogram(tmp_path, name)
    _truth(tmp_path, "a")
    _labels(tmp_path, "b")
    found = [(p.tomogram.name, p.truth.name) for p in find_pairs(tmp_path)]
    assert found == [("a.mrc", "a_truth.csv"), ("b.mrc", "b_labels.mrc")]


@pytest.mark.parametrize("name", ["a.ali", "a.nad", "a.st", "a", "a.REC"])
def test_a_tomogram_under_any_of_its_endings_has_its_truth(tmp_path: Path, name: str) -> None:
    _tomogram(tmp_path, "a")
    (tmp_path / "a.mrc").rename(tmp_path / name)
    _truth(tmp_path, "a")
    (tmp_path / "a.json").write_text("{}")
    assert [(p.tomogram.name, p.truth.name) for p in find_pairs(tmp_path)] == [(name, "a_truth.csv")]


def test_projects_lead_to_their_tomograms(tmp_path: Path) -> None:
    _tomogram(tmp_path / "scans", "a")
    folder = tmp_path / "curated"
    folder.mkdir()
    size, digest = fingerprint(tmp_path / "scans" / "a.mrc")
    reference = TomogramReference("../scans/a.mrc", "/gone/a.mrc", size, digest, SHAPE, VOXEL_NM)
    ProjectFile.create(folder / "checked.cryoves", Project(reference)).close()
    (pair,) = find_pairs(folder)
    assert pair.tomogram.samefile(tmp_path / "scans" / "a.mrc")
    assert pair.truth == folder / "checked.cryoves"
    (tmp_path / "scans" / "a.mrc").unlink()
    with pytest.raises(CryoVesError, match=r"is not there any more.*checked\.cryoves"):
        find_pairs(folder)


def test_tomograms_of_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    """Programs like to call them all 3d/tomo.mrc."""
    (tmp_path / "curated").mkdir()
    for seed, name in enumerate(("first", "second")):
        tomogram = tmp_path / name / "3d" / "tomo.mrc"
        tomogram.parent.mkdir(parents=True)
        values = np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)
        write_map(tomogram, values, VolumeInfo(SHAPE, values.dtype, VOXEL_NM))
        size, digest = fingerprint(tomogram)
        reference = TomogramReference("", str(tomogram), size, digest, SHAPE, VOXEL_NM)
        ProjectFile.create(tmp_path / "curated" / f"{name}.cryoves", Project(reference)).close()
    data = read_dataset(tmp_path / "curated", tmp_path / "cache", VOXEL_NM, 0.0, Progress())
    first, second = (np.asarray(scan.volume, float).ravel() for scan in data.learned)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_labels_and_table_give_the_same_scan(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _tomogram(tmp_path, name)
    _truth(tmp_path, "a")
    _labels(tmp_path, "b")
    data = read_dataset(tmp_path, tmp_path / "cache", VOXEL_NM, 0.5, Progress())
    (table,), (labels,) = data.learned, data.held_out
    assert np.array_equal(table.volume, labels.volume)
    assert abs(float(np.mean(table.volume, dtype=float))) < 1e-2
    assert np.count_nonzero(table.target != labels.target) < 0.2 * np.count_nonzero(table.target)
    assert labels.spheres_px == pytest.approx(table.spheres_px, abs=0.2)


def test_a_dataset_on_another_grid_is_brought_onto_the_networks(tmp_path: Path) -> None:
    _tomogram(tmp_path, "a")
    _truth(tmp_path, "a")
    (scan,) = read_dataset(tmp_path, tmp_path / "cache", 2 * VOXEL_NM, 0.0, Progress()).learned
    assert scan.volume.shape == scan.target.shape == (28, 32, 30)
    assert scan.spheres_px == pytest.approx(np.array([[10, 12.5, 7.5, 20 / 4.4]]))
    inside = 4 / 3 * np.pi * ((20 - 2.25) / 4.4) ** 3
    assert np.count_nonzero(scan.target) == pytest.approx(inside, rel=0.1)


def test_the_validation_folder_is_held_out(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "validation"):
        _tomogram(folder, "a")
        _truth(folder, "a")
    data = read_dataset(tmp_path, tmp_path / "cache", VOXEL_NM, 0.1, Progress())
    assert (len(data.learned), len(data.held_out)) == (1, 1)


def _nothing(folder: Path) -> None:
    folder.mkdir()


def _no_truth(folder: Path) -> None:
    _tomogram(folder, "a")


def _other_shape(folder: Path) -> None:
    _tomogram(folder, "a")
    _labels(folder, "a", (56, 64, 56))


def _other_voxel(folder: Path) -> None:
    _tomogram(folder, "a")
    _labels(folder, "a", voxel_nm=3.3)


def _unknown_voxel(folder: Path) -> None:
    folder.mkdir()
    values = np.zeros(SHAPE, np.float32)
    write_map(folder / "a.mrc", values, VolumeInfo(SHAPE, values.dtype, None))
    _truth(folder, "a")


def _background(folder: Path) -> None:
    _tomogram(folder, "a")
    _labels(folder, "a", filled=False)


@needs_training
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_nothing, "empty"),
        (_no_truth, "empty"),
        (_other_shape, "shape 56 × 64 × 56"),
        (_other_voxel, r"voxel sizes differ: 33.00 Å"),
        (_unknown_voxel, r"a\.mrc does not say its voxel size"),
        (_background, "background"),
    ],
)
def test_a_bad_dataset_is_told_in_one_sentence(tmp_path: Path, make, sentence: str) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "data")
    with pytest.raises(CryoVesError, match=sentence) as failure:
        _run(tmp_path / "data", tmp_path / "model")
    assert "\n" not in str(failure.value)
    assert not (tmp_path / "model").exists()


@needs_training
def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(CryoVesError, match="exists already"):
        _run(tmp_path, tmp_path / "model")


def _square(name: str, kind: RegionKind, low: float, high: float) -> Region:
    corners = ((low, low), (low, high), (high, high), (high, low))
    rings = (Contour(tuple((float(z), y, x) for y, x in corners)) for z in range(SHAPE[0]))
    return Region(name, kind, tuple(rings))


def test_a_curated_project_teaches_only_what_its_people_know(tmp_path: Path) -> None:
    """The header states no voxel size; the project does. Places in nm: voxels times 2.2."""
    values = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    write_map(tmp_path / "a.mrc", values, VolumeInfo(SHAPE, values.dtype, None))
    at = {
        "accepted": (20, 20, 20),
        "outlier": (36, 20, 20),
        "rejected": (20, 36, 36),
        "outside": (20, 52, 20),
    }
    found = [
        Vesicle(
            number,
            *(c * VOXEL_NM for c in place),
            15.0,
            status=Status(name) if name != "outside" else Status.ACCEPTED,
            inside_region=name != "outside",
        )
        for number, (name, place) in enumerate(at.items(), 1)
    ]
    regions = (
        _square("cell", RegionKind.CYTOPLASM, 2, 45),
        _square("ice", RegionKind.EXCLUDE, 2, 6),
    )
    reference = TomogramReference("a.mrc", str(tmp_path / "a.mrc"), 1, "ab", SHAPE, VOXEL_NM, "user")
    project = Project(reference, vesicles=VesicleSet.of(found), regions=regions)
    ProjectFile.create(tmp_path / "a.cryoves", project).close()
    (scan,) = read_dataset(tmp_path, tmp_path / "cache", VOXEL_NM, 0.0, Progress()).learned
    assert [int(scan.target[place]) for place in at.values()] == [1, UNKNOWN_TARGET, 0, UNKNOWN_TARGET]
    assert scan.target[20, 4, 4] == UNKNOWN_TARGET  # the ice
    assert scan.target[20, 50, 50] == UNKNOWN_TARGET  # outside the cell
    assert scan.target[5, 10, 30] == 0
    assert len(scan.spheres_px) == 1


def test_nothing_is_scored_where_nothing_is_known() -> None:
    weights = random_weights(Architecture(filters=4), 1)
    target = np.zeros(SHAPE, np.uint8)
    target[:, :32] = UNKNOWN_TARGET
    volume = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    other = volume.copy()
    other[:, :4] += 5.0  # further away than the network sees
    first, second = (
        HeldOutScores([Scan("a", grey, target)], 1, Progress()).final(weights) for grey in (volume, other)
    )
    assert first == pytest.approx(second, abs=1e-6)


@pytest.mark.parametrize("low", [0, 150])
def test_held_out_boxes_lie_where_something_is_known(low: int) -> None:
    shape = (64, 64, 400)
    target = np.full(shape, UNKNOWN_TARGET, np.uint8)
    target[:, :, low : low + 50] = 0
    volume = np.broadcast_to(np.arange(400, dtype=np.float32), shape)
    box = _central(Scan("a", volume, target), (64, 64, 100))
    assert box.volume.shape == (64, 64, 100)
    assert np.count_nonzero(box.target != UNKNOWN_TARGET) == 64 * 64 * 50


def test_a_region_that_covers_nothing_is_told(tmp_path: Path) -> None:
    _tomogram(tmp_path, "a")
    reference = TomogramReference("a.mrc", str(tmp_path / "a.mrc"), 1, "ab", SHAPE, VOXEL_NM)
    everything = _square("ice", RegionKind.EXCLUDE, -2, 90)
    ProjectFile.create(tmp_path / "a.cryoves", Project(reference, regions=(everything,))).close()
    with pytest.raises(CryoVesError, match=r"a\.cryoves teaches nothing"):
        read_dataset(tmp_path, tmp_path / "cache", VOXEL_NM, 0.0, Progress())


def test_f1_of_objects_counts_what_is_found() -> None:
    spheres = np.array([[20, 12, 12, 7], [20, 32, 30, 7.0]])
    grid = np.indices(SHAPE)

    def drawn(kept: NDArray[np.float64]) -> NDArray[np.float32]:
        probability = np.full(SHAPE, 0.01, np.float32)
        for *centre, radius in kept:
            probability[sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)) <= radius**2] = 0.99
        return probability

    assert object_f1(drawn(spheres), spheres) == 1.0
    assert object_f1(drawn(spheres[:1]), spheres) == pytest.approx(2 / 3)
    assert object_f1(np.zeros(SHAPE, np.float32), spheres) == 0.0


def test_the_course_is_kept_as_table_and_picture(tmp_path: Path) -> None:
    history = [{"epoch": k, "loss": 1 / k, "dice": 1 - 1 / k, "validation_loss": 1.1 / k} for k in (1, 2, 3)]
    write_history(tmp_path / "history.csv", history)
    draw_curves(tmp_path / "curves.png", history)
    lines = (tmp_path / "history.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "epoch,loss,dice,validation_loss"
    assert len(lines) == 4
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_without_keras_training_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    job = TrainJob(dataset=str(tmp_path / "missing"), output=str(tmp_path / "model"))
    with pytest.raises(CryoVesError, match="Training needs Keras and TensorFlow"):
        train_job(job, JobContext(Progress()))
    assert not list(tmp_path.iterdir())


def _others(folder: Path, *names: str) -> dict[str, str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("years of work")
    return {str(path): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@needs_training
@pytest.mark.parametrize("option", [{"force": True}, {"resume": True}, {}])
@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("m", ["notes.txt"]),
        ("m", ["card.json", "notes.txt"]),
        ("m.training", ["notes.txt"]),
        ("m.training", ["history.csv"]),
        ("m.training", ["tomograms/precious.npy"]),
        ("m.training", ["checkpoint.npz", "tomograms/precious.mrc"]),
    ],
)
def test_files_of_others_are_never_touched(
    tmp_path: Path, option: dict[str, bool], folder: str, names: list[str]
) -> None:
    _tomogram(tmp_path / "d", "a")
    _truth(tmp_path / "d", "a")
    before = _others(tmp_path / folder, *names)
    job = TrainJob(str(tmp_path / "d"), str(tmp_path / "m"), hold_out=0.0, **option)  # type: ignore[arg-type]
    with pytest.raises(CryoVesError, match=r"does not belong to a|exists already|was begun in"):
        train_job(job, JobContext())
    assert _others(tmp_path / folder) == before


def test_half_files_and_those_of_macos_are_no_part_of_a_dataset(tmp_path: Path) -> None:
    """A half project would stop the training, a whole one under another name be learned from twice."""
    for name in ("a", "._a", ".a.0123456789ab.part"):
        _tomogram(tmp_path, name)
        _truth(tmp_path, name)
    (tmp_path / ".b.part.cryoves").write_text("half")
    (tmp_path / ".cryoves-1a223745e39-00000000-9c691c.partial").mkdir()
    (tmp_path / ".cryoves-1a223745e39-00000000-9c691c.partial" / "c.cryoves").write_text("half")
    assert [pair.tomogram.name for pair in find_pairs(tmp_path)] == ["a.mrc"]


def _small_job(tmp_path: Path, **options: bool) -> TrainJob:
    _tomogram(tmp_path / "d", "a")
    _truth(tmp_path / "d", "a")
    return TrainJob(str(tmp_path / "d"), str(tmp_path / "m"), hold_out=0.0, **options)  # type: ignore[arg-type]


@needs_training
@pytest.mark.parametrize("option", [{}, {"force": True}, {"resume": True}])
def test_a_second_training_into_the_same_place_leaves_the_first_alone(
    tmp_path: Path, option: dict[str, bool]
) -> None:
    """Also before the first has a checkpoint."""
    unfinished = tmp_path / "m.training"
    _others(unfinished, "tomograms/a.npy")
    process = left_alone("hold(path, 'busy')", "pass", path=unfinished / ".cryoves-training")
    with pytest.raises(CryoVesError, match="Another training is at work"):
        train_job(_small_job(tmp_path, **option), JobContext())
    assert (unfinished / "tomograms" / "a.npy").exists()
    kill(process)
    with pytest.raises(Cancelled):
        train_job(_small_job(tmp_path, force=True), _cancelled())
    assert not unfinished.exists()  # it had nothing from which it could go on


@needs_training
def test_a_model_is_not_replaced_by_what_is_trained_from_it(tmp_path: Path) -> None:
    before = _others(tmp_path / "m", "card.json", "weights.npz")
    with pytest.raises(CryoVesError, match="is read for this result"):
        train_job(replace(_small_job(tmp_path, force=True), start=str(tmp_path / "m")), JobContext())
    assert _others(tmp_path / "m") == before


def _cancelled() -> JobContext:
    progress = Progress()
    progress.token.cancel()
    return JobContext(progress)


@pytest.mark.parametrize(
    ("shapes", "patch"),
    [
        ([(96, 200, 200)], (80, 80, 80)),
        ([(20, 200, 200)], (16, 80, 80)),
        ([(100, 60, 60)], (56, 56, 56)),
        ([(20, 200, 200), (100, 60, 60)], (56, 56, 56)),  # neither holds a wide patch that is as thick
        ([(10, 200, 200)], (80, 80, 80)),  # which is then refused
    ],
)
def test_a_patch_fits_into_one_of_the_tomograms(
    shapes: list[tuple[int, int, int]], patch: tuple[int, int, int]
) -> None:
    scans = [
        Scan(str(n), np.zeros(shape, np.float32), np.zeros(shape, np.uint8)) for n, shape in enumerate(shapes)
    ]
    assert _patch_settings(TrainJob("in", "out", patch_px=80), scans, JobContext()).shape == patch
