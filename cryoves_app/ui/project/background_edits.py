"""Steps and measures of many vesicles, made ready in a thread while the window goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import VesicleFields
from cryoves_app.ui.base.background import in_turn, run_in_background
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.history import ReadyMeasures, ReadyStep, ready_measures, ready_step
from cryoves_app.workflow.project.session import Session

#: Measures of fewer vesicles than these are taken over at once.
MANY = 300


class BackgroundEdits:
    """Of the open project. What changed it meanwhile came first: then all is made ready once more."""

    def __init__(self, projects: ProjectController) -> None:
        self._projects = projects

    def edit(self, make: Callable[[Project], Action], done: Callable[[], None]) -> None:
        """As ``ProjectController.edit``; ``done`` is called if it worked."""
        session = self._projects.session
        if session is None:
            self._projects.edit(make)  # which says why that cannot be
            return
        project, person = session.project, self._projects.reviewer

        def take(step: ReadyStep) -> None:
            if self._projects.session is not session:
                return
            if session.project is not project:
                self.edit(make, done)
            elif self._projects.take_step(step):
                done()

        run_in_background(
            lambda: ready_step(project, make(project), person), take, self._projects.refuse, self._projects
        )

    def refresh(
        self,
        session: Session,
        measures: Callable[[Project], Mapping[int, VesicleFields]],
        done: Callable[[], None],
    ) -> None:
        """Take over measures that were computed again, as ``measures`` of the project as it then is."""
        project = session.project
        found = measures(project)
        if len(found) < MANY:
            session.refresh(found)
            done()
            return

        def take(ready: ReadyMeasures) -> None:
            if self._projects.session is not session:
                return
            if session.project is not project:
                self.refresh(session, measures, done)
                return
            session.take_measures(ready)
            done()

        run_in_background(in_turn(lambda: ready_measures(project, found)), take, owner=self._projects)
