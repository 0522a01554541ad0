"""Everything about regions in the window, put together: model, drawing, tools and panel."""

from __future__ import annotations

from cryoves_app.ui.panels.region.presenter import RegionPresenter
from cryoves_app.ui.panels.region.view import RegionView
from cryoves_app.ui.panels.region.zone_finder import ZoneFinder
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.region_editor import RegionEditor
from cryoves_app.ui.project.region_files import RegionFiles
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.tools.brush import BrushTool
from cryoves_app.ui.tools.contour import ContourTool
from cryoves_app.ui.tools.membrane import MembraneTool
from cryoves_app.ui.tools.tool_box import ToolBox
from cryoves_app.ui.viewers.oblique.oblique_regions import ObliqueRegions
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.regions.region_cuts import RegionCuts
from cryoves_app.ui.viewers.regions.region_layer import RegionLayer
from cryoves_app.ui.viewers.regions.region_model import RegionModel
from cryoves_app.ui.viewers.scene.volume_view import VolumeView
from cryoves_app.ui.viewers.tool import Tool
from cryoves_app.workflow.surfaces.order import Rim


class RegionParts:
    """Linked to one workspace and its views."""

    def __init__(
        self,
        workspace: Workspace,
        projects: ProjectController,
        views: OrthoView,
        volume_view: VolumeView,
    ) -> None:
        document = workspace.document
        self._workspace = workspace
        self.model = RegionModel(document, workspace.state, workspace)
        self.cuts = RegionCuts(self.model, document, workspace)
        self.editor = RegionEditor(document, projects, self.model)
        self.layers = {
            plane: RegionLayer(view, self.model, self.cuts, document) for plane, view in views.slices.items()
        }
        self.oblique = ObliqueRegions(views.oblique, self.model, self.cuts)
        self.contour = ContourTool(document, self.editor, self.model)
        self.brush = BrushTool(document, self.editor, self.model, self.cuts)
        self.files = RegionFiles(workspace, projects)
        self.membrane = MembraneTool()
        self.zones = ZoneFinder(workspace, projects)
        self.tools = (self.contour, self.brush, self.membrane)
        if volume_view.scene is not None:
            from cryoves_app.ui.viewers.regions.region_scene import RegionScene  # only where there is OpenGL

            self.scene = RegionScene(volume_view.scene, self.model, self.cuts)

    def tool_changed(self, tool: Tool) -> None:
        """A line that was begun does not outlive its tool."""
        for own in self.tools:
            own.shown.emit("")
        if tool is not self.contour:
            self.contour.stop()

    def make_panel(self, tools: ToolBox) -> RegionPresenter:
        view = RegionView()
        view.import_wanted.connect(self.files.ask_import)
        view.export_wanted.connect(self.files.ask_export)
        self.membrane.chosen.connect(
            lambda points: self.zones.find(points, Rim.PROPOSED if view.dense.isChecked() else Rim.STROKE)
        )
        return RegionPresenter(view, self._workspace, self.model, self.editor, tools)
