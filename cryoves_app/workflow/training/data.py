"""A folder of tomograms with known vesicles, made ready for the network to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.analysis.network_input.preprocess import nearest_on, network_grid
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import is_file, is_folder
from cryoves_app.domain.tomogram_names import KNOWN_SUFFIXES, stem
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.formats.tomogram_reference import tomogram_of
from cryoves_app.formats.volume_file import load_labels, open_volume
from cryoves_app.formats.voxel_size import is_of_other_size
from cryoves_app.network.dataset import UNKNOWN_TARGET, Scan
from cryoves_app.storage.visible import visible_files
from cryoves_app.workflow.importing.vesicle_sources import VesicleSource, grid_of, load_vesicles
from cryoves_app.workflow.training.order import MaskTruth
from cryoves_app.workflow.training.scan_input import scan_input
from cryoves_app.workflow.training.targets import spheres_on, target_on

#: Subfolder of a dataset whose tomograms are never learned from.
HELD_OUT = "validation"

#: Endings of files that can be tomograms; IMOD's programs ask for none.
_TOMOGRAMS = (KNOWN_SUFFIXES - {SUFFIX}) | {""}

#: What the truth of ``NAME.mrc`` may be called, the first that is there. Labels know more than spheres.
_TRUTHS = ("_labels.mrc", "_labels.tif", "_truth.csv", ".csv", "_vesicles.csv", ".mod", ".cryoves")


@dataclass(frozen=True)
class Pair:
    """A tomogram and the file that knows its vesicles."""

    tomogram: Path
    truth: Path


@dataclass(frozen=True)
class TrainingData:
    """Scans to learn from, and those held out to score the network by."""

    learned: tuple[Scan, ...]
    held_out: tuple[Scan, ...]


def find_pairs(folder: Path, truths: Sequence[str] = _TRUTHS) -> list[Pair]:
    """The tomograms of a folder that have a truth beside them, and those of its projects, wherever they lie.

    Raises
    ------
    CryoVesError
        If the folder does not exist, or a project's tomogram.
    """
    try:
        list(folder.iterdir())  # a pattern is silent about what one may not look into
    except (FileNotFoundError, NotADirectoryError):
        raise CryoVesError(f"There is no folder {folder}.") from None
    except OSError as error:
        raise CryoVesError(
            f"{folder} could not be read: {(error.strerror or str(error)).lower()}."
        ) from error
    files, projects = visible_files(folder), visible_files(folder, f"*{SUFFIX}")
    beside = [Pair(path, truth) for path in files for truth in _truth_of(path, truths)]
    names = {stem(pair.tomogram) for pair in beside}
    own = [path for path in projects if path.stem not in names] if SUFFIX in truths else []
    return [*beside, *(Pair(tomogram_of(read_project(path).tomogram, path), path) for path in own)]


def _truth_of(path: Path, truths: Sequence[str]) -> Iterator[Path]:
    name = stem(path)
    if path.suffix.lower() not in _TOMOGRAMS or name.endswith(("_labels", "_truth", "_regions")):
        return
    candidates = (path.with_name(name + ending) for ending in truths)
    yield from [c for c in candidates if is_file(c) and c != path][:1]


def pairs_of(source: Path, truths: Sequence[str] = _TRUTHS) -> list[Pair]:
    """The tomograms of a folder, or the one of a project, of a truth, or that is named itself.

    Raises
    ------
    CryoVesError
        If it does not exist, or a file has no partner.
    """
    if not is_file(source):
        return find_pairs(source, truths)
    if source.suffix.lower() == SUFFIX and SUFFIX in truths:
        return [Pair(tomogram_of(read_project(source).tomogram, source), source)]
    beside = [Pair(path, truth) for path in visible_files(source.parent) for truth in _truth_of(path, truths)]
    own = [pair for pair in beside if source in (pair.tomogram, pair.truth)]
    if not own:
        raise CryoVesError(
            f"{source} has no partner: a tomogram needs its vesicles beside it (NAME_truth.csv, NAME.mod or "
            "NAME_labels.mrc), and those need NAME.mrc."
        )
    return own


def divide(
    sources: Sequence[Path], hold_out: float, truths: Sequence[str] = _TRUTHS
) -> tuple[list[Pair], list[Pair]]:
    """What is learned, and what is held out, of several sources; each tomogram once, and on one side only.

    Raises
    ------
    CryoVesError
        If there is none, or as ``pairs_of``.
    """
    if len(sources) == 1 and not is_file(sources[0]):
        return _divided(sources[0], hold_out, truths)
    learned = _distinct(pair for source in sources for pair in pairs_of(source, truths))
    apart = [find_pairs(s / HELD_OUT, truths) for s in sources if is_folder(s / HELD_OUT)]
    held_out = _distinct(pair for pairs in apart for pair in pairs)
    if held_out:
        gone = {pair.tomogram.resolve() for pair in held_out}
        return [pair for pair in learned if pair.tomogram.resolve() not in gone], held_out
    return _split(learned, hold_out)


def _distinct(pairs: Iterable[Pair]) -> list[Pair]:
    return list({pair.tomogram.resolve(): pair for pair in pairs}.values())


def _split(pairs: list[Pair], share: float) -> tuple[list[Pair], list[Pair]]:
    count = min(max(1, round(share * len(pairs))), len(pairs) - 1) if share > 0 else 0
    return pairs[: len(pairs) - count], pairs[len(pairs) - count :]


def read_dataset(
    source: Path | Sequence[Path],
    cache: Path,
    network_voxel_nm: float,
    hold_out: float,
    progress: Progress,
    mask: MaskTruth | None = None,
) -> TrainingData:
    """Bring all tomograms of a dataset onto the network's grid, as files in ``cache``.

    Those in the subfolder ``validation`` are held out, or where there is none the last ones by name, a share of
    ``hold_out``. With ``mask`` the voxels of its label are learned, and no vesicles.

    Raises
    ------
    CryoVesError
        If the dataset is empty, or a tomogram and its truth do not belong together.
    """
    sources = [source] if isinstance(source, Path) else source
    learned, held_out = divide(sources, hold_out, _TRUTHS if mask is None else mask.files)
    progress.start("read the dataset")
    scans = []
    for number, pair in enumerate([*learned, *held_out]):
        progress.report(number / (len(learned) + len(held_out)), pair.tomogram.name)
        scans.append(
            read_scan(pair, cache, network_voxel_nm)
            if mask is None
            else read_mask_scan(pair, cache, network_voxel_nm, mask.label)
        )
    return TrainingData(tuple(scans[: len(learned)]), tuple(scans[len(learned) :]))


def _divided(folder: Path, share: float, truths: Sequence[str]) -> tuple[list[Pair], list[Pair]]:
    pairs = find_pairs(folder, truths)
    if not pairs:
        needs = (
            "projects, or tomograms with their vesicles beside them, as NAME.mrc and NAME_truth.csv, NAME.mod or "
            "NAME_labels.mrc"
            if SUFFIX in truths
            else f"tomograms with label volumes beside them, as NAME.mrc and {_named(truths)}"
        )
        raise CryoVesError(f"The dataset {folder} is empty: it needs {needs}.")
    own = folder / HELD_OUT
    if is_folder(own):
        return pairs, find_pairs(own, truths)
    return _split(pairs, share)


def _named(truths: Sequence[str]) -> str:
    return " or ".join(f"NAME{ending}" for ending in truths if ending.endswith(".mrc"))


def read_scan(pair: Pair, cache: Path, network_voxel_nm: float) -> Scan:
    """A tomogram and its truth on the network's grid; its input is kept in ``cache``.

    Raises
    ------
    CryoVesError
        If the two do not belong together, or teach nothing.
    """
    # a project knows a voxel size that its header does not
    known_nm = grid_of(pair.truth)[1] if pair.truth.suffix.lower() == SUFFIX else None
    volume = open_volume(pair.tomogram, known_nm)
    if volume.info.voxel_size_nm is None:
        assert volume.info.doubt is not None
        raise CryoVesError(
            f"{volume.info.doubt.sentence} Mend its header, or use a project, which knows its voxel size."
        )
    truth = load_vesicles(pair.truth, volume.info.voxel_size_nm)
    _check(pair, volume, truth)
    grid = network_grid(volume.shape, volume.voxel_size_nm, network_voxel_nm)
    made = scan_input(volume, grid, cache / f"{_cache_name(pair.tomogram)}.npy")
    target = target_on(grid, truth, volume.voxel_size_nm)
    if made.with_data is not None:
        target[made.with_data == 0] = UNKNOWN_TARGET
    if (target == UNKNOWN_TARGET).all():
        raise CryoVesError(f"{pair.truth.name} teaches nothing: its region covers no voxel of the tomogram.")
    return Scan(pair.tomogram.name, made.image, target, spheres_on(grid, truth.vesicles))


def read_mask_scan(pair: Pair, cache: Path, network_voxel_nm: float, label: int) -> Scan:
    """A tomogram and the voxels of one label, on the network's grid; raises as ``read_scan``."""
    volume = open_volume(pair.tomogram)
    if volume.info.voxel_size_nm is None:
        assert volume.info.doubt is not None
        raise CryoVesError(f"{volume.info.doubt.sentence} Mend its header.")
    labels, _ = load_labels(pair.truth, volume.shape)
    grid = network_grid(volume.shape, volume.voxel_size_nm, network_voxel_nm)
    made = scan_input(volume, grid, cache / f"{_cache_name(pair.tomogram)}.npy")
    target = (nearest_on(grid, labels, volume.voxel_size_nm) == label).astype(np.uint8)
    if made.with_data is not None:
        target[made.with_data == 0] = UNKNOWN_TARGET
    return Scan(pair.tomogram.name, made.image, target)


def _cache_name(tomogram: Path) -> str:
    """Of many projects each tomogram may be called ``3d/tomo.mrc``, so the whole path tells them apart."""
    return f"{stem(tomogram)}_{hashlib.sha256(str(tomogram.resolve()).encode()).hexdigest()[:12]}"


def _check(pair: Pair, volume: Volume, truth: VesicleSource) -> None:
    if truth.grid is not None and truth.grid[0] != volume.shape:
        sizes = [" × ".join(map(str, s)) for s in (truth.grid[0], volume.shape)]
        raise CryoVesError(
            f"{pair.truth.name} has the shape {sizes[0]} and {pair.tomogram.name} {sizes[1]}; they must be the same."
        )
    stated = open_volume(pair.truth).info if truth.labels is not None else None
    if stated is not None and is_of_other_size(stated, volume.info):
        raise CryoVesError(
            f"The voxel sizes differ: {(stated.header_voxel_size_nm or 0) * 10:.2f} Å in {pair.truth.name}, "
            f"{volume.voxel_size_nm * 10:.2f} Å in {pair.tomogram.name}."
        )
