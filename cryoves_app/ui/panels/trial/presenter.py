"""Runs one model after the other on a box, in a worker process of its own, and shows what each found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QRectF

from cryoves_app.domain.box import Box
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap, Volume
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.run_progress import RunProgress
from cryoves_app.ui.panels.segment.view import BOX_EDGE
from cryoves_app.ui.panels.trial.view import TrialView
from cryoves_app.ui.project.segment_run import SegmentRun, model_title
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.colouring import BY_STATUS, colour_vesicles
from cryoves_app.ui.viewers.slicing import Plane, circles_in_slice, read_slice
from cryoves_app.workflow.jobs.messages import Failed
from cryoves_app.workflow.segment.live_order import LiveOrder, LiveResult


class TrialPresenter(QObject):
    """Lives as long as its dialog."""

    def __init__(
        self,
        view: TrialView,
        volume: Volume,
        levels: tuple[float, float],
        order: LiveOrder,
        choose: Callable[[str], None],
    ) -> None:
        super().__init__(view)
        self.view, self._volume, self._levels, self._order = view, volume, levels, order
        self._choose = choose
        self._box = Box.of(order.job.box_px, volume.shape)
        self._found: dict[str, VesicleSet] = {}
        self._maps: dict[str, GridMap] = {}
        self._waiting: list[str] = []
        self._now = ""
        self._progress = RunProgress(0.0)
        self.bridge = JobBridge(parent=self)
        self.bridge.progressed.connect(self._report)
        self.bridge.step_done.connect(lambda step: self._progress.finish(step.name, step.wall_s))
        self.bridge.done.connect(self._done)
        self.bridge.failed.connect(self._failed)
        view.slice_moved.connect(lambda _z: self._show_slice())
        view.probability_toggled.connect(lambda _on: self._show_slice())
        view.closed.connect(self._close)

    def start(self, models: dict[str, str], z: int) -> None:
        """Try models, from name to title, and show slice ``z`` where the box reaches it."""
        view, box = self.view, self._box
        size = " × ".join(str(n) for n in reversed(box.shape))
        view.place.setText(
            f"{size} voxels around the crosshair. Which model finds the vesicles and little else? Nothing is changed."
        )
        view.show_models(models)
        for name, column in view.columns.items():
            column.chosen.connect(partial(self._take, name))
        view.show_slices(box.low[0], box.high[0] - 1, z)
        self._show_slice()
        self._waiting = list(models)
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            self._now = ""
            return
        self._now = self._waiting.pop(0)
        self._progress = RunProgress(time.monotonic())
        self.bridge.submit(replace(self._order, job=replace(self._order.job, model=self._now)))

    def _report(self, step: str, fraction: float, _message: str) -> None:
        self._progress.report(step, fraction)
        self.view.columns[self._now].show_progress(self._progress.fraction, self._progress.step_words)

    def _done(self, result: LiveResult) -> None:
        found = result.vesicles
        self._found[self._now] = found
        if result.map is not None:
            values = np.load(result.map.path, mmap_mode="r")
            self._maps[self._now] = GridMap(values, result.map.voxel_size_nm, result.map.corner_nm)
        seconds = time.monotonic() - self._progress.started_at
        self.view.columns[self._now].show_result(result_text(found, seconds), usable=True)
        self._show_slice()
        self._next()

    def _failed(self, failure: Failed) -> None:
        self.view.columns[self._now].show_result(failure.sentence, usable=False)
        self._next()

    def _show_slice(self) -> None:
        """The same slice in every column."""
        z, box = self.view.slider.value(), self._box
        self.view.show_slice(z)
        plane, (_, y0, x0), (_, y1, x1) = Plane.XY, box.low, box.high
        grey = read_slice(self._volume.data, plane, z)[y0:y1, x0:x1]
        black, white = self._levels
        shaded = (np.clip((grey - black) / (white - black), 0, 1) * 255).astype(np.uint8)
        for name, column in self.view.columns.items():
            column.picture.show_grey(shaded, QRectF(x0 - 0.5, y0 - 0.5, x1 - x0, y1 - y0))
            column.picture.show_probability(
                self._map_slice(name, z) if self.view.probability.isChecked() else None
            )
            self._show_circles(name, z)

    def _map_slice(self, name: str, z: int) -> Any:
        if name not in self._maps:
            return None
        found, voxel_nm = self._maps[name], self._volume.voxel_size_nm
        index = found.index_at(0, z * voxel_nm)
        if index is None:
            return None
        scale, corner = found.voxel_size_nm / voxel_nm, found.corner_in(voxel_nm)
        rows, columns = (
            slice(
                *(
                    max(round((edge[axis] - corner[axis]) / scale), 0)
                    for edge in (self._box.low, self._box.high)
                )
            )
            for axis in (1, 2)
        )
        return np.asarray(found.values[index, rows, columns])

    def _show_circles(self, name: str, z: int) -> None:
        found = tuple(self._found.get(name, VesicleSet()))
        voxel = self._volume.voxel_size_nm
        spheres = np.array([v.sphere.to_px(voxel) for v in found], dtype=float).reshape(-1, 4)
        circles = circles_in_slice(spheres, Plane.XY, float(z))
        styles = colour_vesicles(found, BY_STATUS, voxel).styles
        self.view.columns[name].picture.show_circles(circles, [styles[row] for row in circles.rows])

    def _take(self, name: str) -> None:
        self._choose(name)
        self.view.close()

    def _close(self) -> None:
        self._waiting = []
        self.bridge.close_in_background()
        self.view.deleteLater()


def open_trial(run: SegmentRun, workspace: Workspace) -> None:
    """Show the dialog for the box that is chosen, and start."""
    volume = workspace.document.volume
    if volume is None or run.box is None or run.missing():
        return
    view = TrialView(workspace.window)
    levels = workspace.state.settings.levels
    presenter = TrialPresenter(view, volume, levels, run.order(), run.choose_model)
    models = {name: model_title(model) for name, model in run.vesicle_models.items()}
    presenter.start(models, round(workspace.document.cursor[0]))
    view.show()


def try_on_a_box(run: SegmentRun, workspace: Workspace) -> None:
    """As ``open_trial``, in a box around the crosshair where none is chosen."""
    if run.box is None:
        workspace.state.change(box_edge_px=BOX_EDGE)
        open_trial(run, workspace)
        workspace.state.change(box_edge_px=0)
    else:
        open_trial(run, workspace)


def result_text(found: VesicleSet, seconds: float) -> str:
    """What one model found, in a few words."""
    doubtful = len(found.with_status(Status.OUTLIER))
    count = f"{len(found)} vesicle{'s' if len(found) != 1 else ''}"
    sure = [v.correlation for v in found.accepted if v.correlation is not None]
    parts = [f"{count}, {doubtful} of them doubtful" if doubtful else count]
    parts += [f"median correlation with their profile {float(np.median(sure)):.2f}"] if sure else []
    return f"{'; '.join(parts)}. {seconds:.0f} s."
