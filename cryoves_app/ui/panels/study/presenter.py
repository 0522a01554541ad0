"""Measures the queue's tomograms in a thread, shows the study and saves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.reading import exists
from cryoves_app.domain.wording import counted
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.panels.study.view import StudyView
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.study.names import STUDY_FILES, Cells
from cryoves_app.workflow.study.sources import StudyInput

if TYPE_CHECKING:
    from cryoves_app.workflow.study.study import Study

#: What the choice of the test shows, by its key.
TESTS = (("anova", "ANOVA"), ("welch", "Welch's ANOVA"), ("kruskal", "Kruskal–Wallis"))
STUDY_FOLDER = "study"


@dataclass(frozen=True)
class _Made:
    """A study, and what is shown of it."""

    study: Study
    drawing: bytes
    methods: str
    means: Sequence[Cells]
    tests: Sequence[Cells]


def _measured(inputs: Sequence[StudyInput], test: str, progress: Progress) -> _Made:
    """Needs libraries that take seconds to load, for which the window's start does not wait."""
    from cryoves_app.analysis.study.comparison import MeansTest
    from cryoves_app.workflow.study.figure import study_svg
    from cryoves_app.workflow.study.methods import study_paragraph
    from cryoves_app.workflow.study.shown import comparison_cells, mean_cells
    from cryoves_app.workflow.study.sources import sources_of
    from cryoves_app.workflow.study.study import make_study

    study = make_study(sources_of(inputs), test=MeansTest(test), progress=progress)
    return _Made(study, study_svg(study), study_paragraph(study), mean_cells(study), comparison_cells(study))


def _written(study: Study, folder: Path) -> int:
    from cryoves_app.workflow.study.tables import write_study

    return len(write_study(study, folder))


class StudyPresenter(QObject):
    """One study at a time; ``inputs`` says of which projects, in which conditions."""

    _reported = Signal(str, float)

    def __init__(
        self, workspace: Workspace, projects: ProjectController, inputs: Callable[[], Sequence[StudyInput]]
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._inputs = workspace, projects, inputs
        self.view: StudyView | None = None
        self._token: CancelToken | None = None
        self._made: _Made | None = None
        self._reported.connect(self._show_progress)

    @property
    def busy(self) -> bool:
        return self._token is not None

    def open(self, parent: QWidget | None) -> None:
        """Show the study of the tomograms as they are now."""
        if self.view is None:
            self.view = StudyView(TESTS, parent)
            self.view.cancel_wanted.connect(self.cancel)
            self.view.save_wanted.connect(self._ask_where)
            self.view.test_chosen.connect(lambda _key: self._make())
        self.view.show()
        self.view.raise_()
        self._make()

    def cancel(self) -> None:
        if self._token is not None:
            self._token.cancel()

    def _make(self) -> None:
        view, inputs = self.view, tuple(self._inputs())
        if view is None or self.busy:
            return
        self._save_open_project(inputs)
        self._token = token = CancelToken()
        test = str(view.test.currentData())
        view.show_work("Measuring…", 0.0)
        progress = Progress(lambda step, fraction, _: self._reported.emit(step, fraction), token)
        run_in_background(lambda: _measured(inputs, test, progress), self._show, self._fail, self)

    def _save_open_project(self, inputs: Sequence[StudyInput]) -> None:
        """What was edited a moment ago counts, too."""
        session = self._projects.session
        if session is not None and not session.is_saved and session.home in {i.path for i in inputs}:
            self._projects.save()

    def _show_progress(self, step: str, fraction: float) -> None:
        if self.view is not None and self.busy:
            self.view.show_work(f"Measuring {step}", fraction)

    def _fail(self, sentence: str) -> None:
        self._token = None
        if self.view is not None:
            self.view.show_nothing(sentence)

    def _show(self, made: _Made) -> None:
        self._token, self._made = None, made
        view, study = self.view, made.study
        if view is None:
            return
        sizes = ", ".join(f"{c}: {len(study.of(c))}" for c in study.conditions)
        words = f"{counted(len(study.tomograms), 'tomogram')} ({sizes})"
        view.show_study(words, made.drawing, made.methods, "\n".join(study.notes))
        view.show_tables(made.means, made.tests)

    def _ask_where(self) -> None:
        if self._made is None or self.view is None:
            return
        start = str(self._made.study.tomograms[0].source.path.parent.parent / STUDY_FOLDER)
        name = QFileDialog.getExistingDirectory(self.view, "Save the study in a folder", start)
        if name:
            self.save(Path(name))

    def save(self, folder: Path) -> None:
        """Write all files; asks before it replaces those of an earlier study."""
        if self._made is None or self.view is None:
            return
        if any(exists(folder / name) for name in STUDY_FILES):
            answer = QMessageBox.question(
                self.view, "Study", f"{folder} holds a study already. Replace its files?"
            )
            if answer != QMessageBox.StandardButton.Yes:
                return
        study = self._made.study
        run_in_background(
            lambda: _written(study, folder),
            lambda count: self._workspace.tell_briefly(f"{count} files of the study saved in {folder}."),
            owner=self,
        )
