"""The contact sheet: one picture for each vesicle, drawn only where it is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.colours import status_colour
from cryoves_app.domain.measures import format_p
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base import theme
from cryoves_app.ui.models.selection import selection_of
from cryoves_app.ui.models.vesicle_table import ModelIndex
from cryoves_app.ui.panels.card.view import grey_image
from cryoves_app.ui.viewers.colouring import dashes_of
from cryoves_app.ui.viewers.crops import REACH_RADII
from cryoves_app.ui.viewers.overlays import DASHES

EDGE, CAPTION = 76, 16
VESICLE_ROLE = int(Qt.ItemDataRole.UserRole)
PICTURE_ROLE = VESICLE_ROLE + 1
WORST_FIRST = "worst"
SORTS = {
    "Worst first": WORST_FIRST,
    "p-value": "p_value",
    "Radius": "radius_nm",
    "Correlation": "correlation",
    "Contrast": "contrast",
    "Number": "id",
}


class GalleryModel(QAbstractListModel):
    """Vesicles in the chosen order, with their pictures as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.vesicles: list[Vesicle] = []
        self._pictures: dict[int, QImage] = {}
        self._rows: dict[int, int] = {}

    def set_vesicles(self, vesicles: list[Vesicle]) -> None:
        """Show vesicles in this order; an unchanged order keeps the place in the list."""
        old = self.vesicles
        if [v.id for v in vesicles] == [v.id for v in old]:
            self.vesicles = vesicles
            for row, (a, b) in enumerate(zip(old, vesicles, strict=True)):
                if a is not b and a != b:
                    self.dataChanged.emit(self.index(row), self.index(row))
            return
        self.beginResetModel()
        self.vesicles = vesicles
        self._rows = {v.id: row for row, v in enumerate(vesicles)}
        self.endResetModel()

    def set_pictures(self, pictures: dict[int, NDArray[np.uint8]]) -> None:
        for vesicle_id, grey in pictures.items():
            self._pictures[vesicle_id] = grey_image(grey)
            row = self._rows.get(vesicle_id)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))

    def forget_pictures(self) -> None:
        self._pictures.clear()

    def row_of(self, vesicle_id: int) -> int | None:
        return self._rows.get(vesicle_id)

    def rowCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.vesicles)

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        vesicle = self.vesicles[index.row()]
        if role == VESICLE_ROLE:
            return vesicle
        if role == PICTURE_ROLE:
            return self._pictures.get(vesicle.id)
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                f"Vesicle {vesicle.id}: {vesicle.status}, radius {vesicle.radius_nm:.1f} nm, "
                f"{format_p(vesicle.p_value)} {vesicle.reason}".strip()
            )
        return None


class GalleryDelegate(QStyledItemDelegate):
    """Paints picture, circle and caption."""

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        return QSize(EDGE + 6, EDGE + CAPTION + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        vesicle: Vesicle = index.data(VESICLE_ROLE)
        picture: QImage | None = index.data(PICTURE_ROLE)
        rect: QRect = option.rect.adjusted(3, 3, -3, -3)
        area = QRect(rect.left(), rect.top(), EDGE, EDGE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, QColor(theme.VIEW_GROUND))
        if picture is not None:
            painter.drawImage(area, picture)
        painter.setPen(QPen(QColor(status_colour(vesicle)), 1.6, DASHES[dashes_of(vesicle.status)]))
        painter.drawEllipse(QPointF(area.center()), EDGE / 2 / REACH_RADII, EDGE / 2 / REACH_RADII)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.SELECTED), 3))
            painter.drawRect(area)
        painter.setPen(QColor(theme.shades().text))
        mark = "✓ " if vesicle.reviewed else ""
        caption = QRect(rect.left(), area.bottom() + 1, EDGE, CAPTION)
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, f"{mark}{vesicle.id}")
        painter.restore()


class GalleryView(QWidget):
    """The sheet and its order."""

    selected = Signal(object)
    flown_to = Signal(int)
    order_changed = Signal(str)
    scrolled = Signal()
    shown = Signal()

    def __init__(self, model: GalleryModel) -> None:
        super().__init__()
        self._model = model
        self._showing = False
        self.order = QComboBox()
        self.order.addItems(list(SORTS))
        self.order.textActivated.connect(lambda text: self.order_changed.emit(SORTS[text]))
        self.order.setToolTip(
            "Vesicles keep their places while you work; choose the order again to sort anew"
        )
        self.list = QListView()
        self.list.setModel(model)
        self.list.setItemDelegate(GalleryDelegate(self.list))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        self.list.doubleClicked.connect(lambda index: self.flown_to.emit(index.data(VESICLE_ROLE).id))
        self.list.verticalScrollBar().valueChanged.connect(lambda _value: self.scrolled.emit())
        line = QHBoxLayout()
        line.addWidget(QLabel("Order"))
        line.addWidget(self.order, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addLayout(line)
        box.addWidget(self.list, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Pictures are made only while they can be seen."""
        super().showEvent(event)
        self.shown.emit()

    def _selection_changed(self) -> None:
        if not self._showing:
            rows = self.list.selectionModel().selectedIndexes()
            self.selected.emit([i.data(VESICLE_ROLE).id for i in rows])

    def show_selection(self, ids: tuple[int, ...]) -> None:
        self._showing = True
        rows = [row for i in ids if (row := self._model.row_of(i)) is not None]
        flags = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().select(selection_of(self._model, rows), flags.ClearAndSelect)
        last = self._model.row_of(ids[-1]) if ids else None
        if last is not None:
            self.list.selectionModel().setCurrentIndex(self._model.index(last), flags.NoUpdate)
            self.list.scrollTo(self._model.index(last))
        self._showing = False

    def seen_rows(self) -> range:
        """Rows in sight, and a screenful around them."""
        area = self.list.viewport().rect()
        first = self.list.indexAt(area.topLeft() + QPointF(8, 8).toPoint())
        last = self.list.indexAt(area.bottomRight() - QPointF(8, 8).toPoint())
        low = first.row() if first.isValid() else 0
        high = last.row() if last.isValid() else min(low + 60, self._model.rowCount() - 1)
        span = max(high - low, 8)
        return range(max(0, low - span), min(self._model.rowCount(), high + span + 1))
