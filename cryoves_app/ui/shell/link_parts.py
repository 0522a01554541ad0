"""Everything about links in the window, put together: what is drawn over the views, and the panel."""

from __future__ import annotations

from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.panels.links.presenter import LinksPresenter
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.link_layer import LinkLayer, ShownLinks
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.scene.volume_view import VolumeView


class LinkParts:
    """Linked to one workspace and its views."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, views: OrthoView, volume_view: VolumeView
    ) -> None:
        self.links = ShownLinks(workspace.document)
        self.layers = {plane: LinkLayer(view, self.links) for plane, view in views.slices.items()}
        self.panel = LinksPresenter(workspace, projects, self.links)
        if volume_view.scene is not None:
            from cryoves_app.ui.viewers.scene.link_scene import LinkScene  # only where there is OpenGL

            self.scene = LinkScene(volume_view.scene, self.links)

    def commands(self) -> list[Command]:
        return self.panel.commands()

    def close(self) -> None:
        self.panel.work.cancel()
