"""Everything about the drawing in one place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.panels.display.contrast import ContrastView
from cryoves_app.ui.panels.display.legend import StatusLegend

SLABS = (1, 3, 5, 9, 15)
SMOOTHINGS_PX = (0.0, 1.0, 2.0)
SHAPES_HINT = "Each vesicle as its membrane was measured, in place of circles, and of spheres in 3D"
NO_SHAPES_HINT = "No vesicle has a shape that was measured; a run measures them"
#: What can be drawn over the slices: name of the setting, text, tool tip.
OVERLAYS = (
    ("show_vesicles", "Vesicles", "The circles in which the slice cuts the spheres (O)"),
    ("fill_vesicles", "Fill the vesicles", "As in the label files that are exported"),
    ("show_shapes", "Shapes", SHAPES_HINT),
    ("show_rejected", "Rejected vesicles", "Those that were rejected, dashed (Shift+O)"),
    ("show_regions", "Regions", "Outlines and what is filled between them (G)"),
    (
        "show_probability",
        "Network probability",
        "What the network says of each voxel; its colours are logits (B)",
    ),
    ("show_crosshair", "Crosshair", "Where the three slices meet (X)"),
)


class DisplayView(QScrollArea):
    """Passive: tells what was chosen, shows what it is given."""

    look_chosen = Signal(int, float)  # slices, smoothing in voxels
    overlay_toggled = Signal(str, bool)
    opacity_moved = Signal(float)
    colour_chosen = Signal(str)

    def __init__(self, colours: list[tuple[str, str]]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contrast = ContrastView()
        self.slab = self._combo([("Single slice" if n == 1 else f"{n} slices", n) for n in SLABS])
        self.smoothing = self._combo([(f"{s:g} voxels" if s else "Off", s) for s in SMOOTHINGS_PX])
        self.colour = self._combo([(text, key) for key, text in colours])
        self.overlays = {name: self._check(name, text, tip) for name, text, tip in OVERLAYS}
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.legend = StatusLegend()
        self._build()
        self._connect()

    @staticmethod
    def _combo(items: list[tuple[str, object]]) -> QComboBox:
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(9)
        for text, value in items:
            combo.addItem(text, value)
        return combo

    def _check(self, name: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(tip)
        box.toggled.connect(lambda on: self.overlay_toggled.emit(name, on))
        return box

    def _build(self) -> None:
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        self._add_section(box, "Contrast", self.contrast)
        self._add_section(box, "Slices", self._slices_part())
        note = QLabel("Only the drawing changes; what is computed never sees this.")
        note.setProperty("faint", True)
        note.setWordWrap(True)
        box.addWidget(note)
        self._add_section(box, "Drawn over the slices", *self.overlays.values(), self._opacity_part())
        self._add_section(box, "Colour of the vesicles", self.colour, self.legend)
        box.addStretch(1)
        self.setWidget(inner)

    @staticmethod
    def _add_section(box: QVBoxLayout, title: str, *widgets: QWidget) -> None:
        heading = QLabel(f"<b>{title}</b>")
        heading.setContentsMargins(0, 8 if box.count() else 0, 0, 0)
        for widget in (heading, *widgets):
            box.addWidget(widget)

    def _slices_part(self) -> QWidget:
        part = QWidget()
        form = QFormLayout(part)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Average", self.slab)
        form.addRow("Smooth by", self.smoothing)
        return part

    def _opacity_part(self) -> QWidget:
        part = QWidget()
        form = QFormLayout(part)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Opacity", self.opacity)
        self.opacity.setToolTip("Of the probability, of filled vesicles and of the threshold preview")
        return part

    def _connect(self) -> None:
        for combo in (self.slab, self.smoothing):
            combo.activated.connect(
                lambda _i: self.look_chosen.emit(self.slab.currentData(), self.smoothing.currentData())
            )
        self.opacity.valueChanged.connect(lambda percent: self.opacity_moved.emit(percent / 100))
        self.colour.activated.connect(lambda _i: self.colour_chosen.emit(self.colour.currentData()))

    def show_look(self, slab: int, smoothing_px: float) -> None:
        self.slab.setCurrentIndex(self.slab.findData(slab))
        self.smoothing.setCurrentIndex(self.smoothing.findData(smoothing_px))

    def show_overlays(self, shown: dict[str, bool], opacity: float) -> None:
        for name, box in self.overlays.items():
            box.setChecked(shown[name])
        self.opacity.setValue(round(100 * opacity))

    def offer_shapes(self, known: bool) -> None:
        """Whether there are shapes to draw."""
        box = self.overlays["show_shapes"]
        box.setEnabled(known)
        box.setToolTip(SHAPES_HINT if known else NO_SHAPES_HINT)

    def show_colour(self, key: str) -> None:
        self.colour.setCurrentIndex(self.colour.findData(key))
        self.legend.setVisible(key == "status")
