"""Selections of many rows, as few ranges as possible: Qt is slow with thousands of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QItemSelection


def selection_of(model: QAbstractItemModel, rows: Iterable[int]) -> QItemSelection:
    """First cells of rows of a model, neighbouring ones in one range."""
    ordered = np.unique(np.fromiter(rows, dtype=np.int64))
    selection = QItemSelection()
    for run in np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1):
        if len(run):
            selection.select(model.index(int(run[0]), 0), model.index(int(run[-1]), 0))
    return selection
