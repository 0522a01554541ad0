"""Decides what the Segment panel offers, starts runs and takes their results."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project_codec import region_to_plain, vesicle_set_from_plain
from cryoves_app.network.model_store import list_models
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import GridMap
from cryoves_app.ui.base.run_progress import RunProgress, clock
from cryoves_app.ui.panels.segment.preview import ThresholdPreview
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.jobs.supervisor import Failure
from cryoves_app.workflow.segment.estimate import estimate
from cryoves_app.workflow.segment.order import SegmentJob

JOB_KIND = "live_segment"
DEVICES = [
    ("Automatic", "auto", "GPU if there is one and it agrees with the CPU, else CPU"),
    ("CPU", "cpu", "Always works"),
    ("GPU", "gpu", "The first graphics card"),
]
RECIPE_HINTS = {
    "default": "Our own method",
    "paper": "The manuscript's numbers",
    "published": "What the published program does",
}
#: Least time between two pictures of the progress.
TELL_SECONDS = 0.25


class SegmentPresenter(QObject):
    """Between the panel, the document and the worker."""

    progress_told = Signal(str, float)
    ended = Signal(str)  # a sentence

    def __init__(self, view: SegmentView, workspace: Workspace, bridge: JobBridge, cache: Path) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._bridge, self._cache = view, workspace, bridge, cache
        self._document = workspace.document
        self.progress = RunProgress(0.0)
        self._job_path: str | None = None
        self._told_at = 0.0
        self._peeking = False
        self.take_run: Callable[[VesicleSet, str, dict[str, Any]], str] = self._take_without_project
        self.drawn_in: Callable[[], str | None] = lambda: None  # the project's file, for the record
        self.path_of: Callable[[int], str] = lambda place: ""
        self.preview = ThresholdPreview(view, self._document, workspace.state, self)
        self._fill_choices()
        self._connect()
        self.refresh()

    def _fill_choices(self) -> None:
        view = self.view
        self.show_models()
        view.fill(view.device, DEVICES)
        view.fill(view.recipe, [(n.capitalize(), n, RECIPE_HINTS[n]) for n in BUILT_IN])

    def show_models(self) -> None:
        """The models of this computer, as they are now."""
        self.view.fill(self.view.model, [(m.name.capitalize(), m.name, str(m.folder)) for m in list_models()])

    def _connect(self) -> None:
        view, document, bridge = self.view, self._document, self._bridge
        view.run_wanted.connect(self.run)
        view.cancel_wanted.connect(bridge.cancel)
        view.recipe_edited.connect(document.set_recipe)
        view.recipe_chosen.connect(lambda name: document.set_recipe(BUILT_IN[name]))
        view.options_changed.connect(self._show_estimate)
        view.box_chosen.connect(self._choose_box)
        document.volume_changed.connect(self._volume_changed)
        document.regions_changed.connect(self._offer_regions)
        document.recipe_changed.connect(self._show_recipe)
        bridge.progressed.connect(self._report)
        bridge.step_done.connect(self._step_done)
        bridge.spheres_found.connect(self._show_spheres)
        bridge.noted.connect(lambda sentence: self._workspace.tell("info", sentence))
        bridge.done.connect(self._done)
        bridge.failed.connect(self._failed)

    # -- what can be done

    def _volume_changed(self) -> None:
        """What is said of the last run belongs to its tomogram."""
        if not self.running and not self._is_current():
            self._job_path = None
            self.view.steps.clear()
            self.view.show_idle("")
        self.refresh()

    def refresh(self) -> None:
        self.view.show_needs(self.missing())
        self._offer_regions()
        self._show_recipe()

    def missing(self) -> str:
        """What a run still lacks; empty when it can start."""
        if self._document.volume is None:
            return "Needs a tomogram: open one first."
        if not self._document.knows_voxel_size:
            return "Needs the voxel size: type it in under Open."
        if self.view.model.count() == 0:
            return "Needs a network model; this installation has none."
        return ""

    def _offer_regions(self) -> None:
        kinds = {region.kind for region in self._document.regions if region.contours}
        self.view.offer_regions(bool(kinds & {RegionKind.CYTOPLASM, RegionKind.EXCLUDE}))

    def _show_recipe(self) -> None:
        recipe = self._document.recipe
        reference = BUILT_IN.get(recipe.name, Recipe())
        self.view.form.set_reference(reference)
        self.view.form.set_recipe(recipe)
        self.view.recipe.setCurrentIndex(self.view.recipe.findData(reference.name))
        self._show_estimate()

    def _show_estimate(self) -> None:
        volume = self._document.volume
        if volume is None or self.missing():
            self.view.show_estimate("")
            return
        needs = estimate(
            volume.shape,
            volume.voxel_size_nm,
            self._document.recipe,
            threads=self._bridge.worker.threads,
            box_shape=self.box.shape if self.box else None,
        )
        self.view.show_estimate(needs.sentence())

    @property
    def box(self) -> Box | None:
        """Where to look, if not everywhere: a cube around the crosshair."""
        edge, volume = self._workspace.state.settings.box_edge_px, self._document.volume
        return Box.around(self._document.cursor, edge, volume.shape) if edge and volume else None

    def _choose_box(self, edge_px: int) -> None:
        self._workspace.state.change(box_edge_px=edge_px)
        self._show_estimate()

    # -- a run

    @property
    def running(self) -> bool:
        return self._bridge.running

    def run(self) -> None:
        """Start segmenting the open tomogram."""
        if self.running or self.missing():
            return
        volume = self._document.volume
        assert volume is not None
        self._job_path = volume.info.path
        self.progress = RunProgress(time.monotonic())
        self.view.show_running()
        try:
            self._bridge.submit(JOB_KIND, {**self.job().to_params(), "cache": str(self._cache)})
        except CryoVesError as error:
            self._end(str(error))
        self._workspace.acted.emit()

    def cancel(self) -> None:
        """Stop the run, if there is one."""
        if self.running:
            self._bridge.cancel()

    def job(self) -> SegmentJob:
        """What a run would do with the open tomogram."""
        volume = self._document.volume
        assert volume is not None
        regions = self._document.regions if self.view.wants_inside_only else ()
        network, fit = (
            self.path_of(max(c.currentIndex(), 0)) or str(volume.info.path)
            for c in (self.view.network_reads, self.view.fit_reads)
        )
        return SegmentJob(
            tomogram=network,
            fit_volume=fit if fit != network else None,
            folder="",
            recipe=self._document.recipe.to_dict(),
            model=self._model,
            voxel_size_nm=volume.voxel_size_nm,
            regions=tuple(region_to_plain(region) for region in regions),
            drawn_in=self.drawn_in(),
            device=str(self.view.device.currentData()),
            threads=self._bridge.worker.threads,
            box_px=tuple(self.box.numbers) if self.box else (),
        )

    @property
    def models(self) -> dict[str, str]:
        """The titles of the models that can be chosen, by name."""
        combo = self.view.model
        return {str(combo.itemData(i)): combo.itemText(i) for i in range(combo.count())}

    def choose_model(self, name: str) -> None:
        self.view.model.setCurrentIndex(self.view.model.findData(name))

    @property
    def _model(self) -> str:
        return str(self.view.model.currentData())

    def commands(self) -> list[Command]:
        """Run and cancel."""
        return [
            Command(
                key="run.segment",
                text="Segment",
                run=self.run,
                menu="Run",
                icon="play",
                shortcuts=("Ctrl+R",),
                enabled=lambda: not self.running and not self.missing(),
                hint="Finds the vesicles of this tomogram",
            ),
            Command(
                key="run.cancel",
                text="Cancel",
                run=self._bridge.cancel,
                menu="Run",
                icon="stop",
                shortcuts=("Ctrl+.",),
                enabled=lambda: self.running,
            ),
        ]

    def _report(self, step: str, fraction: float, message: str) -> None:
        self.progress.report(step, fraction)
        self._tell_progress(message)

    def _tell_progress(self, message: str = "") -> None:
        """Redrawing costs more than reporting, so eyes get a few reports a second."""
        now = time.monotonic()
        if now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        sentence = self.progress.sentence(time.monotonic())
        self.view.show_progress(f"{sentence}\n{message}".strip(), self.progress.fraction)
        self.progress_told.emit(f"Segment: {sentence}", self.progress.fraction)

    def _step_done(self, event: dict[str, Any]) -> None:
        self.progress.finish(event["name"], event["wall_s"])
        self.view.steps.add(
            event["name"], event["wall_s"], cached=event["cached"], note=event.get("note", "")
        )
        self._tell_progress()
        if not self._is_current():
            return
        if "probability" in event:
            self._take_probability(event)
            self._peek_at_probability(shown=True)

    def _peek_at_probability(self, *, shown: bool) -> None:
        """Show the map while there is nothing else to see of a run; who shows it anyway keeps it."""
        state = self._workspace.state
        if shown and not state.settings.show_probability:
            self._peeking = True
            state.change(show_probability=True)
        elif not shown and self._peeking:
            self._peeking = False
            state.change(show_probability=False)

    def _show_spheres(self, event: dict[str, Any]) -> None:
        """What stands after a step, until the run ends."""
        self._peek_at_probability(shown=False)
        if self._is_current():
            self._document.show_provisional(
                VesicleSet.of(
                    Vesicle(number, *sphere) for number, sphere in enumerate(event["spheres"], start=1)
                )
            )

    def _is_current(self) -> bool:
        volume = self._document.volume
        return volume is not None and volume.info.path == self._job_path

    def _take_probability(self, result: dict[str, Any]) -> None:
        if result["probability"] is None:  # the tomogram held nothing to look at
            return
        data = np.load(result["probability"], mmap_mode="r")
        self._document.set_probability(GridMap(data, float(result["network_voxel_nm"])))

    def _done(self, result: dict[str, Any]) -> None:
        took = clock(time.monotonic() - self.progress.started_at)
        if not self._is_current():
            self._end("The run is finished, but another tomogram is open now.")
            return
        self._take_probability(result)
        found = vesicle_set_from_plain(result["vesicles"])
        self._document.end_provisional()
        summary = self.take_run(found, self._model, result.get("run", {}))
        for sentence in result["warnings"]:
            self._workspace.tell("warning", sentence)
        self._end(f"{found_sentence(len(found))} in {took}, {result['device']}. {summary}".strip())

    def _take_without_project(self, found: VesicleSet, _model: str, _run: dict[str, Any]) -> str:
        self._document.set_vesicles(found)
        return ""

    def _failed(self, failure: Failure) -> None:
        self._document.end_provisional()
        if not failure.cancelled:
            self._workspace.tell("error", failure.sentence)
        kept = " Finished steps are kept." if self.progress.done else ""
        self._end("Cancelled." + kept if failure.cancelled else failure.sentence)

    def _end(self, sentence: str) -> None:
        self._peek_at_probability(shown=False)
        self.view.show_idle(sentence)
        self.view.show_needs(self.missing())
        self.ended.emit(sentence)
        self._workspace.acted.emit()


def found_sentence(count: int) -> str:
    if count == 0:
        return "No vesicle was found"
    return f"{count} vesicle{'s' if count != 1 else ''} found"
