"""Model, device, recipe and the run, as a form."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.forms import RecipeForm
from cryoves_app.ui.base.share_bar import ShareBar
from cryoves_app.ui.panels.segment.found_by import FoundBy
from cryoves_app.ui.panels.segment.step_list import StepList

#: The threshold slider works on logits, where the interesting range 0.99–1 is not a hair's breadth.
LOGIT_STEPS = (-20, 100)
_PER_LOGIT = 10
#: Edges that a box can have, and the one that is offered, in voxels.
BOX_EDGES = (48, 1024)
BOX_EDGE = 128
INSIDE_HINT = (
    "Faster: the network leaves out what lies further than a vesicle from the cytoplasm, or in excluded places. A "
    "region that is made larger later needs another run. Only vesicles inside are exported either way."
)
NO_REGION_HINT = "Draw or import a region first, in the step Region"


class SegmentView(QWidget):
    """Passive: tells what was chosen, shows what it is given."""

    run_wanted = Signal()
    cancel_wanted = Signal()
    range_wanted = Signal()
    recipe_edited = Signal(object)
    recipe_chosen = Signal(str)
    options_changed = Signal()
    box_chosen = Signal(int)  # edge in voxels; 0 for the whole tomogram
    trial_wanted = Signal()
    threshold_moved = Signal(float)  # logit
    preview_toggled = Signal(bool)
    threshold_adopted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = QComboBox()
        self.device = QComboBox()
        self.recipe = QComboBox()
        self.form = RecipeForm()
        self.inside_only = QCheckBox("Only inside the regions")
        self.inside_only.setToolTip(INSIDE_HINT)
        self._is_running = self._lacks_something = False
        self.network_reads, self.fit_reads = QComboBox(), QComboBox()
        self.found_by = FoundBy()
        self.box_on = QCheckBox("Around the crosshair")
        self.box_edge = QSpinBox()
        self.trial = QPushButton("Try all models on this box…")
        self.estimate = self._faint_label()
        self.needs = self._faint_label()
        self.run = QPushButton(theme.coloured_icon("play", "#ffffff"), "Segment")
        theme.mark_primary(self.run)
        self.cancel = QPushButton("Cancel")
        self.bar = ShareBar()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.wider = QPushButton()
        self.wider.hide()
        self.steps = StepList()
        self._build()
        self._connect()
        self.show_idle("")

    @staticmethod
    def _faint_label() -> QLabel:
        label = QLabel()
        label.setProperty("faint", True)
        label.setWordWrap(True)
        return label

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        form = QFormLayout()
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        form.addRow("Found by", self.found_by)
        form.addRow("Model", self.model)
        form.addRow("Device", self.device)
        form.addRow("Recipe", self.recipe)
        self._add_volume_rows(form)
        form.addRow("Region", self.inside_only)
        form.addRow("Box", self._box_part())
        box.addLayout(form)
        box.addWidget(self.form)
        box.addWidget(self.estimate)
        box.addWidget(self.needs)
        box.addWidget(self.run)
        box.addLayout(self._progress_line())
        box.addWidget(self.message)
        box.addWidget(self.wider)
        box.addWidget(self.steps)
        box.addWidget(self._preview_part())

    def _add_volume_rows(self, form: QFormLayout) -> None:
        """Which volume the network and the fit read; hidden while there is only one."""
        self._volume_labels = [QLabel("Network on"), QLabel("Fit on")]
        tips = (
            "The volume that the network sees, for instance the denoised one",
            "The volume that spheres are fitted to, for instance the one before denoising",
        )
        for label, combo, tip in zip(
            self._volume_labels, (self.network_reads, self.fit_reads), tips, strict=True
        ):
            combo.setToolTip(tip)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
            form.addRow(label, combo)
        self.show_volumes([])

    def show_volumes(self, names: list[str]) -> None:
        """The volumes on the tomogram's grid, the tomogram first; a choice that is still there stays."""
        for combo in (self.network_reads, self.fit_reads):
            chosen = max(combo.currentIndex(), 0)
            combo.clear()
            combo.addItems(names)
            combo.setCurrentIndex(chosen if chosen < len(names) else 0)
        for widget in (*self._volume_labels, self.network_reads, self.fit_reads):
            widget.setVisible(len(names) > 1)

    def _box_part(self) -> QWidget:
        self.box_on.setToolTip(
            "Look only in a cube of the tomogram, drawn in the slices; vesicles elsewhere stay"
        )
        self.box_edge.setRange(*BOX_EDGES)
        self.box_edge.setSingleStep(16)
        self.box_edge.setValue(BOX_EDGE)
        self.box_edge.setSuffix(" voxels")
        self.box_edge.setKeyboardTracking(False)
        self.box_edge.setToolTip("Edge of the cube")
        self.trial.setToolTip("What each installed model finds there, side by side; nothing is changed")
        part = QWidget()
        box = QVBoxLayout(part)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for widget in (self.box_on, self.box_edge, self.trial):
            box.addWidget(widget)
        self._show_box_parts(on=False)
        return part

    def _show_box_parts(self, *, on: bool) -> None:
        for widget in (self.box_edge, self.trial):
            widget.setVisible(on)

    def _choose_box(self) -> None:
        self._show_box_parts(on=self.box_on.isChecked())
        self.box_chosen.emit(self.box_edge.value() if self.box_on.isChecked() else 0)

    def _progress_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addWidget(self.bar, 1)
        line.addWidget(self.cancel)
        return line

    def _preview_part(self) -> QWidget:
        self.preview_box = QFrame()
        self.preview_on = QCheckBox("Preview a threshold")
        self.preview_on.setToolTip("Colours the instances that a threshold would give; nothing is changed")
        self.threshold = QSlider(Qt.Orientation.Horizontal)
        self.threshold.setRange(*LOGIT_STEPS)
        self.threshold.setValue(40)
        self.threshold_text = self._faint_label()
        self.adopt = QPushButton("Use this threshold")
        self.adopt.setToolTip("Puts it into the recipe; the next run starts from the network's map")
        box = QVBoxLayout(self.preview_box)
        box.setContentsMargins(0, 6, 0, 0)
        for widget in (self.preview_on, self.threshold, self.threshold_text, self.adopt):
            box.addWidget(widget)
        self.set_preview_available(False)
        return self.preview_box

    def _connect(self) -> None:
        self.run.clicked.connect(self.run_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.wider.clicked.connect(self.range_wanted)
        self.form.changed.connect(self.recipe_edited)
        self.recipe.activated.connect(lambda _i: self.recipe_chosen.emit(self.recipe.currentData()))
        for combo in (self.model, self.device, self.network_reads, self.fit_reads):
            combo.currentIndexChanged.connect(lambda _i: self.options_changed.emit())
        self.found_by.changed.connect(self._choose_finder)
        self.inside_only.toggled.connect(lambda _on: self.options_changed.emit())
        self.box_on.toggled.connect(lambda _on: self._choose_box())
        self.box_edge.valueChanged.connect(lambda _edge: self._choose_box())
        self.trial.clicked.connect(self.trial_wanted)
        self.preview_on.toggled.connect(self._toggle_preview)
        self.threshold.valueChanged.connect(lambda v: self.threshold_moved.emit(v / _PER_LOGIT))
        self.adopt.clicked.connect(self.threshold_adopted)

    def _choose_finder(self) -> None:
        self._enable_network()
        self.options_changed.emit()

    def _enable_network(self) -> None:
        """Model and device count for the network only."""
        for widget in (self.model, self.device):
            widget.setEnabled(self.found_by.is_network and not self._is_running)

    def _toggle_preview(self, on: bool) -> None:
        for widget in (self.threshold, self.threshold_text, self.adopt):
            widget.setVisible(on)
        self.preview_toggled.emit(on)

    @property
    def threshold_logit(self) -> float:
        return self.threshold.value() / _PER_LOGIT

    def start_threshold_at(self, logit: float) -> None:
        """Put the slider somewhere; nothing is told."""
        self.threshold.blockSignals(True)
        self.threshold.setValue(round(logit * _PER_LOGIT))
        self.threshold.blockSignals(False)

    # -- what the presenter shows

    def fill(self, combo: QComboBox, items: list[tuple[str, str, str]]) -> None:
        """Fill a choice with (text, value, tool tip)."""
        combo.blockSignals(True)
        combo.clear()
        for number, (text, value, tip) in enumerate(items):
            combo.addItem(text, value)
            combo.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        combo.blockSignals(False)

    def show_needs(self, sentence: str) -> None:
        """What is missing before a run; empty when nothing is."""
        self.needs.setText(sentence)
        self.needs.setVisible(bool(sentence))
        self._lacks_something = bool(sentence)
        self._enable_run()
        self.trial.setEnabled(not sentence)

    def offer_regions(self, possible: bool) -> None:
        """Whether there are regions that a run can be kept to."""
        self.inside_only.setEnabled(possible)
        self.inside_only.setToolTip(INSIDE_HINT if possible else NO_REGION_HINT)

    def look_everywhere(self) -> None:
        """Neither a box nor the regions keep the next run."""
        self.box_on.setChecked(False)
        self.inside_only.setChecked(False)

    @property
    def wants_inside_only(self) -> bool:
        return self.inside_only.isEnabled() and self.inside_only.isChecked()

    def show_estimate(self, sentence: str) -> None:
        self.estimate.setText(sentence)
        self.estimate.setVisible(bool(sentence))

    def show_running(self) -> None:
        self._show_run_parts(running=True)
        self.steps.clear()
        self.message.setText("Starting…")
        self.message.show()
        self.bar.show_share(0.0)

    def show_progress(self, sentence: str, fraction: float) -> None:
        self.message.setText(sentence)
        self.bar.show_share(fraction)

    def show_idle(self, sentence: str) -> None:
        """The run is over: what came of it."""
        self._show_run_parts(running=False)
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def offer_range(self, text: str, hint: str) -> None:
        """A button that widens the range of radii and runs again; none where the text is empty."""
        self.wider.setText(text)
        self.wider.setToolTip(hint)
        self.wider.setVisible(bool(text))

    def _show_run_parts(self, *, running: bool) -> None:
        self._is_running = running
        self._enable_run()
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self.wider.setVisible(not running and bool(self.wider.text()))
        for widget in (
            self.form,
            self.found_by,
            self.recipe,
            self.inside_only,
            self.box_on,
            self.box_edge,
            self.trial,
        ):
            widget.setEnabled(not running)
        self._enable_network()

    def _enable_run(self) -> None:
        """The button keeps its place during a run, so that a late click on Cancel starts nothing."""
        self.run.setEnabled(not (self._is_running or self._lacks_something))

    def set_preview_available(self, available: bool) -> None:
        self.preview_box.setVisible(available)
        if not available:
            self.preview_on.setChecked(False)
        self._toggle_preview(self.preview_on.isChecked())

    def show_threshold(self, text: str) -> None:
        self.threshold_text.setText(text)
