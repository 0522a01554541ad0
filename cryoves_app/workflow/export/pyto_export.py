"""A folder for Pyto: checked first, written whole, read back before it counts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Region
from cryoves_app.domain.temporary_names import as_named
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import Volume
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.formats import pyto
from cryoves_app.formats.file_array import FileArray
from cryoves_app.formats.mrc import open_mrc, read_labels, write_copy, write_mrc_labels
from cryoves_app.formats.unpacking import is_compressed
from cryoves_app.storage.sentences import reason
from cryoves_app.workflow.export.binning import BinnedArray, binned_info, binned_regions, binned_vesicles
from cryoves_app.workflow.export.preflight import ExportFinding, Level, preflight, region_sample
from cryoves_app.workflow.export.pyto_labels import PytoLabels, label_volume
from cryoves_app.workflow.segment.unchanged import InputsSeen

#: What Pyto reads as it is; it takes mode 0 as unsigned, and knows no half floats.
_SAFE_TYPES = ("int16", "uint16", "float32")
_SAFE_NAMES = (".mrc", ".rec")
_SPARE_BYTES = 64 << 20
_PIECE_BYTES = 16 << 20


@dataclass(frozen=True)
class PytoPlan:
    """What would be written, and what is to be known of it beforehand."""

    volume: Volume
    made: PytoLabels
    findings: tuple[ExportFinding, ...]

    @property
    def problems(self) -> tuple[ExportFinding, ...]:
        return tuple(f for f in self.findings if f.level is Level.PROBLEM)


def plan_export(
    volume: Volume,
    vesicles: Sequence[Vesicle],
    regions: Sequence[Region],
    binning: int = 1,
    progress: Progress | None = None,
) -> PytoPlan:
    """Paint the labels and check them; nothing is written.

    ``binning`` puts tomogram and labels on voxels so many times larger (the manuscript used 2.1 to 2.4 nm).
    """
    size = volume.voxel_size_nm
    if binning != 1:
        vesicles, regions = binned_vesicles(vesicles, size, binning), binned_regions(regions, binning)
        volume = binned_volume(volume, binning)
    watched = progress or Progress()
    made = label_volume(vesicles, regions, volume.shape, volume.voxel_size_nm)
    watched.report(0.3)
    return PytoPlan(volume, made, tuple(preflight(made, volume.data)))


def binned_volume(volume: Volume, factor: int) -> Volume:
    """The tomogram on coarser voxels, computed as it is read."""
    data: Any = BinnedArray(volume.data, factor)
    return Volume(binned_info(volume.info, factor), data)


def write_export(
    plan: PytoPlan,
    folder: Path,
    *,
    link: bool = False,
    despite_problems: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write the folder's content and read the labels back.

    Parameters
    ----------
    plan
        From ``plan_export``.
    folder
        An existing folder.
    link
        Point to the tomogram instead of copying it, where it can be used as it is.
    despite_problems
        Write although the plan has problems.
    progress
        Told how far it is; asked whether to stop.

    Raises
    ------
    CryoVesError
        If there are problems, no disk space, or the labels read back differently.
    """
    if plan.problems and not despite_problems:
        raise CryoVesError(plan.problems[0].sentence)
    for name in ("3d", "common", *pyto.SCRIPT_FOLDERS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    watched = progress or Progress()
    watched.report(0.5)
    _put_tomogram(plan.volume, folder / pyto.TOMOGRAM, link=link, progress=watched)
    watched.report(0.8)
    ids = plan.made.ids
    write_mrc_labels(folder / pyto.LABELS, plan.made.labels, plan.volume.info)
    pyto.write_tomo_info(folder / pyto.INFO, ids)
    pyto.write_ids(folder / pyto.IDS, plan.made.vesicle_of_label)
    levels = pyto.grey_thresholds(region_sample(plan.made, plan.volume.data))
    text = pyto.next_steps(plan.made.voxel_size_nm, ids, levels) + _findings_text(plan.findings)
    (folder / pyto.NEXT_STEPS).write_text(text, encoding="utf-8", newline="\n")
    _read_back(plan, folder)


def is_safe_for_pyto(volume: Volume) -> bool:
    """Whether Pyto reads the tomogram's file rightly as it is."""
    path = Path(volume.info.path or "")
    stated = volume.info.header_voxel_size_nm
    return (
        isinstance(volume.data, FileArray)
        and path.suffix.lower() in _SAFE_NAMES
        and path.is_file()
        and not is_compressed(path)
        and volume.data.dtype.name in _SAFE_TYPES
        and volume.data.dtype.isnative
        and volume.data.is_in_order
        and stated is not None
        and abs(stated / volume.voxel_size_nm - 1) < 0.01
    )


def _put_tomogram(volume: Volume, target: Path, *, link: bool, progress: Progress) -> None:
    source = Path(volume.info.path or "").absolute()
    safe = is_safe_for_pyto(volume)
    if safe and link:
        _link(source, target)
        return
    _check_space(target.parent, source.stat().st_size if safe else 4 * int(np.prod(volume.shape)))
    seen = InputsSeen.of(volume.info.path)
    if safe:
        _copy(source, target, progress)
    else:
        write_copy(target, volume)
    seen.notes()  # which are not to be told: nothing but the copy is made of the file


def _copy(source: Path, target: Path, progress: Progress) -> None:
    """Piece by piece, so that copying a large file can be stopped."""
    try:
        with source.open("rb") as original, target.open("wb") as copy:
            while piece := original.read(_PIECE_BYTES):
                copy.write(piece)
                progress.check()
    except OSError as error:
        raise CryoVesError(
            f"{source} could not be copied to {as_named(target)}: {reason(target, error)}."
        ) from error


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except OSError as error:
        raise CryoVesError(
            "No link to the tomogram could be made here; export with a copy instead."
        ) from error


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        raise CryoVesError(
            f"The copy of the tomogram needs {bytes_in_words(needed)}, and {as_named(folder)} has "
            f"{bytes_in_words(free)} free."
        )


def _read_back(plan: PytoPlan, folder: Path) -> None:
    labels = read_labels(folder / pyto.LABELS)
    tomogram = open_mrc(folder / pyto.TOMOGRAM)
    same = np.array_equal(labels.data, plan.made.labels) and tomogram.shape == labels.shape
    if not same or pyto.read_ids(folder / pyto.IDS) != plan.made.vesicle_of_label:
        raise CryoVesError("The Pyto folder did not read back as it was written; is the disk sound?")


def _findings_text(findings: Sequence[ExportFinding]) -> str:
    if not findings:
        return "\nThe checks before the export found nothing in the way.\n"
    lines = [f"  {finding.level.value}: {finding.sentence}" for finding in findings]
    return "\n".join(["", "What the checks before the export found:", *lines, ""])
