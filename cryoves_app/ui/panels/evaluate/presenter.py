"""Scores the open project in a thread, flies to its errors and saves the evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from cryoves_app.domain.reading import exists
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.placing import place_at_right_edge
from cryoves_app.ui.base.watched_work import WatchedWork
from cryoves_app.ui.panels.evaluate.making import (
    EvaluationAsked,
    EvaluationMade,
    make_evaluation,
    settle_into,
    write_made,
)
from cryoves_app.ui.panels.evaluate.view import EvaluateView
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.comparison import ComparedSpheres
from cryoves_app.workflow.evaluation.names import EVALUATION_FILES

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.evaluation.errors import VesicleError

KINDS = "Vesicles (*.cryoves *.csv *.tsv *.txt *.mod *.json *.ndjson *.mrc *.rec *.tif *.tiff);;All files (*)"
#: Commands whose keys work in the list of errors, too.
_KEYS_HERE = ("vesicle.accept", "vesicle.reject", "edit.undo", "edit.redo")
EVALUATION_FOLDER = "evaluation"


class EvaluatePresenter(QObject):
    """One evaluation at a time; what changes in the project is seen when it is asked for again."""

    agreed = Signal(object)  # the project in which two people settle what they dispute

    def __init__(self, workspace: Workspace, projects: ProjectController, compared: ComparedSpheres) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._compared = workspace, projects, compared
        self.view: EvaluateView | None = None
        self.made: EvaluationMade | None = None
        self._file: Path | None = None
        self._is_stale = False
        self.work = WatchedWork(self)
        self.work.progressed.connect(self._show_progress)
        self.work.ended.connect(self._go_on)
        workspace.document.volume_changed.connect(self._forget)
        projects.vesicles_edited.connect(self._edited)

    def commands(self) -> list[Command]:
        """Evaluate."""
        return [
            Command(
                key="run.evaluate",
                text="Evaluate…",
                run=lambda: self.open(self._workspace.window),
                menu="Run",
                separated=True,
                icon="scale-balance",
                enabled=lambda: self._projects.session is not None,
                hint="Hold the result against a file, or the automatic result against your corrections: F1, Dice, "
                "errors to fly to",
                needs="needs an open project",
            )
        ]

    def open(self, parent: QWidget | None) -> None:
        """Show the window, and compare at once where nothing more has to be chosen."""
        if self.view is None:
            self.view = view = EvaluateView(parent)
            place_at_right_edge(view)
            view.asked_anew.connect(self.evaluate)
            view.file_wanted.connect(self._ask_for_file)
            view.error_chosen.connect(self._fly)
            view.save_wanted.connect(self._ask_where)
            view.copy_wanted.connect(self._copy)
            view.settle_wanted.connect(self._ask_where_to_settle)
            view.cancel_wanted.connect(self.work.cancel)
            view.closed.connect(self._compared.clear)
            for key in _KEYS_HERE:
                view.addAction(self._workspace.commands.action(key))
        self.view.show()
        self.view.raise_()
        self.evaluate()

    def compare_with(self, path: Path) -> None:
        """Take a file."""
        self._file = path
        if self.view is not None:
            self.view.show_file(path)
            self.evaluate()

    def evaluate(self) -> None:
        """Compare what is chosen, as it is now."""
        view, session = self.view, self._projects.session
        if view is None or not view.isVisible():
            return
        if self.work.running:
            self._is_stale = True
            self.work.cancel()
            return
        self._compared.clear()
        self.made = None
        if session is None:
            view.show_nothing("Open a tomogram or a project first.")
            return
        view.offer_region(offered=any(r.kind is RegionKind.CYTOPLASM for r in session.project.regions))
        file = self._file if view.needs_file else None
        if view.needs_file and file is None:
            view.show_nothing("Choose the file to compare with.")
            return
        held, rule = str(view.held.currentData()), str(view.rule.currentData())
        within = view.within.isEnabled() and view.within.isChecked()
        asked = EvaluationAsked(held, rule, file, within, session.project, session.done, session.home)
        view.show_work("Comparing…", 0.0)
        self.work.start(
            "Comparing", lambda progress: make_evaluation(asked, progress), self._show, view.show_nothing
        )

    def _go_on(self) -> None:
        """What was asked for while another comparison ran."""
        if self._is_stale:
            self._is_stale = False
            self.evaluate()
        elif self.view is not None and self.made is None:
            self.view.show_nothing("Stopped.")

    def _edited(self) -> None:
        """What is shown is of the project before that."""
        if self.view is not None and self.made is not None and not self.work.running:
            self.view.show_change()

    def _forget(self) -> None:
        """Another tomogram: neither file nor errors are its own."""
        self.made, self._file = None, None
        if self.view is not None:
            self.view.show_file(None)
            self.view.show_nothing("Choose the file to compare with.")

    def _show_progress(self, words: str, fraction: float) -> None:
        if self.view is not None and self.work.running:
            self.view.show_work(words, fraction)

    def _show(self, made: EvaluationMade) -> None:
        self.made = made
        if self.view is None:
            return
        self.view.show_scores(made.words, made.scores, "\n".join(made.notes), made.drawing)
        self.view.show_errors(made.errors, made.people)
        scores = made.found.scores
        here = {v.sphere for v in self._workspace.document.vesicles}
        self._compared.show_others(
            v.sphere for v in (*scores.predicted, *scores.true) if v.sphere not in here
        )

    def _fly(self, row: int) -> None:
        """To an error: the vesicle is selected where it is one of the project."""
        if self.made is None or not 0 <= row < len(self.made.found.errors):
            return
        error = self.made.found.errors[row]
        document = self._workspace.document
        own = next((v.id for v in _sides(error) if _is_here(v, document)), None)
        if own is not None:
            document.fly_to(own)
        else:
            z, y, x, _radius = error.sphere.to_px(document.voxel_size_nm)
            document.select([])
            document.fly_to_place((z, y, x))
        self._compared.show_error(
            error.predicted.sphere if error.predicted else None, error.true.sphere if error.true else None
        )

    # -- out

    def _ask_for_file(self) -> None:
        start = str(self._file or self._projects.place_text() or "")
        name, _ = QFileDialog.getOpenFileName(self.view, "Compare with", start, KINDS)
        if name:
            self.compare_with(Path(name))

    def _copy(self) -> None:
        if self.made is not None:
            QApplication.clipboard().setText(self.made.markdown)
            self._workspace.tell_briefly("The tables are in the clipboard, as Markdown.")

    def _ask_where(self) -> None:
        if self.made is None:
            return
        start = str(self.made.found.pair.prediction.parent / EVALUATION_FOLDER)
        name = QFileDialog.getExistingDirectory(self.view, "Save the evaluation in a folder", start)
        if name:
            self.save(Path(name))

    def _ask_where_to_settle(self) -> None:
        if self.made is None or self.made.agreement is None:
            return
        proposed = str(self.made.found.pair.prediction.with_name(f"{self._tomogram_name()}_agreed{SUFFIX}"))
        name, _ = QFileDialog.getSaveFileName(
            self.view, "Save the agreed project", proposed, f"Projects (*{SUFFIX})"
        )
        if name:
            self.settle(Path(name).with_suffix(SUFFIX))

    def _tomogram_name(self) -> str:
        volume = self._workspace.document.volume
        return stem(Path(volume.info.path)) if volume is not None and volume.info.path else "tomogram"

    def settle(self, path: Path) -> None:
        """Make the third project, and open it at the first dispute."""
        if self.made is None or self.made.agreement is None or self.view is None:
            return
        agreement, view = self.made.agreement, self.view

        def opened(_none: None) -> None:
            view.close()
            self.agreed.emit(path)

        run_in_background(lambda: settle_into(agreement, path), opened, owner=self)

    def save(self, folder: Path) -> None:
        """Write all files; asks before it replaces those of an earlier evaluation."""
        if self.made is None or self.view is None:
            return
        if any(exists(folder / name) for name in EVALUATION_FILES):
            question = f"{folder} holds an evaluation already. Replace its files?"
            answer = QMessageBox.question(self.view, "Evaluate", question)
            if answer != QMessageBox.StandardButton.Yes:
                return
        made = self.made
        run_in_background(
            lambda: write_made(made, folder),
            lambda count: self._workspace.tell_briefly(f"{count} files of the evaluation saved in {folder}."),
            owner=self,
        )


def _is_here(vesicle: Vesicle, document: Document) -> bool:
    """Whether the project has it, at this place."""
    own = document.vesicles.get(vesicle.id)
    return own is not None and own.sphere == vesicle.sphere


def _sides(error: VesicleError) -> list[Vesicle]:
    return [v for v in (error.predicted, error.true) if v is not None]
