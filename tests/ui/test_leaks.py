"""The check that every test of the window ends with: nothing is left alive."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QMenu, QWidget

from cryoves_app.ui.panels.plots.chart import Chart
from cryoves_app.ui.shell.main_window import MainWindow

from .leaks import describe_widget, remaining_widgets


def test_what_is_kept_is_found_and_what_is_given_up_is_not(qapp: QApplication) -> None:
    kept, given_up = QWidget(), QWidget()
    kept.setWindowTitle("kept")
    given_up.deleteLater()
    assert [describe_widget(w) for w in remaining_widgets()] == ["QWidget kept"]
    kept.deleteLater()
    del kept
    assert remaining_widgets() == []


def test_a_plot_takes_its_menu_along(qapp: QApplication) -> None:
    chart = Chart()
    assert any(isinstance(w, QMenu) for w in QApplication.topLevelWidgets())
    chart.deleteLater()
    del chart
    assert remaining_widgets() == []


def test_two_windows_leave_nothing_behind(make_window: Callable[..., MainWindow]) -> None:
    before = len(QApplication.topLevelWidgets())
    for window in (make_window(opengl=False), make_window(opengl=False)):
        window.close()
    assert len(QApplication.topLevelWidgets()) > before  # the fixture of all tests sees to the rest
