"""Commands of the window itself: what it shows, its theme, its search."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QApplication

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.workspace import Workspace

PANELS = ("Steps", "Inspector")


class PanelWindow(Protocol):
    """What these commands need of the main window."""

    def toggle_views_only(self) -> None:
        """Hide everything but the views, or bring it back."""

    def toggle_panel(self, title: str) -> None:
        """Show or hide the steps or the inspector."""

    def shows_panel(self, title: str) -> bool:
        """Whether the user wants the steps or the inspector beside the views."""

    def open_search(self) -> None:
        """Command search under its field."""


def window_commands(window: PanelWindow, workspace: Workspace) -> list[Command]:
    """What the View menu says of the window, and the search."""
    return [*_panels(window, workspace), _look(workspace), _search(window)]


def _panels(window: PanelWindow, workspace: Workspace) -> list[Command]:
    views_only = Command(
        key="view.bare",
        text="Views only",
        run=window.toggle_views_only,
        menu="View",
        icon="arrow-expand-all",
        shortcuts=("F11",),
        enabled=lambda: workspace.document.volume is not None,
        separated=True,
    )
    panels = [
        Command(
            key=f"view.panel_{title.lower()}",
            text=title,
            run=partial(window.toggle_panel, title),
            menu="View",
            checked=partial(window.shows_panel, title),
        )
        for title in PANELS
    ]
    return [views_only, *panels]


def _look(workspace: Workspace) -> Command:
    return Command(
        key="view.light",
        text="Light theme",
        run=lambda: _switch_theme(workspace),
        menu="View",
        icon="theme-light-dark",
        checked=lambda: theme.current_theme() == "light",
    )


def _search(window: PanelWindow) -> Command:
    return Command(
        key="help.search",
        text="Search commands…",
        run=window.open_search,
        menu="Help",
        icon="magnify",
        shortcuts=("Ctrl+K",),
    )


def _switch_theme(workspace: Workspace) -> None:
    name = "dark" if theme.current_theme() == "light" else "light"
    workspace.preferences.change(theme=name)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply_theme(application, name)
