"""The vispy scene: lit spheres, the tomogram's box, its slices, volume or probability surface.

Scene coordinates are ``(x, y, z)`` in voxels, a right-handed system as in 3dmod. With the image convention
(row 0 at the top) the camera turns about x, so that nothing is ever mirrored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from vispy import scene as vp
from vispy.color import ColorArray
from vispy.scene import visuals
from vispy.visuals.transforms import MatrixTransform, STTransform

from cryoves_app.ui import theme
from cryoves_app.ui.document import Document
from cryoves_app.ui.viewers.overlays import logit
from cryoves_app.ui.viewers.picking import first_sphere_hit
from cryoves_app.ui.viewers.scene_model import SceneModel
from cryoves_app.ui.viewers.slicing import Plane, read_slice, slice_index
from cryoves_app.ui.viewers.view_state import ViewState

#: The longest edge of the volume that is drawn as a volume; more is not seen and only slows down.
VOLUME_EDGE = 160
PRESETS = {"front": (90.0, 0.0), "top": (0.0, 0.0), "side": (0.0, 90.0), "corner": (28.0, 30.0)}


class VolumeScene:
    """Keeps vispy's visuals in step with the document."""

    def __init__(self, document: Document, state: ViewState, model: SceneModel) -> None:
        self._document, self._state, self._model = document, state, model
        self._canvas = vp.SceneCanvas(app="pyside6", bgcolor=theme.VIEW_GROUND, keys=None, show=False)
        self.widget = self._canvas.native
        self.widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._view = self._canvas.central_widget.add_view()
        self._view.camera = vp.TurntableCamera(fov=0, elevation=28, azimuth=30)
        self._spheres = visuals.Markers(parent=self._view.scene, spherical=True, scaling="scene", light_color="white")
        self._spheres.visible = False
        self._box = visuals.Line(parent=self._view.scene, color="#8a8f95", method="gl", connect="segments")
        self._planes = {plane: self._new_plane() for plane in Plane}
        self._volume: Any = None
        self._pressed_at: NDArray[np.float64] | None = None
        self._contents = "slices"
        self._canvas.events.mouse_press.connect(self._press)
        self._canvas.events.mouse_release.connect(self._release)
        self._canvas.events.mouse_double_click.connect(self._double_click)

    def _new_plane(self) -> Any:
        plane = visuals.Image(parent=self._view.scene, cmap="grays", interpolation="linear")
        plane.visible = False
        plane.set_gl_state("translucent", depth_test=True)
        return plane

    # -- keeping up

    def refresh(self, stale: set[str], contents: str) -> None:
        """Draw anew what is stale."""
        if self._document.volume is None:
            return
        if "volume" in stale:
            self._show_box()
            self.look("corner")
        if "spheres" in stale or "volume" in stale or "show_vesicles" in stale:
            self._show_spheres()
        if "volume" in stale or "contents" in stale:
            self._contents = contents
            self._show_contents()
        if contents == "slices":
            self._show_planes()
        elif "levels" in stale and contents == "volume":
            self._show_contents()
        self._canvas.update()

    @property
    def shape(self) -> tuple[int, int, int]:
        volume = self._document.volume
        return volume.shape if volume else (1, 1, 1)

    def _show_box(self) -> None:
        depth, height, width = self.shape
        corners = np.array(
            [(x, y, z) for z in (-0.5, depth - 0.5) for y in (-0.5, height - 0.5) for x in (-0.5, width - 0.5)],
            dtype=np.float32,
        )
        edges = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
        self._box.set_data(pos=corners[np.array(edges).ravel()])

    def _show_spheres(self) -> None:
        spheres = self._model.spheres_px
        self._spheres.visible = bool(len(spheres)) and self._state.settings.show_vesicles
        if not len(spheres):
            return
        colours = [s.colour for s in self._model.colouring.styles]
        for row in self._model.selected_rows:
            colours[row] = theme.SELECTED
        self._spheres.set_data(
            pos=spheres[:, 2::-1].astype(np.float32), size=(2 * spheres[:, 3]).astype(np.float32),
            face_color=ColorArray(colours), edge_width=0,
        )
        self._spheres.antialias = 0

    def _show_contents(self) -> None:
        for plane in self._planes.values():
            plane.visible = self._contents == "slices"
        if self._volume is not None:
            self._volume.parent = None
            self._volume = None
        if self._contents == "volume":
            self._volume = self._tomogram_volume()
        elif self._contents == "probability" and self._document.probability is not None:
            self._volume = self._probability_surface()

    def _tomogram_volume(self) -> Any:
        assert self._document.volume is not None
        data, step = coarse(self._document.volume.data)
        black, white = self._state.settings.levels
        shown = visuals.Volume(
            white + black - data, parent=self._view.scene, method="attenuated_mip", clim=(black, white), cmap="grays",
            attenuation=0.05, relative_step_size=1.0,
        )
        shown.transform = STTransform(scale=(step,) * 3, translate=((step - 1) / 2,) * 3)
        return shown

    def _probability_surface(self) -> Any:
        source = self._document.probability
        assert source is not None
        data, step = coarse(source.data)
        scale = source.voxel_size_nm / self._document.voxel_size_nm
        shown = visuals.Volume(
            logit(data), parent=self._view.scene, method="iso", threshold=4.0, cmap="grays", clim=(-10, 10),
            relative_step_size=0.8,
        )
        shown.transform = STTransform(scale=(scale * step,) * 3, translate=(scale * (step - 1) / 2,) * 3)
        return shown

    def _show_planes(self) -> None:
        volume = self._document.volume
        assert volume is not None
        for plane, visual in self._planes.items():
            index = slice_index(self._document.cursor, plane, volume.shape)
            image = read_slice(volume.data, plane, index, self._state.settings.look)
            visual.set_data(image)
            visual.clim = self._state.settings.levels
            visual.transform = plane_transform(plane, index)

    # -- looking

    def look(self, preset: str) -> None:
        """Turn to a preset direction and show everything."""
        depth, height, width = self.shape
        camera = self._view.camera
        elevation, azimuth = PRESETS[preset]
        camera.elevation, camera.azimuth, camera.roll = elevation, azimuth, 0.0
        camera.center = ((width - 1) / 2, (height - 1) / 2, (depth - 1) / 2)
        diagonal = float(np.linalg.norm(self.shape))
        camera.scale_factor = diagonal * (1.0 if preset == "corner" else 0.75)
        camera.depth_value = 5 * diagonal  # vispy's default sorts overlapping spheres wrongly
        self._canvas.update()

    def render(self) -> NDArray[np.uint8]:
        return np.asarray(self._canvas.render(alpha=True))

    def ray_at(self, position: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two points ``(x, y, z)`` in voxels of the line of sight at a canvas position, the nearer first."""
        transform = self._spheres.get_transform("visual", "canvas")
        ends = [transform.imap([position[0], position[1], depth, 1.0]) for depth in (-1.0, 1.0)]
        near, far = (e[:3] / e[3] for e in ends)
        return near, far

    def vesicle_at(self, position: NDArray[np.float64]) -> int | None:
        """The id of the vesicle seen at a canvas position."""
        if not self._spheres.visible:
            return None
        near, far = self.ray_at(position)
        spheres = self._model.spheres_px
        row = first_sphere_hit(near, far, spheres[:, 2::-1], spheres[:, 3])
        return None if row is None else int(self._model.ids[row])

    # -- the mouse

    def _press(self, event: Any) -> None:
        self._pressed_at = np.array(event.pos, dtype=float)

    def _release(self, event: Any) -> None:
        start, self._pressed_at = self._pressed_at, None
        if start is None or event.button != 1 or np.abs(np.array(event.pos) - start).max() > 3:
            return
        found = self.vesicle_at(start)
        if found is not None:
            self._document.select([found])

    def _double_click(self, event: Any) -> None:
        found = self.vesicle_at(np.array(event.pos, dtype=float))
        if found is not None:
            self._document.fly_to(found)


def coarse(data: NDArray[Any]) -> tuple[NDArray[np.float32], int]:
    """A volume thinned out so that no edge is longer than ``VOLUME_EDGE``, and by how much."""
    step = max(1, -(-max(data.shape) // VOLUME_EDGE))
    return np.ascontiguousarray(data[::step, ::step, ::step], dtype=np.float32), step


def plane_transform(plane: Plane, index: int) -> MatrixTransform:
    """Where an image of the plane (columns, rows) lies in ``(x, y, z)``."""
    matrix = np.zeros((4, 4))
    to_xyz = {0: 2, 1: 1, 2: 0}
    matrix[0, to_xyz[plane.horizontal]] = 1.0
    matrix[1, to_xyz[plane.vertical]] = 1.0
    matrix[2, to_xyz[plane.normal]] = 1.0
    matrix[3] = (-0.5, -0.5, -0.5, 1.0)
    matrix[3, to_xyz[plane.normal]] = index
    return MatrixTransform(matrix)
