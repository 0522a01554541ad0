"""The table of vesicles with its filter line and the counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.measures import MEASURES
from cryoves_app.ui.base import theme
from cryoves_app.ui.models.selection import selection_of
from cryoves_app.ui.models.vesicle_table import ID_ROLE, VesicleTableModel

_SHOWN_FIRST = {
    "id",
    "status",
    "p_value",
    "radius_nm",
    "reason",
    "reviewed",
    "x_nm",
    "y_nm",
    "z_nm",
    "membrane_thickness_nm",
    "contrast",
    "correlation",
    "probability",
    "origin",
    "tags",
    "nn_distance_nm",
    "flags",
}


class VesicleTableView(QTableView):
    """A table that copies what is selected."""

    def copy(self) -> None:
        """Put the selected rows on the clipboard, tab-separated, with the header."""
        model = self.model()
        columns = [c for c in range(model.columnCount()) if not self.isColumnHidden(c)]
        rows = sorted(i.row() for i in self.selectionModel().selectedRows())
        head = [str(model.headerData(c, Qt.Orientation.Horizontal)) for c in columns]
        lines = [head, *([str(model.index(r, c).data() or "") for c in columns] for r in rows)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def keyPressEvent(self, event: object) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):  # type: ignore[attr-defined]
            self.copy()
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]


class VesiclesView(QWidget):
    """Passive: tells what was clicked and typed, shows what it is given."""

    selected = Signal(object)  # list of ids, the current one last
    flown_to = Signal(int)
    filter_edited = Signal(str)

    def __init__(self, model: VesicleTableModel) -> None:
        super().__init__()
        self._model = model
        self._showing = False
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: outlier   radius > 25   p < 0.01")
        self.filter.setClearButtonEnabled(True)
        self.unchecked = QCheckBox("Only unchecked")
        self.unchecked.setToolTip(
            "Leave out what has been checked, here, in the gallery and in the views (Shift+U)"
        )
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.hide()
        self.counts = QLabel()
        self.counts.setWordWrap(True)
        self.empty = QLabel()
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("faint", True)
        self.table = self._table()
        self._build()

    def _build(self) -> None:
        columns = QToolButton()
        theme.give_icon(columns, "view-column-outline")
        columns.setToolTip("Choose the columns")
        columns.setAutoRaise(True)
        columns.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        columns.setMenu(self._column_menu())
        top = QHBoxLayout()
        top.addWidget(self.filter, 1)
        top.addWidget(columns)
        second = QHBoxLayout()
        second.addWidget(self.counts, 1)
        second.addWidget(self.unchecked)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addLayout(top)
        box.addWidget(self.hint)
        box.addLayout(second)
        box.addWidget(self.table, 1)
        box.addWidget(self.empty, 1)
        self.below = QVBoxLayout()
        box.addLayout(self.below)
        self.filter.textChanged.connect(self.filter_edited)

    def _table(self) -> VesicleTableView:
        table = VesicleTableView()
        table.setModel(self._model)
        table.setSortingEnabled(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultSectionSize(78)
        for column, measure in enumerate(MEASURES):
            table.setColumnHidden(column, measure.key not in _SHOWN_FIRST)
            width = {"id": 44, "status": 92, "p_value": 64, "reason": 170, "reviewed": 72}.get(
                measure.key, 88
            )
            table.setColumnWidth(column, width)
        table.sortByColumn([m.key for m in MEASURES].index("p_value"), Qt.SortOrder.AscendingOrder)
        table.selectionModel().selectionChanged.connect(self._selection_changed)
        table.clicked.connect(self._row_clicked)
        table.doubleClicked.connect(lambda index: self.flown_to.emit(int(index.data(ID_ROLE))))
        return table

    def _column_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self._fill_column_menu(menu))
        return menu

    def _fill_column_menu(self, menu: QMenu) -> None:
        menu.clear()
        for column, measure in enumerate(MEASURES):
            action = menu.addAction(measure.label)
            action.setCheckable(True)
            action.setChecked(not self.table.isColumnHidden(column))
            action.toggled.connect(lambda on, c=column: self.table.setColumnHidden(c, not on))

    def columns_state(self) -> QByteArray:
        """Which columns are shown, how wide, in which order, and what they are sorted by."""
        return self.table.horizontalHeader().saveState()

    def restore_columns(self, state: QByteArray) -> bool:
        """Bring back what ``columns_state`` said; whether that worked."""
        return self.table.horizontalHeader().restoreState(state)

    def _selection_changed(self, selected: QItemSelection, _deselected: QItemSelection) -> None:
        if self._showing:
            return
        ids = [int(i.data(ID_ROLE)) for i in self.table.selectionModel().selectedRows()]
        current = self.table.currentIndex()
        if current.isValid() and (last := int(current.data(ID_ROLE))) in ids:
            ids.remove(last)
            ids.append(last)
        self.selected.emit(ids)

    def _row_clicked(self, index: QModelIndex) -> None:
        """A click on the row that is selected already leads back to its vesicle."""
        if len(self.table.selectionModel().selectedRows()) == 1:
            self.flown_to.emit(int(index.data(ID_ROLE)))

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """While rows come and go: a selected one that goes is still selected elsewhere."""
        self._showing = True
        try:
            yield
        finally:
            self._showing = False

    def show_selection(self, ids: tuple[int, ...]) -> None:
        """Select rows without telling; the current one is scrolled to."""
        self._showing = True
        rows = [row for i in ids if (row := self._model.row_of(i)) is not None]
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(selection_of(self._model, rows), flags.ClearAndSelect | flags.Rows)
        last = self._model.row_of(ids[-1]) if ids else None
        if last is not None:
            current = self._model.index(last, 0)
            self.table.selectionModel().setCurrentIndex(current, flags.NoUpdate)
            self.table.scrollTo(current)
        self._showing = False

    def show_counts(self, text: str, empty: str) -> None:
        """Text over the table, and what stands in its place when there is nothing."""
        self.counts.setText(text)
        self.empty.setText(empty)
        self.empty.setVisible(bool(empty))
        self.table.setVisible(not empty)

    def show_hint(self, sentence: str) -> None:
        self.hint.setText(sentence)
        self.hint.setStyleSheet(f"color: {theme.ORANGE};")
        self.hint.setVisible(bool(sentence))
