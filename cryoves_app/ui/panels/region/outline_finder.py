"""Outlines that a network finds, as a region of the open project."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QProgressDialog

from cryoves_app.network.model_store import Model
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.jobs.messages import Failed
from cryoves_app.workflow.masks.bundled import TERMINAL_MODEL
from cryoves_app.workflow.masks.order import MaskFound, MaskOrder
from cryoves_app.workflow.project.actions.regions import add_region

#: Slices are outlined so far apart, in nm; those between are filled in.
_APART_NM = 10.0


class OutlineFinder(QObject):
    """One search at a time, in a worker process of its own; a bar shows how far it is and cancels it."""

    def __init__(self, workspace: Workspace, projects: ProjectController, run: SegmentRun) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._run = workspace, projects, run
        self.bridge = JobBridge(parent=self)
        self.dialog: QProgressDialog | None = None
        self._tomogram: str | None = None
        self.bridge.progressed.connect(self._show_progress)
        self.bridge.done.connect(self._done)
        self.bridge.failed.connect(self._failed)

    @property
    def models(self) -> dict[str, Model]:
        """Those that mark regions."""
        return {name: model for name, model in self._run.models.items() if model.finds_regions}

    @property
    def possible(self) -> bool:
        ready = self._projects.can_edit and self._run.missing() is None
        return ready and bool(self.models) and not self.bridge.running

    @property
    def can_find_terminal(self) -> bool:
        return self._projects.can_edit and self._run.missing() is None and not self.bridge.running

    def find_terminal(self) -> None:
        """Outline the inside of the terminal with the bundled model."""
        if self.can_find_terminal:
            self._submit(TERMINAL_MODEL)

    def start(self) -> None:
        """Ask which model, where there are several, and look for its regions."""
        names, chosen = list(self.models), True
        name = names[0] if names else ""
        if len(names) > 1:
            name, chosen = QInputDialog.getItem(
                self._workspace.window, "Find outlines", "Model", names, 0, False
            )
        if chosen and self.possible:
            self._submit(name)

    def close(self) -> None:
        self.bridge.close()

    def _submit(self, model: str) -> None:
        volume = self._workspace.document.volume
        assert volume is not None
        self._tomogram = volume.info.path
        order = MaskOrder(
            tomogram=self._run.order().job.tomogram,
            folder="",
            model=model,
            voxel_size_nm=volume.voxel_size_nm,
            every=max(1, round(_APART_NM / volume.voxel_size_nm)),
            threads=self.bridge.worker.threads,
        )
        self.dialog = dialog = QProgressDialog(
            f"“{model}” looks for its regions…", "Cancel", 0, 1000, self._workspace.window
        )
        dialog.setWindowTitle("Find outlines")
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.canceled.connect(self.bridge.cancel)
        dialog.show()
        self.bridge.submit(order)
        self._workspace.acted.emit()

    def _show_progress(self, _step: str, fraction: float, _text: str) -> None:
        if self.dialog is not None:
            self.dialog.setValue(round(1000 * fraction))

    def _done(self, found: MaskFound) -> None:
        self._end()
        volume, outline = self._workspace.document.volume, found.outline
        if volume is None or volume.info.path != self._tomogram:
            self._workspace.tell("warning", "Another tomogram is open now, so the outlines were left out.")
        elif outline is None:
            self._workspace.tell("warning", "The model found no region here that is large enough.")
        else:
            self._projects.edit(lambda project: add_region(project, outline))
            self._workspace.tell_briefly(f"{found.sentence} Edit the outlines as if you had drawn them.")

    def _failed(self, failure: Failed) -> None:
        self._end()
        if not failure.cancelled:
            self._workspace.tell("error", failure.sentence)

    def _end(self) -> None:
        if self.dialog is not None:
            self.dialog.blockSignals(True)
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None
        self._workspace.acted.emit()

    def commands(self) -> list[Command]:
        """Find outlines."""
        return [
            Command(
                key="run.find_outlines",
                text="Find outlines with a model…",
                run=self.start,
                menu="Run",
                enabled=lambda: self.possible,
                hint="A model that was taught regions (cryoves train --kind mask) outlines them as a region to edit",
                needs="needs an open tomogram and a model that was taught regions",
            )
        ]
