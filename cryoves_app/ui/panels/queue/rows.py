"""The rows of the queue: what is shown of each tomogram, selected, dragged and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QIcon, QPixmap
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

NAME, CONDITION, VESICLES, DOUBTFUL, CHECKED, STATE = range(6)
_TITLES = ("Tomogram", "Condition", "Vesicles", "Doubtful", "Checked", "State")
_WIDTHS = {NAME: 230, CONDITION: 100, VESICLES: 66, DOUBTFUL: 66, CHECKED: 84}
_FOLDER = Qt.ItemDataRole.UserRole
_THUMBNAIL = QSize(44, 32)
_CONTENT = "application/x-qabstractitemmodeldatalist"


@dataclass(frozen=True)
class QueueRow:
    """A tomogram as it is shown; ``key`` names it for the presenter. One of another queue has no editable condition."""

    key: str
    name: str
    path: str
    condition: str
    state: str
    whole_state: str
    vesicles: str = ""
    doubtful: str = ""
    checked: str = ""
    thumbnail: QIcon | None = None
    is_current: bool = False
    is_elsewhere: bool = False


class QueueList(QTreeWidget):
    """Passive. Rows are put elsewhere by dragging; files that are dropped are left to the window around."""

    placed = Signal(object, int)  # keys, before the row with this number
    opened = Signal(str)  # key
    condition_given = Signal(str, str)  # key, condition

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderLabels(list(_TITLES))
        self.setRootIsDecorated(False)
        self.setIconSize(_THUMBNAIL)
        self.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setDragDropMode(QTreeWidget.DragDropMode.DragDrop)
        self.setDropIndicatorShown(True)
        header = self.header()
        header.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        self.itemDoubleClicked.connect(self._double_clicked)
        self.itemChanged.connect(self._item_changed)

    # -- what is shown

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show the queue; what is selected or being typed stays."""
        self.blockSignals(True)
        chosen = set(self.selected())
        while self.topLevelItemCount() > len(rows):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(rows):
            self.addTopLevelItem(_new_item())
        for number, row in enumerate(rows):
            shown = self.topLevelItem(number)
            assert shown is not None
            _fill(shown, row)
            shown.setSelected(row.key in chosen)
        self.blockSignals(False)

    def show_state(self, key: str, state: str) -> None:
        """Renew the state of one row."""
        items = (self.topLevelItem(n) for n in range(self.topLevelItemCount()))
        item = next((i for i in items if i is not None and i.data(NAME, _FOLDER) == key), None)
        if item is not None:
            self.blockSignals(True)
            item.setText(STATE, state)
            self.blockSignals(False)

    def selected(self) -> list[str]:
        """The keys of the rows that are selected, from top to bottom."""
        rows = sorted(self.selectedItems(), key=self.indexOfTopLevelItem)
        return [str(item.data(NAME, _FOLDER)) for item in rows]

    # -- what is done

    def _double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column != CONDITION:
            self.opened.emit(str(item.data(NAME, _FOLDER)))
        elif item.flags() & Qt.ItemFlag.ItemIsEditable:
            self.editItem(item, CONDITION)

    def _item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == CONDITION:
            self.condition_given.emit(str(item.data(NAME, _FOLDER)), item.text(CONDITION))

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Carry rows away; where they land the presenter is told, and shows the queue anew."""
        drag = QDrag(self)
        drag.setMimeData(self.mimeData(self.selectedItems()))
        drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(event.mimeData().hasFormat(_CONTENT))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # draws where the rows would land
        event.setAccepted(event.mimeData().hasFormat(_CONTENT))

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(_CONTENT):
            event.acceptProposedAction()
            self.placed.emit(self.selected(), self._row_below(event.position().toPoint()))
            self.setState(QTreeWidget.State.NoState)
            self.viewport().update()
        else:
            event.ignore()

    def _row_below(self, place: QPoint) -> int:
        """The number of the first row that lies below a place."""
        item = self.itemAt(place)
        if item is None:
            return self.topLevelItemCount()
        return self.indexOfTopLevelItem(item) + int(place.y() > self.visualItemRect(item).center().y())


def _new_item() -> QTreeWidgetItem:
    item = QTreeWidgetItem()
    item.setSizeHint(NAME, QSize(0, _THUMBNAIL.height() + 4))
    for column in (VESICLES, DOUBTFUL, CHECKED):
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _blank() -> QIcon:
    """Takes the room of a picture, so that all names begin at one place."""
    nothing = QPixmap(_THUMBNAIL)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)


def _fill(item: QTreeWidgetItem, row: QueueRow) -> None:
    item.setData(NAME, _FOLDER, row.key)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    wanted = flags if row.is_elsewhere else flags | Qt.ItemFlag.ItemIsEditable
    if item.flags() != wanted:  # each change of them would undo what is being typed
        item.setFlags(wanted)
    texts = (row.name, row.condition, row.vesicles, row.doubtful, row.checked, row.state)
    for column, text in enumerate(texts):
        if item.text(column) != text:
            item.setText(column, text)
    item.setIcon(NAME, row.thumbnail or _blank())
    item.setToolTip(NAME, row.path)
    item.setToolTip(CONDITION, "" if row.is_elsewhere else "Double-click to change it")
    item.setToolTip(STATE, row.whole_state)
    font = item.font(NAME)
    font.setBold(row.is_current)
    font.setItalic(row.is_elsewhere)
    item.setFont(NAME, font)
