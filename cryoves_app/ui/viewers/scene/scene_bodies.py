"""Vesicles of the 3-D view whose shape was measured, as lit surfaces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy.scene import visuals
from vispy.visuals.filters import ShadingFilter

from cryoves_app.analysis.shapes.shape_surface import triangulate


class SceneBodies:
    """One surface of all of them; their coordinates are ``(x, y, z)`` in voxels."""

    def __init__(self, world: Any) -> None:
        # as bright as the spheres: lit from behind the eye, a little from the upper left
        self._light = ShadingFilter(
            "smooth", light_dir=(3, -3, -10), ambient_light=(1, 1, 1, 0.45), diffuse_light=(1, 1, 1, 0.9)
        )
        self.visual = visuals.Mesh(parent=world)
        self.visual.visible = False
        self._lit = False

    def show(
        self,
        spheres_px: NDArray[np.float64],
        terms_px: NDArray[np.float64],
        colours: NDArray[np.float32],
        *,
        visible: bool,
    ) -> None:
        """Draw bodies ``(n, 4)`` (``z, y, x``, outer radius) with their terms ``(n, 12)`` and colours ``(n, 4)``."""
        self.visual.visible = visible and len(spheres_px) > 0
        if not self.visual.visible:
            return
        made = triangulate(spheres_px, terms_px)
        each = np.repeat(colours, made.corners_each, axis=0)
        self.visual.set_data(made.corners[:, ::-1], made.triangles[:, ::-1], vertex_colors=each)
        if not self._lit:  # a light needs a surface
            self.visual.attach(self._light)
            self._lit = True
