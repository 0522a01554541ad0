"""What the user is asked before the window goes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox

from cryoves_app.ui.command_sets.files import save, save_dialog
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace

_BUTTONS = QMessageBox.StandardButton
NEVER_SAVED = "The vesicles of this tomogram have not been saved to a project file yet."
REFUSED = "The last edits could not be saved to {name}. Save them under another name?"


class Questions:
    """Asks once while something is computed, or while edits have no place yet."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, is_running: Callable[[], bool]
    ) -> None:
        self._workspace, self._projects, self._is_running = workspace, projects, is_running

    def may_close(self) -> bool:
        """Whether the window may go."""
        return self._may_stop() and self._may_leave()

    def _may_stop(self) -> bool:
        if not self._is_running():
            return True
        answer = QMessageBox.question(
            self._workspace.window,
            "Stop the computation?",
            "A segmentation or a training is running. Stop it and close? Finished steps, whole epochs and all vesicles "
            "are kept.",
        )
        return answer == _BUTTONS.Yes

    def _may_leave(self) -> bool:
        projects = self._projects
        if not projects.has_unsaved_work:
            return True
        if projects.session is not None and projects.session.home is not None:
            return projects.save() or self._may_lose(
                REFUSED.format(name=projects.session.home.name), save_dialog
            )
        return self._may_lose(NEVER_SAVED, save)

    def _may_lose(self, sentence: str, save_it: Callable[[ProjectController, Workspace], bool]) -> bool:
        """Ask whether to save before the edits go."""
        projects = self._projects
        answer = QMessageBox.question(
            self._workspace.window,
            "Save the project?",
            sentence,
            _BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel,
            _BUTTONS.Save,
        )
        if answer == _BUTTONS.Save:
            return save_it(projects, self._workspace)
        if answer == _BUTTONS.Discard:
            projects.discard()
        return answer != _BUTTONS.Cancel
