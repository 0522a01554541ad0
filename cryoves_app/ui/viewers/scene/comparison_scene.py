"""The two spheres of an error in the 3-D scene, one through the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from vispy.scene import visuals

from cryoves_app.ui.viewers.colouring import rgba
from cryoves_app.ui.viewers.comparison import FOUND_STYLE, OTHER_STYLE, ComparedSpheres
from cryoves_app.ui.viewers.scene.volume_scene import VolumeScene

_OPACITY = 0.55
#: Drawn over the vesicles and under the tomogram's box.
_ORDER = 0.6


class ComparisonScene(QObject):
    """Follows what is compared."""

    def __init__(self, scene: VolumeScene, compared: ComparedSpheres) -> None:
        super().__init__(scene.widget)
        self._scene, self._compared = scene, compared
        self.found, self.other = self._new_sphere(), self._new_sphere()
        compared.changed.connect(self._show)

    def _new_sphere(self) -> Any:
        sphere = visuals.Markers(
            parent=self._scene.root, spherical=True, scaling="scene", light_color="white"
        )
        sphere.set_gl_state("translucent", depth_test=False)
        sphere.order = _ORDER
        sphere.visible = False
        return sphere

    def _show(self) -> None:
        self._put(self.found, self._compared.found, FOUND_STYLE.colour)
        self._put(self.other, self._compared.other, OTHER_STYLE.colour)
        self._scene.redraw()

    def _put(self, visual: Any, rows: NDArray[np.float64], colour: str) -> None:
        visual.visible = bool(len(rows))
        if len(rows):
            face = np.array(rgba(colour), np.float32)
            face[3] = _OPACITY
            visual.set_data(
                pos=rows[:, 2::-1].astype(np.float32),
                size=(2 * rows[:, 3]).astype(np.float32),
                face_color=face,
                edge_width=0,
            )
            visual.antialias = 0
