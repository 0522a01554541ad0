"""The mouse tools and which one is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.viewers.tool import Tool


class ToolBox(QObject):
    """One tool at a time; menus and toolbar have the tools in the order in which they are given."""

    changed = Signal(object)

    def __init__(self, tools: Iterable[Tool], first: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tools = {tool.name: tool for tool in tools}
        self.current = self.tools[first]

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())

    def use(self, name: str) -> None:
        """Take another tool; the last one forgets what it has begun."""
        if name != self.current.name:
            self.current.put_away()
        self.current = self.tools[name]
        self.changed.emit(self.current)

    def commands(self, enabled: Callable[[], bool]) -> list[Command]:
        """A command for each tool, from what it says of itself."""
        return [self._command(tool, enabled) for tool in self]

    def _command(self, tool: Tool, enabled: Callable[[], bool]) -> Command:
        return Command(
            key=command_key(tool),
            text=tool.title,
            run=partial(self.use, tool.name),
            menu="Tools",
            icon=tool.icon,
            shortcuts=(tool.shortcut,),
            enabled=enabled,
            checked=lambda: self.current is tool,
            hint=tool.hint,
        )


def command_key(tool: Tool) -> str:
    """The key of the command that takes a tool."""
    return f"tool.{tool.name}"


def gestures(tools: Iterable[Tool]) -> list[tuple[str, str]]:
    """What the mouse does with each tool: (tool and movement, what happens)."""
    return [(f"{tool.name.capitalize()}: {what}", means) for tool in tools for what, means in tool.gestures]
