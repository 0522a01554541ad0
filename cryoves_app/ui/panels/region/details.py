"""What is known of one region, and what can be done to it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.regions.region_looks import LOOKS

TUBE_HINT = (
    "Draw along the membrane's inner edge, on the vesicles' side. A line in mid-membrane with a thin tube leaves a "
    "dark layer of membrane outside the tube, and Pyto then finds no tethers: the pink tube should reach to where "
    "the dark band ends."
)
#: How each tool is used, by its name.
HOW_TO = {
    "contour": "Click points in XY, or draw with the button held; Enter or a double click ends the line. Drag points "
    "to mend it, Del removes what is under the mouse. Every tenth slice is enough: those between are filled.",
    "brush": "Drag in XY paints, with Ctrl it erases; Shift and the wheel change the size. What was painted is "
    "outlined, holes included.",
    "membrane": "Click in XY on the membrane where the zone begins, then where it ends; with Shift a point on the way. "
    "In the middle of the cleft the terminal's own membrane is meant, if vesicles are known.",
}


class RegionDetails(QWidget):
    """Passive."""

    kind_chosen = Signal(object)
    tube_chosen = Signal(float)
    interpolate_toggled = Signal(bool)
    copy_wanted = Signal(int)  # slices on
    clear_wanted = Signal()
    extend_wanted = Signal()
    contour_wanted = Signal()
    brush_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind = QComboBox()
        for kind, look in LOOKS.items():
            self.kind.addItem(theme.coloured_icon(look.icon, look.colour), look.name, kind)
        self.tube = QDoubleSpinBox()
        self.tube.setRange(1.0, 100.0)
        self.tube.setDecimals(1)
        self.tube.setSuffix(" nm")
        self.tube.setKeyboardTracking(False)
        self.tube.setToolTip("Diameter around the line: usually a membrane's 8 nm, at least three voxels")
        self.interpolate = QCheckBox("Fill the slices between drawn ones")
        self.interpolate.setToolTip(
            "By the mean of signed distances to the outlines below and above. IMOD does not"
        )
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setProperty("faint", True)
        self.tube_hint = _hint(TUBE_HINT)
        self.drawing = QLabel()
        self.drawing.setWordWrap(True)
        self.drawing.setProperty("faint", True)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(8)
        self.form.addRow("Kind", self.kind)
        self.form.addRow("Tube", self.tube)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(self.form)
        box.addLayout(self._buttons())
        for widget in (self.tube_hint, self.interpolate, self.facts, self.drawing):
            box.addWidget(widget)

    def _buttons(self) -> QGridLayout:
        self.contour = QPushButton("Draw (C)")
        self.contour.setToolTip("The contour tool: points and lines of this region")
        self.brush = QPushButton("Brush (Shift+C)")
        self.brush.setToolTip("Paint on the slice, or erase with Ctrl: the outline follows")
        self.copy_up = QPushButton("Copy to next slice")
        self.copy_up.setToolTip("Ctrl+Page up; Ctrl+Page down copies to the slice before")
        self.clear = QPushButton("Clear this slice")
        self.clear.setToolTip("Take this region's lines on the slice shown away")
        self.extend = QPushButton("Extend to first and last slice")
        self.extend.setToolTip("As on the first and the last slice that is drawn; slices between are filled")
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.addWidget(self.extend, 2, 0, 1, 2)
        for number, button in enumerate((self.contour, self.brush, self.copy_up, self.clear)):
            grid.addWidget(button, number // 2, number % 2)
        return grid

    def _connect(self) -> None:
        self.kind.activated.connect(lambda _row: self.kind_chosen.emit(RegionKind(self.kind.currentData())))
        self.tube.valueChanged.connect(self.tube_chosen)
        self.interpolate.clicked.connect(self.interpolate_toggled)
        self.contour.clicked.connect(self.contour_wanted)
        self.brush.clicked.connect(self.brush_wanted)
        self.copy_up.clicked.connect(lambda: self.copy_wanted.emit(1))
        self.clear.clicked.connect(self.clear_wanted)
        self.extend.clicked.connect(self.extend_wanted)

    def show_region(
        self, region: Region | None, kind: RegionKind, tube_nm: float, facts: str, how_to: str
    ) -> None:
        """A region that is there, or one of a kind that is about to be drawn; ``how_to`` with the tool in use."""
        self.setVisible(region is not None or bool(how_to))
        is_zone = kind is RegionKind.ACTIVE_ZONE
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.kind.setEnabled(region is not None)
        self.tube.blockSignals(True)
        self.tube.setValue(tube_nm)
        self.tube.blockSignals(False)
        self.form.setRowVisible(self.tube, is_zone)
        self.tube_hint.setVisible(is_zone)
        self.brush.setEnabled(not is_zone)
        self.interpolate.setVisible(region is not None)
        self.interpolate.setChecked(region is not None and region.interpolate)
        self.facts.setText(facts)
        self.facts.setVisible(bool(facts))
        self.drawing.setText(how_to)
        self.drawing.setVisible(bool(how_to))

    def show_ends(self, *, can_extend: bool) -> None:
        """Whether the region ends before the tomogram does."""
        self.extend.setVisible(can_extend)

    def show_slice(self, *, has_lines: bool, can_copy: bool) -> None:
        """What can be done on the slice that is shown."""
        self.copy_up.setEnabled(has_lines and can_copy)
        self.clear.setEnabled(has_lines)


def _hint(text: str) -> QFrame:
    """A sentence that is set apart."""
    frame = QFrame()
    frame.setProperty("hint", True)
    label = QLabel(text)
    label.setWordWrap(True)
    box = QVBoxLayout(frame)
    box.setContentsMargins(8, 4, 4, 4)
    box.addWidget(label)
    return frame
