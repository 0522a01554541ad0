"""Who sits at the window: the name that is kept with every judgement and every step."""

from __future__ import annotations

import getpass

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.preferences import PreferenceFile

LONGEST_NAME = 40
_SEPARATOR = ";"  # no name may hold it, because tables separate judgements by it
_NAMELESS = "reviewer"


class Reviewer(QObject):
    """The user's name, until it is given the one of the login; remembered between starts."""

    changed = Signal()

    def __init__(self, preferences: PreferenceFile) -> None:
        super().__init__()
        self._preferences = preferences

    @property
    def name(self) -> str:
        return usable_name(self._preferences.now.reviewer) or login_name()

    @property
    def is_told(self) -> bool:
        """Whether the user knows under which name judgements are kept."""
        return bool(usable_name(self._preferences.now.reviewer))

    def rename(self, text: str) -> None:
        """Take another name from now on; the name of the login where it is empty."""
        self._preferences.change(reviewer=usable_name(text) or login_name())
        self.changed.emit()


def login_name() -> str:
    """The name under which the user is known to the computer."""
    try:
        return usable_name(getpass.getuser()) or _NAMELESS
    except (OSError, KeyError, ImportError):  # a computer without accounts
        return _NAMELESS


def usable_name(text: str) -> str:
    """A name in one line, without what separates names in tables; it may be empty."""
    return " ".join(text.replace(_SEPARATOR, " ").split())[:LONGEST_NAME].strip()
