"""Choice of the plot, the plot, and the numbers of the pools below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.panels.plots.chart import Chart
from cryoves_app.ui.panels.plots.data import PLOTTED, PlotKind, PlotSpec
from cryoves_app.ui.panels.plots.summary import SummaryTable
from cryoves_app.ui.viewers.colouring import BY_POOL, BY_STATUS

HOW_TO = (
    "Click a bar or a point to select its vesicles, drag a rectangle to select many; Shift adds. Wheel: zoom."
)


class PlotsView(QWidget):
    """Passive."""

    spec_changed = Signal()
    save_wanted = Signal()
    save_summary_wanted = Signal()
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind = _combo([(kind, kind) for kind in PlotKind])
        self.first = _combo([(m.label, m.key) for m in PLOTTED])
        self.second = _combo([(m.label, m.key) for m in PLOTTED])
        self.by = _combo([("pool", BY_POOL), ("status", BY_STATUS)])
        self.counted_only = QCheckBox("Accepted only")
        self.counted_only.setToolTip("Accepted vesicles, inside the region where there is one")
        self.chart = Chart()
        self.figures = _text_label()
        self.how = _text_label(HOW_TO)
        self.how.setProperty("faint", True)
        self.save = QPushButton("Save…")
        self.save.setToolTip("Saves the plot as a picture (PNG, SVG) or its numbers as a table (CSV)")
        self.summary = SummaryTable()
        self.copy_summary = QPushButton("Copy")
        self.save_summary = QPushButton("Save…")
        self.save_summary.setToolTip("Saves these numbers as a table (CSV)")
        self.missing = _text_label(
            "Vesicles can be plotted once there are some: segment first, or add some by hand."
        )
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setProperty("faint", True)
        self._build()
        self.show_spec(PlotSpec())

    def _build(self) -> None:
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(self._plot_part())
        self.parts.addWidget(self._summary_part())
        self.parts.setStretchFactor(0, 3)
        self.parts.setStretchFactor(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 6, 6, 6)
        self._whole = QScrollArea()
        self._whole.setWidgetResizable(True)
        self._whole.setFrameShape(QFrame.Shape.NoFrame)
        self._whole.setWidget(self.parts)  # a low window scrolls here instead of growing beyond its screen
        box.addWidget(self._whole, 1)
        box.addWidget(self.missing, 1)
        for combo in (self.kind, self.first, self.second, self.by):
            combo.currentIndexChanged.connect(lambda _index: self._changed())
        self.counted_only.toggled.connect(lambda _on: self._changed())
        self.save.clicked.connect(self.save_wanted)
        self.save_summary.clicked.connect(self.save_summary_wanted)
        self.copy_summary.clicked.connect(self.summary.copy)

    def _plot_part(self) -> QWidget:
        part = QWidget()
        grid = QGridLayout()
        self.over = QLabel("over")
        fields = (
            (QLabel("Show a"), self.kind),
            (QLabel("of"), self.first),
            (self.over, self.second),
            (QLabel("Colour by"), self.by),
        )
        for row, (label, field) in enumerate(fields):
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.counted_only, len(fields), 1)
        grid.setColumnStretch(1, 1)
        below = QHBoxLayout()
        below.addWidget(self.figures, 1)
        below.addWidget(self.save)
        box = QVBoxLayout(part)
        box.setContentsMargins(0, 0, 0, 6)
        box.addLayout(grid)
        for label, lines in ((self.figures, 2), (self.how, 3)):  # what a narrow panel breaks them into
            label.setMinimumHeight(lines * label.fontMetrics().lineSpacing())
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        box.addWidget(self.chart, 1)
        box.addLayout(below)
        box.addWidget(self.how)
        return part

    def _summary_part(self) -> QWidget:
        part = QWidget()
        heading = QHBoxLayout()
        title = QLabel("Pools")
        title.setProperty("heading", True)
        heading.addWidget(title, 1)
        heading.addWidget(self.copy_summary)
        heading.addWidget(self.save_summary)
        box = QVBoxLayout(part)
        box.setContentsMargins(0, 6, 0, 0)
        box.addLayout(heading)
        box.addWidget(self.summary, 1)
        return part

    def showEvent(self, event: QShowEvent) -> None:
        """Nothing is computed while nobody looks."""
        super().showEvent(event)
        self.shown.emit()

    def _changed(self) -> None:
        self._show_fields()
        self.spec_changed.emit()

    def _show_fields(self) -> None:
        is_scatter = self.kind.currentData() == PlotKind.SCATTER
        self.second.setVisible(is_scatter)
        self.over.setVisible(is_scatter)

    @property
    def spec(self) -> PlotSpec:
        """What is chosen. A scatter plot reads “of A over B”: A is drawn upwards."""
        kind = PlotKind(self.kind.currentData())
        first, second = self.first.currentData(), self.second.currentData()
        x, y = (second, first) if kind is PlotKind.SCATTER else (first, second)
        return PlotSpec(kind, x, y, self.by.currentData(), self.counted_only.isChecked())

    def show_spec(self, spec: PlotSpec) -> None:
        """Set the fields."""
        first, second = (spec.y, spec.x) if spec.kind is PlotKind.SCATTER else (spec.x, spec.y)
        for combo, value in (
            (self.kind, spec.kind),
            (self.first, first),
            (self.second, second),
            (self.by, spec.by),
        ):
            combo.setCurrentIndex(combo.findData(value))
        self.counted_only.setChecked(spec.counted_only)
        self._show_fields()

    def show_figures(self, text: str) -> None:
        self.figures.setText(text)

    def show_empty(self, *, empty: bool) -> None:
        """A sentence in the place of everything while there are no vesicles."""
        self.missing.setVisible(empty)
        self._whole.setVisible(not empty)


def _combo(entries: list[tuple[str, str]]) -> QComboBox:
    combo = QComboBox()
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    for text, value in entries:
        combo.addItem(text, value)
    return combo


def _text_label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
