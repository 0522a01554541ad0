"""Trains in a worker process of its own, so that segmenting and reviewing go on meanwhile."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.domain.notes import Note
from cryoves_app.ui.base.background import ignore, run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.panels.training.stopped_trainings import StoppedTrainings
from cryoves_app.ui.panels.training.view import STRUCTURE, VESICLES, TrainingView
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import model_place
from cryoves_app.workflow.jobs.messages import EpochDone, Failed
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.training.order import MaskTruth, Trained, TrainJob
from cryoves_app.workflow.training.shown import DatasetShown, show_dataset
from cryoves_app.workflow.training.unfinished import GLIMPSE, stop_early, unfinished_trainings

#: How many simulated tomograms are mixed in.
_SIMULATED = 6
_HOLD_OUT = 0.2
_FILES = "Projects and vesicles (*.cryoves *.mod *.csv *.mrc *.rec *.tif *.tiff);;All files (*)"
#: Going on from a network takes smaller steps than beginning anew.
_FIRST_RATE, _LATER_RATE = 1e-3, 3e-4


class TrainingPresenter(QObject):
    """One training at a time."""

    def __init__(self, workspace: Workspace, run: SegmentRun) -> None:
        super().__init__(workspace)
        self._workspace, self._run = workspace, run
        self.view: TrainingView | None = None
        self.bridge = JobBridge(WorkerProcess(gives_way=True), self)
        self._starts = False  # a place for the model is looked for
        self._sources: list[Path] = []
        self._looks = 0
        self._job: TrainJob | None = None
        self.stopped: StoppedTrainings[TrainJob] = StoppedTrainings(unfinished_trainings, self)
        bridge = self.bridge
        bridge.progressed.connect(self._show_progress)
        bridge.epoch_done.connect(self._show_epoch)
        bridge.noted.connect(self._show_note)
        bridge.done.connect(self._done)
        bridge.failed.connect(self._failed)

    @property
    def running(self) -> bool:
        return self._starts or self.bridge.running

    def open(self, parent: QWidget | None) -> None:
        """Show the window, with what was stopped before."""
        if self.view is None:
            self.view = view = TrainingView(parent)
            view.folder_wanted.connect(self._ask_folder)
            view.files_wanted.connect(self._ask_files)
            view.clear_wanted.connect(lambda: self._use(()))
            view.changed.connect(self._look)
            view.kind_changed.connect(self._show_starts)
            view.train_wanted.connect(self._start)
            self.stopped.line = view.stopped
            view.stopped.resume_wanted.connect(self._resume)
            view.stopped.remove_wanted.connect(self.stopped.remove)
            view.course.stop_wanted.connect(self._stop)
            view.course.cancel_wanted.connect(self.bridge.cancel)
        if not self.running:
            self._show_starts()
            self._propose_name(self.view)
            self.stopped.look()
        self.view.show()
        self.view.raise_()

    def _show_starts(self) -> None:
        """Models of the kind that is to be learned; one of vesicles is where the tomogram's is chosen from."""
        view = self.view
        if view is not None:
            wanted = [n for n, m in self._run.models.items() if m.finds_regions == view.is_structure]
            view.show_starts(wanted, "" if view.is_structure else self._run.choices.model)

    def _propose_name(self, view: TrainingView) -> None:
        def propose(place: Path) -> None:
            view.name.setText(view.name.text() or place.name)

        run_in_background(lambda: model_place("mine"), propose, owner=self)

    def close(self) -> None:
        """With the window; whole epochs are kept."""
        self.bridge.close()

    # -- the dataset

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self.view, "A folder to learn from")
        if name:
            self._use((*self._sources, Path(name)))

    def _ask_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self.view, "Files to learn from", "", _FILES)
        self._use((*self._sources, *map(Path, names)))

    def _use(self, sources: tuple[Path, ...]) -> None:
        self._sources = list(dict.fromkeys(sources))
        self._look()

    def _look(self) -> None:
        """Say what would be learned."""
        view, sources = self.view, tuple(self._sources)
        if view is None:
            return
        self._looks += 1
        if not sources:
            view.show_sentence("Nothing is chosen yet.")
            return
        number, mask = self._looks, self._mask
        model, simulated = self._run.models.get(str(view.start.currentData())), self._simulated
        voxel_nm = view.voxel_nm
        view.show_sentence("Looking at the dataset…")
        run_in_background(
            lambda: show_dataset(sources, _HOLD_OUT, model, simulated, mask, voxel_nm),
            lambda card: self._show_card(number, card),
            lambda sentence: self._show_no_card(number, sentence),
            self,
        )

    def _show_card(self, number: int, card: DatasetShown) -> None:
        """Unless something else was chosen meanwhile."""
        if self.view is not None and number == self._looks:
            self.view.show_card(card.columns, card.cells, card.sentence, usable=card.usable)

    def _show_no_card(self, number: int, sentence: str) -> None:
        if self.view is not None and number == self._looks:
            self.view.show_sentence(sentence)

    @property
    def _mask(self) -> MaskTruth | None:
        """The structure that is to be learned, if it is one."""
        view = self.view
        if view is None or not view.is_structure:
            return None
        return MaskTruth(view.label.value(), view.named.currentText().strip())

    @property
    def _simulated(self) -> int:
        view = self.view
        return _SIMULATED if view is not None and view.mix.isChecked() and not view.is_structure else 0

    # -- the training

    def offer_stopped(self) -> None:
        """At the program's start: what was stopped can be gone on with."""
        self.stopped.look(self._tell_stopped)

    def _tell_stopped(self) -> None:
        job = self.stopped.latest
        if job is not None:
            sentence = f"The training of “{Path(job.output).name}” was stopped before it was finished."
            self._workspace.offer("warning", sentence, Choice("Go on with it", self._go_on), Choice("Later"))

    def _go_on(self) -> None:
        self.open(self._workspace.window)
        if not self.running:
            self._resume()

    def _start(self) -> None:
        """With a place for the model, which is looked for first."""
        view = self.view
        if view is not None:
            view.set_running(running=True)
            self._starts = True
            wish = view.name.text()
            run_in_background(
                lambda: model_place(wish), lambda place: self._submit(self._ordered(place)), self._end, self
            )

    def _ordered(self, place: Path) -> TrainJob:
        view = self.view
        assert view is not None
        start, mask = str(view.start.currentData()) or None, self._mask
        return TrainJob(
            dataset=str(self._sources[0]),
            more=tuple(map(str, self._sources[1:])),
            simulated=self._simulated,
            output=str(place),
            start=start,
            epochs=view.epochs.value(),
            patches=view.patches.value(),
            patch_px=32,
            batch=8,
            hold_out=_HOLD_OUT,
            learning_rate=_LATER_RATE if start else _FIRST_RATE,
            threads=self.bridge.worker.threads,
            command="window",
            learns=VESICLES if mask is None else STRUCTURE,
            label=mask.label if mask else 1,
            masks=mask.name if mask else "",
            voxel_size_nm=view.voxel_nm,
        )

    def _resume(self) -> None:
        if self.stopped.latest is not None:
            self._submit(self.stopped.latest)

    def _submit(self, job: TrainJob) -> None:
        assert self.view is not None
        self._starts, self._job = False, job
        self.view.set_running(running=True)
        self.stopped.hide()
        self.view.course.begin(job.epochs)
        self.bridge.submit(job)

    def _stop(self) -> None:
        job = self._job
        if job is not None and self.view is not None:
            self.view.course.show_stopping()
            run_in_background(lambda: stop_early(job), ignore, owner=self)

    def _show_progress(self, step: str, fraction: float, text: str) -> None:
        if self.view is not None:
            self.view.course.show_progress(step, fraction, text)

    def _show_note(self, note: Note) -> None:
        if self.view is not None:
            self.view.course.show_note(note.sentence)

    def _show_epoch(self, done: EpochDone) -> None:
        view, job = self.view, self._job
        if view is not None and job is not None:
            view.course.show_epoch(done.figures)
            run_in_background((job.unfinished / GLIMPSE).read_bytes, view.course.show_glimpse, ignore, self)

    def _done(self, result: Trained) -> None:
        name = Path(result.model).name
        scores = ", ".join(f"{key} {value:.3f}" for key, value in result.scores.items() if key != "loss")
        held_out = f" On held-out tomograms: {scores}." if scores else ""
        self._end(f"The model “{name}” is ready: epoch {result.best_epoch} was the best.{held_out}")
        self._run.look_for_models()

    def _failed(self, failure: Failed) -> None:
        kept = "Cancelled; whole epochs are kept." if failure.cancelled else failure.sentence
        self._end(kept)

    def _end(self, sentence: str) -> None:
        self._starts = False
        if self.view is not None:
            self.view.set_running(running=False)
            self.view.course.show_end(sentence)
        self._workspace.tell_briefly(sentence)
        self.stopped.look()
