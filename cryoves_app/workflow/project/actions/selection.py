"""The vesicles that an action speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle


def find_vesicles(project: Project, ids: Iterable[int]) -> list[Vesicle]:
    """The vesicles with these ids, each once, in the order given.

    Raises
    ------
    CryoVesError
        If there is none, or one is not there.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise CryoVesError("No vesicle is selected.")
    return [_find(project, number) for number in wanted]


def _find(project: Project, number: int) -> Vesicle:
    vesicle = project.vesicles.get(number)
    if vesicle is None:
        raise CryoVesError(f"There is no vesicle {number}.")
    return vesicle


def action_title(verb: str, vesicles: Sequence[Vesicle]) -> str:
    """The title of an action: "Reject vesicle 12", "Reject 5 vesicles"."""
    return f"{verb} {name_vesicles(vesicles)}"


def name_vesicles(vesicles: Sequence[Vesicle]) -> str:
    """ "vesicle 12", "5 vesicles"."""
    return f"vesicle {vesicles[0].id}" if len(vesicles) == 1 else f"{len(vesicles)} vesicles"
