"""The user's names for the tags on the number keys, remembered between starts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.preferences import PreferenceFile

COUNT = 9
_SEPARATOR = ";"  # no tag may hold it, because tables separate tags by it


class TagNames(QObject):
    """Nine names, none of them empty and no two alike."""

    changed = Signal()

    def __init__(self, preferences: PreferenceFile) -> None:
        super().__init__()
        self._preferences = preferences
        self.names = usable(preferences.now.tags)

    def rename(self, names: Sequence[str]) -> None:
        """Take other names; where one is empty or stands twice, its number stands in for it."""
        self.names = usable(names)
        self._preferences.change(tags=self.names)
        self.changed.emit()


def usable(names: Sequence[str]) -> tuple[str, ...]:
    """Exactly nine distinct names."""
    found: list[str] = []
    for place in range(COUNT):
        name = names[place].replace(_SEPARATOR, " ").strip() if place < len(names) else ""
        found.append(name if name and name not in found else default_name(place))
    return tuple(found)


def default_name(place: int) -> str:
    """What a tag is called until the user names it."""
    return f"tag {place + 1}"
