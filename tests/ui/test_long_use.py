"""A window that is used for long holds as much as before: counts of what lives, after many of the same keys."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolBar, QToolButton

from cryoves_app.ui.base.button_states import ButtonStates
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import give_vesicles, settle

_NONE, _CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
Keys = tuple[tuple[Qt.Key, Qt.KeyboardModifier], ...]
KEYS: dict[str, Keys] = {
    "tools": ((Qt.Key.Key_E, _NONE), (Qt.Key.Key_S, _NONE)),
    "slices": ((Qt.Key.Key_BracketLeft, _NONE), (Qt.Key.Key_BracketRight, _NONE)),
    "reject and undo": ((Qt.Key.Key_D, _NONE), (Qt.Key.Key_Z, _CONTROL)),
    "flights": ((Qt.Key.Key_N, _NONE), (Qt.Key.Key_F, _NONE)),
}


def listeners(actions: Iterable[QAction]) -> int:
    """How many listen to changes of some actions."""
    return sum(action.receivers("2changed()") for action in actions)


def in_use(window: MainWindow) -> Counter[str]:
    """Objects of the window and of Python by their kinds, and who listens to its actions."""
    gc.collect()
    found = Counter(type(item).__name__ for item in gc.get_objects())
    actions = {id(a): a for widget in QApplication.allWidgets() for a in widget.actions()}
    return Counter(
        {
            "widgets": len(QApplication.allWidgets()),
            "Qt's objects": len(window.findChildren(QObject)),
            "listeners": listeners(actions.values()),
            "functions": found["function"] + found["method"] + found["cell"],
            "signals": found["SignalInstance"],
            "timers": found["QTimer"],
        }
    )


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_keys_leave_nothing_behind(open_window: MainWindow, qtbot: Any, keys: Keys) -> None:
    give_vesicles(open_window, qtbot)

    def use(times: int) -> None:
        for _ in range(times):
            for key, modifier in keys:
                QTest.keyClick(open_window, key, modifier)
                QApplication.processEvents()
        settle(open_window, qtbot)

    use(12)
    before = in_use(open_window)
    use(30)
    grown = in_use(open_window) - before
    assert {what: count for what, count in grown.items() if count >= 15} == {}


def bar_with(action: QAction, *, ours: bool) -> QToolBar:
    bar = QToolBar()
    bar.addAction(action)
    if ours:
        ButtonStates(bar)
    return bar


def test_a_button_shows_what_its_action_becomes(qtbot: Any) -> None:
    action = QAction("One")
    bar = bar_with(action, ours=True)
    qtbot.addWidget(bar)
    button = bar.widgetForAction(action)
    assert isinstance(button, QToolButton)
    changes: list[tuple[Callable[[], object], Callable[[], bool]]] = [
        (lambda: action.setText("Two && three"), lambda: button.text() == "Two && three"),
        (lambda: action.setToolTip("tip"), lambda: button.toolTip() == "tip"),
        (lambda: action.setEnabled(False), lambda: not button.isEnabled()),
        (lambda: action.setEnabled(True), button.isEnabled),
        (lambda: action.setCheckable(True), button.isCheckable),
        (lambda: action.setChecked(True), button.isChecked),
    ]
    for change, is_shown in changes:
        assert not is_shown()
        change()
        assert is_shown()
    told: list[bool] = []
    action.triggered.connect(lambda checked: told.append(checked))
    button.click()
    assert told == [False]
    assert not button.isChecked()


def test_who_listens_to_an_action_does_so_once(qtbot: Any) -> None:
    """The other half tells when Qt no longer needs it."""
    grown = []
    for ours in (True, False):
        action = QAction("One")
        bar = bar_with(action, ours=ours)
        qtbot.addWidget(bar)
        before = listeners([action])
        for number in range(40):
            action.setEnabled(bool(number % 2))
        grown.append(listeners([action]) - before)
    assert grown[0] == 0
    assert grown[1] in (0, 39, 40)
