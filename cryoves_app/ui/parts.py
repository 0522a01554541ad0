"""Makes the parts of the window and links them; the window only places them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.ui.bridge import JobBridge
from cryoves_app.ui.command_sets.files import file_commands
from cryoves_app.ui.command_sets.views import view_commands
from cryoves_app.ui.contrast_panel import ContrastPanel
from cryoves_app.ui.opening import Opener
from cryoves_app.ui.panels.open.presenter import OpenPresenter
from cryoves_app.ui.panels.open.view import OpenView
from cryoves_app.ui.panels.segment.presenter import SegmentPresenter
from cryoves_app.ui.panels.segment.view import SegmentView
from cryoves_app.ui.panels.steps.view import StepsView
from cryoves_app.ui.panels.vesicles.presenter import VesiclesPresenter
from cryoves_app.ui.preferences import Preferences
from cryoves_app.ui.tool_box import ToolBox
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.tools.navigate import NavigateTool
from cryoves_app.ui.viewers.tools.select import SelectTool
from cryoves_app.ui.viewers.volume_view import VolumeView
from cryoves_app.ui.workspace import Workspace


class Parts:
    """Everything the window shows, linked to one workspace."""

    def __init__(self, preferences: Preferences | None = None, *, opengl: bool | None = None) -> None:
        self.window: QWidget | None = None
        self.workspace = Workspace(preferences)
        self.scratch = tempfile.TemporaryDirectory(prefix="cryoves-")
        self._make_views(opengl)
        self._make_panels()
        self._add_commands()

    def _make_views(self, opengl: bool | None) -> None:
        w = self.workspace
        self.volume_view = VolumeView(w.document, w.state, w.scene, opengl=opengl)
        self.views = OrthoView(w.document, w.state, w.scene, self.volume_view)
        self.volume_view.maximise_wanted.connect(lambda: self.views.toggle_alone("3D"))
        self.tools = ToolBox([SelectTool(w.document), NavigateTool(w.document)], w)
        self.tools.changed.connect(self.views.set_tool)
        self.tools.changed.connect(lambda _tool: w.commands.refresh())
        self.views.set_tool(self.tools.current)
        self.views.layout_changed.connect(lambda _name: w.commands.refresh())

    def _make_panels(self) -> None:
        w = self.workspace
        self.opener = Opener(w)
        self.bridge = JobBridge(parent=w)
        self.open_panel = OpenPresenter(OpenView(), w.document)
        self.segment = SegmentPresenter(SegmentView(), w, self.bridge, Path(self.scratch.name))
        self.segment.preview_changed.connect(self.views.show_preview)
        self.segment.vesicles_found.connect(lambda found, _result: w.document.set_vesicles(found))
        self.vesicles = VesiclesPresenter(w.document)
        self.contrast = ContrastPanel(w)
        self.steps = StepsView({"Open": self.open_panel.view, "Segment": self.segment.view})
        self.inspector: dict[str, QWidget] = {"Vesicles": self.vesicles.view, "Contrast": self.contrast}

    def _add_commands(self) -> None:
        w = self.workspace
        w.commands.add(
            *file_commands(w, self.opener, lambda: self.window, QApplication.closeAllWindows),
            *view_commands(w, self.views),
            *self.tools.commands(TOOLS, lambda: w.document.volume is not None),
        )
        w.commands.refresh()

    @property
    def window_icon(self) -> QIcon:
        try:
            return QIcon(str(resource_path("icons", "cryoves.svg")))
        except CryoVesError:
            return QIcon()

    def may_close(self, parent: QWidget) -> bool:
        """Whether the window may go: asks once while something is computed."""
        if not self.segment.running:
            return True
        answer = QMessageBox.question(
            parent, "Stop the segmentation?",
            "A segmentation is running. Stop it and close? Finished steps and all vesicles are kept.",
        )
        return answer == QMessageBox.StandardButton.Yes

    def close(self) -> None:
        self.bridge.close()
        self.scratch.cleanup()


TOOLS = (
    ("navigate", "Navigate", "crosshairs-gps", "V", "Click or drag to place the crosshair"),
    ("select", "Select", "cursor-default-outline", "S", "Click a vesicle; Shift adds to the selection"),
)
