"""The instances that a threshold would give, worked out in a thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from skimage.measure import label

from cryoves_app.ui.background import run_in_background
from cryoves_app.ui.document import Document, GridMap

#: Wait this long after the slider moved before computing.
PAUSE_MS = 120


@dataclass(frozen=True)
class Instances:
    """Labels on the network's grid and how many there are."""

    labels: GridMap
    count: int


def instances_at(probability: NDArray[np.float32], threshold: float, smallest_voxels: float) -> tuple[
    NDArray[np.int32], int
]:
    """Connected parts above a threshold, without those smaller than ``smallest_voxels``."""
    labels = label(np.asarray(probability) > threshold, connectivity=1).astype(np.int32)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    keep = sizes >= smallest_voxels
    numbers = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return numbers[labels], int(keep.sum())


class ThresholdPreview(QObject):
    """Computes one preview at a time; of many thresholds the last one wins."""

    ready = Signal(object, float)  # Instances, threshold

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._wanted: float | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._compute)

    def want(self, threshold: float) -> None:
        self._wanted = threshold
        self._timer.start()

    def stop(self) -> None:
        self._wanted = None
        self._timer.stop()

    def _compute(self) -> None:
        source, threshold = self._document.probability, self._wanted
        if source is None or threshold is None or self._busy:
            return
        self._busy = True
        settings = self._document.recipe
        radius_px = settings.input.expected_radius_nm / source.voxel_size_nm
        smallest = settings.instances.smallest_fraction * 4 / 3 * np.pi * radius_px**3
        run_in_background(
            lambda: instances_at(source.data, threshold, smallest),
            lambda found: self._arrived(source, threshold, found),
            lambda _sentence: self._finish(threshold),
            self,
        )

    def _arrived(self, source: GridMap, threshold: float, found: tuple[NDArray[np.int32], int]) -> None:
        labels, count = found
        if self._wanted is not None and source is self._document.probability:
            self.ready.emit(Instances(GridMap(labels, source.voxel_size_nm), count), threshold)
        self._finish(threshold)

    def _finish(self, threshold: float) -> None:
        self._busy = False
        if self._wanted is not None and self._wanted != threshold:
            self._timer.start()
