"""Between the canvas of the 3-D view and the tomogram: what is under the mouse, and where things are on the screen."""

from __future__ import annotations

from typing import Any

import numpy as np
from vispy.scene import visuals

from cryoves_app.domain.arrays import Array, Position
from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import rgba
from cryoves_app.ui.viewers.picking import first_sphere_hit
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.scene.scene_tool import ScenePointer

#: The part of the canvas's width and height that counts as its middle.
MIDDLE_SHARE = 0.7


class ScenePointing:
    """The surface that tools of the 3-D view work on.

    ``spheres`` is the visual whose coordinates are ``(x, y, z)`` in voxels, ``model`` the rows that it shows.
    """

    def __init__(self, canvas: Any, world: Any, spheres: Any, model: SceneModel) -> None:
        self._canvas, self._spheres, self._model = canvas, spheres, model
        self._sketch = visuals.Markers(parent=world, spherical=True, scaling="scene", light_color="white")
        self._sketch.visible = False
        _put_in_front(self._sketch)
        self._lasso = visuals.Line(parent=canvas.scene, color=rgba(theme.SELECTED), width=2, method="gl")
        self._lasso.visible = False
        _put_in_front(self._lasso)

    @property
    def _to_canvas(self) -> Any:
        return self._spheres.get_transform("visual", "canvas")

    def ray_at(self, position: Array) -> tuple[Array, Array]:
        """Two points ``(x, y, z)`` in voxels of the line of sight at a canvas position, the nearer first."""
        ends = [self._to_canvas.imap([position[0], position[1], depth, 1.0]) for depth in (-1.0, 1.0)]
        near, far = (e[:3] / e[3] for e in ends)
        return near, far

    def vesicle_at(self, position: Array) -> int | None:
        """The id of the vesicle seen at a canvas position."""
        if not self._spheres.visible:
            return None
        near, far = self.ray_at(position)
        spheres = self._model.spheres_px
        row = first_sphere_hit(near, far, spheres[:, 2::-1], spheres[:, 3])
        return None if row is None else int(self._model.ids[row])

    def vesicle_under(self, at: ScenePointer) -> int | None:
        return self.vesicle_at(np.array([at.x, at.y]))

    def spots(self) -> Array:
        """Canvas positions ``(N, 2)`` of the centres of all shown vesicles."""
        centres = self._model.spheres_px[:, 2::-1]
        if not len(centres) or not self._spheres.visible:
            return np.full((len(centres), 2), np.nan)
        mapped = np.asarray(self._to_canvas.map(centres))
        return np.asarray(mapped[:, :2] / mapped[:, 3:4])

    def along_view(self, position: Position, start: ScenePointer, end: ScenePointer) -> Position:
        """A position ``(z, y, x)`` carried parallel to the screen, its depth kept."""
        z, y, x = position
        place = np.asarray(self._to_canvas.map([x, y, z, 1.0]))
        place = place / place[3]
        place[:2] += (end.x - start.x, end.y - start.y)
        moved = np.asarray(self._to_canvas.imap(place))
        x, y, z = (float(v) for v in moved[:3] / moved[3])
        return z, y, x

    def is_in_the_middle(self, position: Position) -> bool:
        """Whether a voxel position is seen well away from the canvas's edges."""
        z, y, x = position
        place = np.asarray(self._to_canvas.map([x, y, z, 1.0]))
        share = place[:2] / place[3] / np.array(self._canvas.size)
        return bool((np.abs(share - 0.5) < MIDDLE_SHARE / 2).all())

    def show_sketch(self, spheres: list[tuple[Position, float]]) -> None:
        self._sketch.visible = bool(spheres)
        if spheres:
            places = np.array([p[::-1] for p, _radius in spheres], dtype=np.float32)
            sizes = np.array([2 * radius for _p, radius in spheres], dtype=np.float32)
            self._sketch.set_data(pos=places, size=sizes, face_color=rgba(theme.GREEN), edge_width=0)
            self._sketch.antialias = 0
        self._canvas.update()

    def show_lasso(self, points: list[tuple[float, float]]) -> None:
        self._lasso.visible = len(points) > 1
        if len(points) > 1:
            self._lasso.set_data(pos=np.array(points, dtype=np.float32))
        self._canvas.update()


def _put_in_front(visual: Any) -> None:
    """What is being drawn is seen through everything else."""
    visual.order = 100
    visual.set_gl_state("translucent", depth_test=False)
