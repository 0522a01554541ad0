"""An open project: its state, its history, its place on the disk, and who wants to know of changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import VesicleFields
from cryoves_app.formats.project.project_database import copy_project
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.project.stored_action import StoredAction
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.workflow.project.actions.patch import Action, Patch
from cryoves_app.workflow.project.history import History, ReadyMeasures, ReadyStep, Step
from cryoves_app.workflow.project.pending_save import PendingSave
from cryoves_app.workflow.project.saving import saving_alone
from cryoves_app.workflow.project.working_copies import (
    HOME,
    HOME_STAMP,
    SAVED_AT,
    LeftBehind,
    discard,
    new_working_path,
)


@dataclass(frozen=True)
class Changed:
    """What a change touched: vesicles by id, the regions, and project values by name."""

    vesicles: frozenset[int] = frozenset()
    regions: bool = False
    settings: frozenset[str] = frozenset()

    @classmethod
    def by(cls, patch: Patch) -> Changed:
        return cls(frozenset(patch.vesicles), patch.regions is not None, frozenset(patch.settings))


ChangeListener = Callable[[Changed], None]


class Session:
    """A project that is being worked on.

    Edits go to a working copy on a local disk, each one a transaction; ``save`` brings them to the project's
    own place. After a crash the working copy is still there, history included (``working_copies.left_behind``).
    Belongs to one thread at a time: it may be made in another than the one that works with it.
    """

    def __init__(self, file: ProjectFile) -> None:
        self._file = file
        try:
            self._history = History(file)
        except CryoVesError:
            file.close()
            raise
        self._listeners: list[ChangeListener] = []

    @classmethod
    def create(cls, project: Project, home: str | os.PathLike[str] | None = None) -> Session:
        """Begin a new project. Nothing is written to ``home`` before the first ``save``."""
        place = Path(home).absolute() if home is not None else None
        file = ProjectFile.create(new_working_path(place), project, exclusive=True)
        notes: dict[str, Any] = {HOME: str(place) if place else None}
        if not project.vesicles.vesicles and not project.regions:  # nothing yet that could be lost
            notes[SAVED_AT] = file.change_count
        file.set_notes(**notes)
        return cls(file)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Session:
        """Open a saved project; it goes on with the history that it was saved with.

        Raises
        ------
        CryoVesError
            If the file is missing, damaged or no project.
        """
        home = Path(path).absolute()
        working = new_working_path(home)
        with saving_alone():
            copy_project(home, working)
            stamp = list(fingerprint(home))
        try:
            session = cls(ProjectFile.open(working, exclusive=True, called=home))
        except CryoVesError:
            discard(working)
            raise
        if not session.is_read_only:
            session._note_saved(home, stamp, session._file.change_count)
        return session

    @classmethod
    def recover(cls, copy: LeftBehind) -> Session:
        """Go on where a crash broke off."""
        return cls(ProjectFile.open(copy.path, exclusive=True))

    @property
    def project(self) -> Project:
        return self._history.project

    @property
    def home(self) -> Path | None:
        """Where the project is saved, if it has a place yet."""
        home = self._file.note(HOME)
        return Path(home) if home else None

    @property
    def is_read_only(self) -> bool:
        return self._file.is_read_only

    @property
    def notice(self) -> str:
        """Why the project can only be looked at, or nothing."""
        return self._file.notice

    @property
    def is_saved(self) -> bool:
        """Whether the project's own file has all edits."""
        return self.is_read_only or self._file.change_count == self._file.note(SAVED_AT)

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    @property
    def steps(self) -> tuple[Step, ...]:
        """The history list, oldest first."""
        return self._history.steps

    @property
    def done_count(self) -> int:
        """How many steps are in effect."""
        return self._history.done_count

    @property
    def has_steps(self) -> bool:
        """Whether anything was done, even if it was undone."""
        return self._history.length > 0

    @property
    def done(self) -> tuple[StoredAction, ...]:
        """The steps in effect as they are stored, oldest first; read anew, so it takes a moment."""
        return self._history.done

    @property
    def kinds(self) -> list[str]:
        """The kinds of the steps in effect, oldest first."""
        return self._history.kinds

    def subscribe(self, listener: ChangeListener) -> Callable[[], None]:
        """Call ``listener`` after every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def do(self, action: Action, person: str = "") -> None:
        """Take a step in a person's name; it is on the disk when the call returns."""
        self._tell(Changed.by(self._history.do(action, person)))

    def take(self, step: ReadyStep) -> None:
        """``do`` with a step that was made ready for the project as it is."""
        self._tell(Changed.by(self._history.take(step)))

    def undo(self) -> Changed:
        return self._tell(Changed.by(self._history.undo()))

    def redo(self) -> Changed:
        return self._tell(Changed.by(self._history.redo()))

    def go_to(self, steps_done: int) -> None:
        """Undo or redo until so many steps are in effect (a click into the history list).

        Raises
        ------
        CryoVesError
            If the history has fewer steps.
        """
        if not 0 <= steps_done <= self._history.length:
            raise CryoVesError("The history has no such step.")
        done = self._history.done_count
        for _ in range(done, steps_done):
            self.redo()
        for _ in range(steps_done, done):
            self.undo()

    def refresh(self, measures: Mapping[int, VesicleFields]) -> None:
        """Take over measures that were computed again, by vesicle; no step of the history."""
        self._tell(Changed(frozenset(self._history.refresh(measures))))

    def take_measures(self, ready: ReadyMeasures) -> None:
        """``refresh`` with what was made ready for the project as it is."""
        self._tell(Changed(frozenset(self._history.take_measures(ready))))

    def set_values(self, **values: Any) -> None:
        """Set recipe, model, run, views or tomogram; no step of the history."""
        self._history.set_values(**values)
        self._tell(Changed(settings=frozenset(values)))

    def set_views(self, views: JsonObject) -> None:
        """Keep where the user looks. Looking is no edit: a project that was saved still is."""
        was_saved = self.is_saved
        self._history.set_values(views=views)
        if was_saved:
            self._file.set_notes(**{SAVED_AT: self._file.change_count})
        self._tell(Changed(settings=frozenset({"views"})))

    def save(self, *, even_if_changed: bool = False) -> None:
        """Bring all edits to the project's own file.

        Raises
        ------
        CryoVesError
            If the project has no place yet, the place cannot be written to, or the file there is no longer
            the one that was opened and ``even_if_changed`` is not given.
        """
        pending = self.begin_save()
        pending.write(even_if_changed=even_if_changed)
        self.end_save(pending)

    def save_as(self, path: str | os.PathLike[str]) -> None:
        """Save to another place, which is the project's own from then on."""
        pending = self._pending(Path(path).absolute())
        pending.write(even_if_changed=True)
        self.end_save(pending)

    def begin_save(self) -> PendingSave:
        """``save`` in two parts: what this gives is written in any thread, and comes back to ``end_save``.

        Raises
        ------
        CryoVesError
            If the project has no place yet.
        """
        home = self.home
        if home is None:
            raise CryoVesError("The project has no place yet; save it under a name.")
        return self._pending(home)

    def end_save(self, pending: PendingSave) -> None:
        """Note what was written; edits that came meanwhile are still to be saved."""
        stamp = pending.settle()
        if stamp is not None:
            self._note_saved(pending.home, stamp, pending.change_count)

    def _pending(self, home: Path) -> PendingSave:
        file = self._file
        return PendingSave(file.snapshot(), home, file.note(HOME_STAMP), file.change_count)

    def write_copy(self, path: str | os.PathLike[str]) -> None:
        """Write all of the project, history included, to another place; its own place stays the same."""
        self._file.save_to(Path(path).absolute())

    def close(self) -> None:
        """Let go of the project; edits that are not saved stay in the working copy and are offered again."""
        clear = self.is_saved
        self._file.close()
        if clear:
            discard(self._file.path)

    def discard(self) -> None:
        """Let go of the project and of all edits that are not saved."""
        self._file.close()
        discard(self._file.path)

    @property
    def last_title(self) -> str:
        """The last step that is in effect; empty at the beginning."""
        return self._history.last_title

    @property
    def next_title(self) -> str:
        """The step that would be redone."""
        return self._history.next_title

    def _tell(self, change: Changed) -> Changed:
        if change != Changed():
            for listener in tuple(self._listeners):
                listener(change)
        return change

    def _note_saved(self, home: Path, stamp: list[Any], change_count: int) -> None:
        self._file.set_notes(**{HOME: str(home), HOME_STAMP: stamp, SAVED_AT: change_count})


def let_go(session: Session | None) -> None:
    """Close a session that was made for nothing; edits that are not saved stay in its working copy."""
    if session is not None:
        session.close()
