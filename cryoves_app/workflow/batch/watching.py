"""A queue that runs elsewhere, watched by its output folder: nothing in it is touched."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PureWindowsPath

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file, is_folder
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.storage.claims import claim_path
from cryoves_app.storage.temporary import LATELY_S
from cryoves_app.workflow.batch.kept_queue import QueuedTomogram, Stage
from cryoves_app.workflow.batch.run import State
from cryoves_app.workflow.batch.summary import SUMMARY, read_summary
from cryoves_app.workflow.segment.order import SegmentJob


def look_at_queue(folder: Path, reviewed: Collection[str] = ()) -> list[QueuedTomogram]:
    """The tomograms of a folder of results, in the order of its summary; ``reviewed`` are folders that count as such.

    Raises
    ------
    CryoVesError
        If there is no such folder, or neither a summary nor a project in it.
    """
    if not is_folder(folder):
        raise CryoVesError(f"{folder} is not there, or cannot be looked into.")
    rows = _rows(folder)
    found = [_tomogram(folder / name, row, reviewed) for name, row in rows.items()]
    found += [_unnamed(p, reviewed) for p in _projects(folder) if p.parent.name not in rows]
    if not found:
        raise CryoVesError(
            f"{folder} holds neither {SUMMARY} nor a project; choose the folder that “cryoves batch” writes into."
        )
    return found


def _rows(folder: Path) -> dict[str, Mapping[str, str]]:
    """Of the summary, by the names of the tomograms' folders: the whole may be seen under another path from here.

    What Windows knows as a path are those of other systems, too.
    """
    path = folder / SUMMARY
    rows = read_summary(path) if is_file(path) else []
    return {name: row for row in rows if (name := PureWindowsPath(row["folder"]).name)}


def _projects(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.glob(f"[!.]*/*{SUFFIX}"))
    except OSError as error:
        raise CryoVesError(f"{folder} could not be looked into: {error.strerror}.") from error


def _tomogram(folder: Path, row: Mapping[str, str], reviewed: Collection[str]) -> QueuedTomogram:
    job = SegmentJob(PureWindowsPath(row["tomogram"]).as_posix(), str(folder), condition=row["condition"])
    return _at_its_stage(QueuedTomogram(job), row, reviewed)


def _unnamed(project: Path, reviewed: Collection[str]) -> QueuedTomogram:
    """One that a summary has not named yet."""
    job = SegmentJob(str(project.with_suffix("")), str(project.parent))
    return _at_its_stage(QueuedTomogram(job), {}, reviewed)


def _at_its_stage(found: QueuedTomogram, row: Mapping[str, str], reviewed: Collection[str]) -> QueuedTomogram:
    if is_file(found.project):
        stage = Stage.REVIEWED if found.folder in reviewed else Stage.TO_REVIEW
        return QueuedTomogram(found.job, stage)
    if _is_claimed(Path(found.folder)):
        return QueuedTomogram(found.job, Stage.RUNNING)
    if row.get("state") == State.FAILED:
        return QueuedTomogram(found.job, Stage.FAILED, row["error"])
    return QueuedTomogram(found.job)


def _is_claimed(target: Path) -> bool:
    """Whether somebody touched the claim lately."""
    try:
        return time.time() - claim_path(target).stat().st_mtime < LATELY_S
    except OSError:
        return False
