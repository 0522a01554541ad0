"""Buttons of a tool bar that follow their actions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton


class ButtonStates(QObject):
    """Takes over from the buttons of a bar to show what changes of their actions.

    Qt 6.11's own way connects a button once more to its action at each change, and never lets go: a window in long
    use takes ever more memory, and each change ever more time.
    """

    def __init__(self, bar: QToolBar) -> None:
        super().__init__(bar)
        for action in bar.actions():
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the button need not look at it any more."""
        if event.type() != QEvent.Type.ActionChanged or not isinstance(watched, QToolButton):
            return False
        _show(watched, watched.defaultAction())
        return True


def _show(button: QToolButton, action: QAction) -> None:
    button.setText(action.iconText().replace("&", "&&"))
    button.setIcon(action.icon())
    button.setToolTip(action.toolTip())
    button.setStatusTip(action.statusTip())
    button.setCheckable(action.isCheckable())
    button.setChecked(action.isChecked())
    button.setEnabled(action.isEnabled())
