"""The pools as a small table that is edited in place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from cryoves_app.domain.colours import pool_colour
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import Band, FilterPool, PoolPlan
from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.plots.summary import swatch

_BANDS = ("pool", "from", "to nm", "n")
_FILTERS = ("pool", "condition", "n")
_ROW = 26
#: What stands for a band's open end.
OPEN = "–"


class PoolTable(QTableWidget):
    """Bands or filters with their colours and counts; a cell is edited by a double click or by typing."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setToolTip("Double-click a cell to change it. An empty “from” or “to” leaves the band open.")
        self._plan = PoolPlan()
        self.cellChanged.connect(lambda _row, _column: self.edited.emit())

    def show_plan(self, plan: PoolPlan, counts: Sequence[int]) -> None:
        """Fill the table; nothing is told."""
        self.blockSignals(True)
        head = _BANDS if plan.by_distance else _FILTERS
        rows = _band_rows(plan) if plan.by_distance else [(f.name, f.condition) for f in plan.filters]
        if (self.rowCount(), self.columnCount()) != (len(rows), len(head)):
            self.setRowCount(len(rows))
            self.setColumnCount(len(head))
            self.setCurrentCell(-1, -1)
        self.setHorizontalHeaderLabels(head)
        for line, (row, count) in enumerate(zip(rows, counts, strict=True)):
            for column, text in enumerate((*row, str(count))):
                self._put(line, column, text)
            self._cell(line, 0).setIcon(swatch(pool_colour(row[0], plan.names)))
        self._fit_columns(len(rows), len(head))
        self._plan = plan
        self.blockSignals(False)

    def _cell(self, line: int, column: int) -> QTableWidgetItem:
        item = self.item(line, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(line, column, item)
        return item

    def _put(self, line: int, column: int, text: str) -> None:
        item = self._cell(line, column)
        item.setText(text)
        if column == self.columnCount() - 1:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setForeground(QColor(theme.shades().faint_text))
        if (column and self.columnCount() == len(_BANDS)) or column == self.columnCount() - 1:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _fit_columns(self, rows: int, columns: int) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0 if columns == len(_BANDS) else 1, QHeaderView.ResizeMode.Stretch)
        self.setFixedHeight(rows * _ROW + header.sizeHint().height() + 4)

    def plan(self) -> PoolPlan:
        """The division as it stands in the table.

        Raises
        ------
        CryoVesError
            If a limit is no number, or the division cannot be (``PoolPlan.checked``).
        """
        columns = range(self.columnCount() - 1)
        rows = [
            [self._cell(row, column).text().strip() for column in columns] for row in range(self.rowCount())
        ]
        if self._plan.by_distance:
            bands = tuple(
                Band(name, _limit(low, -math.inf), _limit(high, math.inf)) for name, low, high in rows
            )
            return replace(self._plan, bands=bands).checked()
        filters = tuple(FilterPool(name, condition) for name, condition in rows)
        return replace(self._plan, filters=filters).checked()


def _band_rows(plan: PoolPlan) -> list[tuple[str, str, str]]:
    return [(b.name, _text(b.low_nm), _text(b.high_nm)) for b in plan.bands]


def _text(limit_nm: float) -> str:
    return f"{limit_nm:g}" if math.isfinite(limit_nm) else OPEN


def _limit(text: str, open_end: float) -> float:
    if text in ("", OPEN, "-"):
        return open_end
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise CryoVesError(f"“{text}” is no distance in nm.")
    return value
