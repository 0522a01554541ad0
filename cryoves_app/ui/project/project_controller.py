"""The open project: made with the tomogram, kept on the disk with every edit, saved and opened."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.project import Project
from cryoves_app.domain.reading import exists
from cryoves_app.domain.tomogram_names import image_path
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.ui.base.recompute import Newest
from cryoves_app.ui.project.autosave import Autosave
from cryoves_app.ui.project.kept_views import KeptViews
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.actions.run import take_over_run
from cryoves_app.workflow.project.history import ReadyStep, ready_step
from cryoves_app.workflow.project.measurements import pools_of
from cryoves_app.workflow.project.session import Changed, Session, let_go
from cryoves_app.workflow.segment.live_order import LiveResult

log = logging.getLogger(__name__)

#: A project that has a place is saved this long after the last edit.
AUTOSAVE_MS = 1500


class Stepped(Enum):
    """What was done with a step of the history; the value is for the user."""

    DONE = "{}"
    UNDONE = "Undone: {}"
    REDONE = "Done again: {}"


class ProjectController(QObject):
    """Owns the session and keeps document and session in step."""

    stepped = Signal(object, str)  # Stepped, title of the step
    changed = Signal()  # session, saved state or history
    vesicles_edited = Signal()
    pools_changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace, self._document = workspace, workspace.document
        self.session: Session | None = None
        self.views = KeptViews(workspace)
        self._beginning = Newest(self)
        self._left = self._was_edited = self._selects_changed = False
        self._autosave = Autosave(self, AUTOSAVE_MS, self._to_save, self._tell, self.refuse)
        self._document.recipe_changed.connect(self._recipe_changed)

    # -- beginning

    def begin(self, volume: Volume, source: str = "header") -> None:
        """Show a tomogram and start a project for it, once its voxel size is known."""
        self.close()
        self._document.set_volume(volume)
        if volume.info.voxel_size_nm is not None:
            self._begin_session(volume, source)

    def _begin_session(self, volume: Volume, source: str) -> None:
        """In a thread: a project that is on the disk takes a moment, longer beside whoever else writes there."""
        recipe = self._document.recipe

        def create() -> Session:
            return Session.create(Project(reference_to(volume, None, source), recipe=recipe))

        def start(session: Session) -> None:
            if self.session is not None:
                let_go(session)
                return
            self._take(session)
            self._recipe_changed()  # it may have been chosen meanwhile

        self._beginning.run(create, start, on_dropped=let_go)

    def give_voxel_size(self, voxel_size_nm: float) -> None:
        """What the user typed; it can't change under vesicles, whose positions hang on it."""
        if len(self._document.vesicles):
            self.refuse(
                "The voxel size can't be changed once there are vesicles: open the tomogram again to start anew."
            )
            return
        self._document.set_voxel_size(voxel_size_nm)
        volume = self._document.volume
        if volume is None:
            return
        if self.session is None:
            self._begin_session(volume, "user")
        else:
            known = self.session.project.tomogram
            self.session.set_values(
                tomogram=replace(known, voxel_size_nm=voxel_size_nm, voxel_size_source="user")
            )

    def resume(self, session: Session, volume: Volume) -> None:
        """Go on with a session that was opened or recovered; ``volume`` is its tomogram."""
        self.close()
        self._document.set_volume(volume)
        self._take(session)
        self._document.set_recipe(session.project.recipe)
        self._document.run = dict(session.project.run)
        self.views.restore(session.project.views)
        if session.notice:
            self._workspace.tell("warning", session.notice)

    def _take(self, session: Session) -> None:
        self.session, self._was_edited = session, False
        session.subscribe(self._session_changed)
        self._document.set_pools(session.project.pools)
        self._document.set_vesicles(session.project.vesicles)
        self._document.set_regions(session.project.regions)
        self._tell()

    # -- edits

    @property
    def reviewer(self) -> str:
        """In whose name steps are taken."""
        return self._workspace.reviewer.name

    @property
    def can_edit(self) -> bool:
        return self.session is not None and not self.session.is_read_only

    def edit(self, make: Callable[[Project], Action]) -> bool:
        """Do what ``make`` makes of the project; whether it worked. Failures become sentences."""
        if self.session is None:
            self.refuse("Nothing can be edited before the voxel size is known.")
            return False
        try:
            step = ready_step(self.session.project, make(self.session.project), self.reviewer)
        except CryoVesError as error:
            self.refuse(str(error))
            return False
        return self.take_step(step)

    def take_step(self, step: ReadyStep) -> bool:
        """Take a step that was made ready for the project as it is; whether it worked."""
        assert self.session is not None
        if step.action.forward.is_empty:
            return True
        try:
            self.session.take(step)
        except CryoVesError as error:
            self.refuse(str(error))
            return False
        self.stepped.emit(Stepped.DONE, step.action.title)
        return True

    def refuse(self, why: str) -> None:
        """Say why something cannot be done."""
        self._workspace.tell("error", why)

    def undo(self) -> None:
        if self.session is not None and self.session.can_undo:
            title = self.session.last_title
            self._step(self.session.undo, Stepped.UNDONE, title)

    def redo(self) -> None:
        if self.session is not None and self.session.can_redo:
            title = self.session.next_title
            self._step(self.session.redo, Stepped.REDONE, title)

    def _step(self, step: Callable[[], Changed], how: Stepped, title: str) -> None:
        """Take a step back or forward, go to what it changed, and name it."""
        self._selects_changed = True
        try:
            change = step()
        finally:
            self._selects_changed = False
        touched = sorted(i for i in change.vesicles if self._document.vesicles.get(i) is not None)
        if touched:
            self._document.fly_to(touched[0], touched)
        self.stepped.emit(how, title)

    def set_pools(self, plan: PoolPlan) -> None:
        """Divide the vesicles in another way, at once by the measures that they have; no step of the history."""
        if self.can_edit and self.session is not None:
            self.session.set_values(pools=plan)
            self.session.refresh(pools_of(self.session.project))

    def take_run(self, result: LiveResult) -> str:
        """Bring a run's vesicles in, as one step that can be undone; what it did in a sentence, if there were some."""
        record, volume = result.record, self._document.volume
        if self.session is None or volume is None:
            self._document.set_vesicles(result.vesicles)
            return ""
        box = Box.of(record.job.box_px, volume.shape) if record.job.box_px else None
        again = len(self.session.project.vesicles) > 0
        action, sentence = take_over_run(
            self.session.project,
            result.vesicles,
            self._document.recipe,
            record.model.name,
            record.to_dict(),
            box,
        )
        self.edit(lambda _project: action)
        return sentence if again else ""

    def _session_changed(self, change: Changed) -> None:
        assert self.session is not None
        if "pools" in change.settings:
            self._document.set_pools(self.session.project.pools)
            self.pools_changed.emit()
        if change.vesicles:
            self._document.set_vesicles(
                self.session.project.vesicles, sorted(change.vesicles) if self._selects_changed else None
            )
        if change.regions:
            self._document.set_regions(self.session.project.regions)
        if change.vesicles or change.regions:
            self._was_edited = True
            self.vesicles_edited.emit()
        if "link_judgements" in change.settings:
            self._was_edited = True
        self._tell()
        if self.session.home is not None:
            self._autosave.start()

    def _recipe_changed(self) -> None:
        session, recipe = self.session, self._document.recipe
        if session is not None and not session.is_read_only and session.project.recipe != recipe:
            session.set_values(recipe=recipe)

    def _tell(self) -> None:
        self.changed.emit()
        self._workspace.acted.emit()

    # -- saving

    @property
    def saved_text(self) -> str:
        """For the status line."""
        if self.session is None:
            return ""
        if self.session.is_read_only:
            return "read only"
        if self.session.home is None:
            return "project not saved yet" if self.session.has_steps else ""
        return "all edits saved" if self.session.is_saved else "saving…"

    @property
    def has_unsaved_work(self) -> bool:
        session = self.session
        return session is not None and not session.is_saved and session.has_steps

    def place_text(self) -> str | None:
        """Where the project is, or would be saved."""
        home = (self.session.home if self.session else None) or self.proposed_home()
        return str(home) if home else None

    def usual_home(self) -> Path | None:
        """Beside the tomogram, under its name."""
        volume = self._document.volume
        if volume is None or not volume.info.path:
            return None
        return image_path(Path(volume.info.path)).with_suffix(SUFFIX)

    def proposed_home(self) -> Path | None:
        """Beside the tomogram, under a name that is free: a project of it that exists is never proposed."""
        beside = self.usual_home()
        if beside is None:
            return None
        others = (beside.with_stem(f"{beside.stem}_{number}") for number in count(2))
        return next(place for place in chain((beside,), others) if not exists(place))

    def save(self, path: Path | None = None) -> bool:
        """Save, to another place where one is given; whether it worked."""
        if self.session is None:
            return False
        self._autosave.settle()
        self._store_views()
        try:
            if path is None:
                self.session.save()
            else:
                self._refer_from(path)
                self.session.save_as(path)
        except CryoVesError as error:
            self.refuse(str(error))
            return False
        self._tell()
        return True

    def _refer_from(self, path: Path) -> None:
        """The tomogram's place relative to the project's, so that both can move together."""
        volume = self._document.volume
        if volume is not None and self.session is not None:
            source = self.session.project.tomogram.voxel_size_source
            self.session.set_values(tomogram=reference_to(volume, path, source))

    def _to_save(self) -> Session | None:
        session = self.session
        if session is None or session.home is None or session.is_saved:
            return None
        self._store_views()
        return session

    def close(self) -> Path | None:
        """Let go of the project; edits that have no place yet stay in the working copy and are offered again.

        What is returned is the project's file, if it was written on the way.
        """
        self._beginning.forget()
        self._autosave.settle()
        if self.session is None:
            return None
        home = self.session.home
        unsaved = home is not None and not self.session.is_saved
        written = self.save() if unsaved else self.session.has_steps and self._keep_views()
        self._end()
        return home.resolve() if home is not None and written else None

    def _keep_views(self) -> bool:
        """Where an edited project was left goes into its file, so that a review goes on where it stopped.

        One that was only looked at stays untouched; one without a file keeps it in its working copy.
        """
        self._store_views()
        if self.session is None or self.session.home is None or not self._was_edited:
            return False
        try:
            self.session.save()
        except CryoVesError as error:
            log.info("Where the project was left could not be kept: %s", error)
            return False
        return True

    def take_left(self) -> bool:
        """Whether edits without a place were left since this was asked last; they are in the working copies."""
        left, self._left = self._left, False
        return left

    def discard(self) -> None:
        """Let go of the project and of what is not saved."""
        if self.session is not None:
            self._autosave.settle()
            self.session.discard()
            self.session = None
            self._tell()

    def _end(self) -> None:
        session, self.session = self.session, None
        if session is None:
            return
        if session.home is None and not session.has_steps:
            session.discard()  # nothing was done: there is nothing to recover
        else:
            self._left = self._left or not session.is_saved
            session.close()
        self._tell()

    def _store_views(self) -> None:
        if self.session is None or self.session.is_read_only:
            return
        views = self.views.now(self.session.project.views)
        if views != self.session.project.views:
            self.session.set_views(views)
