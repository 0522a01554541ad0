"""The window's queue of tomograms: what is to be segmented, what became of it, and what is still to review.

It is a file, written whole after each change, so that it goes on after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_folder, read_settings
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.ome_zarr.place import is_zarr
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.batch.run import Outcome, State
from cryoves_app.workflow.batch.summary import TomogramSummary
from cryoves_app.workflow.common.naming import output_folders
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain, to_plain
from cryoves_app.workflow.segment.identity import read_earlier
from cryoves_app.workflow.segment.order import SegmentJob

_WHAT = "a queue of the window"
#: Endings of the files that are taken from a folder; of tilt series are none.
_PLAIN_ENDINGS = (".mrc", ".rec", ".map", ".nad", ".tif", ".tiff")
_ENDINGS = (
    *_PLAIN_ENDINGS,
    *(f"{ending}{packed}" for ending in _PLAIN_ENDINGS for packed in (".gz", ".bz2", ".xz")),
)
#: The most that a queue's file can be: each job holds its recipe.
_MOST_BYTES = 1 << 26


class Stage(StrEnum):
    """How far a tomogram is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    TO_REVIEW = "to review"
    REVIEWED = "reviewed"
    FAILED = "failed"


_STATES = {Stage.WAITING: State.WAITING, Stage.RUNNING: State.RUNNING, Stage.FAILED: State.FAILED}


@dataclass(frozen=True)
class QueuedTomogram:
    """A tomogram of the queue; ``sentence`` is what its run ended with. Its folder is its name in the queue."""

    job: SegmentJob
    stage: Stage = Stage.WAITING
    sentence: str = ""

    @property
    def folder(self) -> str:
        return self.job.folder

    @property
    def project(self) -> Path:
        """The project with its results, once it is segmented."""
        return Path(self.job.folder) / f"{stem(Path(self.job.tomogram))}{SUFFIX}"

    def after(self, outcome: Outcome) -> QueuedTomogram:
        """The tomogram when its run has ended."""
        if outcome.elsewhere or outcome.result is None:
            sentence = outcome.failure or (outcome.result.sentence if outcome.result else "")
            return replace(self, stage=Stage.FAILED, sentence=sentence)
        accepted, doubtful = (outcome.result.counts.get(s, 0) for s in (Status.ACCEPTED, Status.OUTLIER))
        found = f"{accepted} accepted, {doubtful} doubtful" if accepted or doubtful else "no vesicle found"
        return replace(self, stage=Stage.TO_REVIEW, sentence=found)

    def summary(self) -> TomogramSummary:
        """Its row of the table, with the vesicles as they were reviewed."""
        failed = self.stage is Stage.FAILED
        known = TomogramSummary(
            self.job.tomogram,
            _STATES.get(self.stage, State.DONE),
            self.job.folder,
            self.sentence if failed else "",
            condition=self.job.condition,
        )
        try:
            project = read_project(self.project)
        except CryoVesError:  # there is none yet, or somebody took it away: its fields stay empty
            return known
        cost = read_earlier(Path(self.job.folder)).cost
        return replace(
            known, vesicles=project.vesicles, cost=cost, voxel_size_nm=project.tomogram.voxel_size_nm
        )


