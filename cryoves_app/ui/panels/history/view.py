"""The history list: a click goes back or forward to that moment."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base import theme
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.project.history import Step


@dataclass(frozen=True)
class _Line:
    text: str
    is_done: bool
    person: str = ""


class HistoryPanel(QWidget):
    """All steps, oldest first; what was undone is faint."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__()
        self._workspace, self._projects = workspace, projects
        self._shown: list[Step | None] = []  # None for the start
        self.list = QListWidget()
        self.list.itemClicked.connect(self._go)
        self.hint = QLabel("Click a step to go back or forward to the moment after it.")
        self.hint.setProperty("faint", True)
        self.hint.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(self.hint)
        box.addWidget(self.list, 1)
        projects.changed.connect(self.refresh)
        workspace.reviewer.changed.connect(self._say_anew)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """The list is kept only while it is seen."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Bring the list up to date; only lines of steps that differ are touched, since there may be thousands."""
        if not self.isVisible():
            return
        session = self._projects.session
        steps: list[Step | None] = [None, *session.steps] if session else []
        for row, step in enumerate(steps):
            if row == len(self._shown):
                self._shown.append(step)
                self.list.addItem(QListWidgetItem())
                self._fill(row)
            elif self._shown[row] is not step:
                self._shown[row] = step
                self._fill(row)
        while len(self._shown) > len(steps):
            self._shown.pop()
            self.list.takeItem(len(self._shown))
        self.list.setCurrentRow(session.done_count if session else -1)
        self.list.scrollToItem(self.list.currentItem())

    def _say_anew(self) -> None:
        """Whose steps are somebody else's is another matter for another person."""
        for row in range(len(self._shown)):
            self._fill(row)

    def _fill(self, row: int) -> None:
        step, item = self._shown[row], self.list.item(row)
        line = self._line(step) if step else _Line("Start", True)
        item.setText(line.text)
        item.setToolTip(f"By {line.person}" if line.person else "")
        item.setData(Qt.ItemDataRole.UserRole, row)
        faint = None if line.is_done else QColor(theme.shades().faint_text)
        item.setData(Qt.ItemDataRole.ForegroundRole, faint)

    def _line(self, step: Step) -> _Line:
        """With the name of who took the step, where that was somebody else."""
        other = bool(step.person) and step.person != self._workspace.reviewer.name
        return _Line(f"{step.title} · {step.person}" if other else step.title, step.is_done, step.person)

    def _go(self, item: QListWidgetItem) -> None:
        session = self._projects.session
        if session is None or session.is_read_only:
            return
        number = int(item.data(Qt.ItemDataRole.UserRole))
        QTimer.singleShot(0, lambda: self._go_to(number))  # the click's own item is replaced by this

    def _go_to(self, number: int) -> None:
        session = self._projects.session
        try:
            if session is not None:
                session.go_to(number)
        except CryoVesError as error:
            self._workspace.tell("error", str(error))
