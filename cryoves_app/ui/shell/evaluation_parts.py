"""Everything about evaluating in the window, put together: what is drawn over the views, and the panel."""

from __future__ import annotations

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.evaluate.presenter import EvaluatePresenter
from cryoves_app.ui.panels.evaluate.settling import Settling
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.comparison import ComparedSpheres, ComparisonLayer
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.scene.volume_view import VolumeView


class EvaluationParts:
    """Linked to one workspace and its views."""

    def __init__(
        self,
        workspace: Workspace,
        projects: ProjectController,
        views: OrthoView,
        volume_view: VolumeView,
        editor: VesicleEditor,
    ) -> None:
        self.compared = ComparedSpheres(workspace.document)
        self.layers = {plane: ComparisonLayer(view, self.compared) for plane, view in views.slices.items()}
        self.panel = EvaluatePresenter(workspace, projects, self.compared)
        self.settling = Settling(workspace, projects, editor, self.compared)
        if volume_view.scene is not None:
            from cryoves_app.ui.viewers.scene.comparison_scene import (
                ComparisonScene,  # only where there is OpenGL
            )

            self.scene = ComparisonScene(volume_view.scene, self.compared)

    def commands(self) -> list[Command]:
        return [*self.panel.commands(), *self.settling.commands()]

    def close(self) -> None:
        self.panel.work.cancel()
