"""Adapts the network to the open tomogram without labels, in a worker process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.panels.training.adapt_view import AdaptView
from cryoves_app.ui.panels.training.stopped_trainings import StoppedTrainings
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import model_place
from cryoves_app.workflow.jobs.messages import EpochDone, Failed
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.training.adapt_order import Adapted, AdaptOrder
from cryoves_app.workflow.training.unfinished import unfinished_adaptations


class AdaptPresenter(QObject):
    """One at a time."""

    def __init__(self, workspace: Workspace, run: SegmentRun) -> None:
        super().__init__(workspace)
        self._workspace, self._run = workspace, run
        self.view: AdaptView | None = None
        self.usual = AdaptOrder((), "")
        self.bridge = JobBridge(WorkerProcess(gives_way=True), self)
        self.stopped: StoppedTrainings[AdaptOrder] = StoppedTrainings(unfinished_adaptations, self)
        self._starts = False  # a place for the model is looked for
        self._kept = ""
        self.bridge.progressed.connect(self._show_progress)
        self.bridge.epoch_done.connect(self._show_epoch)
        self.bridge.done.connect(self._done)
        self.bridge.failed.connect(self._failed)

    @property
    def running(self) -> bool:
        return self._starts or self.bridge.running

    @property
    def possible(self) -> bool:
        """Whether there is a tomogram to adapt to."""
        return self._run.missing() is None

    def open(self, parent: QWidget | None) -> None:
        """Say what would happen."""
        if self.view is None:
            self.view = view = AdaptView(parent)
            self.stopped.line = view.stopped
            view.adapt_wanted.connect(self._start)
            view.choose_wanted.connect(self._choose)
            view.stopped.resume_wanted.connect(self._resume)
            view.stopped.remove_wanted.connect(self.stopped.remove)
            view.course.cancel_wanted.connect(self.bridge.cancel)
        if not self.running:
            self.view.show_starts(list(self._run.vesicle_models), self._run.choices.model)
            self.view.name.setText(f"{self._run.choices.model}-adapted")
            self.stopped.look()
        self.view.show()
        self.view.raise_()

    def offer_stopped(self) -> None:
        """At the program's start: what was stopped can be gone on with."""
        self.stopped.look(self._tell_stopped)

    def _tell_stopped(self) -> None:
        order = self.stopped.latest
        if order is not None:
            sentence = f"Adapting “{Path(order.output).name}” was stopped before it was finished."
            self._workspace.offer("warning", sentence, Choice("Go on with it", self._go_on), Choice("Later"))

    def _go_on(self) -> None:
        self.open(self._workspace.window)
        if not self.running:
            self._resume()

    def close(self) -> None:
        """With the window; whole epochs are kept."""
        self.bridge.close()

    def _start(self) -> None:
        view = self.view
        if view is None or not self.possible:
            return
        self._starts = True
        view.set_running(running=True)
        wish, start = view.name.text(), str(view.start.currentData())
        job = self._run.order().job

        def submit(place: Path) -> None:
            self._submit(
                replace(
                    self.usual,
                    tomograms=(job.tomogram,),
                    output=str(place),
                    start=start,
                    voxel_size_nm=job.voxel_size_nm,
                    threads=self.bridge.worker.threads,
                    command="window",
                )
            )

        run_in_background(lambda: model_place(wish), submit, lambda s: self._failed(Failed(s)), self)

    def _resume(self) -> None:
        if self.stopped.latest is not None:
            self._submit(self.stopped.latest)

    def _submit(self, order: AdaptOrder) -> None:
        self._starts = False
        if self.view is not None:
            self.view.set_running(running=True)
            self.view.show_verdict("", kept=False)
            self.stopped.hide()
            self.view.course.begin(order.epochs)
            self.bridge.submit(order)

    def _show_progress(self, step: str, fraction: float, text: str) -> None:
        if self.view is not None:
            self.view.course.show_progress(step, fraction, text)

    def _show_epoch(self, done: EpochDone) -> None:
        if self.view is not None:
            self.view.course.show_epoch(done.figures)

    def _done(self, result: Adapted) -> None:
        self._kept = Path(result.model).name if result.model else ""
        self._end("", result.sentence)
        if self._kept:
            self._run.look_for_models()

    def _failed(self, failure: Failed) -> None:
        self._end("Cancelled." if failure.cancelled else failure.sentence, "")

    def _end(self, sentence: str, verdict: str) -> None:
        self._starts = False
        if self.view is not None:
            self.view.set_running(running=False)
            self.view.course.show_end(sentence)
            self.view.show_verdict(verdict, kept=bool(verdict and self._kept))
        self._workspace.tell_briefly(sentence or verdict)
        self.stopped.look()

    def _choose(self) -> None:
        self._run.choose_model(self._kept)
        self._workspace.tell_briefly(f"“{self._kept}” is chosen under Segment.")
        if self.view is not None:
            self.view.close()