@dataclass(frozen=True)
class KeptQueue:
    """Tomograms in the order in which they are segmented; a paused queue begins no further one.

    ``watched`` are output folders of queues that run elsewhere, ``reviewed_elsewhere`` the folders of those of their
    tomograms that count as reviewed.
    """

    tomograms: tuple[QueuedTomogram, ...] = ()
    is_paused: bool = False
    watched: tuple[str, ...] = ()
    reviewed_elsewhere: tuple[str, ...] = ()

    def find(self, folder: str) -> QueuedTomogram | None:
        return next((t for t in self.tomograms if t.folder == folder), None)

    def added(self, tomograms: Sequence[Path], results: Path, base: SegmentJob) -> KeptQueue:
        """With tomograms at its end, which are segmented as ``base`` is; those that are in it already are left out."""
        known = {Path(t.job.tomogram).resolve() for t in self.tomograms}
        new = list({t.resolve(): t for t in tomograms if t.resolve() not in known}.values())
        folders = self._folders(new, results)
        jobs = [
            replace(base, tomogram=str(t), folder=str(f), skip_done=True, force=False)
            for t, f in zip(new, folders, strict=True)
        ]
        return replace(self, tomograms=(*self.tomograms, *map(QueuedTomogram, jobs)))

    def _folders(self, new: Sequence[Path], results: Path) -> list[Path]:
        """Output folders that no other tomogram of the queue has."""
        taken = {t.folder.casefold() for t in self.tomograms}
        before = [Path(t.job.tomogram) for t in self.tomograms if Path(t.folder).parent == results]
        folders = []
        for folder in output_folders([*before, *new], results)[len(before) :]:
            free, number = folder, 1
            while str(free).casefold() in taken:
                number += 1
                free = folder.with_name(f"{folder.name}_{number}")
            taken.add(str(free).casefold())
            folders.append(free)
        return folders

    def without(self, folders: Collection[str]) -> KeptQueue:
        return replace(self, tomograms=tuple(t for t in self.tomograms if t.folder not in folders))

    def changed(self, folders: Collection[str], how: Callable[[QueuedTomogram], QueuedTomogram]) -> KeptQueue:
        """With some tomograms changed."""
        return replace(self, tomograms=tuple(how(t) if t.folder in folders else t for t in self.tomograms))

    def moved(self, folders: Collection[str], by: int) -> KeptQueue:
        """With some tomograms one place up (-1) or down (1); those at the end stay there."""
        order = list(self.tomograms)
        numbers = [n for n, t in enumerate(order) if t.folder in folders]
        for number in numbers if by < 0 else reversed(numbers):
            other = number + by
            if 0 <= other < len(order) and order[other].folder not in folders:
                order[number], order[other] = order[other], order[number]
        return replace(self, tomograms=tuple(order))

    def placed(self, folders: Collection[str], before: int) -> KeptQueue:
        """With some tomograms together before the one that has this place now; their order stays."""
        placed = [t for t in self.tomograms if t.folder in folders]
        first, last = self.tomograms[:before], self.tomograms[before:]
        kept = ([t for t in part if t.folder not in folders] for part in (first, last))
        above, below = kept
        return replace(self, tomograms=(*above, *placed, *below))

    def watching(self, folder: str, *, watched: bool = True) -> KeptQueue:
        """With another folder that is watched, or without it."""
        others = tuple(f for f in self.watched if f != folder)
        return replace(self, watched=(*others, folder) if watched else others)

    def with_reviewed_elsewhere(self, folders: Collection[str], *, reviewed: bool) -> KeptQueue:
        """With some tomograms of other queues counting as reviewed, or not."""
        others = tuple(f for f in self.reviewed_elsewhere if f not in folders)
        return replace(self, reviewed_elsewhere=(*others, *folders) if reviewed else others)

    def next_to_review(
        self, after: Path | None = None, elsewhere: Sequence[QueuedTomogram] = ()
    ) -> QueuedTomogram | None:
        """The next that is segmented and not reviewed, after the one with this project, from the end to the start.

        Tomograms ``elsewhere`` come after those of this queue.
        """
        through = (*self.tomograms, *elsewhere)
        projects = [t.project for t in through]
        start = projects.index(after) + 1 if after in projects else 0
        turned = (*through[start:], *through[:start])
        return next((t for t in turned if t.stage is Stage.TO_REVIEW and t.project != after), None)


def tomograms_in(folder: Path) -> list[Path]:
    """The tomograms that lie in a folder, by name; an OME-Zarr folder is one itself.

    Raises
    ------
    CryoVesError
        If it holds none, or cannot be looked into.
    """
    if is_zarr(folder):
        return [folder]
    try:
        names = sorted(folder.iterdir()) if is_folder(folder) else []
    except OSError as error:
        raise CryoVesError(f"{folder} could not be looked into: {error.strerror}.") from error
    visible = [p for p in names if not p.name.startswith(".")]
    found = [p for p in visible if p.name.lower().endswith(_ENDINGS) or is_zarr(p)]
    if not found:
        raise CryoVesError(f"{folder} holds no tomogram ({', '.join(_PLAIN_ENDINGS)}).")
    return found


def read_kept_queue(path: Path) -> KeptQueue:
    """The queue of a file. What ran when the program ended waits again.

    Raises
    ------
    CryoVesError
        If it cannot be read.
    """
    try:
        queue = from_plain(KeptQueue, read_settings(path, _WHAT, _MOST_BYTES))
    except NotUnderstood as error:
        raise CryoVesError(f"{path} could not be read as {_WHAT}: it holds {error}.") from error
    running = _folders_of(t for t in queue.tomograms if t.stage is Stage.RUNNING)
    return queue.changed(running, lambda t: replace(t, stage=Stage.WAITING))


def write_kept_queue(path: Path, queue: KeptQueue) -> None:
    """Write it, whole or not at all.

    Raises
    ------
    CryoVesError
        If it cannot be written.
    """
    make_folders(path.parent)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(to_plain(queue), indent=1), encoding="utf-8")


def _folders_of(tomograms: Iterable[QueuedTomogram]) -> set[str]:
    return {t.folder for t in tomograms}
