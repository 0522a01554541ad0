"""The threshold slider: it shows the segments that a threshold would give, worked out in a thread."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from cryoves_app.analysis.threshold_preview import instances_at, smallest_voxels
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.document import Document, GridMap
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.viewers.view_state import ViewState

#: Wait this long after the slider moved before computing.
PAUSE_MS = 120
HIGHEST = 0.99999


class ThresholdPreview(QObject):
    """Computes one preview at a time; of many thresholds the last one wins."""

    changed = Signal(object)  # GridMap of labels, or None

    def __init__(
        self, view: SegmentView, document: Document, state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._document, self._state = view, document, state
        self._wanted: float | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._compute)
        view.preview_toggled.connect(self._toggle)
        view.threshold_moved.connect(self._move)
        view.threshold_adopted.connect(self._adopt)
        document.probability_changed.connect(
            lambda: view.set_preview_available(document.probability is not None)
        )

    def _toggle(self, on: bool) -> None:
        self._state.change(show_labels=on)
        if on:
            self._move(self._view.threshold_logit)
        else:
            self._wanted = None
            self._timer.stop()
            self.changed.emit(None)

    def _move(self, logit: float) -> None:
        self._wanted = probability_of(logit)
        self._view.show_threshold(f"p > {self._wanted:.5g}: counting…")
        self._timer.start()

    def _adopt(self) -> None:
        threshold = min(probability_of(self._view.threshold_logit), HIGHEST)
        self._document.set_recipe(
            self._document.recipe.with_value("instances", "threshold", round(threshold, 5))
        )

    def _compute(self) -> None:
        source, threshold = self._document.probability, self._wanted
        if source is None or threshold is None or self._busy:
            return
        self._busy = True
        smallest = smallest_voxels(self._document.recipe, source.voxel_size_nm)
        run_in_background(
            lambda: instances_at(source.data, threshold, smallest),
            lambda found: self._arrived(source, threshold, found),
            lambda _sentence: self._finish(threshold),
            self,
        )

    def _arrived(self, source: GridMap, threshold: float, found: tuple[NDArray[np.int32], int]) -> None:
        labels, count = found
        if self._wanted is not None and source is self._document.probability:
            self._view.show_threshold(
                f"p > {threshold:.5g}: {count} instances before separating touching ones"
            )
            self.changed.emit(GridMap(labels, source.voxel_size_nm))
        self._finish(threshold)

    def _finish(self, threshold: float) -> None:
        self._busy = False
        if self._wanted is not None and self._wanted != threshold:
            self._timer.start()


def probability_of(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
