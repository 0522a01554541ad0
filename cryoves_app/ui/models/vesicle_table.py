"""The vesicles as a Qt table: all columns of ``vesicles.csv``, sorted as numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor

from cryoves_app.domain.measures import MEASURES, Measure
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_filter import VesicleFilter
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base import theme
from cryoves_app.workflow.project.review import DOUBTFUL_P

ModelIndex = QModelIndex | QPersistentModelIndex
ItemRole = Qt.ItemDataRole
SORT_ROLE = int(ItemRole.UserRole)
ID_ROLE = SORT_ROLE + 1
_NUMBER_ALIGNMENT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class VesicleTableModel(QAbstractTableModel):
    """One row for each vesicle. Replacing the set changes only what differs, so the view stays where it is."""

    def __init__(self) -> None:
        super().__init__()
        self._vesicles: tuple[Vesicle, ...] = ()
        self._rows: dict[int, int] = {}
        self.voxel_size_nm = 1.0

    @property
    def vesicles(self) -> tuple[Vesicle, ...]:
        return self._vesicles

    def set_vesicles(self, vesicles: VesicleSet, voxel_size_nm: float) -> None:
        """Show another state of the vesicles."""
        old, new = self._vesicles, vesicles.vesicles
        same_rows = len(old) == len(new) and all(a.id == b.id for a, b in zip(old, new, strict=True))
        if not same_rows or voxel_size_nm != self.voxel_size_nm:
            self.beginResetModel()
            self._take(new, voxel_size_nm)
            self.endResetModel()
            return
        self._take(new, voxel_size_nm)
        changed = [row for row, (a, b) in enumerate(zip(old, new, strict=True)) if a is not b and a != b]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(MEASURES) - 1))

    def _take(self, vesicles: tuple[Vesicle, ...], voxel_size_nm: float) -> None:
        self._vesicles = vesicles
        self._rows = {v.id: row for row, v in enumerate(vesicles)}
        self.voxel_size_nm = voxel_size_nm

    def row_of(self, vesicle_id: int) -> int | None:
        return self._rows.get(vesicle_id)

    def rowCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._vesicles)

    def columnCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(MEASURES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ItemRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(MEASURES):
            return None
        measure = MEASURES[section]
        if role == ItemRole.DisplayRole:
            return measure.header
        if role == ItemRole.ToolTipRole:
            unit = f" ({measure.unit})" if measure.unit else ""
            return f"{measure.label}{unit}\n{measure.help}".strip()
        return None

    def data(self, index: ModelIndex, role: int = ItemRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        vesicle, measure = self._vesicles[index.row()], MEASURES[index.column()]
        if role == ItemRole.DisplayRole:
            return measure.text(vesicle, self.voxel_size_nm)
        if role == SORT_ROLE:
            return sort_value(measure.value(vesicle, self.voxel_size_nm))
        if role == ID_ROLE:
            return vesicle.id
        if role == ItemRole.TextAlignmentRole:
            return int(_NUMBER_ALIGNMENT) if measure.numeric else None
        return _decoration(vesicle, measure, role)

    def value(self, row: int, key: str) -> Any:
        """The value behind a cell, by the measure's name."""
        measure = next(m for m in MEASURES if m.key == key)
        return measure.value(self._vesicles[row], self.voxel_size_nm)


def sort_value(value: Any) -> Any:
    """Something that sorts: unknown numbers come last."""
    if value is None:
        return math.inf
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, int | float):
        return float(value)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _decoration(vesicle: Vesicle, measure: Measure, role: int) -> Any:
    if measure.key == "p_value" and vesicle.p_value is not None:
        return _p_value_cell(vesicle.p_value, role)
    if measure.key == "status" and role == ItemRole.DecorationRole:
        return status_icon(vesicle)
    if vesicle.status == Status.REJECTED and role == ItemRole.ForegroundRole:
        return QColor(theme.shades().faint_text)
    return None


def status_icon(vesicle: Vesicle) -> Any:
    """A symbol as well as a colour, so that neither is needed alone."""
    names = {Status.ACCEPTED: "check-circle", Status.OUTLIER: "help-circle", Status.REJECTED: "close-circle"}
    return theme.coloured_icon(names[vesicle.status], theme.status_colour(vesicle))


def _p_value_cell(p_value: float, role: int) -> Any:
    """The less likely, the more of the colour of doubt; what is likely stays plain."""
    if p_value >= DOUBTFUL_P or role != ItemRole.BackgroundRole:
        return None
    colour = QColor(theme.ORANGE)
    colour.setAlphaF(0.2 + 0.5 * min(math.log10(DOUBTFUL_P / max(p_value, 1e-12)) / 4, 1.0))
    return colour


class VesicleFilterModel(QSortFilterProxyModel):
    """Sorts by value and keeps the rows that match the filter line."""

    def __init__(self, source: VesicleTableModel) -> None:
        super().__init__()
        self._source = source
        self._filter = VesicleFilter()
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(source)
        self.setDynamicSortFilter(True)

    def set_filter(self, wanted: VesicleFilter) -> None:
        self.beginFilterChange()
        self._filter = wanted
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: ModelIndex) -> bool:
        return self._filter.accepts(self._source.vesicles[source_row], self._source.voxel_size_nm)
