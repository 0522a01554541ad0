"""What people did in a project, and what would be lost with it."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import open_for_reading
from cryoves_app.formats.project.stored_action import StoredAction
from cryoves_app.workflow.project.actions.run import SEGMENT


def hand_work(path: Path) -> list[str]:
    """The kinds of work by hand in a project file, each in words; empty where only the program was at work.

    Everything counts that a person did, also what was undone and can be done again.

    Raises
    ------
    CryoVesError
        If the project cannot be read to see.
    """
    with open_for_reading(path) as file:
        return _kinds(file.load(), file.actions())


def steps_by_hand(path: Path) -> int:
    """How many steps people took in a project file, undone ones included; raises as ``hand_work``."""
    with open_for_reading(path) as file:
        return _steps(file.actions())


def _kinds(project: Project, actions: tuple[StoredAction, ...]) -> list[str]:
    vesicles = sum(v.is_human_work for v in project.vesicles)
    regions = 0 if _came_with_run(project) else len(project.regions)
    numbers = {
        "vesicle": vesicles,
        "region": regions,
        "step": _steps(actions),
        "companion": len(project.companions),
    }
    found = [counted(number, noun) for noun, number in numbers.items() if number]
    found += ["pools"] if project.pools != PoolPlan() else []
    found += ["a changed recipe"] if _changed_recipe(project) else []
    return found


def _steps(actions: tuple[StoredAction, ...]) -> int:
    return sum(action.kind != SEGMENT for action in actions)


def _came_with_run(project: Project) -> bool:
    """Whether a file named on the command line holds the regions."""
    asked = project.run.get("job")
    return isinstance(asked, dict) and bool(asked.get("region") or asked.get("active_zone"))


def _changed_recipe(project: Project) -> bool:
    computed_with = project.run.get("recipe")
    if not isinstance(computed_with, dict):
        return False
    try:
        return Recipe.from_dict(computed_with) != project.recipe
    except CryoVesError:  # of a newer version; better ask once too often
        return True
