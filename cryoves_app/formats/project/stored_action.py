"""One step of a project's history, as its file holds it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryoves_app.formats.project.project_codec import Plain

_PERSON = "person"


@dataclass(frozen=True)
class StoredAction:
    """One step of the history. ``parent`` is the step before it, 0 at the beginning.

    Who took the step stands with the change itself; files of before people had names have none.
    """

    id: int
    parent: int
    kind: str
    title: str
    time: str
    forward: Plain = field(repr=False)
    inverse: Plain = field(repr=False)

    @property
    def person(self) -> str:
        """Who took the step; empty where that was not kept."""
        name = self.forward.get(_PERSON, "")
        return name if isinstance(name, str) else ""


def with_person(forward: Plain, person: str) -> Plain:
    """A change with the name of who made it, where there is one."""
    return {**forward, _PERSON: person} if person else forward
