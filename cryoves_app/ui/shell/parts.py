"""Makes the parts of the window and links them; the window only places them."""

from __future__ import annotations

import contextlib

from PySide6.QtWidgets import QApplication, QWidget

from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.command_sets.blind_review import BlindReviewCommands
from cryoves_app.ui.command_sets.editing import history_commands, nudge_commands, vesicle_commands
from cryoves_app.ui.command_sets.figures import FigureCommands
from cryoves_app.ui.command_sets.files import ask_for_level, ask_for_runs, file_commands, open_found, save
from cryoves_app.ui.command_sets.models import ask_for_model, model_commands
from cryoves_app.ui.command_sets.mouse import mouse_commands, use_remembered_habits
from cryoves_app.ui.command_sets.movies import MovieCommands
from cryoves_app.ui.command_sets.pyto import pyto_commands, select_from_table
from cryoves_app.ui.command_sets.reviewer import ReviewerCommands
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
from cryoves_app.ui.panels.models.presenter import ModelsPresenter
from cryoves_app.ui.panels.open.companions import CompanionsPresenter, CompanionsView
from cryoves_app.ui.panels.open.presenter import OpenPresenter
from cryoves_app.ui.panels.open.view import OpenView
from cryoves_app.ui.panels.plots.presenter import PlotsPresenter
from cryoves_app.ui.panels.plots.view import PlotsView
from cryoves_app.ui.panels.points.presenter import PointsPresenter
from cryoves_app.ui.panels.queue.presenter import QueuePresenter
from cryoves_app.ui.panels.region.outline_finder import OutlineFinder
from cryoves_app.ui.panels.review.presenter import ReviewPresenter
from cryoves_app.ui.panels.review.step import ReviewStep
from cryoves_app.ui.panels.review.view import ReviewView
from cryoves_app.ui.panels.segment.presenter import SegmentPresenter
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.panels.steps.presenter import StepsPresenter
from cryoves_app.ui.panels.steps.view import StepsView
from cryoves_app.ui.panels.training.adapt_presenter import AdaptPresenter
from cryoves_app.ui.panels.training.improve_presenter import ImprovePresenter
from cryoves_app.ui.panels.training.presenter import TrainingPresenter
from cryoves_app.ui.panels.trial.presenter import open_trial, try_on_a_box
from cryoves_app.ui.panels.vesicles.presenter import VesiclesPresenter
from cryoves_app.ui.project.services import Services
from cryoves_app.ui.shell.evaluation_parts import EvaluationParts
from cryoves_app.ui.shell.link_parts import LinkParts
from cryoves_app.ui.shell.questions import Questions
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
from cryoves_app.ui.viewers.scene.volume_view import VolumeView


