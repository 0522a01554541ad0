"""Makes the parts of the window and links them; the window only places them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.ui.base.background import forget_all, run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.item_job import ItemJob
from cryoves_app.ui.base.preferences import Preferences
from cryoves_app.ui.base.tag_names import TagNames
from cryoves_app.ui.command_sets.editing import history_commands, nudge_commands, vesicle_commands
from cryoves_app.ui.command_sets.files import file_commands, open_found, save
from cryoves_app.ui.command_sets.models import model_commands
from cryoves_app.ui.command_sets.pyto import pyto_commands, select_from_table
from cryoves_app.ui.command_sets.tags import show_tag_names, tag_commands
from cryoves_app.ui.command_sets.views import view_commands
from cryoves_app.ui.panels.card.presenter import CardPresenter
from cryoves_app.ui.panels.card.view import CardView
from cryoves_app.ui.panels.display.presenter import DisplayPresenter
from cryoves_app.ui.panels.export.presenter import ExportPresenter
from cryoves_app.ui.panels.export.view import ExportView
from cryoves_app.ui.panels.files.presenter import FilesPresenter
from cryoves_app.ui.panels.files.view import FilesView
from cryoves_app.ui.panels.gallery.presenter import GalleryPresenter
from cryoves_app.ui.panels.history.view import HistoryPanel
from cryoves_app.ui.panels.measure.presenter import MeasurePresenter
from cryoves_app.ui.panels.measure.view import MeasureView
from cryoves_app.ui.panels.open.companions import CompanionsPresenter, CompanionsView
from cryoves_app.ui.panels.open.presenter import OpenPresenter
from cryoves_app.ui.panels.open.view import OpenView
from cryoves_app.ui.panels.plots.presenter import PlotsPresenter
from cryoves_app.ui.panels.plots.view import PlotsView
from cryoves_app.ui.panels.review.presenter import ReviewPresenter
from cryoves_app.ui.panels.review.step import ReviewStep
from cryoves_app.ui.panels.review.view import ReviewView
from cryoves_app.ui.panels.segment.presenter import SegmentPresenter
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.panels.steps.presenter import StepsPresenter
from cryoves_app.ui.panels.steps.view import StepsView
from cryoves_app.ui.panels.trial.presenter import open_trial
from cryoves_app.ui.panels.vesicles.presenter import VesiclesPresenter
from cryoves_app.ui.project.companions import CompanionVolumes
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.fitting import FitService
from cryoves_app.ui.project.measuring import MeasureRefresher
from cryoves_app.ui.project.opening import Opener
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.remeasuring import Remeasurer
from cryoves_app.ui.project.thumbnails import ThumbnailStore
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.shell.region_parts import RegionParts
from cryoves_app.ui.tools.add import AddTool
from cryoves_app.ui.tools.lasso import LassoTool
from cryoves_app.ui.tools.navigate import NavigateTool
from cryoves_app.ui.tools.reshape import ReshapeTool
from cryoves_app.ui.tools.rim import RimTool
from cryoves_app.ui.tools.ruler import RulerTool
from cryoves_app.ui.tools.scene_tools import SceneTools
from cryoves_app.ui.tools.select import SelectTool
from cryoves_app.ui.tools.tool_box import ToolBox
from cryoves_app.ui.viewers.ortho_view import SCENE, OrthoView
from cryoves_app.ui.viewers.volume_view import VolumeView
from cryoves_app.workflow.project.session import Session

TOOLS = (
    ("navigate", "Navigate", "crosshairs-gps", "V", "Click or drag to place the crosshair"),
    ("select", "Select", "cursor-default-outline", "S", "Click a vesicle; Shift adds to the selection"),
    (
        "add",
        "Add a vesicle",
        "plus-circle-outline",
        "E",
        "Click inside a vesicle: it is fitted. Drag from centre to rim where the fit fails; Shift: no fit",
    ),
    (
        "rim",
        "Add by points on the rim",
        "dots-circle",
        "Shift+E",
        "Click three or more points on the membrane, in any slice; Enter adds the fitted sphere, Shift+Enter as drawn",
    ),
    (
        "reshape",
        "Move and resize",
        "arrow-all",
        "R",
        "Drag the inside to move, the rim or the wheel to resize; in 3D drag along the screen",
    ),
    (
        "contour",
        "Draw regions",
        "vector-polygon",
        "C",
        "Click points in XY, or draw with the button held; near a line: drag its points",
    ),
    ("brush", "Paint regions", "brush", "Shift+C", "Paint in XY, with Ctrl erase; Shift and the wheel: size"),
    (
        "lasso",
        "Lasso",
        "lasso",
        "L",
        "Draw around vesicles of this slice, or in 3D (Ctrl: a box); Shift adds to the selection",
    ),
    ("ruler", "Ruler", "ruler", "U", "Drag from point to point, or click both, to read their distance in nm"),
)


class Parts:
    """Everything the window shows, linked to one workspace."""

    def __init__(self, preferences: Preferences | None = None, *, opengl: bool | None = None) -> None:
        self.window: QWidget | None = None
        self.workspace = Workspace(preferences)
        self.scratch = tempfile.TemporaryDirectory(prefix="cryoves-", ignore_cleanup_errors=True)
        self.projects = ProjectController(self.workspace)
        self.opener = Opener(self.workspace, self.projects)
        self.thumbnails = ThumbnailStore(self.workspace.preferences.folder)
        self.opener.opened.connect(self._keep_thumbnail)
        self.opener.tomogram_missing.connect(self._ask_for_tomogram)
        self.opener.pyto_table.connect(lambda path: select_from_table(path, self.workspace, self.window))
        self.editor = VesicleEditor(self.workspace.document, self.projects)
        self.job = ItemJob(self.workspace)
        self.fitting = FitService(self.workspace, self.editor, self.job)
        self.remeasuring = Remeasurer(self.projects, self.fitting, self.job)
        self.tags = TagNames(self.workspace.preferences)
        self._make_views(opengl)
        self._make_panels()
        self._add_commands()

    def _make_views(self, opengl: bool | None) -> None:
        w = self.workspace
        self.volume_view = VolumeView(w.document, w.state, w.scene, opengl=opengl)
        self.views = OrthoView(w.document, w.state, w.scene, self.volume_view)
        self.volume_view.maximise_wanted.connect(lambda: self.views.toggle_alone(SCENE))
        self.views.layout_changed.connect(lambda name: self.volume_view.explain_colours(name == SCENE))
        self.add_tool = AddTool(w.document, self.editor, self.fitting)
        self.fitting.learned.connect(self.add_tool.look_again)
        self.rim_tool = RimTool(w.document, self.editor, self.fitting)
        self.regions = RegionParts(w, self.projects, self.views, self.volume_view, lambda: self.window)
        tools = (
            SelectTool(w.document),
            NavigateTool(w.document),
            self.add_tool,
            self.rim_tool,
            ReshapeTool(w.document, self.editor),
            LassoTool(w.document),
            RulerTool(w.document),
            *self.regions.tools,
        )
        self.tools = ToolBox(tools, w)
        self.tools.changed.connect(self.regions.tool_changed)
        scene_tools = SceneTools(w.document, self.editor, w.scene)
        self.tools.changed.connect(self.views.set_tool)
        self.tools.changed.connect(lambda tool: self.volume_view.set_tool(scene_tools.named(tool.name)))
        self.tools.changed.connect(lambda _tool: w.commands.refresh())
        self.tools.use(self.tools.current.name)
        self.views.layout_changed.connect(lambda _name: w.commands.refresh())

    def _make_panels(self) -> None:
        w = self.workspace
        self.bridge = JobBridge(parent=w)
        self.open_panel = OpenPresenter(OpenView(), w.document)
        self.open_panel.view.voxel_size_given.connect(self.projects.give_voxel_size)
        self.segment = SegmentPresenter(SegmentView(), w, self.bridge, Path(self.scratch.name))
        self.segment.preview.changed.connect(self.views.show_preview)
        self.segment.view.trial_wanted.connect(
            lambda: open_trial(self.window, self.segment, w, Path(self.scratch.name))
        )
        self.segment.take_run = self.projects.take_run
        self.segment.drawn_in = self.projects.place_text
        self.vesicles = VesiclesPresenter(w.document, w.state)
        self.review = ReviewPresenter(ReviewView(), w.document, self.editor)
        self.vesicles.view.below.addWidget(self.review.view)
        self.card = CardPresenter(CardView(), w, self.fitting)
        self.gallery = GalleryPresenter(w)
        self.display = DisplayPresenter(w)
        self.files = FilesPresenter(FilesView(), w, self.opener, self.projects, self.segment)
        self.volumes = CompanionVolumes(w, self.projects)
        self.companions = CompanionsPresenter(
            CompanionsView(), self.volumes, self.segment, lambda: self.window
        )
        self.open_panel.view.add_below(self.companions.view)
        self.open_panel.view.add_below(self.files.view)
        self.history = HistoryPanel(w, self.projects)
        self.export = ExportPresenter(ExportView(), w, self.projects)
        self.measuring = MeasureRefresher(self.projects)
        self.region_panel = self.regions.make_panel(self.tools)
        self.measure = MeasurePresenter(MeasureView(), w, self.projects)
        self.plots = PlotsPresenter(PlotsView(), w, self.projects, self.measuring)
        self.review_step = ReviewStep()
        self.review_step.next_wanted.connect(self.review.go_next)
        self.review_step.p_values_wanted.connect(self.remeasuring.measure_all)
        self.remeasuring.p_values_told.connect(self.review_step.show_p_values)
        self.steps = StepsView(
            {
                "Open": self.open_panel.view,
                "Region": self.region_panel.view,
                "Segment": self.segment.view,
                "Review": self.review_step,
                "Measure": self.measure.view,
                "Export": self.export.view,
            }
        )
        self.measure.region_wanted.connect(lambda: self.steps.open_step("Region"))
        self.path = StepsPresenter(self.steps, w, self.segment, self.review_step)
        self.opener.several.connect(lambda _files: setattr(self.path, "stay", True))
        self.inspector: dict[str, QWidget] = {
            "Vesicles": self.vesicles.view,
            "Card": self.card.view,
            "Gallery": self.gallery.view,
            "Plots": self.plots.view,
            "Display": self.display.view,
            "History": self.history,
        }

    def _add_commands(self) -> None:
        w = self.workspace
        w.commands.add(
            *file_commands(
                w,
                self.opener,
                self.projects,
                lambda: self.window,
                QApplication.closeAllWindows,
                self.regions.files.import_files,
            ),
            *pyto_commands(w, lambda: self.window),
            *history_commands(self.projects),
            *view_commands(w, self.views, self.display.cut_off),
            *self.tools.commands(TOOLS, lambda: w.document.volume is not None),
            *self.review.commands(),
            *vesicle_commands(
                self.editor, w.document, self.fitting.refit, self.fitting.split, self.fitting.merge
            ),
            *tag_commands(self.editor, self.tags, lambda: self.window),
            *self.remeasuring.commands(),
            *nudge_commands(self.editor, self.views),
            *self.region_panel.commands(),
            *self.segment.commands(),
            *self.companions.commands(),
            *model_commands(w, self.segment, lambda: self.window),
            *self.measure.commands(),
            *self.export.commands(),
        )
        self.tags.changed.connect(lambda: show_tag_names(w.commands, self.tags))
        w.commands.refresh()

    @property
    def window_icon(self) -> QIcon:
        try:
            return QIcon(str(resource_path("icons", "cryoves.svg")))
        except CryoVesError:
            return QIcon()

    def _keep_thumbnail(self, path: Path) -> None:
        volume = self.workspace.document.volume
        if volume is not None:
            run_in_background(
                lambda: self.thumbnails.make(path, volume),
                lambda _nothing: None,
                lambda _s: None,
                self.workspace,
            )

    def _ask_for_tomogram(self, session: Session) -> None:
        open_found(self.window, session, self.opener)

    def may_close(self, parent: QWidget) -> bool:
        """Whether the window may go: asks once while something is computed or edits have no place yet."""
        return self._may_stop(parent) and self._may_leave(parent)

    def _may_stop(self, parent: QWidget) -> bool:
        if not self.segment.running:
            return True
        answer = QMessageBox.question(
            parent,
            "Stop the segmentation?",
            "A segmentation is running. Stop it and close? Finished steps and all vesicles are kept.",
        )
        return answer == QMessageBox.StandardButton.Yes

    def _may_leave(self, parent: QWidget) -> bool:
        if not self.projects.has_unsaved_work or (self.projects.session and self.projects.session.home):
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            parent,
            "Save the project?",
            "The vesicles of this tomogram have not been saved to a project file yet.",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if answer == buttons.Save:
            return save(parent, self.projects, self.workspace)
        if answer == buttons.Discard:
            self.projects.discard()
        return answer != buttons.Cancel

    def close(self) -> None:
        forget_all()
        self.tools.current.put_away()
        self.projects.close()
        self.bridge.close()
        self.scratch.cleanup()
