"""The vispy scene: lit spheres, the tomogram's box, its slices, volume or probability surface.

Scene coordinates are ``(x, y, z)`` in voxels, a right-handed system as in 3dmod. With the image convention
(row 0 at the top) the camera turns about x, so that nothing is ever mirrored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from vispy import scene as vp
from vispy.scene import visuals
from vispy.visuals.transforms import MatrixTransform, STTransform

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Newest
from cryoves_app.ui.viewers.colouring import rgba
from cryoves_app.ui.viewers.overlays import logit_image
from cryoves_app.ui.viewers.scene.scene_bodies import SceneBodies
from cryoves_app.ui.viewers.scene.scene_geometry import box_lines, coarse, plane_matrix
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.scene.scene_mouse import SceneMouse
from cryoves_app.ui.viewers.scene.scene_picture import render_larger
from cryoves_app.ui.viewers.scene.scene_pointing import ScenePointing
from cryoves_app.ui.viewers.scene.scene_tool import SceneTool
from cryoves_app.ui.viewers.slice_loader import SliceLoader
from cryoves_app.ui.viewers.slicing import Plane, slice_index
from cryoves_app.ui.viewers.view_state import ViewState

#: The probability's surface lies where the network is this sure (a logit; p = 0.98).
SURFACE_LOGIT = 4.0
#: Order of drawing: what covers the vesicles comes before them, the tomogram's box after them.
FIRST, LAST = -1, 1
#: So much of the vesicles is left where the probability's surface is to be seen in them.
FADED_ALPHA = 0.35
#: The origin and a voxel along each axis.
#: Colours are given in numbers: for a name, vispy asks whether it is one of matplotlib's maps, and loads that first.
_BOX = "#8a8f95"
_AXES = np.array([[0, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]], dtype=float)
#: Elevation, azimuth and roll of the camera, so that axes lie as in the slices of the same direction: first as in
#: 3dmod, then with row 0 at the top, where the whole scene is turned about x.
PRESETS = {
    "front": ((90.0, 0.0, 0.0), (-90.0, 0.0, 0.0)),
    "top": ((0.0, 0.0, 0.0), (0.0, 180.0, 180.0)),
    "side": ((90.0, 0.0, -90.0), (-90.0, 0.0, -90.0)),
    "corner": ((28.0, 30.0, 0.0), (28.0, -150.0, 180.0)),
}


class VolumeScene:
    """Keeps vispy's visuals in step with the document."""

    def __init__(self, document: Document, state: ViewState, model: SceneModel) -> None:
        self._document, self._state, self._model = document, state, model
        self._canvas = vp.SceneCanvas(
            app="pyside6",
            bgcolor=theme.VIEW_GROUND,
            keys=None,
            show=False,
            autoswap=False,  # Qt shows the picture itself
        )
        self.widget = self._canvas.native
        _draw_apart(self.widget)
        self.widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._view = self._canvas.central_widget.add_view()
        self.camera = self._view.camera = vp.TurntableCamera(fov=0, elevation=28, azimuth=30)
        self.spheres = visuals.Markers(
            parent=self._view.scene, spherical=True, scaling="scene", light_color="white"
        )
        self.spheres.visible = False
        self.bodies = SceneBodies(self._view.scene)
        self.pointing = ScenePointing(self._canvas, self._view.scene, self.spheres, model)
        self._mouse = SceneMouse(self.widget, self.pointing)
        self._box = visuals.Line(parent=self._view.scene, color=rgba(_BOX), method="gl", connect="segments")
        self._box.order = LAST  # it is always there, and leaves the depth writable for the next frame
        self._box.set_gl_state("translucent", depth_test=True, depth_mask=True)
        self.spheres.update_gl_state(depth_mask=True)
        self.planes = {plane: self._new_plane() for plane in Plane}
        self._loaders = {
            plane: SliceLoader(partial(self._put_plane, plane), state.slices, self.widget) for plane in Plane
        }
        self._averaging = Newest(self.widget)
        self.volumes: dict[str, Any] = {}
        self._contents = "slices"
        self._preset = "corner"
        self._canvas.events.mouse_double_click.connect(self._double_click)

    def _new_plane(self) -> Any:
        plane = visuals.Image(parent=self._view.scene, cmap="grays", interpolation="linear")
        plane.visible = False
        plane.transform = MatrixTransform()
        plane.set_gl_state("translucent", depth_test=True)
        return plane

    @property
    def root(self) -> Any:
        """The parent of further visuals."""
        return self._view.scene

    def redraw(self) -> None:
        """After such a visual changed."""
        self._canvas.update()

    # -- keeping up

    def refresh(self, stale: set[str], contents: str) -> None:
        """Draw anew what is stale."""
        if self._document.volume is None:
            return
        if stale & {"volume", "shown"}:
            self._take_data()
        if "volume" in stale:
            self._show_box()
            self.look("corner")
        elif "row_zero_at_bottom" in stale:
            self.look(self._preset)
        if stale & {"volume", "contents", "shown"}:
            self._contents = contents
            self._show_contents()
        if stale & {"spheres", "volume", "contents", "show_vesicles", "show_shapes"}:
            self._show_spheres()
        if contents == "slices":
            self._show_planes()
        elif "levels" in stale and "volume" not in stale and contents == "volume":
            self._show_contents()
        self._canvas.update()

    def _take_data(self) -> None:
        shown = self._document.shown_volume
        for loader in self._loaders.values():
            loader.set_data(shown.data if shown else None)

    @property
    def shape(self) -> tuple[int, int, int]:
        volume = self._document.volume
        return volume.shape if volume else (1, 1, 1)

    def _show_box(self) -> None:
        self._box.set_data(pos=box_lines(self.shape))

    def _show_spheres(self) -> None:
        spheres = self._model.spheres_px
        shown = bool(len(spheres)) and self._state.settings.show_vesicles
        self.spheres.visible = shown
        if not len(spheres):
            self.bodies.show(spheres, self._model.terms_px, np.zeros((0, 4), np.float32), visible=False)
            return
        colours = np.array([rgba(s.colour) for s in self._model.colouring.styles], dtype=np.float32)
        colours[:, 3] = FADED_ALPHA if self._contents == "probability" else 1.0
        for row in self._model.selected_rows:
            colours[row] = rgba(theme.SELECTED)
        shaped = self._model.shaped & self._state.settings.show_shapes
        terms = self._model.terms_px[shaped]
        self.bodies.show(spheres[shaped], terms, colours[shaped], visible=shown)
        self.spheres.set_data(
            pos=spheres[:, 2::-1].astype(np.float32),
            size=np.where(shaped, 0, 2 * spheres[:, 3]).astype(np.float32),
            face_color=colours,
            edge_width=0,
        )
        self.spheres.antialias = 0

    def _show_contents(self) -> None:
        for plane in self.planes.values():
            plane.visible = False  # a slice is shown when it has been read
        for volume in self.volumes.values():
            volume.visible = False
        self._averaging.forget()
        if self._contents == "volume":
            self._show_tomogram()
        elif self._contents == "probability" and self._document.probability is not None:
            self._show_probability()

    def _put_volume(
        self, name: str, data: NDArray[np.float32], scale: float, step: int, corner: Position, **look: Any
    ) -> Any:
        """Show data in a visual that is made once: vispy loses track of textures that are thrown away."""
        if name not in self.volumes:
            self.volumes[name] = visuals.Volume(data, parent=self._view.scene, cmap="grays", **look)
            self.volumes[name].order = FIRST
            # noise in front of a vesicle would cut holes into it: only a surface hides what is behind it
            self.volumes[name].update_gl_state(depth_mask=look["method"] == "iso")
        volume = self.volumes[name]
        volume.set_data(data, clim=look["clim"])
        xyz = [c + scale * (step - 1) / 2 for c in reversed(corner)]
        volume.transform = STTransform(scale=(scale * step,) * 3, translate=xyz)
        volume.visible = True
        return volume

    def _show_tomogram(self) -> None:
        """Averaged in a thread, since the whole volume is read."""
        volume = self._document.shown_volume
        assert volume is not None
        data = volume.data
        self._averaging.run(lambda: coarse(data), lambda found: self._put_tomogram(*found))

    def _put_tomogram(self, data: NDArray[np.float32], step: int) -> None:
        black, white = self._state.settings.levels
        grey = (black + white) / 2  # what is brighter than the cytoplasm would only hide the membranes
        self._put_volume(
            "tomogram",
            white + black - data,
            1.0,
            step,
            (0.0, 0.0, 0.0),
            method="attenuated_mip",
            clim=(grey, white),
            attenuation=0.05,
            relative_step_size=1.0,
        )
        self._canvas.update()

    def _show_probability(self) -> None:
        source = self._document.probability
        assert source is not None
        self._averaging.run(
            lambda: coarse(source.values), lambda found: self._put_probability(*found, source)
        )

    def _put_probability(self, data: NDArray[np.float32], step: int, source: GridMap) -> None:
        voxel_nm = self._document.voxel_size_nm
        shares = ((logit_image(data) + 10) / 20).astype(
            np.float32
        )  # vispy compares thresholds with values from 0 to 1
        self._put_volume(
            "probability",
            shares,
            source.voxel_size_nm / voxel_nm,
            step,
            source.corner_in(voxel_nm),
            method="iso",
            threshold=(SURFACE_LOGIT + 10) / 20,
            clim=(0, 1),
            relative_step_size=0.8,
        )
        self._canvas.update()

    def _show_planes(self) -> None:
        volume = self._document.volume
        assert volume is not None
        for plane, loader in self._loaders.items():
            index = slice_index(self._document.cursor, plane, volume.shape)
            loader.want(plane, index, self._state.settings.look)

    def _put_plane(self, plane: Plane, index: int, image: NDArray[np.float32]) -> None:
        visual = self.planes[plane]
        visual.set_data(image)
        visual.clim = self._state.settings.levels
        visual.transform.matrix = plane_matrix(plane, index)  # a new transform would compile its shaders anew
        visual.visible = self._contents == "slices"
        self._canvas.update()

    @property
    def idle(self) -> bool:
        """Whether every slice that was asked for is shown."""
        return all(loader.idle for loader in self._loaders.values())

    # -- looking

    def look(self, preset: str) -> None:
        """Turn to a preset direction and show everything."""
        depth, height, width = self.shape
        camera = self.camera
        as_in_3dmod, from_the_top = PRESETS[preset]
        self._preset = preset
        bottom = self._state.settings.row_zero_at_bottom
        camera.elevation, camera.azimuth, camera.roll = as_in_3dmod if bottom else from_the_top
        camera.center = ((width - 1) / 2, (height - 1) / 2, (depth - 1) / 2)
        diagonal = float(np.linalg.norm(self.shape))
        camera.scale_factor = diagonal * (1.0 if preset == "corner" else 0.75)
        camera.depth_value = 5 * diagonal  # vispy's default sorts overlapping spheres wrongly
        self._canvas.update()

    def way_to_cursor(self) -> Callable[[float], None]:
        """The way of the camera's centre to the crosshair, by shares from 0 to 1; none where that is seen well."""
        if self.pointing.is_in_the_middle(self._document.cursor):
            return lambda _share: None
        camera = self.camera
        start, end = np.array(camera.center, dtype=float), np.array(self._document.cursor[::-1], dtype=float)

        def step(share: float) -> None:
            camera.center = tuple(start + share * (end - start))
            self._canvas.update()

        return step

    def when_drawn(self, run: Callable[[], None]) -> None:
        """Call something after each drawing of the scene."""
        self._canvas.events.draw.connect(lambda _event: run(), position="last")

    def directions(self) -> tuple[tuple[float, float], ...]:
        """Pixels to the right and downwards for a voxel along x, y and z."""
        mapped = self.spheres.get_transform("visual", "canvas").map(_AXES)
        places = mapped[:, :2] / mapped[:, 3:]
        return tuple((float(right), float(down)) for right, down in np.round(places[1:] - places[0], 6))

    @contextmanager
    def turned(self, degrees: float) -> Iterator[None]:
        """Look from further round z meanwhile."""
        camera, before = self.camera, self.camera.azimuth
        camera.azimuth = before + degrees
        try:
            yield
        finally:
            camera.azimuth = before

    def render(self, ratio: float = 1.0) -> NDArray[np.uint8]:
        """What is seen, so many times larger than the widget counts pixels."""
        return render_larger(self._canvas, ratio)

    def vesicle_at(self, position: NDArray[np.float64]) -> int | None:
        """The id of the vesicle seen at a canvas position."""
        return self.pointing.vesicle_at(position)

    # -- the mouse

    def set_tool(self, tool: SceneTool) -> None:
        self._mouse.set_tool(tool)

    def _double_click(self, event: Any) -> None:
        found = self.vesicle_at(np.array(event.pos, dtype=float))
        if found is not None:
            self._document.fly_to(found)


def _draw_apart(widget: QWidget) -> None:
    """Give the OpenGL view a window of its own inside ours.

    Else Qt puts the whole window together by OpenGL at every change anywhere, which takes 7 ms a frame where the
    processor draws. Only under X11, where it was tried.
    """
    if QGuiApplication.platformName() == "xcb":
        widget.setAttribute(Qt.WidgetAttribute.WA_DontCreateNativeAncestors)
        widget.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
