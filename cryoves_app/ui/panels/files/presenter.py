"""Works through several tomograms: open, segment, save, next. One that fails does not stop the rest."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.atomic import replacing
from cryoves_app.ui.panels.files.view import FilesView
from cryoves_app.ui.panels.segment.presenter import SegmentPresenter
from cryoves_app.ui.project.opening import Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace

COLUMNS = (
    "tomogram",
    "state",
    "vesicles",
    "accepted",
    "outliers",
    "rejected",
    "median_radius_nm",
    "voxel_size_nm",
)
#: A tomogram whose project takes longer than this to begin is left out of "Segment all".
PATIENCE_MS = 15_000


@dataclass
class FileEntry:
    """A tomogram of the list and what is known of it."""

    path: Path
    state: str = "not segmented"
    row: dict[str, object] = field(default_factory=dict)


class FilesPresenter(QObject):
    """The list and the run over all."""

    def __init__(
        self,
        view: FilesView,
        workspace: Workspace,
        opener: Opener,
        projects: ProjectController,
        segment: SegmentPresenter,
    ) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._opener = view, workspace, opener
        self._projects, self._segment = projects, segment
        self.entries: list[FileEntry] = []
        self._waiting: list[FileEntry] = []
        self._current: FileEntry | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._give_up("could not be begun"))
        opener.several.connect(self.set_files)
        opener.opened.connect(self._opened)
        opener.failed.connect(self._give_up)
        projects.changed.connect(self._begun)
        segment.ended.connect(self._segmented)
        workspace.document.vesicles_changed.connect(self._count)
        view.chosen.connect(lambda number: QTimer.singleShot(0, lambda: self.open(self.entries[number])))
        view.all_wanted.connect(self.run_all)
        view.next_wanted.connect(self.open_next)
        view.summary_wanted.connect(self._ask_for_summary)

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def set_files(self, paths: Sequence[Path]) -> None:
        """A new list; the first of it is being opened."""
        self.entries = [FileEntry(Path(p)) for p in paths]
        self._current = self.entries[0]
        self._show()

    def open(self, entry: FileEntry) -> None:
        self._current = entry
        home = entry.path.with_suffix(".cryoves")
        self._opener.open([home if home.exists() else entry.path])
        self._show()

    def open_next(self) -> None:
        """The one after the current, from the end to the start."""
        if self.entries:
            place = self.entries.index(self._current) if self._current in self.entries else -1
            self.open(self.entries[(place + 1) % len(self.entries)])

    def run_all(self) -> None:
        """Segment every tomogram that is not segmented yet, or stop doing so."""
        if self.busy:
            self._waiting = []
            self._segment.cancel()
            self._show()
            return
        self._waiting = [e for e in self.entries if not e.row.get("vesicles")]
        self._start_next()

    def _start_next(self) -> None:
        if not self._waiting:
            self._show()
            self._workspace.tell("done", f"The list is finished: {self._summary_sentence()}")
            return
        entry = self._waiting[0]
        if self._is_open(entry) and self._projects.session is not None:
            self._current = entry
            self._begun()
        else:
            self._patience.start()
            self.open(entry)

    def _opened(self, path: Path) -> None:
        entry = next((e for e in self.entries if path in (e.path, e.path.with_suffix(".cryoves"))), None)
        self._current = entry
        if self._is_next(entry) and not self._workspace.document.knows_voxel_size:
            self._give_up("needs the voxel size")
        self._show()

    def _is_next(self, entry: FileEntry | None) -> bool:
        return bool(self._waiting) and entry is self._waiting[0]

    def _is_open(self, entry: FileEntry | None) -> bool:
        """Whether it is this tomogram, or this project, that is open now."""
        volume, session = self._workspace.document.volume, self._projects.session
        if entry is None or volume is None:
            return False
        return entry.path in (Path(str(volume.info.path)), session.home if session else None)

    def _begun(self) -> None:
        """The project of the opened tomogram is there: go. Changes of the last one's project come here, too."""
        if not self._is_next(self._current) or not self._is_open(self._current):
            return
        if self._projects.session is not None and not self._segment.running:
            self._patience.stop()
            if self._current is not None and not self._current.row.get("begun"):
                self._current.row["begun"] = True
                self._segment.run()

    def _segmented(self, sentence: str) -> None:
        if not self._is_next(self._current) or self._current is None:
            return
        self._count()
        if "found" in sentence:
            self._projects.save(None if self._has_home() else self._current.path.with_suffix(".cryoves"))
        else:
            self._current.state = sentence
        self._waiting.pop(0)
        QTimer.singleShot(0, self._start_next)

    def _has_home(self) -> bool:
        return self._projects.session is not None and self._projects.session.home is not None

    def _give_up(self, sentence: str) -> None:
        if self._waiting:
            self._patience.stop()
            self._waiting[0].state = sentence
            self._waiting.pop(0)
            QTimer.singleShot(0, self._start_next)

    def _count(self) -> None:
        if self._current is None or not self._is_open(self._current):
            return
        vesicles = self._workspace.document.vesicles
        if len(vesicles):
            self._current.row.update(summary_row(vesicles))
            self._current.row["voxel_size_nm"] = self._workspace.document.voxel_size_nm
            self._current.state = f"{len(vesicles)} vesicles"
        self._show()

    def _show(self) -> None:
        rows = [(e.path.name, e.state, str(e.path)) for e in self.entries] if len(self.entries) > 1 else []
        current = self.entries.index(self._current) if self._current in self.entries else None
        self.view.show_files(rows, current, busy=self.busy)

    def _summary_sentence(self) -> str:
        done = [e for e in self.entries if e.row.get("vesicles")]
        left = [e for e in self.entries if not e.row.get("vesicles")]
        text = f"{len(done)} of {len(self.entries)} tomograms segmented."
        return text + (f" Look at {left[0].path.name}: {left[0].state}." if left else "")

    def _ask_for_summary(self) -> None:
        start = str(self.entries[0].path.with_name("summary.csv")) if self.entries else "summary.csv"
        name, _ = QFileDialog.getSaveFileName(self.view, "Save the summary", start, "Tables (*.csv)")
        if name:
            self.write_summary(Path(name))

    def write_summary(self, path: Path) -> None:
        """One row for each tomogram."""
        with replacing(path) as temporary, Path(temporary).open("w", newline="", encoding="utf-8") as stream:
            table = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", restval="")
            table.writeheader()
            for entry in self.entries:
                table.writerow({"tomogram": str(entry.path), "state": entry.state, **entry.row})


def summary_row(vesicles: VesicleSet) -> dict[str, object]:
    """Counts and the median radius."""
    radii = [v.radius_nm for v in vesicles.accepted]
    return {
        "vesicles": len(vesicles),
        "accepted": len(vesicles.accepted),
        "outliers": len(vesicles.with_status(Status.OUTLIER)),
        "rejected": len(vesicles.with_status(Status.REJECTED)),
        "median_radius_nm": round(statistics.median(radii), 2) if radii else "",
    }
