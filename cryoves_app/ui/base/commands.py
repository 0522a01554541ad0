"""Commands as data: one declaration gives menu entry, tool button, shortcut, search result and key page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.synonyms import meanings_of

#: What the commands of a menu need, where they do not say it themselves.
_NEEDS = {
    "File": "needs an open tomogram and what is to be written",
    "Edit": "needs a step to go back to, or vesicles",
    "View": "needs an open tomogram",
    "Tools": "needs an open tomogram",
    "Vesicles": "needs a selected vesicle",
    "Run": "needs an open tomogram whose voxel size is known",
}


def _always() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something a user can do.

    ``menu`` is the path of the menu (``"View"``, ``"View/Layout"``); empty keeps it out of the menus.
    ``checked`` makes it a switch. ``in_views``: its keys work only while the views have the keyboard, because
    tables and fields need them too (arrows, Home, page up and down). ``needs`` says what a disabled command lacks.
    """

    key: str
    text: str
    run: Callable[[], object]
    menu: str = ""
    icon: str = ""
    shortcuts: tuple[str, ...] = ()
    enabled: Callable[[], bool] = _always
    checked: Callable[[], bool] | None = None
    hint: str = ""
    separated: bool = False
    in_views: bool = False
    needs: str = ""

    @property
    def plain_text(self) -> str:
        return self.text.replace("…", "").strip()


class CommandRegistry(QObject):
    """All commands of the window and their actions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}

    def add(self, *commands: Command) -> None:
        """Register commands.

        Raises
        ------
        ValueError
            If a key or a shortcut is already taken.
        """
        for command in commands:
            self._check_free(command)
            self._commands[command.key] = command
            self._actions[command.key] = self._new_action(command)

    def _check_free(self, command: Command) -> None:
        if command.key in self._commands:
            raise ValueError(f"There are two commands named {command.key}.")
        taken = {s: c.key for c in self._commands.values() for s in c.shortcuts}
        for shortcut in command.shortcuts:
            if shortcut in taken:
                raise ValueError(f"{shortcut} belongs to {taken[shortcut]} and to {command.key}.")

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, key: str) -> Command:
        return self._commands[key]

    def action(self, key: str) -> QAction:
        return self._actions[key]

    def actions(self, *, in_views: bool) -> list[QAction]:
        """The actions whose keys belong to the views, or to the whole window."""
        return [self._actions[c.key] for c in self._commands.values() if c.in_views == in_views]

    def rename(self, key: str, text: str) -> None:
        """Give a command another text, in the menus and everywhere."""
        command = replace(self._commands[key], text=text)
        self._commands[key] = command
        self._actions[key].setText(text)
        self._actions[key].setToolTip(tool_tip(command, can_be_used=self._actions[key].isEnabled()))

    def run(self, key: str) -> None:
        """Do it, unless it is disabled now."""
        if self._commands[key].enabled():
            self._commands[key].run()
        self.refresh()

    def refresh(self) -> None:
        """Bring enabled and checked states up to date."""
        for key, command in self._commands.items():
            action = self._actions[key]
            can_be_used = command.enabled()
            if action.isEnabled() != can_be_used:
                action.setEnabled(can_be_used)
                action.setToolTip(tool_tip(command, can_be_used=can_be_used))
            if command.checked is not None:
                action.setChecked(command.checked())

    def _new_action(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(command.key)
        if command.icon:
            theme.give_icon(action, command.icon)
        action.setShortcuts([QKeySequence(s) for s in command.shortcuts])
        if command.in_views:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setCheckable(command.checked is not None)
        action.setToolTip(tool_tip(command))
        action.setStatusTip(command.hint)
        action.triggered.connect(lambda _checked=False, key=command.key: self.run(key))
        return action

    def fill_menu_bar(self, bar: QMenuBar, order: Iterable[str]) -> dict[str, QMenu]:
        """Make the menus; ``order`` gives the top level. The menus by their paths."""
        menus: dict[str, QMenu] = {name: bar.addMenu(name) for name in order}
        for menu in menus.values():
            menu.setToolTipsVisible(True)
        for command in self._commands.values():
            if not command.menu:
                continue
            menu = self._menu(menus, command.menu)
            if command.separated:
                menu.addSeparator()
            menu.addAction(self._actions[command.key])
        return menus

    def _menu(self, menus: dict[str, QMenu], path: str) -> QMenu:
        if path not in menus:
            parent, _, name = path.rpartition("/")
            menus[path] = self._menu(menus, parent).addMenu(name)
            menus[path].setToolTipsVisible(True)
        return menus[path]

    def search(self, text: str) -> list[Command]:
        """The commands that match all words of ``text`` or what means the same, best first, disabled ones last."""
        words = text.lower().split()
        meanings = [meanings_of(word) for word in words]

        def order(command: Command) -> tuple[bool, bool, bool, bool, str]:
            name = command.plain_text.lower()
            as_typed = all(word in _haystack(command) for word in words)
            is_meant = any(name in alike for alike in meanings)
            begins = name.startswith(words[0] if words else "")
            return not command.enabled(), not as_typed, not is_meant, not begins, name

        return sorted((c for c in self._commands.values() if _matches(c, meanings)), key=order)


def _matches(command: Command, meanings: Sequence[frozenset[str]]) -> bool:
    return all(any(word in _haystack(command) for word in words) for words in meanings)


def reason_disabled(command: Command) -> str:
    """Why a command cannot be used now, in a few words."""
    return command.needs or _NEEDS.get(command.menu.partition("/")[0], "not possible now")


def _haystack(command: Command) -> str:
    return f"{command.plain_text} {command.menu} {command.hint}".lower()


def shortcut_text(command: Command) -> str:
    """The command's keys as a user reads them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(s).toString(native) for s in command.shortcuts)


def tool_tip(command: Command, *, can_be_used: bool = True) -> str:
    """What a command does, by which keys, and what it lacks where it cannot be used now."""
    keys = f" ({shortcut_text(command)})" if command.shortcuts else ""
    hint = f"\n{command.hint}" if command.hint else ""
    lack = "" if can_be_used else f"\nNot now: {reason_disabled(command)}"
    return f"{command.plain_text}{keys}{hint}{lack}"
