"""Everything the parts of the window share, put together once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base.background import show_failures_with
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.commands import CommandRegistry
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.reviewer import Reviewer
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.view_state import ViewState


class Workspace(QObject):
    """Document, drawing settings, commands and preferences; and where sentences for the user go.

    ``window`` is the main window once there is one: dialogs belong to it.
    """

    told = Signal(str, str)  # kind, sentence
    offered = Signal(str, str, object)  # kind, sentence, choices
    told_briefly = Signal(str)
    acted = Signal()  # something changed that may enable or disable commands

    def __init__(self, preferences: PreferenceFile | None = None) -> None:
        super().__init__()
        self.window: QWidget | None = None
        self.preferences = preferences or PreferenceFile()
        self.reviewer = Reviewer(self.preferences)
        self.document = Document(self)
        self.state = ViewState(self)
        self.scene = SceneModel(self.document, self.state, self)
        self.commands = CommandRegistry(self)
        document = self.document
        for signal in (
            document.volume_changed,
            document.vesicles_changed,
            document.selection_changed,
            document.probability_changed,
            self.acted,
        ):
            signal.connect(self.commands.refresh)
        self.state.changed.connect(lambda _names: self.commands.refresh())
        show_failures_with(self._tell_failure)

    def tell(self, kind: str, sentence: str) -> None:
        """Show a sentence (``info``, ``done``, ``warning``, ``error``)."""
        self.told.emit(kind, sentence)

    def offer(self, kind: str, sentence: str, *choices: Choice) -> None:
        """Show a sentence with what can be answered."""
        self.offered.emit(kind, sentence, choices)

    def tell_briefly(self, sentence: str) -> None:
        """Show a sentence that goes by itself."""
        self.told_briefly.emit(sentence)

    def _tell_failure(self, sentence: str) -> None:
        self.tell("error", sentence)
