"""Fits by hand: a click, a re-fit, a merge and a split, each against the image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.analysis.by_hand.manual_fit import ManualFit, ManualFitter
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.background import in_turn
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.item_job import ItemJob
from cryoves_app.ui.base.recompute import Newest, Recompute
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.fits import PointFit, RimFit
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.actions.combine import enclosing_sphere
from cryoves_app.workflow.project.placing import are_far_apart, widest_gap_nm

#: The population's profile is averaged again this long after the vesicles changed.
LEARN_PAUSE_MS = 300
#: It takes a change of this share of the population.
LEARN_SHARE = 0.05
#: More vesicles than this are fitted in a thread.
FEW = 6


class FitService(QObject):
    """Keeps a fitter for the open tomogram; the population's profile is averaged in a thread."""

    ready = Signal()  # the tomogram's grey values were looked at
    learned = Signal()

    def __init__(self, workspace: Workspace, editor: VesicleEditor, job: ItemJob) -> None:
        super().__init__(workspace)
        self._job = job
        self._workspace, self._document, self._editor = workspace, workspace.document, editor
        self._fitter: ManualFitter | None = None
        self._told: VesicleSet | None = None  # the vesicles that the fitter knows
        self._learned_from = 0  # accepted vesicles when the profile was last averaged
        self._reading = Newest(self)
        self._learning = Recompute(
            self, self._learn, self._take_learned, pause_ms=LEARN_PAUSE_MS, takes_older=True
        )
        self._document.volume_changed.connect(self._prepare)
        self._document.recipe_changed.connect(self._prepare)
        self._document.vesicles_changed.connect(self._renew)

    def _prepare(self) -> None:
        """Look at the tomogram's grey values beforehand, so that no click waits for that."""
        self._fitter = None
        self._reading.forget()
        self._learning.forget()
        volume, recipe = self._document.volume, self._document.recipe
        if volume is None or not self._document.knows_voxel_size:
            return

        self._reading.run(in_turn(lambda: ManualFitter.of(volume, recipe)), self._use)

    def _use(self, fitter: ManualFitter) -> None:
        self._reading.forget()
        self._fitter, self._told, self._learned_from = fitter, None, 0
        self._renew()
        self.ready.emit()

    def _renew(self) -> None:
        if self._fitter is not None:
            self._learning.ask()

    def _up_to_date(self, fitter: ManualFitter) -> ManualFitter:
        """The fitter with the vesicles as they are; it is told when it is used, not at every edit."""
        if self._told is not self._document.vesicles:
            self._told = self._document.vesicles
            fitter = fitter.with_vesicles(self._told)
        self._fitter = fitter
        return fitter

    def _learn(self) -> Callable[[], tuple[ManualFitter, int]] | None:
        """Only when a good part of the population came or went: an average hardly feels a single vesicle."""
        fitter, size = self._fitter, len(self._document.vesicles.accepted)
        if fitter is None or abs(size - self._learned_from) <= LEARN_SHARE * self._learned_from:
            return None
        known = self._up_to_date(fitter)
        return in_turn(lambda: (known.learned(), size))

    def _take_learned(self, found: tuple[ManualFitter, int]) -> None:
        learned, self._learned_from = found
        self._fitter, self._told = learned, None  # made of vesicles that may have changed since
        self.learned.emit()

    @property
    def known(self) -> ManualFitter | None:
        """The fitter once it is ready; ``None`` before. For what can wait for ``ready``."""
        return None if self._fitter is None else self._up_to_date(self._fitter)

    def fitter(self) -> ManualFitter | None:
        """The fitter of the open tomogram, waited for if need be; ``None`` while its voxel size is not known."""
        volume: Volume | None = self._document.volume
        if volume is None or not self._document.knows_voxel_size:
            return None
        if self._fitter is None:
            self._use(ManualFitter.of(volume, self._document.recipe))
        return self._up_to_date(self._fitter) if self._fitter is not None else None

    def fit(self, centre_nm: tuple[float, float, float], radius_nm: float | None = None) -> PointFit | None:
        fitter = self.fitter()
        if fitter is None:
            return None
        return _fitted(fitter.fit_click(centre_nm, radius_nm))

    def fit_rim(self, points_nm: NDArray[np.float64]) -> RimFit | None:
        """For the rim tool; ``None`` for points on a line."""
        fitter = self.fitter()
        found = fitter.fit_rim(points_nm) if fitter else None
        return RimFit(found[0], _fitted(found[1])) if found else None

    def _fit_sphere(self, sphere: Sphere, leave_out: tuple[int, ...]) -> ManualFit | None:
        fitter = self.fitter()
        return fitter.refit(sphere, leave_out) if fitter else None

    def refit(self) -> None:
        """Fit the selected vesicles to the image again, as one step; many of them in a thread."""
        vesicles, fitter = self._document.selected(), self.fitter()
        if fitter is None:
            return

        def fit(vesicle: Vesicle) -> ManualFit:
            return fitter.refit(vesicle.sphere, (vesicle.id,))

        if len(vesicles) <= FEW:
            self._take_fits(vesicles, [fit(v) for v in vesicles])
        else:
            self._job.start("Fitting again", vesicles, fit, lambda found: self._take_fits(vesicles, found))

    def _take_fits(self, vesicles: list[Vesicle], found: list[ManualFit]) -> None:
        """Those that were changed while others were fitted stay as they are."""
        now = {v.id: v.sphere for v in self._document.vesicles}
        fits = {v.id: f for v, f in zip(vesicles, found, strict=True) if now.get(v.id) == v.sphere}
        if not fits or not self._editor.set_fitted(
            {i: f.sphere for i, f in fits.items()}, {i: f.measures for i, f in fits.items()}
        ):
            return
        poor = [str(i) for i, f in fits.items() if not f.good]
        if poor:
            which = (
                f"vesicle {poor[0]}" if len(poor) == 1 else f"{len(poor)} vesicles ({', '.join(poor[:5])}…)"
            )
            self._workspace.tell("warning", f"The image hardly supports {which} here; look at the card.")

    def merge(self) -> None:
        """One vesicle of the selected ones, fitted; those that are far apart only when asked once more."""
        vesicles = self._document.selected()
        if len(vesicles) > 1 and are_far_apart(vesicles):
            gap = widest_gap_nm(vesicles)
            sentence = f"These vesicles lie {gap:.0f} nm apart and are hardly one."
            self._workspace.offer(
                "warning", sentence, Choice("Merge all the same", self._merge), Choice("Leave them")
            )
        else:
            self._merge()

    def _merge(self) -> None:
        vesicles = self._document.selected()
        if len(vesicles) < 2:
            return
        found = self._fit_sphere(enclosing_sphere(vesicles), tuple(v.id for v in vesicles))
        self._editor.merge(*((found.sphere, found.measures) if found else (None, None)))

    def split(self) -> None:
        """Two vesicles of the current one, along the direction in which two fit best."""
        vesicle, fitter = self._document.current, self.fitter()
        if vesicle is None or fitter is None:
            return
        pair: list[ManualFit] = fitter.split(vesicle.sphere, (vesicle.id,))
        measures: list[dict[str, Any]] = [found.measures for found in pair]
        self._editor.split(vesicle.id, [found.sphere for found in pair], measures)


def _fitted(found: ManualFit) -> PointFit:
    return PointFit(found.sphere, found.good, found.score, found.measures)
