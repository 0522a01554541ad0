"""Says which step is done, which can be done, and what a step still needs."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cryoves_app.domain.vesicle import Origin
from cryoves_app.ui.panels.review.step import ReviewStep
from cryoves_app.ui.panels.steps.view import StepState, StepsView
from cryoves_app.ui.project.segment_run import SegmentRun
from cryoves_app.ui.project.workspace import Workspace

NEEDS_VESICLES = 'needs vesicles: <a href="Segment">segment the tomogram</a>'
NEEDS_VOXEL_SIZE = 'needs the voxel size: <a href="Open">type it in</a>'
#: So many regions are named in the line of their step.
MOST_NAMES = 3
#: What explains a step in place until the user puts it away.
HINTS = {
    "Open": "Does the yellow circle fit the vesicles? Then the voxel size is right, and Segment is next.",
    "Region": "Optional: outline the cytoplasm and the active zone, or bring them in from IMOD. Else go on to Segment.",
    "Segment": "Press Segment: these settings suit most tomograms. Point at a name to read what it does.",
    "Review": "The most doubtful vesicle comes first. A accepts, D rejects, and the views fly on.",
    "Export": "Only accepted vesicles go out. Tick what the next program reads.",
}


OPEN_STEP = "Open"
UNKNOWN_SIZE_HINT = (
    "The file does not say its voxel size. Type it in: the yellow circle should then fit the vesicles."
)


class StepsPresenter(QObject):
    """Follows the document."""

    def __init__(self, view: StepsView, workspace: Workspace, run: SegmentRun, review: ReviewStep) -> None:
        super().__init__(workspace)
        self._view, self._document, self._run, self._review = view, workspace.document, run, review
        self._preferences, self._state = workspace.preferences, workspace.state
        self._last_path: str | None = None
        self._done: set[str] = set()
        self._stays = False  # while a list of tomograms is worked on
        self._document.volume_changed.connect(self._volume_changed)
        self._document.vesicles_changed.connect(self.refresh)
        self._document.regions_changed.connect(self.refresh)
        workspace.acted.connect(self.refresh)
        view.hint_dismissed.connect(self._put_hint_away)
        for title, sentence in HINTS.items():
            view.show_hint(title, "" if title in self._preferences.now.known_hints else sentence)
        self.refresh()

    def _show_open_hint(self) -> None:
        """The circle shows nothing before the voxel size is known."""
        if OPEN_STEP not in self._preferences.now.known_hints:
            unknown = self._document.volume is not None and not self._document.knows_voxel_size
            self._view.show_hint(OPEN_STEP, UNKNOWN_SIZE_HINT if unknown else HINTS[OPEN_STEP])

    def _put_hint_away(self, title: str) -> None:
        self._preferences.change(known_hints=(*self._preferences.now.known_hints, title))
        self._view.show_hint(title, "")

    def _volume_changed(self) -> None:
        """A tomogram that was just opened and needs nothing leads on to the next step."""
        volume = self._document.volume
        path = volume.info.path if volume else None
        if path != self._last_path:
            self._last_path = path
            self._done.clear()
            self._view.open_step("Segment" if self._document.knows_voxel_size and not self._stays else "Open")
        self.refresh()

    def return_to(self, step: str) -> None:
        """The step in which a project was left; one that was made elsewhere is there to be reviewed."""
        wanted = step if step in self._view.sections else "Review" if len(self._document.vesicles) else ""
        if wanted and not self._stays and self._document.knows_voxel_size:
            self._view.open_step(wanted)

    def stay_at_open(self) -> None:
        """With a list of tomograms, no step is opened by itself: the list stands in the first one."""
        self._stays = True

    def refresh(self) -> None:
        self._show_open_hint()
        self._view.set_state("Open", self._open_state())
        self._view.set_state("Region", self._region_state())
        self._view.set_state("Segment", self._segment_state())
        self._view.set_state("Review", self._review_state())
        has_vesicles = len(self._document.vesicles.accepted) > 0
        for step in ("Measure", "Export"):
            ready = StepState("done" if step in self._done else "ready")
            self._view.set_state(step, ready if has_vesicles else StepState("needs", NEEDS_VESICLES))

    def is_done(self, step: str) -> bool:
        """Whether it was done with this tomogram since it was opened."""
        return step in self._done

    def mark_done(self, step: str) -> None:
        """What was measured or exported of this tomogram gets its tick."""
        if len(self._document.vesicles.accepted):
            self._done.add(step)
            self.refresh()

    def _review_state(self) -> StepState:
        vesicles = self._document.vesicles
        by = self._state.settings.checked_by
        checked = vesicles.checked_by(by)
        self._review.show_progress(checked, len(vesicles), by)
        if not len(vesicles):
            return StepState("needs", NEEDS_VESICLES)
        done = checked == len(vesicles)
        return StepState("done" if done else "ready", f"{checked} of {len(vesicles)} checked")

    def _open_state(self) -> StepState:
        if self._document.volume is None:
            return StepState("ready")
        if not self._document.knows_voxel_size:
            return StepState("needs", "needs the voxel size")
        return StepState("done")

    def _region_state(self) -> StepState:
        regions = self._document.regions
        if self._document.volume is not None and not self._document.knows_voxel_size:
            return StepState("needs", NEEDS_VOXEL_SIZE)
        if self._document.volume is None:
            return StepState("needs")
        names = ", ".join(region.name for region in regions[:MOST_NAMES])
        more = f" and {len(regions) - MOST_NAMES} more" if len(regions) > MOST_NAMES else ""
        return StepState("done", names + more) if regions else StepState("ready", "optional")

    def _segment_state(self) -> StepState:
        if self._run.running:
            return StepState("running", "running")
        if self._document.volume is not None and not self._document.knows_voxel_size:
            return StepState("needs", NEEDS_VOXEL_SIZE)
        if self._run.missing():
            return StepState("needs")
        origins = self._document.vesicles.origins
        if not origins[Origin.AUTO]:
            return StepState("ready")
        return StepState("done", f"{origins[Origin.AUTO] + origins[Origin.EDITED]} vesicles found")
