"""The mouse tools and which one is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.viewers.tool import Tool


class ToolBox(QObject):
    """One tool at a time."""

    changed = Signal(object)

    def __init__(self, tools: Iterable[Tool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tools = {tool.name: tool for tool in tools}
        self.current = next(iter(self.tools.values()))

    def use(self, name: str) -> None:
        """Take another tool; the last one forgets what it has begun."""
        if name != self.current.name:
            self.current.put_away()
        self.current = self.tools[name]
        self.changed.emit(self.current)

    def commands(
        self, described: Iterable[tuple[str, str, str, str, str]], enabled: Callable[[], bool]
    ) -> list[Command]:
        """A command for each tool, from (name, text, icon, key, hint)."""

        def use(name: str) -> Callable[[], None]:
            return lambda: self.use(name)

        def in_use(name: str) -> Callable[[], bool]:
            return lambda: self.current.name == name

        return [
            Command(f"tool.{name}", text, use(name), "Tools", icon, (key,), enabled, in_use(name), hint)
            for name, text, icon, key, hint in described
        ]
