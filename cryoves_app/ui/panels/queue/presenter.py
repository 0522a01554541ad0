"""Between the queue, its window, and what is open in the main window."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import data_folder
from cryoves_app.domain.reading import is_folder
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.mailbox import open_mailbox
from cryoves_app.ui.base.run_progress import RunProgress
from cryoves_app.ui.panels.queue.lookout import FINISHED, Lookout
from cryoves_app.ui.panels.queue.rows import QueueRow
from cryoves_app.ui.panels.queue.view import QueueView
from cryoves_app.ui.panels.study.presenter import StudyPresenter
from cryoves_app.ui.project.opening import FILE_FILTER, Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.thumbnails import ThumbnailStore
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.batch.kept_queue import QueuedTomogram, Stage, tomograms_in
from cryoves_app.workflow.batch.queue_runner import QueueRunner
from cryoves_app.workflow.batch.summary import SUMMARY, write_summary
from cryoves_app.workflow.common.naming import as_path
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.study.sources import StudyInput

QUEUE_FILE = "queue.json"
RESULTS = "cryoves-results"
#: How often is looked at what becomes of results, and of queues that run elsewhere.
LOOK_MS = 5000


class QueuePresenter(QObject):
    """Lives as long as the main window; its own window is made when it is first wanted."""

    def __init__(
        self, workspace: Workspace, opener: Opener, projects: ProjectController, run: SegmentRun, threads: int
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._opener, self._projects, self._run = workspace, opener, projects, run
        self.view: QueueView | None = None
        self._at_work, self._progress = "", RunProgress(0.0)
        self.runner = QueueRunner(
            data_folder() / QUEUE_FILE,
            threads,
            open_mailbox(self._changed).send,
            open_mailbox(self._report).send,
        )
        self.lookout = Lookout(ThumbnailStore(workspace), self._show, self)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.study = StudyPresenter(workspace, projects, self._study_inputs)
        workspace.document.vesicles_changed.connect(self._look_whether_reviewed)
        opener.opened.connect(lambda _path: self._show())

    def resume(self) -> None:
        """Go on with the queue of the last time."""
        self._try(self.runner.resume)
        left = sum(t.stage is Stage.WAITING or t.stage is Stage.RUNNING for t in self.runner.queue.tomograms)
        if left and not self.runner.queue.is_paused:
            self._workspace.tell_briefly(f"The queue goes on: {_count(left)} left.")

    def close(self) -> None:
        self._timer.stop()
        self.study.cancel()
        self.runner.close()

    # -- its window

    def open(self) -> None:
        """Show the queue."""
        if self.view is None:
            self.view = QueueView(self._workspace.window)
            self._connect(self.view)
        self._explain(self.view)
        self._changed()
        self.view.show()
        self.view.raise_()

    def _connect(self, view: QueueView) -> None:
        runner = self.runner
        view.files_wanted.connect(self._ask_for_files)
        view.folder_wanted.connect(self._ask_for_folder)
        view.dropped.connect(self.add)
        view.removed.connect(self._remove)
        view.retried.connect(lambda keys: self._try(lambda: runner.retry(keys)))
        view.moved.connect(lambda keys, by: self._try(lambda: runner.move(keys, by)))
        view.list.placed.connect(lambda keys, before: self._try(lambda: runner.place(keys, before)))
        view.reviewed.connect(self._toggle_reviewed)
        view.list.condition_given.connect(
            lambda key, text: self._try(lambda: runner.set_condition(key, text))
        )
        view.watch_wanted.connect(self._ask_what_to_watch)
        view.pause_toggled.connect(lambda: self._try(lambda: runner.pause(paused=not runner.queue.is_paused)))
        view.next_wanted.connect(self.open_next)
        view.list.opened.connect(self._open_one)
        view.summary_wanted.connect(self._ask_for_summary)
        view.study_wanted.connect(lambda: self.study.open(self._workspace.window))

    def _explain(self, view: QueueView) -> None:
        recipe, model = self._workspace.document.recipe.name, self._run.choices.model
        view.explanation.setText(
            "Segments tomograms one after the other while you go on working. Those that are added now get what is "
            f"chosen under Segment: recipe “{recipe}”, model “{model}”."
        )

    # -- what the user wants

    def add(self, paths: Sequence[Path]) -> None:
        """Put files, and what lies in folders, at the end of the queue."""
        tomograms: list[Path] = []
        for path in paths:
            self._try(lambda path=path: tomograms.extend(tomograms_in(path) if is_folder(path) else [path]))  # type: ignore[misc]
        view = self.view
        if not tomograms or view is None:
            return
        results = tomograms[0].parent / (as_path(view.results.text()) or RESULTS)
        self._try(lambda: self._add(tomograms, results, self._base(view)))

    def _add(self, tomograms: Sequence[Path], results: Path, base: SegmentJob) -> None:
        new = self.runner.add(tomograms, results, base)
        if new < len(tomograms):
            self._workspace.tell_briefly(f"{_count(len(tomograms) - new)} in the queue already.")

    def _base(self, view: QueueView) -> SegmentJob:
        condition = view.condition.text()
        return SegmentJob(
            "",
            "",
            recipe=self._workspace.document.recipe,
            model=self._run.choices.model,
            device=self._run.choices.device,
            region=_pattern(as_path(view.region.text())),
            optional_region=view.optional_region.isChecked(),
            condition=condition.strip(),
            links=view.links.isChecked(),
        )

    def _ask_for_files(self) -> None:
        folder = self._workspace.preferences.now.folder
        names, _ = QFileDialog.getOpenFileNames(self.view, "Add tomograms", folder, FILE_FILTER)
        if names:
            self._workspace.preferences.change(folder=str(Path(names[0]).parent))
            self.add([Path(name) for name in names])

    def _ask_for_folder(self) -> None:
        folder = self._workspace.preferences.now.folder
        name = QFileDialog.getExistingDirectory(self.view, "Add the tomograms of a folder", folder)
        if name:
            self.add([Path(name)])

    def _ask_what_to_watch(self) -> None:
        folder = self._workspace.preferences.now.folder
        name = QFileDialog.getExistingDirectory(self.view, "Watch the results of a queue", folder)
        if name:
            self._try(lambda: self.runner.watch(Path(name)))

    def _remove(self, keys: Collection[str]) -> None:
        """Take tomograms out of the queue; of those of another one its folder is watched no longer."""
        elsewhere = {str(Path(t.folder).parent) for t in self.lookout.seen.elsewhere if t.folder in keys}
        for folder in elsewhere:
            self._try(lambda folder=folder: self.runner.watch(Path(folder), watched=False))  # type: ignore[misc]
        self._try(lambda: self.runner.remove(keys))

    def _toggle_reviewed(self, keys: Collection[str]) -> None:
        chosen = [t for t in self._tomograms() if t.folder in keys]
        self._set_reviewed(chosen, reviewed=any(t.stage is Stage.TO_REVIEW for t in chosen))

    def _set_reviewed(self, chosen: Sequence[QueuedTomogram], *, reviewed: bool = True) -> None:
        """Count tomograms of this queue and of watched ones as reviewed, or not."""
        own = {t.folder for t in self.runner.queue.tomograms}
        here = [t.folder for t in chosen if t.folder in own]
        elsewhere = [t.folder for t in chosen if t.folder not in own]
        if here:
            self._try(lambda: self.runner.set_reviewed(here, reviewed=reviewed))
        if elsewhere:
            self._try(lambda: self.runner.set_reviewed_elsewhere(elsewhere, reviewed=reviewed))

    def open_next(self) -> None:
        """Open the next finished tomogram that is not reviewed."""
        found = self._next_to_review()
        if found is not None:
            self._opener.open([found.project])

    def _next_to_review(self) -> QueuedTomogram | None:
        return self.runner.queue.next_to_review(self._open_project(), self.lookout.seen.elsewhere)

    def _tomograms(self) -> list[QueuedTomogram]:
        """Those of this queue, then those of watched ones."""
        return [*self.runner.queue.tomograms, *self.lookout.seen.elsewhere]

    def _open_one(self, key: str) -> None:
        """The project of a finished tomogram, or the tomogram itself."""
        found = next((t for t in self._tomograms() if t.folder == key), None)
        if found is not None:
            file = found.project if found.stage in FINISHED else Path(found.job.tomogram)
            self._opener.open([file], asks_level=False)  # the queue has taken one already

    def _ask_for_summary(self) -> None:
        tomograms = self._tomograms()
        start = str(Path(tomograms[0].folder).with_name(SUMMARY)) if tomograms else SUMMARY
        name, _ = QFileDialog.getSaveFileName(self.view, "Save the summary", start, "Tables (*.csv)")
        if name:
            self.write_summary(Path(name))

    def write_summary(self, path: Path) -> None:
        """One row for each tomogram, with its vesicles as they were reviewed."""
        self._try(lambda: write_summary(path, [t.summary() for t in self._tomograms()]))

    def _study_inputs(self) -> list[StudyInput]:
        """The projects of what is segmented."""
        finished = (t for t in self._tomograms() if t.stage in FINISHED)
        return [StudyInput(t.project, t.job.condition) for t in finished]

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
            self._show()

    # -- what becomes of it

    def _open_project(self) -> Path | None:
        session = self._projects.session
        return session.home if session is not None else None

    def _look_whether_reviewed(self) -> None:
        """A tomogram whose vesicles are all checked is reviewed."""
        home, vesicles = self._open_project(), self._workspace.document.vesicles
        if home is None or not len(vesicles) or vesicles.checked_count < len(vesicles):
            return
        self._set_reviewed([t for t in self._tomograms() if t.project == home and t.stage is Stage.TO_REVIEW])

    def _report(self, key: str, step: str, fraction: float) -> None:
        now = time.monotonic()
        if key != self._at_work:
            self._at_work, self._progress = key, RunProgress(now)
        if self._progress.step and step != self._progress.step:
            self._progress.finish(self._progress.step, 0.0)
        self._progress.report(step, fraction)
        found = self.runner.queue.find(key)
        if self.view is not None and found is not None and found.stage is Stage.RUNNING:
            self.view.list.show_state(key, self._state(found))

    def _state(self, tomogram: QueuedTomogram) -> str:
        if tomogram.stage is Stage.RUNNING and tomogram.folder == self._at_work:
            return f"running: {self._progress.sentence(time.monotonic())}"
        if tomogram.stage in (Stage.WAITING, Stage.RUNNING) or not tomogram.sentence:
            return tomogram.stage
        return f"{tomogram.stage}: {tomogram.sentence}"

    def _changed(self) -> None:
        self._show()
        self._look()

    def _look(self) -> None:
        """Look again, and go on looking while anybody sees it or other queues are watched."""
        queue = self.runner.queue
        is_seen = self.view is not None and self.view.isVisible()
        if is_seen or queue.watched:
            self.lookout.look(queue.tomograms, queue.watched, queue.reviewed_elsewhere)
            self._timer.start()
        else:
            self._timer.stop()

    def _show(self) -> None:
        self._workspace.acted.emit()
        queue, view = self.runner.queue, self.view
        if not any(t.stage is Stage.RUNNING and t.folder == self._at_work for t in queue.tomograms):
            self._at_work = ""
        if view is None:
            return
        home, own = self._open_project(), len(queue.tomograms)
        rows = [
            self._row(t, is_current=t.project == home, is_elsewhere=number >= own)
            for number, t in enumerate(self._tomograms())
        ]
        view.show_rows(rows)
        has_results = any(t.stage in FINISHED for t in self._tomograms())
        has_next = self._next_to_review() is not None
        view.show_work(self.words(), paused=queue.is_paused, has_next=has_next, has_results=has_results)

    def _row(self, tomogram: QueuedTomogram, *, is_current: bool, is_elsewhere: bool) -> QueueRow:
        job, facts = tomogram.job, self.lookout.seen.facts(tomogram.project)
        name = Path(job.tomogram).name
        state = self._state(tomogram)
        share = facts.outlier_share if facts else None
        return QueueRow(
            key=job.folder,
            name=name,
            path=job.tomogram,
            condition=job.condition,
            state=state.replace(job.tomogram, name),  # its beginning is seen, and would be all path
            whole_state=state,
            vesicles=str(facts.accepted) if facts else "",
            doubtful="" if share is None else f"{100 * share:.0f} %",
            checked=f"{facts.checked} of {facts.vesicles}" if facts else "",
            thumbnail=self.lookout.icon(job.tomogram) if tomogram.stage in FINISHED else None,
            is_current=is_current,
            is_elsewhere=is_elsewhere,
        )

    def words(self) -> str:
        """How many are at which stage."""
        stages = [t.stage for t in self._tomograms()]
        counts = [f"{stages.count(stage)} {stage}" for stage in Stage if stage in stages]
        paused = " Paused: no further one begins." if self.runner.queue.is_paused else ""
        begun = ", ".join(counts) + "." if counts else "Add tomograms, or drop them here."
        return " ".join([begun + paused, *self.lookout.seen.troubles])

    def commands(self) -> list[Command]:
        return [
            Command(
                key="run.queue",
                text="Queue…",
                run=self.open,
                menu="Run",
                separated=True,
                hint="Segments many tomograms one after the other while you go on working (batch)",
            ),
            Command(
                key="run.next_to_review",
                text="Next to review",
                run=self.open_next,
                menu="Run",
                enabled=lambda: self._next_to_review() is not None,
                needs="no other tomogram of the queue waits for review",
                hint="Opens the next tomogram of the queue that is segmented and not reviewed",
            ),
        ]


def _pattern(typed: str) -> str | None:
    """Where the file of a region is, seen from the tomogram's folder."""
    is_whole = typed.startswith("{dir}") or Path(typed).is_absolute()
    return (typed if is_whole else f"{{dir}}/{typed}") if typed else None


def _count(number: int) -> str:
    return f"{number} tomogram{'s' if number != 1 else ''}"
