"""The vesicles as a Qt table: all columns of ``vesicles.csv``, sorted as numbers."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from cryoves_app.domain.colours import status_colour
from cryoves_app.domain.measures import MEASURES, Measure
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_filter import VesicleFilter
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base import theme
from cryoves_app.workflow.project.review import DOUBTFUL_P

#: More rows that come or go are shown anew as a whole.
MOST_STEPS = 30
ModelIndex = QModelIndex | QPersistentModelIndex
ItemRole = Qt.ItemDataRole
ID_ROLE = int(ItemRole.UserRole)
_NUMBER_ALIGNMENT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Place(NamedTuple):
    """Whether and by what a vesicle stands in the table."""

    of: Vesicle
    is_shown: bool
    key: Any = None


_KEY = attrgetter("key")


class VesicleTableModel(QAbstractTableModel):
    """One row for each vesicle that the filter accepts, in the order of a column.

    Another set changes only what differs, so that the view stays where it is. Filtering and sorting are done here: a
    proxy of Qt asks for each value of each row again and again, which thousands of vesicles make slow.
    """

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Vesicle, ...] = ()
        self._shown: list[Vesicle] = []
        self._rows: dict[int, int] = {}
        self._filter = VesicleFilter()
        self._places: dict[int, _Place] = {}  # as the rule of filter, column and voxel size gave them
        self._rule: tuple[VesicleFilter, int, float] | None = None
        self._column, self._order = -1, Qt.SortOrder.AscendingOrder
        self.voxel_size_nm = 1.0

    @property
    def vesicles(self) -> tuple[Vesicle, ...]:
        """Those that are shown, from the first row to the last."""
        return tuple(self._shown)

    def set_vesicles(self, vesicles: VesicleSet, voxel_size_nm: float) -> None:
        """Show another state of the vesicles."""
        same_size = voxel_size_nm == self.voxel_size_nm
        self._all, self.voxel_size_nm = vesicles.vesicles, voxel_size_nm
        if same_size:
            self._arrange()
        else:
            self._reset(self._wanted())

    def set_filter(self, wanted: VesicleFilter) -> None:
        """Show only what it accepts."""
        self._filter = wanted
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Bring the rows in the order of a column, and keep them so."""
        self._column, self._order = column, order
        self._arrange()

    def _wanted(self) -> list[Vesicle]:
        """What is to be shown, in order; only vesicles that changed are looked at anew."""
        rule = (self._filter, self._column, self.voxel_size_nm)
        known = self._places if rule == self._rule else {}
        places = {
            v.id: known[v.id] if v.id in known and known[v.id].of is v else self._place(v) for v in self._all
        }
        self._places, self._rule = places, rule
        found = [place for place in places.values() if place.is_shown]
        if 0 <= self._column < len(MEASURES):
            found.sort(key=_KEY, reverse=self._order == Qt.SortOrder.DescendingOrder)
        return [place.of for place in found]

    def _place(self, vesicle: Vesicle) -> _Place:
        voxel = self.voxel_size_nm
        if not 0 <= self._column < len(MEASURES):
            return _Place(vesicle, self._filter.accepts(vesicle, voxel))
        key = sort_value(MEASURES[self._column].value(vesicle, voxel))
        return _Place(vesicle, self._filter.accepts(vesicle, voxel), key)

    def _arrange(self) -> None:
        """Go from the rows that are shown to those that are wanted, in the smallest steps that are worth it."""
        wanted = self._wanted()
        ids = {v.id for v in wanted}
        gone = [row for row, v in enumerate(self._shown) if v.id not in ids]
        fresh = [row for row, v in enumerate(wanted) if v.id not in self._rows]
        if len(gone) + len(fresh) > MOST_STEPS:
            self._reset(wanted)
            return
        for row in reversed(gone):
            self.beginRemoveRows(QModelIndex(), row, row)
            self._take([*self._shown[:row], *self._shown[row + 1 :]])
            self.endRemoveRows()
        new = {wanted[row].id for row in fresh}
        self._exchange([v for v in wanted if v.id not in new])
        for row in fresh:
            self.beginInsertRows(QModelIndex(), row, row)
            self._take(wanted[: row + 1] + self._shown[row:])
            self.endInsertRows()

    def _exchange(self, wanted: list[Vesicle]) -> None:
        """The same vesicles as they are now, in another order perhaps."""
        shown = self._shown
        if [v.id for v in shown] != [v.id for v in wanted]:
            self.layoutAboutToBeChanged.emit()
            before, ids = self.persistentIndexList(), [v.id for v in shown]
            self._take(wanted)
            after = [self.index(self._rows[ids[index.row()]], index.column()) for index in before]
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()
            return
        changed = [r for r, (a, b) in enumerate(zip(shown, wanted, strict=True)) if a is not b and a != b]
        self._take(wanted)
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(MEASURES) - 1))

    def _reset(self, wanted: list[Vesicle]) -> None:
        self.beginResetModel()
        self._take(wanted)
        self.endResetModel()

    def _take(self, shown: list[Vesicle]) -> None:
        self._shown = shown
        self._rows = {v.id: row for row, v in enumerate(shown)}

    def row_of(self, vesicle_id: int) -> int | None:
        """The row of a vesicle; ``None`` where it is not shown."""
        return self._rows.get(vesicle_id)

    def rowCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

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
        vesicle, measure = self._shown[index.row()], MEASURES[index.column()]
        if role == ItemRole.DisplayRole:
            return measure.text(vesicle, self.voxel_size_nm)
        if role == ID_ROLE:
            return vesicle.id
        if role == ItemRole.TextAlignmentRole:
            return int(_NUMBER_ALIGNMENT) if measure.numeric else None
        return _decoration(vesicle, measure, role)

    def value(self, row: int, key: str) -> Any:
        """The value behind a cell, by the measure's name."""
        measure = next(m for m in MEASURES if m.key == key)
        return measure.value(self._shown[row], self.voxel_size_nm)


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
    return theme.coloured_icon(names[vesicle.status], status_colour(vesicle))


def _p_value_cell(p_value: float, role: int) -> Any:
    """The less likely, the more of the colour of doubt; what is likely stays plain."""
    if p_value >= DOUBTFUL_P or role != ItemRole.BackgroundRole:
        return None
    colour = QColor(theme.ORANGE)
    colour.setAlphaF(0.2 + 0.5 * min(math.log10(DOUBTFUL_P / max(p_value, 1e-12)) / 4, 1.0))
    return colour
