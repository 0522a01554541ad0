"""Ctrl+K: find a command by typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.commands import CommandRegistry, reason_disabled, shortcut_text

MOST = 12


class CommandSearch(QFrame):
    """A popup with a line and the commands that match it."""

    def __init__(self, registry: CommandRegistry, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._registry = registry
        self.setMinimumWidth(440)
        self.line = QLineEdit()
        self.line.setPlaceholderText("What would you like to do?")
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        box.addWidget(self.line)
        box.addWidget(self.list)
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self._run)
        self.list.itemClicked.connect(lambda _item: self._run())

    def open_at(self, at: QPoint) -> None:
        self.line.clear()
        self._fill("")
        self.adjustSize()
        self.move(at)
        self.show()
        self.line.setFocus()

    def _fill(self, text: str) -> None:
        self.list.clear()
        for command in self._registry.search(text)[:MOST]:
            keys = shortcut_text(command)
            item = QListWidgetItem(f"{command.plain_text}    {keys}" if keys else command.plain_text)
            if not command.enabled():
                item.setText(f"{item.text()}    – {reason_disabled(command)}")
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            if command.icon:
                item.setIcon(theme.icon(command.icon))
            item.setData(Qt.ItemDataRole.UserRole, command.key)
            item.setToolTip(command.hint)
            self.list.addItem(item)
        if not self.list.count():
            nothing = QListWidgetItem("No command is called so; try another word, or F1 for help.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys move in the list while the line keeps the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _run(self) -> None:
        item = self.list.currentItem()
        self.hide()
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self._registry.run(item.data(Qt.ItemDataRole.UserRole))
