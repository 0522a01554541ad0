"""Names that people give to vesicles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles
from cryoves_app.workflow.project.actions.selection import find_vesicles, name_vesicles


def toggle_tag(project: Project, ids: Iterable[int], tag: str) -> Action:
    """Put a tag on vesicles, or take it off if all of them carry it."""
    vesicles = find_vesicles(project, ids)
    name = _checked(tag)
    if all(name in v.tags for v in vesicles):
        without = [replace(v, tags=tuple(t for t in v.tags if t != name)) for v in vesicles]
        return change_vesicles("tag", f"Take “{name}” off: {name_vesicles(vesicles)}", project, *without)
    tagged = [v if name in v.tags else replace(v, tags=(*v.tags, name)) for v in vesicles]
    return change_vesicles("tag", f"Tag “{name}”: {name_vesicles(vesicles)}", project, *tagged)


def _checked(tag: str) -> str:
    name = tag.strip()
    if not name or ";" in name:  # the table separates tags by it
        raise CryoVesError("A tag needs a name, without a semicolon.")
    return name
