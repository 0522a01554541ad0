"""Whether a working copy that its project's file has overtaken holds anything that the file has not."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.formats.project.project_file import ProjectFile, open_for_reading
from cryoves_app.formats.project.stored_action import StoredAction
from cryoves_app.workflow.project.actions.patch import Patch

#: Of a project, what is set without a step of the history and may be a person's work; where somebody looked is none.
_VALUES = ("recipe", "model", "run", "pools", "companions")


def is_contained(copy: ProjectFile, home: Path) -> bool:
    """Whether the project's file has all that the copy has: its beginning, every step, and the values of now.

    Where that cannot be known, because the file cannot be read or a step not be understood, it has not.
    """
    try:
        with open_for_reading(home) as file:
            own, others = _Content(copy), _Content(file)
            steps = {_identity(action) for action in others.actions}
            return (
                all(_identity(action) in steps for action in own.actions)
                and _decided(own.start) == _decided(others.start)
                and all(getattr(own.now, name) == getattr(others.now, name) for name in _VALUES)
                and own.now.tomogram.voxel_size_nm == others.now.tomogram.voxel_size_nm
            )
    except CryoVesError:
        return False


class _Content:
    """A project as it stands, how it began, and the steps between."""

    def __init__(self, file: ProjectFile) -> None:
        self.now, self.actions = file.load(), file.actions()
        self.start = self.now
        for action in reversed(_steps_in_effect(self.actions, file.cursor)):
            self.start = Patch.from_plain(action.inverse).apply(self.start)


def _steps_in_effect(actions: tuple[StoredAction, ...], cursor: int) -> tuple[StoredAction, ...]:
    places = [place for place, action in enumerate(actions, start=1) if action.id == cursor]
    return actions[: places[0]] if places else ()


def _identity(action: StoredAction) -> tuple[str, str, str, str]:
    return action.time, action.kind, action.title, repr(action.forward)


def _decided(project: Project) -> tuple[object, ...]:
    """What people see and decide; measures are computed again at any time."""
    return tuple((v.id, v.sphere, v.status, v.reviewed, v.tags) for v in project.vesicles), project.regions
