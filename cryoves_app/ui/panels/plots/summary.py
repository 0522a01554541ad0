"""The numbers of the pools as a table that can be copied and saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from cryoves_app.analysis.scores.pools import ALL, NM3_PER_UM3, NONE, PoolRow
from cryoves_app.domain.colours import NO_POOL, pool_colour
from cryoves_app.domain.measures import format_number

#: Header on the screen, header of a file, what the column means.
COLUMNS = (
    ("pool", "pool", "Accepted vesicles inside the region, by pool"),
    ("n", "count", "How many"),
    ("per\nµm³", "density_per_um3", "Vesicles per µm³ of the region's volume that belongs to the pool"),
    ("radius\n(nm)", "mean_radius_nm", "Mean radius"),
    ("± SD\n(nm)", "sd_radius_nm", "Standard deviation of the radius"),
    ("nearest\n(nm)", "mean_neighbour_nm", "Mean distance to the nearest vesicle, from centre to centre"),
    ("az rim\n(nm)", "mean_az_rim_nm", "Mean distance from the active zone to the rim"),
    ("volume\n(µm³)", "volume_um3", "The region's volume that belongs to the pool"),
)
#: On the screen the density is enough; the volume is in what is copied and saved.
_HIDDEN = 7
#: Height of a row in pixels, and how many are seen without scrolling.
_ROW, _MOST_ROWS = 24, 8
_DECIMALS = (0, 0, 0, 1, 1, 1, 1, 4)
_NAMES = {NONE: "in no pool", ALL: "all"}


def values_of(row: PoolRow) -> list[float | int | str | None]:
    """The row's values in the order of the columns."""
    volume = None if row.volume_nm3 is None else row.volume_nm3 / NM3_PER_UM3
    return [
        row.name, row.count, row.density_um3, row.mean_radius_nm, row.sd_radius_nm, row.mean_neighbour_nm,
        row.mean_distance_nm, volume,
    ]  # fmt: skip


def texts_of(row: PoolRow) -> list[str]:
    """The row as people read it; unknown is a dash."""
    name, count, *numbers = values_of(row)
    shown = [
        "–" if value is None else format_number(float(value), decimals)
        for value, decimals in zip(numbers, _DECIMALS[2:], strict=True)
    ]
    return [_NAMES.get(str(name), str(name)), str(count), *shown]


class SummaryTable(QTableWidget):
    """One row for each pool; copies itself whole."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        for place, (title, _key, meaning) in enumerate(COLUMNS):
            head = QTableWidgetItem(title)
            head.setToolTip(meaning)
            self.setHorizontalHeaderItem(place, head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setColumnHidden(_HIDDEN, True)
        self._make_room(5)

    def show_rows(self, rows: Sequence[PoolRow], pools: Sequence[str]) -> None:
        """Show the pools' numbers, each with its colour."""
        self.setRowCount(len(rows))
        for line, row in enumerate(rows):
            for column, text in enumerate(texts_of(row)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                elif row.name != ALL:
                    item.setIcon(swatch(pool_colour(row.name, pools) if row.name != NONE else NO_POOL))
                self.setItem(line, column, item)
        self.resizeColumnsToContents()
        self._make_room(min(len(rows), _MOST_ROWS))

    def _make_room(self, rows: int) -> None:
        """For so many whole rows, with the heads above and the bar that scrolls sideways below them."""
        around = self.horizontalHeader().sizeHint().height() + self.horizontalScrollBar().sizeHint().height()
        self.setMinimumHeight(rows * _ROW + around + 2 * self.frameWidth())

    def copy(self) -> None:
        """Put the whole table on the clipboard, tab-separated, with the header."""
        model = self.model()
        lines = [[column[0].replace("\n", " ") for column in COLUMNS]]
        for line in range(self.rowCount()):
            lines.append([str(model.index(line, column).data()) for column in range(self.columnCount())])
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


def swatch(colour: str) -> QIcon:
    """A square of a colour."""
    picture = QPixmap(12, 12)
    picture.fill(colour)
    return QIcon(picture)
