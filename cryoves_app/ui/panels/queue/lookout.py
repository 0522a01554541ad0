"""Looks, in a thread, at what the queue's tomograms have become: results, pictures, and queues that run elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.formats.network_drive import is_on_network_drive
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.base.background import run_in_background, silent
from cryoves_app.ui.project.thumbnails import ThumbnailStore
from cryoves_app.workflow.batch.facts import ResultFacts, read_facts
from cryoves_app.workflow.batch.kept_queue import QueuedTomogram, Stage
from cryoves_app.workflow.batch.watching import look_at_queue

log = logging.getLogger(__name__)
FINISHED = (Stage.TO_REVIEW, Stage.REVIEWED)
#: To draw one of these all of it would have to be unpacked.
_PACKED = (".gz", ".bz2", ".xz")
_Stamp = tuple[int, int]


@dataclass(frozen=True)
class Seen:
    """What was seen: tomograms of other queues, what is wrong with those, and results by project with their stamps."""

    elsewhere: tuple[QueuedTomogram, ...] = ()
    troubles: tuple[str, ...] = ()
    results: Mapping[Path, tuple[_Stamp, ResultFacts | None]] = field(default_factory=dict)

    def facts(self, project: Path) -> ResultFacts | None:
        found = self.results.get(project)
        return found[1] if found else None


class Lookout(QObject):
    """One look at a time; another one that is wanted meanwhile follows it."""

    def __init__(self, thumbnails: ThumbnailStore, on_seen: Callable[[], None], owner: QObject) -> None:
        super().__init__(owner)
        self._thumbnails, self._on_seen = thumbnails, on_seen
        self._icons: dict[str, QIcon | None] = {}
        self._is_looking = False
        self._wanted: tuple[Sequence[QueuedTomogram], Sequence[str], Collection[str]] | None = None
        self.seen = Seen()

    def look(self, own: Sequence[QueuedTomogram], folders: Sequence[str], reviewed: Collection[str]) -> None:
        """Look at finished tomograms, and at the folders of other queues."""
        self._wanted = own, folders, reviewed
        if not self._is_looking:
            self._begin()

    def icon(self, tomogram: str) -> QIcon | None:
        """The picture of a tomogram, if one was drawn."""
        if self._icons.get(tomogram) is None:
            found = self._thumbnails.load([Path(tomogram)])
            self._icons[tomogram] = QIcon(next(iter(found.values()))) if found else None
        return self._icons[tomogram]

    def _begin(self) -> None:
        if self._wanted is None:
            return
        (own, folders, reviewed), self._wanted = self._wanted, None
        before, drawn = self.seen, [t for t, icon in self._icons.items() if icon is not None]
        self._is_looking = True
        run_in_background(
            lambda: _look(own, folders, reviewed, before, drawn, self._thumbnails),
            self._take,
            self._fail,
            self,
        )

    def _take(self, seen: Seen) -> None:
        self._is_looking = False
        self.seen = seen
        self._on_seen()
        self._begin()

    def _fail(self, sentence: str) -> None:
        self._is_looking = False
        silent("the queue shows what was seen before")(sentence)


def _look(
    own: Sequence[QueuedTomogram],
    folders: Sequence[str],
    reviewed: Collection[str],
    before: Seen,
    drawn: Collection[str],
    thumbnails: ThumbnailStore,
) -> Seen:
    elsewhere: list[QueuedTomogram] = []
    troubles: list[str] = []
    for folder in folders:
        try:
            elsewhere += look_at_queue(Path(folder), reviewed)
        except CryoVesError as error:
            troubles.append(str(error))
    here = {t.folder for t in own}
    elsewhere = [t for t in elsewhere if t.folder not in here]
    finished = [t for t in (*own, *elsewhere) if t.stage in FINISHED]
    results = {t.project: _result(t.project, before) for t in finished}
    for tomogram in finished:
        if tomogram.job.tomogram not in drawn:
            _draw(Path(tomogram.job.tomogram), thumbnails)
    return Seen(tuple(_if_checked(t, results) for t in elsewhere), tuple(troubles), results)


def _if_checked(
    tomogram: QueuedTomogram, results: Mapping[Path, tuple[_Stamp, ResultFacts | None]]
) -> QueuedTomogram:
    """Reviewed, where each of its vesicles was checked, by whomever."""
    _, facts = results.get(tomogram.project, ((0, 0), None))
    return replace(tomogram, stage=Stage.REVIEWED) if facts is not None and facts.is_reviewed else tomogram


def _result(project: Path, before: Seen) -> tuple[_Stamp, ResultFacts | None]:
    """Read again only where the file has changed."""
    try:
        found = project.stat()
    except OSError:
        return (0, 0), None
    stamp = found.st_mtime_ns, found.st_size
    known = before.results.get(project)
    return known if known is not None and known[0] == stamp else (stamp, read_facts(project))


def _draw(tomogram: Path, thumbnails: ThumbnailStore) -> None:
    """Where that costs the reading of one slice only."""
    if tomogram.suffix.lower() in _PACKED or not is_file(tomogram) or thumbnails.has(tomogram):
        return
    try:
        if not is_on_network_drive(tomogram):
            thumbnails.make(tomogram, open_volume(tomogram))
    except (CryoVesError, OSError, ValueError) as error:
        log.info("The queue shows %s without a picture: %s", tomogram, error)
