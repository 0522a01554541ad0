"""What a person decides about vesicles: accepted, rejected, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles
from cryoves_app.workflow.project.actions.selection import action_title, find_vesicles

_BY_HAND = "rejected by hand"


def accept(project: Project, ids: Iterable[int]) -> Action:
    """Take vesicles as good; they count as checked."""
    vesicles = find_vesicles(project, ids)
    accepted = [replace(v, status=Status.ACCEPTED, reason="", reviewed=True) for v in vesicles]
    return change_vesicles("accept", action_title("Accept", vesicles), project, *accepted)


def reject(project: Project, ids: Iterable[int], reason: str = _BY_HAND) -> Action:
    """Leave vesicles out. They are kept, hidden, and can be restored."""
    vesicles = find_vesicles(project, ids)
    rejected = [replace(v, status=Status.REJECTED, reason=reason, reviewed=True) for v in vesicles]
    return change_vesicles("reject", action_title("Reject", vesicles), project, *rejected)


def restore(project: Project, ids: Iterable[int]) -> Action:
    """Take back what was rejected."""
    vesicles = find_vesicles(project, ids)
    restored = [replace(v, status=Status.ACCEPTED, reason="", reviewed=True) for v in vesicles]
    return change_vesicles("restore", action_title("Restore", vesicles), project, *restored)


def set_reviewed(project: Project, ids: Iterable[int], reviewed: bool = True) -> Action:
    """Mark vesicles as checked, or as not checked, whatever their status."""
    vesicles = find_vesicles(project, ids)
    verb = "Mark as checked:" if reviewed else "Mark as not checked:"
    return change_vesicles(
        "review", action_title(verb, vesicles), project, *(replace(v, reviewed=reviewed) for v in vesicles)
    )
