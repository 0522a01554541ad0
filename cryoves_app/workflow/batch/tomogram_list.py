"""Several tomograms segmented one after the other in a window, without any window: a state machine.

Each tomogram goes ``waiting`` → ``opening`` → ``begun`` → ``running`` → ``saved`` or ``failed``. The list asks its
``ListWindow`` to do things, and is told what came of them; a tomogram that fails does not stop the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.workflow.batch.run import State
from cryoves_app.workflow.batch.summary import TomogramSummary
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.segment.outcome import RunEnded, RunStatus

NOT_BEGUN = "could not be begun"
NOT_SAVED = "the project could not be saved"
NO_VOXEL_SIZE = "needs the voxel size"
LEFT = "another tomogram was opened meanwhile"


class Phase(StrEnum):
    """How far a tomogram of the list is."""

    WAITING = "waiting"
    OPENING = "opening"  # its file is being read
    BEGUN = "begun"  # it is open, its project not yet
    RUNNING = "running"
    SAVED = "saved"
    FAILED = "failed"


_UNFINISHED = (Phase.OPENING, Phase.BEGUN, Phase.RUNNING)


class ListWindow(Protocol):
    """What the list needs done. Answers come by calls of the list's methods, perhaps much later."""

    def open(self, path: Path) -> None:
        """Open a tomogram or project; ``opened`` or ``failed`` follows, then ``begun``."""

    def segment(self) -> None:
        """Segment what is open; ``ended`` follows."""

    def stop(self) -> None:
        """Stop segmenting."""

    def save(self, home: Path) -> bool:
        """Save the open project where it lies, or in this file if it has no place yet; whether that worked."""


@dataclass
class ListedTomogram:
    """A tomogram of the list and what is known of it; ``home`` is where its project lies, or would."""

    path: Path
    home: Path
    phase: Phase = Phase.WAITING
    failure: str = ""
    vesicles: VesicleSet | None = None
    voxel_size_nm: float | None = None
    cost: Cost | None = None

    def file(self) -> Path:
        """What to open: the project, once there is one."""
        return self.home if exists(self.home) else self.path

    @property
    def is_segmented(self) -> bool:
        return self.phase is Phase.SAVED or bool(self.vesicles)

    @property
    def words(self) -> str:
        """How it stands, for the user."""
        if self.phase is Phase.FAILED:
            return self.failure
        if self.phase in _UNFINISHED:
            return f"{self.phase}…"
        if self.is_segmented:
            return f"{len(self.vesicles or ())} vesicles"
        return "not segmented"

    def summary(self) -> TomogramSummary:
        """Its row of the table."""
        state = State.DONE if self.is_segmented else State.WAITING
        return TomogramSummary(
            str(self.path),
            State.FAILED if self.phase is Phase.FAILED else state,
            str(self.home.parent),
            self.failure,
            self.vesicles,
            self.cost,
            self.voxel_size_nm,
        )


def own_home(path: Path) -> Path:
    """A project's place that no other tomogram has: ``b12.rec.cryoves``."""
    return path.with_name(path.name + SUFFIX)


def usual_home(path: Path) -> Path:
    """``b12.cryoves``, unless that is the project of another tomogram, such as ``b12.mrc`` beside ``b12.rec``."""
    usual = path.with_suffix(SUFFIX)
    if not exists(usual):
        return usual
    try:
        known = Path(read_project(usual).tomogram.absolute_path).name
    except CryoVesError:
        return usual  # opening it says what is wrong
    return usual if known == path.name else own_home(path)


