"""The list of tomograms in the window: opens, segments and saves for it, and shows how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.panels.files.view import FilesView
from cryoves_app.ui.project.opening import Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.batch.summary import SUMMARY, write_summary
from cryoves_app.workflow.batch.tomogram_list import NOT_BEGUN, ListedTomogram, TomogramList
from cryoves_app.workflow.segment.outcome import RunEnded

#: A tomogram whose project takes longer than this to begin is left out of "Segment all".
PATIENCE_MS = 15_000


class FilesPresenter(QObject):
    """The list, and what it asks the window for."""

    def __init__(
        self,
        view: FilesView,
        workspace: Workspace,
        opener: Opener,
        projects: ProjectController,
        run: SegmentRun,
    ) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._opener = view, workspace, opener
        self._projects, self._run = projects, run
        self.list = TomogramList((), self)
        self._shown: ListedTomogram | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.list.failed(NOT_BEGUN))
        self._connect()

    def _connect(self) -> None:
        view = self.view
        self._opener.several.connect(self.set_files)
        self._opener.opened.connect(self._opened)
        self._opener.failed.connect(lambda sentence: self.list.failed(sentence))
        self._projects.changed.connect(self._begun)
        self._run.ended.connect(self._ended)
        self._workspace.document.vesicles_changed.connect(self._take_vesicles)
        view.chosen.connect(lambda number: QTimer.singleShot(0, lambda: self._choose(number)))
        view.all_wanted.connect(self.run_all)
        view.next_wanted.connect(self.open_next)
        view.summary_wanted.connect(self._ask_for_summary)

    # -- what the user wants

    def set_files(self, paths: Sequence[Path]) -> None:
        """A new list; the first of it is being opened."""
        self.list.stop()
        self.list = TomogramList([Path(p) for p in paths], self, self._show, self._tell_finished)
        self._shown = self.list.entries[0]
        self._show()

    def run_all(self) -> None:
        """Segment every tomogram that is not segmented yet, or stop doing so."""
        if self.list.busy:
            self.list.stop()
        else:
            self.list.start()

    def open_next(self) -> None:
        """The one after the one that is shown, from the end to the start."""
        entries = self.list.entries
        if entries:
            place = entries.index(self._shown) if self._shown in entries else -1
            self._choose((place + 1) % len(entries))

    def _choose(self, number: int) -> None:
        self._shown = self.list.entries[number]
        self._opener.open([self._shown.file()], asks_level=False)
        self._show()

    # -- what the list asks for

    def open(self, path: Path) -> None:
        self._patience.start()
        QTimer.singleShot(0, lambda: self._open(path))

    def _open(self, path: Path) -> None:
        """What is open already is not opened again: its project may have edits without a place."""
        if self._projects.session is not None and path in self._open_paths():
            self._opened(path)
        else:
            self._opener.open([path], asks_level=False)

    def segment(self) -> None:
        self._patience.stop()
        self._run.start()

    def stop(self) -> None:
        self._patience.stop()
        self._run.cancel()

    def save(self, home: Path) -> bool:
        session = self._projects.session
        return self._projects.save(None if session is not None and session.home is not None else home)

    # -- what becomes of it

    def _open_paths(self) -> tuple[Path | None, ...]:
        """The files of the open tomogram and of its project."""
        volume, session = self._workspace.document.volume, self._projects.session
        tomogram = Path(volume.info.path) if volume is not None and volume.info.path else None
        return tomogram, session.home if session is not None else None

    def _opened(self, path: Path) -> None:
        self._shown = self.list.named(path)
        self.list.opened(path, knows_voxel_size=self._workspace.document.knows_voxel_size)
        self._begun()
        self._show()

    def _begun(self) -> None:
        if self._projects.session is not None and not self._run.running:
            self.list.begun()

    def _ended(self, outcome: RunEnded) -> None:
        document = self._workspace.document
        self.list.ended(outcome, document.vesicles, document.voxel_size_nm)

    def _take_vesicles(self) -> None:
        document = self._workspace.document
        if self._projects.session is None:
            return
        for path in self._open_paths():
            if path is not None:
                self.list.take_vesicles(path, document.vesicles, document.voxel_size_nm)

    def _show(self) -> None:
        entries = self.list.entries
        rows = [(e.path.name, e.words, str(e.path)) for e in entries] if len(entries) > 1 else []
        current = entries.index(self._shown) if self._shown in entries else None
        self.view.show_files(rows, current, busy=self.list.busy)

    def _tell_finished(self) -> None:
        self._workspace.tell("done", f"The list is finished: {self.list.words()}")

    def _ask_for_summary(self) -> None:
        entries = self.list.entries
        start = str(entries[0].path.with_name(SUMMARY)) if entries else SUMMARY
        name, _ = QFileDialog.getSaveFileName(self.view, "Save the summary", start, "Tables (*.csv)")
        if name:
            self.write_summary(Path(name))

    def write_summary(self, path: Path) -> None:
        """One row for each tomogram."""
        try:
            write_summary(path, [entry.summary() for entry in self.list.entries])
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
