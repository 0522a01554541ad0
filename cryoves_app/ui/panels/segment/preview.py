"""The threshold slider: it shows the segments that a threshold would give, worked out in a thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.analysis.segmentation.threshold_preview import instances_at, smallest_voxels
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.viewers.view_state import ViewState

#: Wait this long after the slider moved before computing.
PAUSE_MS = 120
HIGHEST = 0.99999


@dataclass(frozen=True)
class _Found:
    """The instances at a threshold on a probability map, and how many they are."""

    threshold: float
    source: GridMap
    labels: NDArray[np.int32]
    count: int


class ThresholdPreview(QObject):
    """Computes one preview at a time; of many thresholds the last one wins."""

    changed = Signal(object)  # GridMap of labels, or None

    def __init__(
        self, view: SegmentView, document: Document, state: ViewState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._document, self._state = view, document, state
        self._wanted: float | None = None
        self._counting = Recompute(self, self._count, self._show, pause_ms=PAUSE_MS)
        view.preview_toggled.connect(self._toggle)
        view.threshold_moved.connect(self._move)
        view.threshold_adopted.connect(self._adopt)
        document.probability_changed.connect(self._probability_changed)

    def _probability_changed(self) -> None:
        self._counting.forget()
        known = self._document.probability is not None
        if known:
            self._view.start_threshold_at(logit_of(_base_of(self._document.recipe)))
        self._view.set_preview_available(known)

    def _toggle(self, on: bool) -> None:
        self._state.change(show_labels=on)
        if on:
            self._move(self._view.threshold_logit)
        else:
            self._wanted = None
            self._counting.forget()
            self.changed.emit(None)

    def _move(self, logit: float) -> None:
        self._wanted = probability_of(logit)
        self._view.show_threshold(f"p > {self._wanted:.5g}: counting…")
        self._counting.ask()

    def _adopt(self) -> None:
        threshold = min(probability_of(self._view.threshold_logit), HIGHEST)
        self._document.set_recipe(
            self._document.recipe.with_value("instances", "threshold", round(threshold, 5))
        )

    def _count(self) -> Callable[[], _Found] | None:
        source, threshold = self._document.probability, self._wanted
        if source is None or threshold is None:
            return None
        smallest = smallest_voxels(self._document.recipe, source.voxel_size_nm)
        return lambda: _Found(threshold, source, *instances_at(source.values, threshold, smallest))

    def _show(self, found: _Found) -> None:
        self._view.show_threshold(
            f"p > {found.threshold:.5g}: {found.count} instances before separating touching ones"
        )
        self.changed.emit(replace(found.source, values=found.labels))


def _base_of(recipe: Recipe) -> float:
    """The threshold above which a run looks for parts first."""
    return recipe.instances.threshold or recipe.instances.threshold_low


def logit_of(probability: float) -> float:
    return math.log(probability / (1 - probability))


def probability_of(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
