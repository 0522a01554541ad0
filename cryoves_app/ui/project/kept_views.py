"""How things stand in the window, as it is kept with a project and comes back with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cryoves_app.ui.project.workspace import Workspace


class KeptViews:
    """The place in the tomogram, contrast and selection, and what parts of the window ask to be remembered."""

    def __init__(self, workspace: Workspace) -> None:
        self._state, self._document = workspace.state, workspace.document
        self._parts: dict[str, tuple[Callable[[], str], Callable[[str], None]]] = {}

    def remember(self, name: str, read: Callable[[], str], restore: Callable[[str], None]) -> None:
        """Keep with each project how something stands in the window, and bring it back with the project."""
        self._parts[name] = (read, restore)

    def now(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """As things stand; what only other versions know of the kept views stays in them."""
        settings = self._state.settings
        return {
            **kept,
            "cursor": list(self._document.cursor),
            "levels": list(settings.levels),
            "colour_by": settings.colour_by,
            "selection": list(self._document.selection),
            **{name: read() for name, (read, _restore) in self._parts.items()},
        }

    def restore(self, views: Mapping[str, Any]) -> None:
        """Where the user was; anything unusable is left out."""
        for name, (_read, restore) in self._parts.items():
            restore(str(views.get(name, "")))
        try:
            z, y, x = (float(v) for v in views["cursor"])
            black, white = (float(v) for v in views["levels"])
            selection = [int(i) for i in views["selection"]]
        except (KeyError, TypeError, ValueError):
            return
        self._document.move_cursor((z, y, x))
        self._document.select(i for i in selection if self._document.vesicles.get(i))
        if white > black:
            self._state.change(levels=(black, white))
