"""Links in the 3-D scene: threads of small balls, one for each voxel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject
from vispy.scene import visuals

from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import rgba
from cryoves_app.ui.viewers.link_layer import ShownLinks
from cryoves_app.ui.viewers.scene.volume_scene import VolumeScene

#: Balls of neighbouring voxels overlap, so that they make a thread.
_SIZE_PX = 1.7


class LinkScene(QObject):
    """Follows what is drawn."""

    def __init__(self, scene: VolumeScene, links: ShownLinks) -> None:
        super().__init__(scene.widget)
        self._scene, self._links = scene, links
        self.balls = visuals.Markers(parent=scene.root, spherical=True, scaling="scene", light_color="white")
        self.balls.update_gl_state(depth_mask=True)
        self.balls.visible = False
        links.changed.connect(self._show)

    def _show(self) -> None:
        bodies = [b for b in self._links.bodies if len(b.voxels)]
        self.balls.visible = bool(bodies)
        if bodies:
            colours = [theme.SELECTED if b is self._links.current else b.colour for b in bodies]
            face = np.repeat([rgba(c) for c in colours], [len(b.voxels) for b in bodies], axis=0)
            voxels = np.concatenate([b.voxels for b in bodies])
            self.balls.set_data(
                pos=voxels[:, ::-1].astype(np.float32),
                size=_SIZE_PX,
                face_color=face.astype(np.float32),
                edge_width=0,
            )
            self.balls.antialias = 0
        self._scene.redraw()
