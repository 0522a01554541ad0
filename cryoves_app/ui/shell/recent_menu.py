"""The File menu's list of what was open lately."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from cryoves_app.domain.tomogram_names import shown_name
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.project.opening import Opener


class RecentMenu(QMenu):
    """Filled when it opens, so that files that are gone are not offered."""

    def __init__(self, preferences: PreferenceFile, opener: Opener, parent: QWidget | None = None) -> None:
        super().__init__("Open again", parent)
        self._preferences, self._opener = preferences, opener
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the files that are there."""
        self.clear()
        for path in self._preferences.recent:
            action = self.addAction(shown_name(path), partial(self._opener.open, [path], asks_level=False))
            action.setToolTip(str(path))
        if self.isEmpty():
            self.addAction("Nothing was open yet").setEnabled(False)
