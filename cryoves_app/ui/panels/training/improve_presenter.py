"""Improves the network with the open project's corrections, segments again, and lets the person keep or drop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.ui.base.background import ignore, run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.panels.training.improve_view import ImproveView
from cryoves_app.ui.panels.training.stopped_trainings import StoppedTrainings
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import delete_model, model_place
from cryoves_app.workflow.jobs.messages import EpochDone, Failed
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.live_order import LiveResult
from cryoves_app.workflow.training.changes import Changes, changes
from cryoves_app.workflow.training.corrections import Corrections
from cryoves_app.workflow.training.improve_order import Improved, ImproveOrder
from cryoves_app.workflow.training.unfinished import unfinished_rounds


class ImprovePresenter(QObject):
    """One round at a time, in a worker process of its own. ``save`` puts the open project into its file."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, run: SegmentRun, save: Callable[[], bool]
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._run, self._save = workspace, projects, run, save
        self.view: ImproveView | None = None
        self.usual = ImproveOrder((), "")
        self.bridge = JobBridge(WorkerProcess(gives_way=True), self)
        self._starts = False  # a place for the model is looked for
        self._others: list[Path] = []
        self._improved: Improved | None = None
        self._found: LiveResult | None = None
        self._tomogram: str | None = None
        self.stopped: StoppedTrainings[ImproveOrder] = StoppedTrainings(unfinished_rounds, self)
        self.bridge.progressed.connect(self._show_progress)
        self.bridge.epoch_done.connect(self._show_epoch)
        self.bridge.done.connect(self._done)
        self.bridge.failed.connect(self._failed)

    @property
    def running(self) -> bool:
        return self._starts or self.bridge.running

    @property
    def possible(self) -> bool:
        """Whether there is a project to learn from."""
        return self._projects.session is not None and self._run.missing() is None

    def open(self, parent: QWidget | None) -> None:
        """Say what would be learned."""
        if self.view is None:
            self.view = view = ImproveView(parent)
            view.projects_wanted.connect(self._ask_projects)
            view.improve_wanted.connect(self._start)
            view.keep_wanted.connect(self._keep)
            view.drop_wanted.connect(self._drop)
            self.stopped.line = view.stopped
            view.stopped.resume_wanted.connect(self._resume)
            view.stopped.remove_wanted.connect(self.stopped.remove)
            view.course.cancel_wanted.connect(self.bridge.cancel)
        if not self.running and self._improved is None:
            self.view.show_starts(list(self._run.vesicle_models), self._run.choices.model)
            self._propose_name(self.view)
            self._show_material()
            self.stopped.look()
        self.view.show()
        self.view.raise_()

    def _propose_name(self, view: ImproveView) -> None:
        wish = f"{self._run.choices.model}-improved"
        run_in_background(lambda: model_place(wish), lambda place: view.name.setText(place.name), owner=self)

    def close(self) -> None:
        """With the window; whole epochs are kept."""
        self.bridge.close()

    def offer_stopped(self, open_project: Callable[[Path], object]) -> None:
        """At the program's start: what was stopped can be gone on with, once its project is open."""

        def tell() -> None:
            order = self.stopped.latest
            if order is not None:
                sentence = (
                    f"Improving “{Path(order.output).name}” was stopped. Open its project, and go on under "
                    "Run → Improve with my corrections…"
                )
                choice = Choice("Open its project", lambda: open_project(Path(order.projects[-1])))
                self._workspace.offer("warning", sentence, choice, Choice("Later"))

        self.stopped.look(tell)

    def _ask_projects(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self.view, "Other corrected projects", "", "Projects (*.cryoves)"
        )
        self._others = list(dict.fromkeys([*self._others, *map(Path, names)]))
        self._show_material()

    def _show_material(self) -> None:
        own = Corrections.of(self._workspace.document.vesicles)
        text = f"In this project: {own.sentence()}."
        if self._others:
            text += f" {counted(len(self._others), 'other project')} as well."
        if not own.all and not self._others:
            text += (
                " There is nothing to learn yet: add what was missed, and correct or reject what is wrong."
            )
        if self.view is not None:
            self.view.show_material(text, usable=bool(own.all or self._others) and self.possible)

    # -- a round

    def _start(self) -> None:
        view = self.view
        if view is None or not self.possible or not self._save():
            return
        session = self._projects.session
        home = session.home if session is not None else None
        if home is None:
            return
        view.show_running()
        self._starts = True
        wish = view.name.text() or f"{view.start.currentData()}-improved"  # where none was proposed yet

        def submit(place: Path) -> None:
            self._submit(self._ordered(view, home, place))

        run_in_background(lambda: model_place(wish), submit, lambda s: self._failed(Failed(s)), self)

    def _ordered(self, view: ImproveView, home: Path, place: Path) -> ImproveOrder:
        others = [path for path in self._others if path != home]
        return replace(
            self.usual,
            projects=tuple(map(str, (*others, home))),
            output=str(place),
            start=str(view.start.currentData()),
            threads=self.bridge.worker.threads,
            command="window",
        )

    def _resume(self) -> None:
        if self.stopped.latest is not None and self.possible:
            self._submit(self.stopped.latest)

    def _submit(self, order: ImproveOrder) -> None:
        if self.view is None:
            return
        self._starts, self._tomogram = False, self._tomogram_now()
        self.view.show_running()
        self.stopped.hide()
        self.view.course.begin(order.epochs)
        self.bridge.submit(order)

    def _tomogram_now(self) -> str | None:
        volume = self._workspace.document.volume
        return volume.info.path if volume is not None else None

    def _show_progress(self, step: str, fraction: float, text: str) -> None:
        if self.view is not None:
            self.view.course.show_progress(step, fraction, text)

    def _show_epoch(self, done: EpochDone) -> None:
        if self.view is not None:
            self.view.course.show_epoch(done.figures)

    def _done(self, result: Improved | LiveResult) -> None:
        if isinstance(result, Improved):
            self._improved = result
            self._segment_again(result)
        else:
            self._found = result
            self._judge()

    def _segment_again(self, improved: Improved) -> None:
        if self._tomogram_now() != self._tomogram or self._run.missing():
            self._show_end("Another tomogram is open now, so the new model was not tried.")
            return
        order = self._run.order()
        try:
            self.bridge.submit(replace(order, job=replace(order.job, model=improved.model)))
        except CryoVesError as error:
            self._show_end(str(error))

    def _judge(self) -> None:
        """What the new model would change in the project."""
        found = self._found
        if found is None or self._tomogram_now() != self._tomogram:
            self._show_end("Another tomogram is open now, so the new model was not compared.")
            return
        corrected = self._workspace.document.vesicles
        run_in_background(
            lambda: changes(corrected, found.vesicles), self._show_changes, self._show_end, self
        )

    def _show_changes(self, seen: Changes) -> None:
        better = "" if seen.is_better else " It is not better here."
        self._show_end(f"In this tomogram: {seen.sentence()}.{better}")

    def _show_end(self, sentence: str) -> None:
        view, improved = self.view, self._improved
        if view is None or improved is None:
            return
        view.course.show_end("")
        view.show_verdict(f"{sentence} {improved.sentence}", judged=True)
        self._workspace.tell_briefly(f"The new model: {sentence}")

    def _failed(self, failure: Failed) -> None:
        self._starts = False
        if self._improved is not None:  # the model is there; trying it failed
            self._show_end(failure.sentence)
            return
        if self.view is not None:
            self.view.course.show_end("Cancelled." if failure.cancelled else failure.sentence)
            self.view.show_idle()
            self._show_material()
        self.stopped.look(lambda: self._tell_what_is_left(failure))

    def _tell_what_is_left(self, failure: Failed) -> None:
        if self.view is not None and failure.cancelled and not self.running:
            kept = self.stopped.latest is not None
            self.view.course.show_end(
                "Cancelled; whole epochs are kept." if kept else "Cancelled; nothing is left."
            )

    # -- what becomes of the model

    def _keep(self) -> None:
        improved, found = self._improved, self._found
        if improved is None:
            return
        name = Path(improved.model).name
        self._run.look_for_models(lambda: self._run.choose_model(name))
        if found is not None and self._tomogram_now() == self._tomogram:
            self._projects.take_run(found)
        self._workspace.tell_briefly(f"“{name}” is kept, and chosen under Segment.")
        self._forget()

    def _drop(self) -> None:
        improved = self._improved
        if improved is not None:
            name = Path(improved.model).name
            run_in_background(lambda: delete_model(name), ignore, owner=self)
        self._forget()

    def _forget(self) -> None:
        """Ready for another round."""
        self._improved = self._found = None
        if self.view is not None:
            self.view.show_verdict("", judged=False)
            self.view.show_idle()
            self.view.close()
