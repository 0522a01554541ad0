"""A column for each model: picture, what it found, and a button that chooses it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base.share_bar import ShareBar
from cryoves_app.ui.panels.trial.picture import PICTURE_EDGE_PX, TrialPicture

MOST_COLUMNS = 4
LEAST_WIDTH = 420
ONLY_ONE = "Only one model is installed; “Import a model…” under Run adds published weights."


class TrialColumn(QWidget):
    """One model."""

    chosen = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.picture = TrialPicture()
        self.bar = ShareBar()
        self.bar.setFixedHeight(self.bar.sizeHint().height())
        self.bar.show_share(0.0, "waiting")
        self.result = QLabel()
        self.result.setWordWrap(True)
        self.result.setMinimumHeight(self.result.fontMetrics().height() * 3)
        self.result.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.button = QPushButton("Use this model")
        self.button.setEnabled(False)
        self.button.clicked.connect(self.chosen)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for widget in (QLabel(f"<b>{title}</b>"), self.picture, self.bar, self.result, self.button):
            box.addWidget(widget)
        box.addStretch(1)

    def show_progress(self, fraction: float, text: str) -> None:
        self.bar.show_share(fraction, text)

    def show_result(self, sentence: str, *, usable: bool) -> None:
        self.bar.hide()
        self.result.setText(sentence)
        self.button.setEnabled(usable)


class TrialView(QDialog):
    """Not modal: the window stays usable. Closing it stops what is still computed."""

    slice_moved = Signal(int)
    probability_toggled = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Try all models on a box")
        self.place = QLabel()
        self.place.setWordWrap(True)
        self.columns: dict[str, TrialColumn] = {}
        self._line = QHBoxLayout()
        inner = QWidget()
        inner.setLayout(self._line)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.valueChanged.connect(self.slice_moved)
        self.slice_text = QLabel()
        self.probability = QCheckBox("Network probability")
        self.probability.toggled.connect(self.probability_toggled)
        line = QHBoxLayout()
        line.addWidget(self.slice_text)
        line.addWidget(self.slider, 1)
        line.addWidget(self.probability)
        box = QVBoxLayout(self)
        box.addWidget(self.place)
        box.addWidget(scroll, 1)
        box.addLayout(line)

    def show_models(self, titles: dict[str, str]) -> None:
        """Columns for models, from name to title."""
        for name, title in titles.items():
            self.columns[name] = TrialColumn(title)
            self._line.addWidget(self.columns[name])
        self._line.addStretch(1)
        if len(titles) == 1:
            self.place.setText(f"{self.place.text()} {ONLY_ONE}")
        shown = min(len(titles), MOST_COLUMNS)
        self.resize(max(shown * (PICTURE_EDGE_PX + 14), LEAST_WIDTH) + 40, PICTURE_EDGE_PX + 230)

    def show_slices(self, first: int, last: int, now: int) -> None:
        self.slider.setRange(first, last)
        self.slider.setValue(now)

    def show_slice(self, index: int) -> None:
        self.slice_text.setText(f"z {index}")

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def reject(self) -> None:
        """Escape closes as well."""
        self.close()
