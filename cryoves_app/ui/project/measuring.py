"""Measures of place (nearest neighbour, region, active zone, pool) follow every edit, computed in a thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.background import in_turn
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.project.background_edits import BackgroundEdits
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
        self._projects, self._edits = projects, BackgroundEdits(projects)
        self._session: Session | None = None
        self._meter = PlaceMeter()
        self._measuring = Recompute(self, self._measure, self._take, pause_ms=PAUSE_MS, takes_older=True)
        projects.vesicles_edited.connect(self._measuring.ask)
        projects.pools_changed.connect(self._measuring.ask)
        projects.changed.connect(self._look_at_session)

    def _look_at_session(self) -> None:
        """Another project has other regions and volumes."""
        session = self._projects.session
        if session is self._session:
            return
        self._session, self._meter, self.volumes_nm3 = session, PlaceMeter(), {}
        self._measuring.forget()
        if session is not None and len(session.project.vesicles):
            self._measuring.ask()

    def _measure(self) -> Callable[[], Measured] | None:
        session, meter = self._session, self._meter
        if session is None or session.is_read_only:
            return None
        project = session.project
        return in_turn(lambda: meter.measure(project))

    def _take(self, found: Measured) -> None:
        session = self._projects.session
        if session is not None and session is self._session:
            self.volumes_nm3 = found.volumes_nm3
            self._edits.refresh(session, lambda _now: found.measures, self.measured.emit)
