"""The segmentation of the open tomogram as a service: what was chosen for it, its start, its progress, its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.network.model_store import Model, list_models
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.run_progress import RunProgress, clock
from cryoves_app.ui.project.companions import CompanionVolumes
from cryoves_app.ui.project.live_results import LiveResults
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.engine_names import ENGINE_TITLES
from cryoves_app.workflow.common.model_admin import standard_model
from cryoves_app.workflow.jobs.messages import Failed, SpheresFound
from cryoves_app.workflow.segment.estimate import Estimate, estimate
from cryoves_app.workflow.segment.live_order import LiveOrder, LiveResult
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import RunEnded, RunStatus

#: Least time between two pictures of the progress.
TELL_SECONDS = 0.25


class Missing(Enum):
    """What a run still lacks; the value is for the user."""

    TOMOGRAM = "Needs a tomogram: open one first."
    VOXEL_SIZE = "Needs the voxel size: type it in under Open."
    MODEL = "Needs a network model; this installation has none."


@dataclass(frozen=True)
class RunChoices:
    """What is chosen for the next run.

    ``inside_only`` keeps it to the regions; ``network_reads`` and ``fit_reads`` are places among the volumes on the
    tomogram's grid, 0 the tomogram itself. ``probability`` or ``labels`` is another program's map or instances, which
    take the place of the network's.
    """

    model: str = ""
    device: str = "auto"
    inside_only: bool = False
    network_reads: int = 0
    fit_reads: int = 0
    probability: str | None = None
    labels: str | None = None

    @property
    def has_map(self) -> bool:
        """Whether the network has nothing to do."""
        return bool(self.probability or self.labels)


@dataclass(frozen=True)
class ProgressWords:
    """How far a run is, for the user."""

    sentence: str
    message: str
    fraction: float


class SegmentRun(QObject):
    """One run at a time, of the tomogram that is open."""

    started = Signal()
    progressed = Signal(object)  # ProgressWords
    step_done = Signal(object)  # StepReport
    ended = Signal(object)  # RunEnded
    choices_changed = Signal()
    models_changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        bridge: JobBridge,
        projects: ProjectController,
        volumes: CompanionVolumes,
        cache: Path,
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._document, self._bridge = workspace, workspace.document, bridge
        self._projects, self._volumes, self._cache = projects, volumes, cache
        self._live = LiveResults(workspace)
        self.progress = RunProgress(0.0)
        self._tomogram: str | None = None
        self._told_at = 0.0
        self.models: dict[str, Model] = {}
        self.choices = RunChoices()
        self.find_models()
        bridge.progressed.connect(self._report)
        bridge.step_done.connect(self._step_done)
        bridge.spheres_found.connect(self._show_spheres)
        bridge.noted.connect(self._show_note)
        bridge.done.connect(self._done)
        bridge.failed.connect(self._failed)

    # -- what is chosen

    def find_models(self) -> None:
        """The models of this computer as they are now, by name."""
        self._take_models(list_models(), standard_model())

    def look_for_models(self, then: Callable[[], object] = lambda: None) -> None:
        """The same without waiting for the disk."""

        def take(found: tuple[list[Model], str]) -> None:
            self._take_models(*found)
            then()

        run_in_background(lambda: (list_models(), standard_model()), take, owner=self)

    def _take_models(self, found: list[Model], standard: str) -> None:
        self.models = {m.name: m for m in found}
        if self.choices.model not in self.models:
            self.choices = replace(self.choices, model=standard if self.models else "")
        self.models_changed.emit()

    @property
    def vesicle_models(self) -> dict[str, Model]:
        """Those that find vesicles; the others mark regions."""
        return {name: model for name, model in self.models.items() if not model.finds_regions}

    def choose(self, choices: RunChoices) -> None:
        if choices != self.choices:
            self.choices = choices
            self.choices_changed.emit()

    def choose_model(self, name: str) -> None:
        self.choose(replace(self.choices, model=name))

    @property
    def box(self) -> Box | None:
        """Where to look, if not everywhere: a cube around the crosshair."""
        edge, volume = self._workspace.state.settings.box_edge_px, self._document.volume
        return Box.around(self._document.cursor, edge, volume.shape) if edge and volume else None

    # -- what can be done

    def missing(self) -> Missing | None:
        """What a run still lacks; ``None`` when it can start."""
        if self._document.volume is None:
            return Missing.TOMOGRAM
        if not self._document.knows_voxel_size:
            return Missing.VOXEL_SIZE
        return None if self.models else Missing.MODEL

    def estimate(self) -> Estimate | None:
        """What a run would need; ``None`` while it lacks something."""
        volume = self._document.volume
        if volume is None or self.missing():
            return None
        return estimate(
            volume.shape,
            volume.voxel_size_nm,
            self._document.recipe,
            threads=self._bridge.worker.threads,
            box_shape=self.box.shape if self.box else None,
            relative_work=0.0 if self.choices.has_map else self.models[self.choices.model].relative_work,
        )

    def order(self) -> LiveOrder:
        """What a run would do with the open tomogram."""
        volume, choices = self._document.volume, self.choices
        assert volume is not None
        network, fit = (self._path(place) for place in (choices.network_reads, choices.fit_reads))
        job = SegmentJob(
            tomogram=network,
            fit_volume=fit if fit != network else None,
            probability=choices.probability,
            labels=choices.labels,
            folder="",
            recipe=self._document.recipe,
            model=choices.model,
            voxel_size_nm=volume.voxel_size_nm,
            regions=self._document.regions if choices.inside_only else (),
            drawn_in=self._projects.place_text(),
            device=choices.device,
            threads=self._bridge.worker.threads,
            box_px=tuple(self.box.numbers) if self.box else (),
        )
        return LiveOrder(job, str(self._cache))

    def _path(self, place: int) -> str:
        """The file of one of the volumes; that of the tomogram where there are fewer by now."""
        return self._volumes.path(place if place < len(self._volumes.names) else 0)

    # -- a run

    @property
    def running(self) -> bool:
        return self._bridge.running

    @property
    def is_of_open_tomogram(self) -> bool:
        """Whether the last run's tomogram is the one that is open."""
        volume = self._document.volume
        return volume is not None and volume.info.path == self._tomogram

    def start(self) -> None:
        """Start segmenting the open tomogram."""
        if self.running or self.missing():
            return
        volume = self._document.volume
        assert volume is not None
        self._tomogram = volume.info.path
        self.progress = RunProgress(time.monotonic())
        self.started.emit()
        try:
            self._bridge.submit(self.order())
        except CryoVesError as error:
            self._end(RunEnded(RunStatus.FAILED, 0, str(error)))
        self._workspace.acted.emit()

    def cancel(self) -> None:
        """Stop the run, if there is one."""
        if self.running:
            self._bridge.cancel()

    def _report(self, step: str, fraction: float, message: str) -> None:
        self.progress.report(step, fraction)
        self._tell_progress(message)

    def _tell_progress(self, message: str = "") -> None:
        """Redrawing costs more than reporting, so a few reports a second are shown."""
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            self.progressed.emit(ProgressWords(self.progress.sentence(now), message, self.progress.fraction))

    def _step_done(self, report: StepReport) -> None:
        self.progress.finish(report.name, report.wall_s)
        self.step_done.emit(report)
        self._tell_progress()
        if report.map is not None and self.is_of_open_tomogram:
            self._live.show_map(report.map)

    def _show_spheres(self, found: SpheresFound) -> None:
        if self.is_of_open_tomogram:
            self._live.show_spheres(found.spheres)

    def _show_note(self, note: Note) -> None:
        self._workspace.tell("info", note.sentence)

    def _done(self, result: LiveResult) -> None:
        found, record = result.vesicles, result.record
        if not self.is_of_open_tomogram:
            sentence = "The run is finished, but another tomogram is open now."
            self._end(RunEnded(RunStatus.LEFT, len(found), sentence))
            return
        if result.map is not None:
            self._live.keep_map(result.map)
        self._live.end()
        summary = self._projects.take_run(result)
        for note in record.notes:
            self._workspace.tell("warning", note.sentence)
        took = clock(time.monotonic() - self.progress.started_at)
        where = " in the box" if record.job.box_px else ""
        sentence = (
            f"{count_words(len(found))}{where} in {took}{where_computed(record.steps)}. {summary}".strip()
        )
        status = RunStatus.FOUND if len(found) else RunStatus.NOTHING_FOUND
        beyond = record.saw.beyond if record.saw else None
        self._end(RunEnded(status, len(found), sentence, record.cost, beyond))

    def _failed(self, failure: Failed) -> None:
        if failure.cancelled:
            kept = " Finished steps are kept." if self.progress.done else ""
            self._end(RunEnded(RunStatus.CANCELLED, 0, f"Cancelled.{kept}"))
        else:
            self._workspace.tell("error", failure.sentence)
            self._end(RunEnded(RunStatus.FAILED, 0, failure.sentence))

    def _end(self, outcome: RunEnded) -> None:
        self._live.end()
        self.ended.emit(outcome)
        self._workspace.acted.emit()


def model_title(model: Model) -> str:
    return model.name.capitalize()


def count_words(vesicles: int) -> str:
    if vesicles == 0:
        return "No vesicle was found"
    return f"{vesicles} vesicle{'s' if vesicles != 1 else ''} found"


def where_computed(steps: Sequence[StepReport]) -> str:
    """On what the network ran, or that its map was kept; empty where it had nothing to do."""
    network = [step for step in steps if step.map is not None]
    computed = [step for step in network if step.engine]
    if computed:
        last = computed[-1]
        return f", computed with {ENGINE_TITLES.get(last.engine, last.engine)} on {last.device.upper()}"
    return ", from the kept network map" if network else ""
