"""The step Measure: what the distances mean, the pools, and the way to the plots."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.pools import PoolPlan, PoolRule
from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.measure.pool_table import PoolTable

RULES = (
    ("Active zone to rim", PoolRule.RIM),
    ("Active zone to centre", PoolRule.CENTRE),
    ("Any filter", PoolRule.FILTER),
)
DEFINITIONS = {
    PoolRule.RIM: "From the centre of the active zone's nearest voxel to the vesicle's outer edge: distance to the "
    "centre less the radius. Below 0 the sphere overlaps the zone.",
    PoolRule.CENTRE: "From the centre of the active zone's nearest voxel to the vesicle's centre.",
    PoolRule.FILTER: "Conditions as in the table's filter line, e.g. radius > 22 or az_rim < 5 or a tag. "
    "A vesicle belongs to the first pool whose condition holds.",
}


class MeasureView(QWidget):
    """Passive."""

    plan_edited = Signal()
    rule_chosen = Signal(object)
    added = Signal()
    removed = Signal()
    reset = Signal()
    colour_toggled = Signal(bool)
    plots_wanted = Signal()
    region_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.missing = _wrapped()
        self.region = QPushButton("Draw or import the active zone")
        self.region.setProperty("link", True)
        self.rule = QComboBox()
        for text, rule in RULES:
            self.rule.addItem(text, rule)
        self.definition = _wrapped()
        self.definition.setProperty("faint", True)
        self.table = PoolTable()
        self.hint = _wrapped()
        self.colour = QCheckBox("Colour the vesicles by pool")
        self.selected = _wrapped()
        self.button = QPushButton("Show plots and numbers")
        theme.mark_primary(self.button)
        self._build()

    def _build(self) -> None:
        line = QHBoxLayout()
        line.addWidget(QLabel("Pools by"))
        line.addWidget(self.rule, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.missing)
        box.addWidget(self.region)
        box.addLayout(line)
        box.addWidget(self.definition)
        box.addWidget(self.table)
        box.addWidget(self.hint)
        box.addLayout(self._buttons())
        for widget in (self.colour, self.button, self.selected):
            box.addWidget(widget)
        self.rule.activated.connect(lambda _index: self.rule_chosen.emit(PoolRule(self.rule.currentData())))
        self.table.edited.connect(self.plan_edited)
        self.colour.toggled.connect(self.colour_toggled)
        self.button.clicked.connect(self.plots_wanted)
        self.region.clicked.connect(self.region_wanted)

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        self.add = _tool("plus", "Add a pool", self.added)
        self.remove = _tool("minus", "Remove the selected pool", self.removed)
        self.usual = _tool("restore", "Back to the usual pools", self.reset)
        for button in (self.add, self.remove, self.usual):
            line.addWidget(button)
        line.addStretch(1)
        return line

    def show_plan(self, plan: PoolPlan, counts: Sequence[int]) -> None:
        """Show the division with the number of vesicles in each pool."""
        self.rule.setCurrentIndex(self.rule.findData(plan.rule))
        self.definition.setText(DEFINITIONS[plan.rule])
        self.table.show_plan(plan, counts)
        self.remove.setEnabled(len(plan.names) > 1)

    def show_missing(self, sentence: str, *, possible: bool, zone_missing: bool) -> None:
        """What the step lacks, and the way to it."""
        self.missing.setText(sentence)
        self.missing.setVisible(bool(sentence))
        self.region.setVisible(zone_missing)
        self.button.setEnabled(possible)

    def show_hint(self, sentence: str) -> None:
        self.hint.setText(sentence)
        self.hint.setStyleSheet(f"color: {theme.ORANGE};")
        self.hint.setVisible(bool(sentence))

    def show_selected(self, text: str) -> None:
        """The distances of the current vesicle."""
        self.selected.setText(text)
        self.selected.setVisible(bool(text))

    def show_coloured(self, on: bool) -> None:
        self.colour.blockSignals(True)
        self.colour.setChecked(on)
        self.colour.blockSignals(False)


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label


def _tool(symbol: str, tip: str, signal: object) -> QToolButton:
    button = QToolButton()
    theme.give_icon(button, symbol)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    button.clicked.connect(signal)
    return button
