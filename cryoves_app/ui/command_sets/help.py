"""Commands that explain: help pages, keys, the check of the computer, what the program is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.opengl import describe_opengl
from cryoves_app.ui.dialogs.about import AboutDialog
from cryoves_app.ui.dialogs.health import HealthDialog
from cryoves_app.ui.dialogs.help_window import HelpWindow
from cryoves_app.ui.dialogs.shortcuts import ShortcutDialog
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.tools.tool_box import ToolBox, gestures

#: Key of the command, text, page, icon, keys.
_PAGES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("help.help", "Help", "tour.md", "help-circle-outline", ("F1",)),
    ("help.tour", "Five-minute tour", "tour.md", "map-outline", ()),
    ("help.coming", "If you come from 3dmod, napari, ilastik or Amira", "coming.md", "", ()),
    ("help.cite", "How to cite", "cite.md", "format-quote-close", ()),
)


def help_commands(workspace: Workspace, tools: ToolBox) -> list[Command]:
    """The Help menu."""
    help_pages = _HelpPages(workspace)
    pages = [
        Command(
            key=key, text=text, run=partial(help_pages.show, page), menu="Help", icon=icon, shortcuts=keys
        )
        for key, text, page, icon, keys in _PAGES
    ]
    return [*pages, *_dialogs(workspace, tools)]


def _dialogs(workspace: Workspace, tools: ToolBox) -> list[Command]:
    def show_keys() -> None:
        _show_beside(
            ShortcutDialog(
                workspace.commands, gestures(tools), workspace.state.settings.mouse, workspace.window
            )
        )

    command = partial(Command, menu="Help")
    return [
        command(
            key="help.keys",
            text="Keys and mouse",
            run=show_keys,
            icon="keyboard-outline",
            shortcuts=("Ctrl+F1",),
        ),
        command(
            key="help.check",
            text="Check this computer",
            run=lambda: _show_beside(HealthDialog(describe_opengl(), workspace.window)),
            icon="stethoscope",
        ),
        command(
            key="help.about",
            text="About CryoVes",
            run=lambda: _show_beside(AboutDialog(workspace.window)),
            icon="information-outline",
        ),
    ]


def _show_beside(dialog: QDialog) -> None:
    """Not modal: the window stays usable."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()


class _HelpPages:
    """One help window, kept so that it opens where the user left it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._window: HelpWindow | None = None

    def show(self, page: str) -> None:
        try:
            if self._window is None:
                self._window = HelpWindow(self._workspace.window)
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
            return
        self._window.open_page(page)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
