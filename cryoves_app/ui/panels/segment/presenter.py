"""Decides what the Segment panel offers, and shows how a run goes."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.recipe import BUILT_IN, Recipe
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.segment.preview import ThresholdPreview
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.project.companions import CompanionVolumes
from cryoves_app.ui.project.segment_run import ProgressWords, RunChoices, SegmentRun, model_title
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.model_admin import standard_model
from cryoves_app.workflow.segment.outcome import RunEnded

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


class SegmentPresenter(QObject):
    """Between the panel, the document and the run."""

    def __init__(
        self, view: SegmentView, workspace: Workspace, run: SegmentRun, volumes: CompanionVolumes
    ) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._run, self._volumes = view, workspace, run, volumes
        self._document = workspace.document
        self._showing = False
        self._path: str | None = None
        self._beyond: BeyondRange | None = None
        self.preview = ThresholdPreview(view, self._document, workspace.state, self)
        view.fill(view.device, DEVICES)
        view.fill(view.recipe, [(n.capitalize(), n, RECIPE_HINTS[n]) for n in BUILT_IN])
        self._show_models()
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        view, document, run = self.view, self._document, self._run
        view.run_wanted.connect(run.start)
        view.cancel_wanted.connect(run.cancel)
        view.range_wanted.connect(self._widen_range)
        view.recipe_edited.connect(document.set_recipe)
        view.recipe_chosen.connect(lambda name: document.set_recipe(BUILT_IN[name]))
        view.options_changed.connect(self._choose)
        view.box_chosen.connect(self._choose_box)
        document.volume_changed.connect(self._volume_changed)
        document.regions_changed.connect(self._offer_regions)
        document.recipe_changed.connect(self._show_recipe)
        self._volumes.changed.connect(lambda: view.show_volumes(self._volumes.names))
        run.models_changed.connect(self._show_models)
        run.choices_changed.connect(self._show_choices)
        run.started.connect(view.show_running)
        run.progressed.connect(self._show_progress)
        run.step_done.connect(self._show_step)
        run.ended.connect(self._show_end)

    # -- what can be done

    def _volume_changed(self) -> None:
        """What is said of the last run belongs to its tomogram; so do box and region, not the model."""
        path = self._document.volume.info.path if self._document.volume is not None else None
        if path != self._path:
            self._path = path
            self.view.look_everywhere()
            self.view.found_by.back_to_network()
            self._tell_model()
        if not self._run.running and not self._run.is_of_open_tomogram:
            self.view.steps.clear()
            self.view.show_idle("")
            self._offer_range(None)
        self.refresh()

    def _tell_model(self) -> None:
        """A model that was chosen goes on to the next tomogram, but not unseen."""
        chosen = self._run.choices.model
        if self._path is not None and chosen != standard_model():
            self._workspace.tell_briefly(f"The model “{chosen}” stays chosen for this tomogram.")

    def refresh(self) -> None:
        self._show_needs()
        self._offer_regions()
        self._show_recipe()

    def _show_needs(self) -> None:
        missing = self._run.missing()
        self.view.show_needs(missing.value if missing else "")

    def _offer_regions(self) -> None:
        kinds = {region.kind for region in self._document.regions if region.contours}
        self.view.offer_regions(bool(kinds & {RegionKind.CYTOPLASM, RegionKind.EXCLUDE}))
        self._choose()

    def _show_recipe(self) -> None:
        recipe = self._document.recipe
        reference = BUILT_IN.get(recipe.name, Recipe())
        self.view.form.set_reference(reference)
        self.view.form.set_recipe(recipe)
        self.view.recipe.setCurrentIndex(self.view.recipe.findData(reference.name))
        self._show_estimate()

    def _show_estimate(self) -> None:
        needs = self._run.estimate()
        self.view.show_estimate(needs.sentence() if needs else "")

    # -- what is chosen

    def _choose(self) -> None:
        if self._showing:
            return
        view = self.view
        self._run.choose(
            RunChoices(
                str(view.model.currentData() or ""),
                str(view.device.currentData()),
                view.wants_inside_only,
                max(view.network_reads.currentIndex(), 0),
                max(view.fit_reads.currentIndex(), 0),
                view.found_by.probability,
                view.found_by.labels,
            )
        )
        self._show_estimate()

    def _choose_box(self, edge_px: int) -> None:
        self._workspace.state.change(box_edge_px=edge_px)
        self._show_estimate()

    def _show_models(self) -> None:
        self.view.fill(
            self.view.model,
            [(model_title(m), m.name, str(m.folder)) for m in self._run.vesicle_models.values()],
        )
        self._show_choices()

    def _show_choices(self) -> None:
        view, choices = self.view, self._run.choices
        self._showing = True
        view.model.setCurrentIndex(view.model.findData(choices.model))
        view.device.setCurrentIndex(view.device.findData(choices.device))
        self._showing = False

    # -- a run

    def _show_progress(self, words: ProgressWords) -> None:
        self.view.show_progress(f"{words.sentence}\n{words.message}".strip(), words.fraction)

    def _show_step(self, report: StepReport) -> None:
        self.view.steps.add(report.name, report.wall_s, cached=report.cached, note=report.note)

    def _show_end(self, outcome: RunEnded) -> None:
        self.view.show_idle(outcome.sentence)
        self._offer_range(outcome.beyond)
        self._show_needs()

    def _offer_range(self, beyond: BeyondRange | None) -> None:
        """A click that takes what lies beyond the radii that were looked for."""
        self._beyond = beyond
        self.view.offer_range(
            "" if beyond is None else beyond.offer(), "" if beyond is None else beyond.sentence()
        )

    def _widen_range(self) -> None:
        if self._beyond is not None and not self._run.missing():
            self._document.set_recipe(self._beyond.widened(self._document.recipe))
            self._run.start()

    def commands(self) -> list[Command]:
        """Run and cancel."""
        run = self._run
        return [
            Command(
                key="run.segment",
                text="Segment",
                run=run.start,
                menu="Run",
                icon="play",
                shortcuts=("Ctrl+R",),
                enabled=lambda: not run.running and not run.missing(),
                hint="Finds the vesicles of this tomogram",
                needs="needs an open tomogram whose voxel size is known, and no other run at work",
            ),
            Command(
                key="run.cancel",
                text="Cancel",
                run=run.cancel,
                menu="Run",
                icon="stop",
                shortcuts=("Ctrl+.",),
                enabled=lambda: run.running,
                needs="nothing is being segmented",
            ),
        ]
