"""Everything a person did to a project, back and forth without end, each step on the disk at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import VesicleFields
from cryoves_app.formats.project.project_codec import Plain
from cryoves_app.formats.project.project_file import ProjectFile, Update, step_texts
from cryoves_app.formats.project.stored_action import StoredAction, with_person
from cryoves_app.workflow.project.actions.patch import Action, Patch
from cryoves_app.workflow.project.actions.reshape import MEASURED_FIELDS
from cryoves_app.workflow.project.actions.run import SEGMENT

#: Fields that are computed again when others change, and so are no step of the history.
REFRESHED = (*MEASURED_FIELDS, "flags", "label")


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history list; ``is_done`` is false for what was undone and can be redone.

    ``person`` is who took the step, empty where that was not kept.
    """

    title: str
    kind: str
    is_done: bool
    person: str = ""


@dataclass(frozen=True)
class ReadyStep:
    """A step that is made ready to be taken on ``before``, down to the text in the file."""

    before: Project
    after: Project
    action: Action
    forward: Plain
    inverse: Plain
    update: Update
    texts: tuple[str, str]


@dataclass(frozen=True)
class ReadyMeasures:
    """Measures that were computed again, made ready for ``before``, down to the text in the file."""

    before: Project
    after: Project
    update: Update


def ready_step(project: Project, action: Action, person: str = "") -> ReadyStep:
    """What taking a step in a person's name needs; for many vesicles this is slow, and may be done in a thread."""
    after = action.forward.apply(project)
    forward, inverse = with_person(action.forward.to_plain(), person), action.inverse.to_plain()
    update = action.forward.update(after)
    _ = update.rows  # made here, in whichever thread this is
    return ReadyStep(project, after, action, forward, inverse, update, step_texts(forward, inverse))


def ready_measures(project: Project, measures: Mapping[int, VesicleFields]) -> ReadyMeasures:
    """What writing measures needs, as ``ready_step`` does; what people decided stays."""
    renewed = []
    for vesicle in project.vesicles:
        known = measures.get(vesicle.id, {})
        values = {n: v for n, v in known.items() if n in REFRESHED and getattr(vesicle, n) != v}
        if values:
            renewed.append(vesicle.but(**values))
    update = Update(tuple(renewed))
    _ = update.rows  # made here, in whichever thread this is
    return ReadyMeasures(project, replace(project, vesicles=project.vesicles.replaced(renewed)), update)


