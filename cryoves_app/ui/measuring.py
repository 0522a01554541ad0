"""Measures of place (nearest neighbour, region, active zone) follow every edit, computed in a thread."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer

from cryoves_app.ui.background import run_in_background
from cryoves_app.ui.project_controller import ProjectController
from cryoves_app.workflow.measurements import measures_of
from cryoves_app.workflow.session import Session

PAUSE_MS = 500


class MeasureRefresher(QObject):
    """Waits for a pause in the edits, then brings the measures up to date; no step of the history."""

    def __init__(self, projects: ProjectController) -> None:
        super().__init__(projects)
        self._projects = projects
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._compute)
        projects.vesicles_edited.connect(self._timer.start)

    def _compute(self) -> None:
        session = self._projects.session
        if session is None or session.is_read_only:
            return
        project = session.project
        run_in_background(
            lambda: measures_of(project), lambda measures: self._take(session, measures), lambda _sentence: None, self
        )

    def _take(self, session: Session, measures: dict[int, dict[str, Any]]) -> None:
        if self._projects.session is session:
            session.refresh(measures)
