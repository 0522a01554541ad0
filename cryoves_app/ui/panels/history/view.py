"""The history list: a click goes back or forward to that moment."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui import theme
from cryoves_app.ui.project_controller import ProjectController
from cryoves_app.ui.workspace import Workspace


class HistoryPanel(QWidget):
    """All steps, oldest first; what was undone is faint."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__()
        self._workspace, self._projects = workspace, projects
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
        self.refresh()

    def refresh(self) -> None:
        session = self._projects.session
        self.list.clear()
        if session is None:
            return
        self.list.addItem(_item("Start", 0, is_done=True))
        last = 0
        for number, step in enumerate(session.steps, start=1):
            self.list.addItem(_item(step.title, number, is_done=step.is_done))
            last = number if step.is_done else last
        self.list.setCurrentRow(last)
        self.list.scrollToItem(self.list.item(last))

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


def _item(title: str, number: int, *, is_done: bool) -> QListWidgetItem:
    item = QListWidgetItem(title)
    item.setData(Qt.ItemDataRole.UserRole, number)
    if not is_done:
        item.setForeground(QColor(theme.shades().faint_text))
    return item
