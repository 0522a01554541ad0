"""How a training goes: bar, sentence, curves and a plane, with buttons to end it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base.share_bar import ShareBar
from cryoves_app.ui.panels.training.curves import EpochCurves

_GLIMPSE_PX = 170
_WORDS = {
    "read the dataset": "Reading the tomograms",
    "simulate": "Simulating tomograms to mix in",
    "train": "Training",
    "score": "Scoring held-out tomograms",
}


class TrainingCourse(QWidget):
    """Passive."""

    stop_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, *, may_stop: bool) -> None:
        super().__init__()
        self.bar, self.message = ShareBar(), QLabel()
        self.notes = QLabel()
        for words in (self.message, self.notes):
            words.setWordWrap(True)
        self.stop, self.cancel = QPushButton("Stop early"), QPushButton("Cancel")
        self.stop.setToolTip("Ends after this epoch; the best weights so far become the model")
        self.cancel.setToolTip("Ends now; whole epochs are kept, and can be gone on with")
        for button, signal in ((self.stop, self.stop_wanted), (self.cancel, self.cancel_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(signal)
        self._may_stop = may_stop
        self.curves, self.glimpse = EpochCurves(), QLabel()
        self.glimpse.setToolTip("A held-out plane; what the network takes for vesicles is blue")
        self.glimpse.hide()
        line, pictures, box = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        line.addWidget(self.bar, 1)
        line.addWidget(self.stop)
        line.addWidget(self.cancel)
        pictures.addWidget(self.curves, 1)
        pictures.addWidget(self.glimpse)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(line)
        box.addWidget(self.message)
        box.addWidget(self.notes)
        box.addLayout(pictures)
        self.notes.hide()
        self.show_end("")

    def begin(self, epochs: int) -> None:
        self.curves.begin(epochs)
        self.glimpse.hide()
        self.notes.clear()
        self.notes.hide()
        self._set_running(running=True)
        self.show_progress("", 0.0, "Starting…")

    def show_progress(self, step: str, fraction: float, text: str) -> None:
        """The step's name, how far it is, and more about it."""
        words = _WORDS.get(step, step.capitalize())
        self.message.setText(f"{words}: {text}" if words and text else words or text)
        self.bar.show_share(fraction)

    def show_epoch(self, figures: Mapping[str, float]) -> None:
        """The figures of an epoch."""
        self.curves.add(figures)

    def show_glimpse(self, content: bytes) -> None:
        """The picture of the epoch's plane, as a file holds it."""
        picture = QPixmap()
        if picture.loadFromData(content):
            keep = Qt.AspectRatioMode.KeepAspectRatio
            self.glimpse.setPixmap(picture.scaled(_GLIMPSE_PX, _GLIMPSE_PX, keep))
            self.glimpse.show()

    def show_note(self, sentence: str) -> None:
        """What was done otherwise than ordered; it stays until another one begins."""
        self.notes.setText("\n".join(filter(None, (self.notes.text(), sentence))))
        self.notes.show()

    def show_stopping(self) -> None:
        self.stop.setEnabled(False)
        self.message.setText("Stops after this epoch…")

    def show_end(self, sentence: str) -> None:
        self._set_running(running=False)
        self.message.setText(sentence)

    def _set_running(self, *, running: bool) -> None:
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self.stop.setVisible(running and self._may_stop)
        self.stop.setEnabled(running)
