"""One step of a project's history, as its file holds it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field

from cryoves_app.formats.project.project_codec import Plain

_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a step is called, by which it is found again in its file.

    A history has tens of thousands of steps and keeps them all in memory: what each changes stays in the file.
    """

    id: int
    kind: str
    title: str
    person: str


@dataclass(frozen=True, slots=True)
class StoredAction:
    """One step of the history. ``parent`` is the step before it, 0 at the beginning.

    Who took the step stands with the change itself; files of before people had names have none.
    """

    id: int
    parent: int
    kind: str
    title: str
    time: str
    person: str
    forward_text: str = field(repr=False)
    inverse_text: str = field(repr=False)

    @classmethod
    def of(
        cls, number: int, parent: int, kind: str, title: str, time: str, forward: str, inverse: str
    ) -> StoredAction:
        """A step from its row in the file.

        Raises
        ------
        ValueError
            If what it changes is no JSON object.
        """
        name = change_of(forward).get(_PERSON, "")
        change_of(inverse)
        person = name if isinstance(name, str) else ""
        return cls(
            number, parent, sys.intern(kind), sys.intern(title), time, sys.intern(person), forward, inverse
        )

    @property
    def heading(self) -> Heading:
        """The step without what it changes."""
        return Heading(self.id, self.kind, self.title, self.person)

    @property
    def forward(self) -> Plain:
        """The change."""
        return change_of(self.forward_text)

    @property
    def inverse(self) -> Plain:
        """What takes it back."""
        return change_of(self.inverse_text)


def with_person(forward: Plain, person: str) -> Plain:
    """A change with the name of who made it, where there is one."""
    return {**forward, _PERSON: person} if person else forward


def change_of(text: str) -> Plain:
    """What a text of the file changes.

    Raises
    ------
    ValueError
        If it is no JSON object.
    """
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("an action without content")
    return value
