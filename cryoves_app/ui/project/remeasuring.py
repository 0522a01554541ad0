"""Profile, p-value and flags of what was edited follow in a thread; all p-values again on request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from cryoves_app.analysis.by_hand.manual_fit import ManualFitter
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle, VesicleFields
from cryoves_app.ui.base.background import in_turn, run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.item_job import ItemJob
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.project.background_edits import BackgroundEdits
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.workflow.project.remeasure import (
    P_VALUES_AT,
    flags_now,
    lacks_measures,
    merge_measures,
    missing_p_values,
    p_values_of_all,
    p_values_text,
    profile_measures,
    was_changed,
)
from cryoves_app.workflow.project.session import Session

PAUSE_MS = 300
#: Results are taken over at least this often, so that a long list shows them as they come.
LONGEST_SECONDS = 0.5


@dataclass(frozen=True)
class _Found:
    """What was measured of a session's vesicles as they were ``before``: which of them, and all that changed."""

    session: Session
    before: Project
    done: list[Vesicle]
    measures: dict[int, VesicleFields]


class Remeasurer(QObject):
    """Waits for a pause in the edits. Nothing it does is a step of the history."""

    p_values_told = Signal(str)  # when they were last computed for all

    def __init__(self, projects: ProjectController, fitting: FitService, job: ItemJob) -> None:
        super().__init__(projects)
        self._projects, self._fitting, self._job = projects, fitting, job
        self._edits = BackgroundEdits(projects)
        self._tried: dict[int, Sphere] = {}
        self._measuring = Recompute(self, self._measure, self._take, pause_ms=PAUSE_MS, takes_older=True)
        projects.vesicles_edited.connect(self._measuring.ask)
        fitting.ready.connect(self._measuring.ask)
        projects.changed.connect(self._tell)

    def _tell(self) -> None:
        session = self._projects.session
        known = session.project if session else None
        self.p_values_told.emit(p_values_text(known.run, known.vesicles) if known else "")

    @property
    def idle(self) -> bool:
        return self._measuring.idle

    def _measure(self) -> Callable[[], _Found] | None:
        session, fitter = self._projects.session, self._fitting.known
        if session is None or session.is_read_only or fitter is None:
            return None
        project = session.project
        wanted = self._wanted(project)
        return in_turn(lambda: _Found(session, project, *measure_for_a_while(project, fitter, wanted)))

    def _wanted(self, project: Project) -> list[Vesicle]:
        return [v for v in project.vesicles if was_changed(v) and self._tried.get(v.id) != v.sphere]

    def _take(self, found: _Found) -> None:
        session = found.session
        self._tried.update((v.id, v.sphere) for v in found.done)
        if self._projects.session is not session:
            return

        def go_on() -> None:
            if self._wanted(session.project):
                self._measuring.ask()

        self._edits.refresh(session, lambda now: _still_true(found.before, now, found.measures), go_on)

    def measure_all(self) -> None:
        """Measure what has no measures, then test all vesicles against the population anew."""
        session, fitter = self._projects.session, self._fitting.fitter()
        if session is None or session.is_read_only or fitter is None:
            return
        unknown = [v for v in session.project.vesicles if lacks_measures(v)]

        def finish(found: list[VesicleFields]) -> None:
            if self._projects.session is session:
                self._test_all(session, {v.id: m for v, m in zip(unknown, found, strict=True)})

        if unknown:
            self._job.start("Measuring", unknown, lambda v: profile_measures(fitter, v), finish)
        else:
            finish([])

    def _test_all(self, session: Session, measures: dict[int, VesicleFields]) -> None:
        session.refresh(measures)
        before = session.project

        def note_time() -> None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            session.set_values(run={**session.project.run, P_VALUES_AT: now})

        def take(found: dict[int, VesicleFields]) -> None:
            if self._projects.session is session:
                self._edits.refresh(session, lambda now: _still_true(before, now, found), note_time)

        run_in_background(lambda: p_values_of_all(before.vesicles), take, owner=self)

    def commands(self) -> list[Command]:
        def possible() -> bool:
            session = self._projects.session
            return self._projects.can_edit and session is not None and len(session.project.vesicles) > 0

        return [
            Command(
                key="vesicle.measure_all",
                text="Compute all p-values again",
                run=self.measure_all,
                menu="Vesicles",
                icon="sigma",
                enabled=possible,
                needs="needs vesicles, and nothing being measured",
                separated=True,
                hint="Tests every vesicle against the population as it is now; no status changes",
            ),
        ]


def measure_for_a_while(
    project: Project, fitter: ManualFitter, wanted: Sequence[Vesicle]
) -> tuple[list[Vesicle], dict[int, VesicleFields]]:
    """Which vesicles were measured in the time there is, and all measures that changed."""
    end = time.monotonic() + LONGEST_SECONDS
    done: list[Vesicle] = []
    found: dict[int, VesicleFields] = {}
    for vesicle in wanted:
        found[vesicle.id] = profile_measures(fitter, vesicle)
        done.append(vesicle)
        if time.monotonic() > end:
            break
    known = project.vesicles.replaced(v.but(**found[v.id]) for v in done)
    return done, merge_measures(found, missing_p_values(known), flags_now(project))


def _still_true(
    before: Project, now: Project, measures: dict[int, VesicleFields]
) -> dict[int, VesicleFields]:
    """Without those of vesicles that were changed meanwhile."""
    then = {v.id: v.sphere for v in before.vesicles}
    return {v.id: measures[v.id] for v in now.vesicles if v.id in measures and then.get(v.id) == v.sphere}
