"""Which tool of the 3-D view goes with which tool of the slices."""

from __future__ import annotations

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.tools.scene_lasso import SceneLassoTool
from cryoves_app.ui.tools.scene_reshape import SceneReshapeTool
from cryoves_app.ui.tools.scene_select import SceneSelectTool
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.scene.scene_tool import SceneTool


class SceneTools:
    """One for each name; tools that make sense in slices only select in 3-D."""

    def __init__(self, document: Document, editor: VesicleEditor, model: SceneModel) -> None:
        self._select = SceneSelectTool(document)
        self._named: dict[str, SceneTool] = {
            "reshape": SceneReshapeTool(document, editor),
            "lasso": SceneLassoTool(document, model),
        }

    def named(self, name: str) -> SceneTool:
        return self._named.get(name, self._select)
