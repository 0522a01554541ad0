"""Exports the open project; files are read back and compared before they count as saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.reading import is_folder
from cryoves_app.domain.tomogram_names import image_path, stem
from cryoves_app.formats.copick.project import CopickProject
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.run_progress import clock
from cryoves_app.ui.panels.export.view import ExportView
from cryoves_app.ui.project.place_check import PlaceCheck
from cryoves_app.ui.project.places import is_sample
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.export.export import RECORD, Exported, export_material, in_the_way
from cryoves_app.workflow.export.export_material import (
    ExportOptions,
    Material,
    material_of,
    selection_sentence,
)
from cryoves_app.workflow.export.exporters import plan_of
from cryoves_app.workflow.export.kept_map import KeptMap, map_beside
from cryoves_app.workflow.export.preflight import ExportFinding, Level
from cryoves_app.workflow.export.record import methods_of

_CHECK = "check"
_WORDS = {_CHECK: "Checking for Pyto", RECORD: "Writing the record", "pyto": "Writing for Pyto"}
#: The time left is told once this much time has gone by.
_SECONDS_BEFORE_GUESS = 3.0


class ExportPresenter(QObject):
    """Says what would be exported, asks what has to be asked, and does it in a thread."""

    step_wanted = Signal()
    written = Signal()
    _reported = Signal(str, float)

    def __init__(self, view: ExportView, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._projects = view, workspace, projects
        self._places = PlaceCheck(workspace, projects)
        self._token: CancelToken | None = None
        self._steps: list[str] = []
        self._began = 0.0
        view.export_wanted.connect(self.export)
        view.cancel_wanted.connect(self.cancel)
        view.folder_wanted.connect(self.show_folder)
        view.methods_wanted.connect(self.copy_methods)
        view.formats.check_wanted.connect(self.check)
        view.formats.findings.vesicles_wanted.connect(workspace.document.select)
        workspace.document.volume_changed.connect(self._volume_changed)
        projects.vesicles_edited.connect(view.formats.findings.clear)
        projects.changed.connect(self.refresh)
        workspace.document.probability_changed.connect(self.refresh)
        view.shown.connect(self.refresh)
        self._reported.connect(self._show_progress)
        self.refresh()

    # -- what would be exported

    @property
    def busy(self) -> bool:
        return self._token is not None

    @property
    def possible(self) -> bool:
        session = self._projects.session
        return session is not None and len(session.project.vesicles.accepted) > 0 and not self.busy

    def refresh(self) -> None:
        session = self._projects.session
        if session is None or not len(session.project.vesicles):
            self.view.show_selection("", possible=False)
        elif self.view.isVisible():
            self.view.show_selection(selection_sentence(session.project), possible=self.possible)
            self.view.formats.offer_probability(self._map().values is not None)

    def _volume_changed(self) -> None:
        """Propose a folder beside the tomogram, and Pyto's voxel size."""
        document = self._workspace.document
        if document.volume is None or not document.volume.info.path:
            return
        path = image_path(Path(document.volume.info.path))
        path = Path.home() / path.name if is_sample(path) else path
        self.view.folder.setText(str(path.with_name(f"{stem(path)}_export")))
        self.view.show_idle("")
        self.view.formats.show_voxel_size(document.voxel_size_nm)

    def offer_copick(self, project: CopickProject) -> None:
        """Propose the copick project that was opened last for the picks."""
        self.view.formats.copick.setText(str(project.config))

    def _material(self, options: ExportOptions) -> Material | None:
        session, volume = self._projects.session, self._workspace.document.volume
        if session is None or volume is None or not self.possible:
            return None
        name = stem(Path(str(volume.info.path)))
        found = self._map() if self.view.formats.probability.isChecked() else KeptMap()
        return replace(material_of(session.project, volume, name, options, session.kinds), map=found)

    def _map(self) -> KeptMap:
        """The network's map that is shown, else the one that the run kept beside the project."""
        document, session = self._workspace.document, self._projects.session
        if document.probability is not None:
            return KeptMap(document.probability, " With the network's probabilities.")
        if session is None or session.home is None or document.volume is None:
            return KeptMap()
        return map_beside(session.home, document.volume)

    @property
    def _target(self) -> Path:
        return Path(self.view.folder.text().strip()).expanduser()

    # -- doing it

    def check(self, then: Callable[[tuple[ExportFinding, ...]], None] | None = None) -> None:
        """Look for what would go wrong in Pyto, and show it; nothing is written."""
        material = self._material(self.view.formats.options())
        if material is None:
            return

        def take(findings: tuple[ExportFinding, ...]) -> None:
            self._end("")
            self.view.formats.findings.show_findings(findings)
            if then is not None:
                then(findings)

        progress = self._begin([_CHECK])
        run_in_background(lambda: _checked(material, progress), take, self._failed, self.view)

    def export_or_show(self) -> None:
        """For the key: nothing is written before the step with its choices is seen."""
        if self.view.isVisible():
            self.export()
        else:
            self.step_wanted.emit()

    def export(self) -> None:
        """Export what is ticked, after asking whether files may be replaced."""
        formats = self.view.formats.chosen()
        if not formats:
            self._workspace.tell("warning", "Tick the formats that you want under Export.")
            return
        material = self._material(self.view.formats.options())
        if material is None:
            return
        self._places.ask(lambda: self._export(formats))

    def _export(self, formats: list[str]) -> None:
        material = self._material(self.view.formats.options())
        if material is None:
            return
        taken = in_the_way(material.name, self._target, formats)
        if taken and not self.view.ask_to_replace(taken, str(self._target)):
            return
        if "pyto" in formats:
            self.check(lambda findings: self._export_checked(formats, findings, force=bool(taken)))
        else:
            self._write(formats, force=bool(taken))

    def _export_checked(
        self, formats: list[str], findings: tuple[ExportFinding, ...], *, force: bool
    ) -> None:
        problems = [f.sentence for f in findings if f.level is Level.PROBLEM]
        if not problems or self.view.ask_despite(problems):
            self._write(formats, force=force, despite_problems=bool(problems))

    def _write(self, formats: list[str], *, force: bool, despite_problems: bool = False) -> None:
        material = self._material(self.view.formats.options(despite_problems=despite_problems))
        if material is None:
            return
        target, progress = self._target, self._begin([*formats, RECORD])
        run_in_background(
            lambda: export_material(material, target, formats, force=force, progress=progress),
            lambda result: self._done(target, result),
            self._failed,
            self.view,
        )

    def cancel(self) -> None:
        """Stop; nothing is left of what was written."""
        if self._token is not None:
            self._token.cancel()

    def _begin(self, steps: list[str]) -> Progress:
        self._steps, self._began, self._token = steps, time.monotonic(), CancelToken()
        self.view.show_busy(_words(steps[0]), 0.0)
        self._workspace.acted.emit()
        return Progress(
            lambda step, fraction, _message: self._reported.emit(step, fraction), self._token, steps[0]
        )

    def _show_progress(self, step: str, fraction: float) -> None:
        if not self.busy or step not in self._steps:
            return
        whole = (self._steps.index(step) + fraction) / len(self._steps)
        took = time.monotonic() - self._began
        left = (
            f" · {clock(took / whole * (1 - whole))} left"
            if whole > 0 and took > _SECONDS_BEFORE_GUESS
            else ""
        )
        self.view.show_busy(f"{_words(step)}{left}", whole)

    def _end(self, sentence: str, *, is_saved: bool = False) -> None:
        self._token = None
        self.view.show_idle(sentence, is_saved=is_saved)
        self._workspace.acted.emit()
        self.refresh()

    def _done(self, target: Path, result: Exported) -> None:
        count = len(result.files)
        self._end(f"{count} files saved, read back and compared: {result.sentence}", is_saved=True)
        self._workspace.tell("done", f"Exported into {target}.")
        self.written.emit()

    def _failed(self, sentence: str) -> None:
        cancelled = self._token is not None and self._token.cancelled
        self._end("Cancelled; nothing was written." if cancelled else "")
        if not cancelled:
            self._workspace.tell("error", sentence)

    # -- afterwards

    def show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._target)))

    def copy_methods(self) -> None:
        """Put the Methods paragraph on the clipboard."""
        session = self._projects.session
        if session is not None:
            QGuiApplication.clipboard().setText(methods_of(session.project))
            self._workspace.tell("done", "The Methods paragraph is on the clipboard.")

    def commands(self) -> list[Command]:
        return [
            Command(
                key="file.export",
                text="Export",
                run=self.export_or_show,
                menu="File",
                icon="export-variant",
                shortcuts=("Ctrl+E",),
                enabled=lambda: self.possible,
                needs="needs accepted vesicles, and no other export at work",
                hint="Shows what would be exported; once more writes the formats that are ticked",
            ),
            Command(
                key="file.show_export",
                text="Show the export folder",
                run=self.show_folder,
                menu="File",
                enabled=lambda: bool(self.view.folder.text()) and is_folder(self._target),
                needs="needs a folder under Export that is there already",
            ),
            Command(
                key="file.methods",
                text="Copy the Methods paragraph",
                run=self.copy_methods,
                menu="File",
                needs="needs vesicles",
                enabled=lambda: len(self._workspace.document.vesicles) > 0,
            ),
        ]


def _checked(material: Material, progress: Progress) -> tuple[ExportFinding, ...]:
    findings = plan_of(material, progress).findings
    progress.check()
    return findings


def _words(step: str) -> str:
    return _WORDS.get(step, f"Writing {step}")
