"""Asks about vesicles that stand twice or outside, where they come in and before they go out."""

from __future__ import annotations

from collections.abc import Callable

from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.actions import review
from cryoves_app.workflow.project.placing import Misplaced, misplaced


class PlaceCheck:
    """Of the open project."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        self._workspace, self._projects = workspace, projects

    def look(self) -> None:
        """After vesicles came in: say what stands twice, with one click to mend it."""
        session = self._projects.session
        if session is None:
            return
        project = session.project

        def tell(found: Misplaced) -> None:
            if found.ids and self._projects.session is session:
                mend = Choice(_mend_text(found), lambda: self._reject(found))
                self._workspace.offer("warning", found.sentence(), mend, Choice("Keep them"))

        run_in_background(lambda: misplaced(project), tell, owner=self._projects)

    def ask(self, then: Callable[[], None]) -> None:
        """Before vesicles go out: do ``then`` at once if nothing is wrong, else when the user says so."""
        found = self._found()
        if not found.ids:
            then()
            return

        def mend() -> None:
            if self._reject(found):
                then()

        self._workspace.offer(
            "warning",
            f"Not exported yet. {found.sentence()}",
            Choice(f"{_mend_text(found)} and export", mend),
            Choice("Export all the same", then),
        )

    def _found(self) -> Misplaced:
        session = self._projects.session
        return misplaced(session.project) if session is not None else Misplaced()

    def _reject(self, found: Misplaced) -> bool:
        return self._projects.edit(lambda project: review.reject(project, found.ids, self._projects.reviewer))


def _mend_text(found: Misplaced) -> str:
    return "Reject them" if len(found.ids) > 1 else "Reject it"