class Parts(Services):
    """Everything the window shows, linked to one workspace."""

    def __init__(self, preferences: PreferenceFile | None = None, *, opengl: bool | None = None) -> None:
        super().__init__(preferences)
        self.opener.tomogram_missing.connect(lambda session: open_found(session, self.opener, self.workspace))
        self.opener.copick_project.connect(lambda project: ask_for_runs(project, self.opener, self.workspace))
        self.opener.several_levels.connect(lambda found: ask_for_level(found, self.opener, self.workspace))
        self.opener.pyto_table.connect(lambda path: select_from_table(path, self.workspace))
        use_remembered_habits(self.workspace)
        self._make_views(opengl)
        self._make_tools()
        self._make_panels()
        self._make_steps()
        self._add_commands()

    def _make_views(self, opengl: bool | None) -> None:
        w = self.workspace
        self.volume_view = VolumeView(w.document, w.state, w.scene, opengl=opengl)
        self.views = OrthoView(w.document, w.state, w.scene, self.volume_view)
        self.volume_view.maximise_wanted.connect(lambda: self.views.toggle_alone(SCENE))
        self.views.layout_changed.connect(lambda name: self.volume_view.explain_colours(name == SCENE))
        self.views.layout_changed.connect(lambda _name: w.commands.refresh())
        self.regions = RegionParts(w, self.projects, self.views, self.volume_view)
        self.evaluation = EvaluationParts(w, self.projects, self.views, self.volume_view, self.editor)
        self.links = LinkParts(w, self.projects, self.views, self.volume_view)

    def _make_tools(self) -> None:
        """In the order of menu and toolbar."""
        w = self.workspace
        self.add_tool = AddTool(w.document, self.editor, self.fitting)
        self.rim_tool = RimTool(w.document, self.editor, self.fitting)
        self.editor.found_there.connect(
            lambda number: w.tell_briefly(
                f"Vesicle {number} stands there already; hold Shift to add one all the same."
            )
        )
        self.fitting.learned.connect(self.add_tool.look_again)
        tools = (
            NavigateTool(w.document),
            SelectTool(w.document),
            self.add_tool,
            self.rim_tool,
            ReshapeTool(w.document, self.editor),
            LassoTool(w.document),
            *self.regions.tools,
            RulerTool(w.document),
        )
        self.tools = ToolBox(tools, SelectTool.name, w)
        scene_tools = SceneTools(w.document, self.editor, w.scene)
        self.tools.changed.connect(self.regions.tool_changed)
        self.tools.changed.connect(self.views.set_tool)
        self.tools.changed.connect(lambda tool: self.volume_view.set_tool(scene_tools.named(tool.name)))
        self.tools.changed.connect(lambda _tool: w.commands.refresh())
        self.tools.use(self.tools.current.name)

    def _make_panels(self) -> None:
        w = self.workspace
        self.vesicles = VesiclesPresenter(w.document, w.state)
        self.review = ReviewPresenter(ReviewView(), w.document, self.editor, w.state)
        self.vesicles.view.below.addWidget(self.review.view)
        self.card = CardPresenter(CardView(), w, self.fitting)
        self.gallery = GalleryPresenter(w)
        self.display = DisplayPresenter(w)
        self.history = HistoryPanel(w, self.projects)
        self.plots = PlotsPresenter(PlotsView(), w, self.projects, self.measuring)
        self.segment = SegmentPresenter(SegmentView(), w, self.run, self.volumes)
        self.segment.preview.changed.connect(self.views.show_preview)
        self.segment.view.trial_wanted.connect(lambda: open_trial(self.run, w))
        self.models = ModelsPresenter(
            w, self.run, lambda: ask_for_model(w, self.run), lambda: try_on_a_box(self.run, w)
        )
        self.training = TrainingPresenter(w, self.run)
        self.improving = ImprovePresenter(w, self.projects, self.run, lambda: save(self.projects, w))
        self.adapting = AdaptPresenter(w, self.run)
        self.outlines = OutlineFinder(w, self.projects, self.run)
        self.queue = QueuePresenter(w, self.opener, self.projects, self.run, self.bridge.worker.threads)
        self.questions = Questions(
            w,
            self.projects,
            lambda: any(job.running for job in (self.run, self.training, self.improving, self.adapting)),
        )
        self.inspector: dict[str, QWidget] = {
            "Vesicles": self.vesicles.view,
            "Card": self.card.view,
            "Gallery": self.gallery.view,
            "Plots": self.plots.view,
            "Display": self.display.view,
            "History": self.history,
        }

    def _make_steps(self) -> None:
        w = self.workspace
        self._make_open_step()
        self.region_panel = self.regions.make_panel(self.tools)
        self.region_panel.view.outline_wanted.connect(self.outlines.find_terminal)
        w.acted.connect(
            lambda: self.region_panel.view.find_outline.setEnabled(self.outlines.can_find_terminal)
        )
        self.review_step = ReviewStep()
        self.review_step.next_wanted.connect(self.review.go_next)
        self.review_step.p_values_wanted.connect(self.remeasuring.measure_all)
        self.remeasuring.p_values_told.connect(self.review_step.show_p_values)
        self.reviewers = ReviewerCommands(w, self.projects, self.review_step)
        self.blind = BlindReviewCommands(w, self.projects, self.opener, self.reviewers)
        self.evaluation.panel.agreed.connect(lambda path: self.opener.open([path]))
        self.measure = MeasurePresenter(MeasureView(), w, self.projects)
        self.export = ExportPresenter(ExportView(), w, self.projects)
        self.points = PointsPresenter(w, self.projects)
        self.export.view.points_wanted.connect(lambda: self.points.open(w.window))
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
        self.opener.copick_project.connect(self.export.offer_copick)
        self.export.step_wanted.connect(lambda: self.steps.open_step("Export"))
        self.step_states = StepsPresenter(self.steps, w, self.run, self.review_step)
        self.export.written.connect(lambda: self.step_states.mark_done("Export"))
        self.plots.view.shown.connect(lambda: self.step_states.mark_done("Measure"))
        self.projects.views.remember("step", lambda: self.steps.current, self.step_states.return_to)
        self.projects.views.remember("layout", lambda: self.views.layout_name, self._return_to_layout)
        contents = self.volume_view.contents
        self.projects.views.remember("scene", contents.currentText, contents.setCurrentText)
        self.display.was_cut_off.connect(self.volumes.cut_off_other)
        self.volumes.changed.connect(w.commands.refresh)
        self.projects.views.remember("compare", self._compared, self._return_to_compared)
        self.projects.views.remember("oblique", self._oblique_angles, self._return_to_angles)
        self.projects.views.remember(
            "axes", lambda: "on" if w.state.settings.show_axes else "off", self._return_to_axes
        )
        self.opener.several.connect(lambda _files: self.step_states.stay_at_open())

    def _make_open_step(self) -> None:
        w = self.workspace
        self.open_panel = OpenPresenter(OpenView(), w.document)
        self.open_panel.view.level_wanted.connect(self.opener.ask_level_again)
        self.open_panel.view.voxel_size_given.connect(self.projects.give_voxel_size)
        self.files = FilesPresenter(FilesView(), w, self.opener, self.projects, self.run)
        self.companions = CompanionsPresenter(CompanionsView(), self.volumes)
        self.open_panel.view.add_below(self.companions.view)
        self.open_panel.view.add_below(self.files.view)

    def _add_commands(self) -> None:
        """In the order in which menus list them."""
        w = self.workspace
        self.figures = FigureCommands(w, self.projects, self.views, self.volume_view)
        self.movies = MovieCommands(w, self.projects, self.views, self.volume_view)
        import_files = self.regions.files.import_files
        files, leave = file_commands(
            w, self.opener, self.projects, QApplication.closeAllWindows, import_files
        )
        w.commands.add(
            *files,
            *self.figures.commands(),
            *self.movies.commands(),
            *pyto_commands(w),
            *history_commands(self.projects),
            *view_commands(w, self.views, self.display.cut_off),
            *mouse_commands(w),
            *self.tools.commands(lambda: w.document.volume is not None),
            *self.review.commands(),
            *vesicle_commands(self.editor, w.document, self.fitting),
            *self.reviewers.commands(),
            *self.blind.commands(),
            *tag_commands(self.editor, self.tags, w),
            *self.remeasuring.commands(),
            *nudge_commands(self.editor, self.views),
            *self.region_panel.commands(),
            *self.segment.commands(),
            *self.queue.commands(),
            *self.companions.commands(),
            *self.evaluation.commands(),
            *self.links.commands(),
            *self.outlines.commands(),
            *model_commands(w, self.run, self.models, self.training, self.improving, self.adapting),
            *self.measure.commands(),
            *self.export.commands(),
            *self.points.commands(),
            leave,
        )
        self.tags.changed.connect(lambda: show_tag_names(w.commands, self.tags))
        w.commands.refresh()

    def _return_to_layout(self, name: str) -> None:
        if name:
            self.views.set_layout(name)

    def _compared(self) -> str:
        """Where the divider is, if two volumes are compared."""
        return f"{self.workspace.state.settings.swipe_share:.4f}" if self.volumes.comparing else ""

    def _return_to_compared(self, then: str) -> None:
        with contextlib.suppress(ValueError):
            share = float(then)
            self.workspace.state.change(swipe_share=share if 0 < share < 1 else 0.5)
            self.volumes.compare(True)

    def _oblique_angles(self) -> str:
        return " ".join(f"{angle:.4f}" for angle in self.workspace.state.settings.oblique_deg)

    def _return_to_angles(self, then: str) -> None:
        try:
            x, y, z = (float(angle) for angle in then.split())
        except ValueError:  # nothing was remembered, or by another version
            x = y = z = 0.0
        self.workspace.state.change(oblique_deg=(x, y, z))

    def _return_to_axes(self, then: str) -> None:
        self.workspace.state.change(show_axes=then != "off")

    def close(self) -> None:
        self.tools.current.put_away()
        self.queue.close()
        self.training.close()
        self.outlines.close()
        self.regions.zones.close()
        self.improving.close()
        self.adapting.close()
        self.movies.work.cancel()
        self.points.work.cancel()
        self.evaluation.close()
        self.links.close()
        super().close()