class History:
    """The project as it stands in a file, and the steps that led there.

    All changes of a project go through here: the file first, then the state in memory, so that the two agree
    whatever happens in between.
    """

    def __init__(self, file: ProjectFile) -> None:
        self._file = file
        self._project = file.load()
        self._path = [action.heading for action in file.actions()]
        self._done = self._place_of(file.cursor)
        self._steps: list[Step] | None = None  # made when asked for, and changed with each step from then on

    @property
    def project(self) -> Project:
        return self._project

    @property
    def can_undo(self) -> bool:
        return self._done > 0

    @property
    def can_redo(self) -> bool:
        return self._done < len(self._path)

    @property
    def last_title(self) -> str:
        """The last step that is in effect; empty at the beginning."""
        return self._path[self._done - 1].title if self.can_undo else ""

    @property
    def next_title(self) -> str:
        """The step that would be redone; empty where there is none."""
        return self._path[self._done].title if self.can_redo else ""

    @property
    def length(self) -> int:
        """How many steps the history list has, those that were undone included."""
        return len(self._path)

    @property
    def done_count(self) -> int:
        """How many of them are in effect."""
        return self._done

    @property
    def steps(self) -> tuple[Step, ...]:
        """The history list, oldest first."""
        if self._steps is None:
            self._steps = [self._line(number) for number in range(len(self._path))]
        return tuple(self._steps)

    def do(self, action: Action, person: str = "") -> Patch:
        """Take a step in a person's name; steps that were undone before are no longer in the list.

        An action that changes nothing leaves no trace.
        """
        if action.forward.is_empty:
            return action.forward
        return self.take(ready_step(self._project, action, person))

    def take(self, step: ReadyStep) -> Patch:
        """Take a step that was made ready for the project as it is.

        Raises
        ------
        ValueError
            If the project has changed since.
        """
        self._check(step.before)
        stored = self._file.append_action(
            step.action.kind, step.action.title, step.forward, step.inverse, step.update, step.texts
        )
        self._path[self._done :] = [stored.heading]
        self._done += 1
        if self._steps is not None:
            self._steps[self._done - 1 :] = [self._line(self._done - 1)]
        self._project = step.after
        return step.action.forward

    def undo(self) -> Patch:
        """Go back one step.

        Raises
        ------
        CryoVesError
            If there is nothing to undo.
        """
        if not self.can_undo:
            raise CryoVesError("There is nothing to undo.")
        done = self._done - 1
        inverse = self._file.inverse(self._path[done].id)
        return self._move(Patch.from_plain(inverse), self._path[done - 1].id if done else 0, done)

    def redo(self) -> Patch:
        """Go forward one step that was undone.

        Raises
        ------
        CryoVesError
            If there is nothing to redo.
        """
        if not self.can_redo:
            raise CryoVesError("There is nothing to redo.")
        number = self._path[self._done].id
        return self._move(Patch.from_plain(self._file.forward(number)), number, self._done + 1)

    def refresh(self, measures: Mapping[int, VesicleFields]) -> tuple[int, ...]:
        """Write measures that were computed again; what people decided stays. Returns the ids that changed.

        This is no step of the history: undoing a step brings the decisions back, and the measures follow.
        """
        return self.take_measures(ready_measures(self._project, measures))

    def take_measures(self, ready: ReadyMeasures) -> tuple[int, ...]:
        """``refresh`` with what was made ready for the project as it is; raises as ``take`` does."""
        self._check(ready.before)
        renewed = ready.update.vesicles
        if renewed:
            self._file.apply_update(ready.update)
            self._project = ready.after
        return tuple(v.id for v in renewed)

    def _check(self, before: Project) -> None:
        if before is not self._project:
            raise ValueError("This was made ready for another state of the project.")

    def set_values(self, **values: Any) -> None:
        """Write recipe, model, run, views or tomogram: project values that are no step of the history."""
        after = replace(self._project, **values)
        self._file.apply_update(Update(settings=values))
        self._project = after

    @property
    def done(self) -> tuple[StoredAction, ...]:
        """The steps in effect, oldest first, as the file has them."""
        return self._file.stored(self._path[: self._done])

    @property
    def kinds(self) -> list[str]:
        """The kinds of the steps in effect, oldest first."""
        return [heading.kind for heading in self._path[: self._done]]

    def _move(self, patch: Patch, cursor: int, done: int) -> Patch:
        after = patch.apply(self._project)
        self._file.move_cursor(cursor, patch.update(after))
        changed = min(done, self._done)
        self._project, self._done = after, done
        if self._steps is not None:
            self._steps[changed] = self._line(changed)
        return patch

    def _line(self, number: int) -> Step:
        heading = self._path[number]
        return Step(heading.title, heading.kind, number < self._done, heading.person)

    def _place_of(self, cursor: int) -> int:
        if cursor == 0:
            return 0
        places = [n for n, heading in enumerate(self._path, start=1) if heading.id == cursor]
        if not places:
            raise CryoVesError("The project is damaged: its history has a gap.")
        return places[0]


def project_before_edits(project: Project, done: Sequence[StoredAction]) -> Project | None:
    """The project as its last segmentation left it; ``None`` where there was none.

    Parameters
    ----------
    done
        The steps in effect that led to ``project``, oldest first.

    Raises
    ------
    CryoVesError
        If a step of the history is damaged.
    """
    for step in reversed(done):
        if step.kind == SEGMENT:
            return project
        project = Patch.from_plain(step.inverse).apply(project)
    return project if project.run else None


def replay_actions(start: Project, actions: tuple[StoredAction, ...]) -> Project:
    """The project that stored steps make of their start."""
    project = start
    for action in actions:
        project = Patch.from_plain(action.forward).apply(project)
    return project
