"""What people did in a project, and what would be lost with it."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.project import Project
from cryoves_app.formats.project_file import StoredAction, open_for_reading
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


def _kinds(project: Project, actions: tuple[StoredAction, ...]) -> list[str]:
    vesicles = sum(v.is_human_work for v in project.vesicles)
    regions = 0 if _came_with_run(project) else len(project.regions)
    steps = sum(action.kind != SEGMENT for action in actions)
    found = [
        _counted(number, noun)
        for number, noun in (
            (vesicles, "vesicle"),
            (regions, "region"),
            (steps, "step of the history"),
            (len(project.companions), "companion volume"),
        )
        if number
    ]
    found += ["pools"] if project.pools != PoolPlan() else []
    found += ["a changed recipe"] if _changed_recipe(project) else []
    return found


def _came_with_run(project: Project) -> bool:
    """Whether a file named on the command line holds the regions."""
    asked = project.run.get("job")
    return isinstance(asked, dict) and bool(asked.get("region") or asked.get("active_zone"))


def _changed_recipe(project: Project) -> bool:
    computed_with = project.run.get("recipe")
    return isinstance(computed_with, dict) and computed_with != project.recipe.to_dict()


def _counted(number: int, noun: str) -> str:
    first, space, rest = noun.partition(" ")
    return f"{number} {first}{'' if number == 1 else 's'}{space}{rest}"