class TomogramList:
    """The list, and the work through it.

    Parameters
    ----------
    paths
        The tomograms.
    window
        Does what the list asks for.
    on_change
        Called after whatever changes how a tomogram stands.
    on_finished
        Called when the last one was worked off; not after ``stop``.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        window: ListWindow,
        on_change: Callable[[], None] = lambda: None,
        on_finished: Callable[[], None] = lambda: None,
    ) -> None:
        homes = Counter(path.with_suffix(SUFFIX) for path in paths)
        self.entries = [
            ListedTomogram(path, own_home(path) if homes[path.with_suffix(SUFFIX)] > 1 else usual_home(path))
            for path in paths
        ]
        self._window, self._on_change, self._on_finished = window, on_change, on_finished
        self._waiting: list[ListedTomogram] = []
        self._current: ListedTomogram | None = None

    @property
    def busy(self) -> bool:
        return self._current is not None

    def named(self, path: Path) -> ListedTomogram | None:
        """The entry of a tomogram or of its project."""
        return next((e for e in self.entries if path in (e.path, e.home)), None)

    # -- what the user wants

    def start(self) -> None:
        """Begin with the first that is not segmented yet."""
        self._waiting = [e for e in self.entries if not e.is_segmented]
        self._next()

    def stop(self) -> None:
        """Work on none any more; the one at hand waits again."""
        current, self._current, self._waiting = self._current, None, []
        if current is not None:
            current.phase = Phase.WAITING
            self._window.stop()
        self._on_change()

    # -- what came of what was asked for

    def opened(self, path: Path, *, knows_voxel_size: bool) -> None:
        """A file was opened, by whomever."""
        current = self._current
        if current is None:
            return
        if self.named(path) is not current:
            self._leave(current)
        elif not knows_voxel_size:
            self._fail(current, NO_VOXEL_SIZE)
        elif current.phase is Phase.OPENING:
            current.phase = Phase.BEGUN
            self._on_change()

    def begun(self) -> None:
        """The opened tomogram has its project."""
        current = self._current
        if current is not None and current.phase is Phase.BEGUN:
            current.phase = Phase.RUNNING
            self._on_change()
            self._window.segment()

    def ended(self, outcome: RunEnded, vesicles: VesicleSet, voxel_size_nm: float | None) -> None:
        """A run ended; the vesicles are those of the open project now."""
        current = self._current
        if current is None or current.phase is not Phase.RUNNING:
            return
        if outcome.status is RunStatus.LEFT:
            self._leave(current)
        elif not outcome.has_result:
            self._fail(current, outcome.sentence)
        elif not self._window.save(current.home):
            self._fail(current, NOT_SAVED)
        else:
            current.phase, current.cost = Phase.SAVED, outcome.cost
            current.vesicles, current.voxel_size_nm = vesicles, voxel_size_nm
            self._next()

    def failed(self, sentence: str) -> None:
        """What was to be opened could not be, or took too long."""
        current = self._current
        if current is not None and current.phase in (Phase.OPENING, Phase.BEGUN):
            self._fail(current, sentence)

    def take_vesicles(self, path: Path, vesicles: VesicleSet, voxel_size_nm: float | None) -> None:
        """What an open project holds."""
        entry = self.named(path)
        if entry is not None and entry.phase not in _UNFINISHED and (len(vesicles) or entry.is_segmented):
            entry.vesicles, entry.voxel_size_nm = vesicles, voxel_size_nm
            if entry.phase is Phase.FAILED:
                entry.phase, entry.failure = Phase.WAITING, ""
            self._on_change()

    # -- from one to the next

    def _next(self) -> None:
        self._current = self._waiting.pop(0) if self._waiting else None
        if self._current is None:
            self._on_change()
            self._on_finished()
            return
        self._current.phase, self._current.failure = Phase.OPENING, ""
        self._on_change()
        self._window.open(self._current.file())

    def _fail(self, entry: ListedTomogram, sentence: str) -> None:
        entry.phase, entry.failure = Phase.FAILED, sentence
        self._next()

    def _leave(self, entry: ListedTomogram) -> None:
        """The user went elsewhere: the list does not take that away, and stops."""
        entry.phase, entry.failure = Phase.FAILED, LEFT
        self._current, self._waiting = None, []
        self._window.stop()
        self._on_change()

    def words(self) -> str:
        """How many are segmented, and the first to look at."""
        done = sum(e.is_segmented for e in self.entries)
        left = next((e for e in self.entries if not e.is_segmented), None)
        text = f"{done} of {len(self.entries)} tomograms segmented."
        return text + (f" Look at {left.path.name}: {left.words}" if left else "")
