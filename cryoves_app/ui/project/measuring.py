"""Measures of place (nearest neighbour, region, active zone, pool) follow every edit, computed in a thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.workflow.project.measurements import Measured, PlaceMeter
from cryoves_app.workflow.project.session import Session

PAUSE_MS = 500


class MeasureRefresher(QObject):
    """Waits for a pause in the edits, then brings the measures up to date; no step of the history."""

    measured = Signal()

    def __init__(self, projects: ProjectController) -> None:
        super().__init__(projects)
        self.volumes_nm3: dict[str, float] = {}
        self._projects = projects
        self._session: Session | None = None
        self._meter = PlaceMeter()
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._compute)
        projects.vesicles_edited.connect(self._timer.start)
        projects.pools_changed.connect(self._timer.start)
        projects.changed.connect(self._look_at_session)

    def _look_at_session(self) -> None:
        """Another project has other regions and volumes."""
        session = self._projects.session
        if session is self._session:
            return
        self._session, self._meter, self.volumes_nm3 = session, PlaceMeter(), {}
        if session is not None and len(session.project.vesicles):
            self._timer.start()

    def _compute(self) -> None:
        session = self._projects.session
        if session is None or session.is_read_only:
            return
        if self._busy:  # the meter is one thread's; what changed meanwhile is measured afterwards
            self._timer.start()
            return
        self._busy = True
        project, meter = session.project, self._meter
        run_in_background(
            lambda: meter.measure(project), lambda found: self._take(session, found), self._failed, self
        )

    def _take(self, session: Session, found: Measured) -> None:
        self._busy = False
        if self._projects.session is session:
            self.volumes_nm3 = found.volumes_nm3
            session.refresh(found.measures)
            self.measured.emit()

    def _failed(self, _sentence: str) -> None:
        self._busy = False
