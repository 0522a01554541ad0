"""What a person decides about vesicles: accepted, rejected, checked. ``by`` is who does, where that has a name."""

from __future__ import annotations

from collections.abc import Iterable

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles
from cryoves_app.workflow.project.actions.selection import action_title, find_vesicles

_BY_HAND = "rejected by hand"


def accept(project: Project, ids: Iterable[int], by: str = "") -> Action:
    """Take vesicles as good; they count as checked."""
    vesicles = find_vesicles(project, ids)
    accepted = [v.judged(Status.ACCEPTED, by) for v in vesicles]
    return change_vesicles("accept", action_title("Accept", vesicles), project, *accepted)


def reject(project: Project, ids: Iterable[int], by: str = "", reason: str = _BY_HAND) -> Action:
    """Leave vesicles out. They are kept, hidden, and can be restored."""
    vesicles = find_vesicles(project, ids)
    rejected = [v.judged(Status.REJECTED, by, reason) for v in vesicles]
    return change_vesicles("reject", action_title("Reject", vesicles), project, *rejected)


def restore(project: Project, ids: Iterable[int], by: str = "") -> Action:
    """Take back what was rejected."""
    vesicles = find_vesicles(project, ids)
    restored = [v.judged(Status.ACCEPTED, by) for v in vesicles]
    return change_vesicles("restore", action_title("Restore", vesicles), project, *restored)


def set_reviewed(project: Project, ids: Iterable[int], reviewed: bool = True, by: str = "") -> Action:
    """Mark vesicles as checked, or as not checked, whatever their status."""
    vesicles = find_vesicles(project, ids)
    verb = "Mark as checked:" if reviewed else "Mark as not checked:"
    marked = [v.judged(v.status, by, v.reason) if reviewed else v.not_judged(by) for v in vesicles]
    return change_vesicles("review", action_title(verb, vesicles), project, *marked)
