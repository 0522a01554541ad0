"""What a person decides about vesicles: accepted, rejected, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.project.actions.patch import Action, changed
from cryoves_app.workflow.project.actions.selection import chosen, named

_BY_HAND = "rejected by hand"


def accept(project: Project, ids: Iterable[int]) -> Action:
    """Take vesicles as good; they count as checked."""
    vesicles = chosen(project, ids)
    accepted = [replace(v, status=Status.ACCEPTED, reason="", reviewed=True) for v in vesicles]
    return changed("accept", named("Accept", vesicles), project, *accepted)


def reject(project: Project, ids: Iterable[int], reason: str = _BY_HAND) -> Action:
    """Leave vesicles out. They are kept, hidden, and can be restored."""
    vesicles = chosen(project, ids)
    rejected = [replace(v, status=Status.REJECTED, reason=reason, reviewed=True) for v in vesicles]
    return changed("reject", named("Reject", vesicles), project, *rejected)


def restore(project: Project, ids: Iterable[int]) -> Action:
    """Take back what was rejected."""
    vesicles = chosen(project, ids)
    restored = [replace(v, status=Status.ACCEPTED, reason="", reviewed=True) for v in vesicles]
    return changed("restore", named("Restore", vesicles), project, *restored)


def set_reviewed(project: Project, ids: Iterable[int], reviewed: bool = True) -> Action:
    """Mark vesicles as checked, or as not checked, whatever their status."""
    vesicles = chosen(project, ids)
    verb = "Mark as checked:" if reviewed else "Mark as not checked:"
    return changed(
        "review", named(verb, vesicles), project, *(replace(v, reviewed=reviewed) for v in vesicles)
    )
