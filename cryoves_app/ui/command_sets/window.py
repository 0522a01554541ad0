"""Commands of the window itself: search, full view, theme, help."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMainWindow

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.opengl import describe_opengl
from cryoves_app.ui.dialogs.about import AboutDialog
from cryoves_app.ui.dialogs.health import HealthDialog
from cryoves_app.ui.dialogs.help_window import HelpWindow
from cryoves_app.ui.dialogs.shortcuts import ShortcutDialog

if TYPE_CHECKING:
    from cryoves_app.ui.project.workspace import Workspace
    from cryoves_app.ui.shell.parts import Parts


class CommandWindow(QMainWindow):
    """What these commands need of the main window."""

    parts: Parts
    workspace: Workspace

    def toggle_views_only(self) -> None:
        raise NotImplementedError

    def open_search(self) -> None:
        raise NotImplementedError

    def toggle_panel(self, title: str) -> None:
        raise NotImplementedError

    def shows_panel(self, title: str) -> bool:
        raise NotImplementedError


def window_commands(window: CommandWindow) -> list[Command]:
    """What needs the window."""
    shelf = _Shelf(window)
    return [
        Command(
            "view.bare",
            "Views only",
            window.toggle_views_only,
            "View",
            "arrow-expand-all",
            ("F11",),
            lambda: window.workspace.document.volume is not None,
            separated=True,
        ),
        *(_panel_command(window, title) for title in ("Steps", "Inspector")),
        Command(
            "view.light",
            "Light theme",
            lambda: _switch_theme(window),
            "View",
            "theme-light-dark",
            (),
            checked=lambda: theme.current_theme() == "light",
        ),
        Command(
            "view.screenshot",
            "Save the 3D view as a picture…",
            lambda: _save_scene(window),
            "View",
            "camera-outline",
            (),
            lambda: window.parts.volume_view.scene is not None,
        ),
        Command("help.help", "Help", lambda: shelf.help("tour.md"), "Help", "help-circle-outline", ("F1",)),
        Command("help.tour", "Five-minute tour", lambda: shelf.help("tour.md"), "Help", "map-outline"),
        Command("help.search", "Search commands…", window.open_search, "Help", "magnify", ("Ctrl+K",)),
        Command(
            "help.keys",
            "Keys and mouse",
            lambda: shelf.show(ShortcutDialog(window.workspace.commands, window)),
            "Help",
            "keyboard-outline",
            ("Ctrl+F1",),
        ),
        Command(
            "help.check",
            "Check this computer",
            lambda: shelf.show(HealthDialog(describe_opengl(), window)),
            "Help",
            "stethoscope",
        ),
        Command("help.cite", "How to cite", lambda: shelf.help("cite.md"), "Help", "format-quote-close"),
        Command(
            "help.about",
            "About CryoVes",
            lambda: shelf.show(AboutDialog(window)),
            "Help",
            "information-outline",
        ),
    ]


def _panel_command(window: CommandWindow, title: str) -> Command:
    return Command(
        f"view.panel_{title.lower()}",
        title,
        lambda: window.toggle_panel(title),
        "View",
        checked=lambda: window.shows_panel(title),
    )


class _Shelf:
    """Keeps what is open beside the window."""

    def __init__(self, window: CommandWindow) -> None:
        self._window = window
        self._help: HelpWindow | None = None

    def help(self, page: str) -> None:
        try:
            if self._help is None:
                self._help = HelpWindow(self._window)
        except CryoVesError as error:
            self._window.workspace.tell("error", str(error))
            return
        self._help.open_page(page)
        self._help.show()
        self._help.raise_()
        self._help.activateWindow()

    def show(self, dialog: QDialog) -> None:
        """Not modal: the window stays usable."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()


def _switch_theme(window: CommandWindow) -> None:
    name = "dark" if theme.current_theme() == "light" else "light"
    window.workspace.preferences.put("theme", name)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply_theme(application, name)


def _save_scene(window: CommandWindow) -> None:
    name, _ = QFileDialog.getSaveFileName(window, "Save the 3D view", "vesicles.png", "PNG pictures (*.png)")
    if not name:
        return
    path = Path(name).with_suffix(".png")
    try:
        window.parts.volume_view.screenshot(path)
    except CryoVesError as error:
        window.workspace.tell("error", str(error))
    else:
        window.workspace.tell("done", f"The 3D view was saved as {path.name}.")
