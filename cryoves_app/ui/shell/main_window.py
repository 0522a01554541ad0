"""The main window. It puts the parts together and decides nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.measures import MEASURES
from cryoves_app.domain.tomogram_names import shown_name
from cryoves_app.ui.base.button_states import ButtonStates
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.qt_application import program_icon
from cryoves_app.ui.command_sets.help import help_commands
from cryoves_app.ui.command_sets.window import window_commands
from cryoves_app.ui.panels.start.view import StartPage, one_for_each_tomogram
from cryoves_app.ui.project.project_controller import Stepped
from cryoves_app.ui.shell.command_search import CommandSearch
from cryoves_app.ui.shell.notices import NoticeBar
from cryoves_app.ui.shell.parts import Parts
from cryoves_app.ui.shell.recent_menu import RecentMenu
from cryoves_app.ui.shell.status_bar import StatusBar
from cryoves_app.ui.tools.tool_box import command_key
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.workflow.project.beside import ProjectBeside
from cryoves_app.workflow.project.working_copies import left_behind

TITLE = "CryoVes"
MENUS = ("File", "Edit", "View", "Tools", "Vesicles", "Run", "Help")
#: The groups of the toolbar before and after the tools.
BEFORE_TOOLS = (("file.open", "file.save", "file.export"), ("edit.undo", "edit.redo"))
AFTER_TOOLS = (
    ("layout.4-up", "layout.XY", "layout.3D"),
    ("view.vesicles", "view.probability", "view.crosshair"),
    ("run.segment",),
)
STATE_VERSION = 1
MOST_OFFERS = 3


class MainWindow(QMainWindow):
    """Toolbar, steps at the left, views in the middle, inspector at the right, status line below."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.parts = parts
        self.workspace = parts.workspace
        self.workspace.window = self
        self.setWindowTitle(TITLE)
        self.setWindowIcon(program_icon())
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.start_page = StartPage()
        self._middle = QWidget()
        self.notices = NoticeBar(self._middle)
        self.status = StatusBar()
        self.inspector = QTabWidget()
        self._build()
        self._connect()
        self._restore_layout()
        self.show_start_page()

    def _build(self) -> None:
        registry = self.workspace.commands
        registry.add(
            *window_commands(self, self.workspace),
            *help_commands(self.workspace, self.parts.tools),
        )
        registry.refresh()
        menus = registry.fill_menu_bar(self.menuBar(), MENUS)
        recent = RecentMenu(self.workspace.preferences, self.parts.opener, self)
        menus["File"].insertMenu(registry.action("file.sample"), recent)
        self.addActions(registry.actions(in_views=False))
        self.parts.views.addActions(registry.actions(in_views=True))
        self._add_toolbar()
        self.stack = QStackedWidget()
        # the docks are away while it is seen: it must not make the window wider than the views need
        self.start_page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.stack.addWidget(self.start_page)
        self.stack.addWidget(self.parts.views)
        box = QVBoxLayout(self._middle)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.stack, 1)
        self.setCentralWidget(self._middle)
        self.setStatusBar(self.status)
        for title, widget in self.parts.inspector.items():
            self.inspector.addTab(widget, title)
        self.inspector.setDocumentMode(True)
        self.steps_dock = self._dock("Steps", self.parts.steps, Qt.DockWidgetArea.LeftDockWidgetArea, 290)
        self.inspector_dock = self._dock(
            "Inspector", self.inspector, Qt.DockWidgetArea.RightDockWidgetArea, 380
        )
        self.search = CommandSearch(registry, self)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea, width: int) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(title)
        dock.setWidget(widget)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.addDockWidget(area, dock)
        self.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
        return dock

    def _add_toolbar(self) -> None:
        bar = QToolBar("Tools")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        tools = tuple(command_key(tool) for tool in self.parts.tools if tool.in_toolbar)
        for number, group in enumerate((*BEFORE_TOOLS, tools, *AFTER_TOOLS)):
            if number:
                bar.addSeparator()
            bar.addActions([self.workspace.commands.action(key) for key in group])
        ButtonStates(bar)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText("Search (Ctrl+K)")
        self.search_field.setReadOnly(True)
        self.search_field.setMaximumWidth(220)
        self.search_field.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.search_field.installEventFilter(self)
        bar.addWidget(self.search_field)
        self.addToolBar(bar)

    def _connect(self) -> None:
        parts, workspace = self.parts, self.workspace
        parts.views.hovered.connect(self._show_pointer)
        parts.views.failed.connect(lambda sentence: self.notices.tell("error", sentence))
        workspace.told.connect(self.notices.tell)
        workspace.offered.connect(lambda kind, sentence, choices: self.notices.tell(kind, sentence, *choices))
        workspace.told_briefly.connect(self.notices.tell_briefly)
        workspace.document.volume_changed.connect(self._volume_changed)
        parts.opener.opened.connect(lambda _path: self._opened())
        parts.projects.views.remember(
            "tab", lambda: self.inspector.tabText(self.inspector.currentIndex()), self._return_to_tab
        )
        parts.projects.stepped.connect(self._tell_step)
        parts.review.shown.connect(self._tell_reason)
        parts.opener.project_found.connect(self.offer_project)
        parts.projects.changed.connect(self._project_changed)
        for tool in (parts.add_tool, parts.rim_tool, *parts.regions.tools):
            tool.shown.connect(lambda text: self.status.show_saved(text or parts.projects.saved_text))
        parts.reviewers.filter_wanted.connect(self._filter_table)
        parts.measure.plots_wanted.connect(lambda: self.show_tab(parts.plots.view))
        parts.run.progressed.connect(lambda p: self.status.show_job(f"Segment: {p.sentence}", p.fraction))
        parts.run.ended.connect(lambda _outcome: self.status.end_job())
        parts.job.progressed.connect(self.status.show_job)
        parts.job.ended.connect(self.status.end_job)
        parts.movies.work.progressed.connect(self.status.drawing.show_job)
        parts.movies.work.ended.connect(self.status.drawing.end_job)
        self.status.drawing.cancel_wanted.connect(parts.movies.work.cancel)
        self.status.cancel_wanted.connect(parts.run.cancel)
        self.status.cancel_wanted.connect(parts.job.cancel)
        page, registry = self.start_page, workspace.commands
        page.open_wanted.connect(lambda: registry.run("file.open"))
        page.sample_wanted.connect(lambda: registry.run("file.sample"))
        page.tour_wanted.connect(lambda: registry.run("help.tour"))
        page.check_wanted.connect(lambda: registry.run("help.check"))
        page.recent_chosen.connect(lambda path: parts.opener.open([path], asks_level=False))

    # -- what is shown

    def show_start_page(self) -> None:
        recent = one_for_each_tomogram(self.workspace.preferences.recent)
        self.start_page.show_recent(recent, self.parts.thumbnails.load(recent))
        self._volume_changed()

    def offer_recovery(self) -> None:
        """Say which edits a crash left behind; a click goes on with them."""
        for copy in left_behind()[:MOST_OFFERS]:
            go_on = Choice("Go on with it", partial(self.parts.opener.recover, copy))
            self.notices.tell("warning", copy.sentence(), go_on)

    def offer_stopped_trainings(self) -> None:
        """Say which trainings did not come to their end; a click goes on with them."""
        self.parts.training.offer_stopped()
        self.parts.adapting.offer_stopped()
        self.parts.improving.offer_stopped(lambda path: self.parts.opener.open([path]))

    def offer_project(self, found: ProjectBeside) -> None:
        """Say that there is a project of the tomogram that was opened; a click goes on with it."""
        go_on = Choice("Go on with it", partial(self.parts.opener.open, [found.path]))
        self.notices.tell("info", found.sentence(), go_on, Choice("Start anew"))

    def _opened(self) -> None:
        """What was said of the last tomogram goes; what was left of it unsaved is offered."""
        self.notices.clear()
        if self.parts.projects.take_left():
            self.offer_recovery()
        self.parts.reviewers.greet()
        self.parts.blind.greet()

    def _volume_changed(self) -> None:
        volume = self.workspace.document.volume
        self.stack.setCurrentWidget(self.parts.views if volume else self.start_page)
        self._show_docks()
        self._show_title()

    def _show_title(self) -> None:
        """The tomogram, and its project where that has a place."""
        volume, session = self.workspace.document.volume, self.parts.projects.session
        name = shown_name(Path(volume.info.path)) if volume is not None and volume.info.path else ""
        home = session.home if session is not None else None
        project = f" · {home.name}" if home is not None else ""
        self.setWindowTitle(f"{name}{project}[*] – {TITLE}" if name else TITLE)

    def _project_changed(self) -> None:
        self._show_title()
        self.status.show_saved(self.parts.projects.saved_text)
        self.setWindowModified(self.parts.projects.has_unsaved_work)

    def _show_pointer(self, pointer: Pointer | None, value: float | None) -> None:
        known = self.workspace.document.knows_voxel_size
        self.status.show_pointer(pointer, value, self.workspace.document.voxel_size_nm if known else None)

    def _show_docks(self) -> None:
        """Those that the user wants, once a tomogram is open."""
        is_open = self.workspace.document.volume is not None
        for dock in (self.steps_dock, self.inspector_dock):
            dock.setVisible(is_open and self.shows_panel(dock.objectName()))

    def shows_panel(self, title: str) -> bool:
        """Whether the user wants the steps or the inspector beside the views."""
        return title not in self.workspace.preferences.now.hidden_panels

    def toggle_panel(self, title: str) -> None:
        hidden = set(self.workspace.preferences.now.hidden_panels) ^ {title}
        self.workspace.preferences.change(hidden_panels=tuple(sorted(hidden)))
        self._show_docks()

    def toggle_views_only(self) -> None:
        """Hide everything but the views, or bring it back."""
        if self.steps_dock.isVisible() or self.inspector_dock.isVisible():
            self.steps_dock.hide()
            self.inspector_dock.hide()
        else:
            self._show_docks()

    def show_tab(self, content: QWidget) -> None:
        """Bring a page of the inspector to the front."""
        self.inspector_dock.show()
        self.inspector.setCurrentWidget(content)

    def _filter_table(self, text: str) -> None:
        self.show_tab(self.parts.vesicles.view)
        self.parts.vesicles.view.filter.setText(text)

    def _return_to_tab(self, title: str) -> None:
        if title in self.parts.inspector:
            self.inspector.setCurrentWidget(self.parts.inspector[title])

    def _tell_step(self, how: Stepped, title: str) -> None:
        """What was done, with the way back beside it."""
        back, key = ("Redo", "edit.redo") if how is Stepped.UNDONE else ("Undo", "edit.undo")
        choice = Choice(back, partial(self.workspace.commands.run, key))
        self.notices.tell_briefly(how.value.format(title), choice)

    def _tell_reason(self, reason: str) -> None:
        """Why a vesicle was flown to, where no page that says so is at the front."""
        if self.inspector.currentWidget() not in (self.parts.vesicles.view, self.parts.card.view):
            self.notices.tell_briefly(reason)

    def open_search(self) -> None:
        """Command search under its field."""
        corner = self.search_field.mapToGlobal(
            QPoint(self.search_field.width() - 440, self.search_field.height())
        )
        self.search.open_at(corner)

    # -- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click into the search field opens the search."""
        if watched is self.search_field and event.type() == QEvent.Type.MouseButtonPress:
            self.open_search()
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self.parts.opener.open(paths)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.parts.questions.may_close():
            event.ignore()
            return
        self._let_go()
        event.accept()

    def leave(self) -> None:
        """Let go of everything without a question; edits that have no place are offered at the next start."""
        self._let_go()
        self.hide()

    def _let_go(self) -> None:
        self._save_layout()
        self.parts.close()

    # -- remembered between starts

    def _save_layout(self) -> None:
        self.workspace.preferences.change(
            geometry=self.saveGeometry().data(),
            docks=self.saveState(STATE_VERSION).data(),
            layout=self.parts.views.layout_name,
            columns=self.parts.vesicles.view.columns_state().data(),
            columns_of=len(MEASURES),
        )

    def _restore_layout(self) -> None:
        then = self.workspace.preferences.now
        if not self.restoreGeometry(QByteArray(then.geometry)):
            self.resize(1440, 900)
        self.restoreState(QByteArray(then.docks), STATE_VERSION)
        if then.columns_of == len(MEASURES):  # the table's columns go by their number
            self.parts.vesicles.view.restore_columns(QByteArray(then.columns))
        if then.layout:
            self.parts.views.set_layout(then.layout)
