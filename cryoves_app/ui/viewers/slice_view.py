"""One plane of the tomogram: the drawing area with its title, slice slider and maximise button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainterPath, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.box import Box
from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers import slicing
from cryoves_app.ui.viewers.colouring import ColourBar
from cryoves_app.ui.viewers.overlays import label_shades, logit_image
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.scene.flight import between
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.sketch import Sketch, sketch_path
from cryoves_app.ui.viewers.slice_canvas import SliceCanvas
from cryoves_app.ui.viewers.slice_loader import SliceLoader
from cryoves_app.ui.viewers.slice_mouse import SliceMouse
from cryoves_app.ui.viewers.slice_slider import SliceSlider, arrange_bar
from cryoves_app.ui.viewers.slicing import Circles, Plane
from cryoves_app.ui.viewers.tool import Tool
from cryoves_app.ui.viewers.view_state import ViewState

HANDLE_PIXELS = 6
#: Flying to a vesicle zooms in when its radius on the screen is below the first of these, to the second.
SMALLEST_RADIUS_PIXELS = 16
NEAR_RADIUS_PIXELS = 32


class SliceView(QFrame):
    """A plane through the crosshair. Left mouse events go to the tool in use."""

    hovered = Signal(object)  # Pointer or None
    sketched = Signal(object)  # Sketch
    maximise_wanted = Signal()
    failed = Signal(str)
    overlays_due = Signal(int, bool)  # the slice that is shown, and whether anything may lie over it

    def __init__(self, plane: Plane, document: Document, state: ViewState, scene: SceneModel) -> None:
        super().__init__()
        self.setProperty("viewframe", True)
        self.plane = plane
        self._document, self._state, self._scene = document, state, scene
        self.image: NDArray[np.float32] | None = None
        self.shown_index = -1
        self._circles = slicing.circles_in_slice(np.zeros((0, 4)), plane, 0)
        self._hidden_for_now = False
        self.explains_colours = False
        self._sketch = Sketch()
        self._preview: GridMap | None = None
        self.loader = SliceLoader(self._show_image, state.slices, self)
        self.loader.failed.connect(self.failed)
        self.canvas = SliceCanvas(plane)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.slider = SliceSlider()
        self.place = QLabel()
        self.place.setProperty("faint", True)
        self.maximise = QToolButton()
        theme.give_icon(self.maximise, "arrow-expand")
        self.maximise.setAutoRaise(True)
        self.maximise.setToolTip(f"Show {self.plane.title} alone, or all four views")
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addWidget(arrange_bar(self.plane.title, self.place, self.slider, self.maximise))
        box.addWidget(self.canvas, 1)

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._slider_moved)
        self.maximise.clicked.connect(self.maximise_wanted)
        canvas = self.canvas
        self.mouse = SliceMouse(self, canvas, self._document, self._state)
        canvas.view_changed.connect(self.mouse.look_again)
        canvas.view_changed.connect(lambda: canvas.circles.show_handles(self._handle_size()))
        self._document.volume_changed.connect(self.reset)
        self._document.shown_changed.connect(self._show_instead)
        self._document.cursor_changed.connect(self.follow)
        self._document.probability_changed.connect(self._draw_maps)
        self._scene.changed.connect(self._draw_circles)
        self._scene.changed.connect(self._mark_slider)
        self._scene.selection_changed.connect(self._draw_circles)
        self._state.changed.connect(self._apply)

    # -- position

    @property
    def index(self) -> int:
        volume = self._document.volume
        return slicing.slice_index(self._document.cursor, self.plane, volume.shape) if volume else 0

    @property
    def row_zero_at_bottom(self) -> bool:
        return self._state.settings.row_zero_at_bottom

    def set_tool(self, tool: Tool) -> None:
        self.mouse.tool = tool
        self.canvas.viewport().setCursor(tool.cursor)
        self.show_sketch([])

    def reset(self) -> None:
        """Show a new volume from the start."""
        volume = self._document.volume
        self._take_data()
        self.canvas.image.clear()
        self.shown_index = -1
        self.canvas.voxel_size_nm = volume.info.voxel_size_nm if volume else None
        if volume is None:
            return
        self.slider.blockSignals(True)  # a smaller volume moves the slider, but nobody moved the crosshair
        self.slider.setMaximum(volume.shape[self.plane.normal] - 1)
        self.slider.blockSignals(False)
        self.canvas.set_orientation(self._state.settings.row_zero_at_bottom)
        self.show_all()
        self.follow()

    def _take_data(self) -> None:
        shown = self._document.shown_volume
        self.loader.set_data(shown.data if shown else None)

    def _show_instead(self) -> None:
        """Another volume on the same grid, at the same place."""
        self._take_data()
        self.follow()

    def show_all(self) -> None:
        if self._document.volume is not None:
            shape = self._document.volume.shape
            self.canvas.show_all(shape[self.plane.horizontal], shape[self.plane.vertical])

    def centre(self) -> None:
        """Bring the crosshair into the middle."""
        at = self._document.cursor
        self.canvas.centre_on(at[self.plane.horizontal], at[self.plane.vertical])

    def way_to_cursor(self, radius_px: float) -> Callable[[float], None]:
        """The way from what is seen now to the crosshair, by shares from 0 to 1.

        It comes closer where something of that radius would be too small to judge; 0 keeps the size.
        """
        at = self._document.cursor
        on_screen = radius_px / self.canvas.voxels_per_pixel
        factor = NEAR_RADIUS_PIXELS / on_screen if 0 < on_screen < SMALLEST_RADIUS_PIXELS else 1.0
        start = self.canvas.box.viewRect()
        end = self.canvas.rect_around(at[self.plane.horizontal], at[self.plane.vertical], factor)
        return lambda share: self.canvas.box.setRange(between(start, end, share), padding=0)

    def follow(self) -> None:
        """Show the slice through the crosshair; a view that another layout hides catches up when it is shown."""
        volume = self._document.volume
        if volume is None or self.isHidden():
            return
        at = self._document.cursor
        self.canvas.crosshair.move(at[self.plane.horizontal], at[self.plane.vertical])
        self.slider.blockSignals(True)
        self.slider.setValue(self.index)
        self.slider.blockSignals(False)
        self.place.setText(self._place_text())
        self._draw_box()
        self.loader.want(self.plane, self.index, self._state.settings.look)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follow()

    def _place_text(self) -> str:
        text = f"{self.plane.normal_name} {self.index}"
        if self._document.knows_voxel_size:
            text += f" · {self.index * self._document.voxel_size_nm:.1f} nm"
        self.place.setToolTip(f"Slice {self.index + 1} in IMOD, which counts from 1")
        return text

    def _draw_box(self) -> None:
        edge, volume = self._state.settings.box_edge_px, self._document.volume
        box = Box.around(self._document.cursor, edge, volume.shape) if edge and volume else None
        self.canvas.limits.show(box, self.plane)

    def _slider_moved(self, value: int) -> None:
        self._go_to(value)

    def step(self, slices: int) -> None:
        self._go_to(self.index + slices)

    def _go_to(self, index: int) -> None:
        at = list(self._document.cursor)
        at[self.plane.normal] = float(index)
        self._document.move_cursor((at[0], at[1], at[2]))

    # -- drawing

    def _show_image(self, index: int, image: NDArray[np.float32]) -> None:
        self.image, self.shown_index = image, index
        self.canvas.set_image(image, self._state.settings.levels)
        self._draw_circles()
        self._draw_maps()
        if self._sketch != Sketch():
            self.draw_sketch(self._sketch)

    def value_at(self, pointer: Pointer) -> float | None:
        """The grey value under the mouse."""
        if self.image is None:
            return None
        row, column = round(pointer.vertical), round(pointer.horizontal)
        inside = 0 <= row < self.image.shape[0] and 0 <= column < self.image.shape[1]
        return float(self.image[row, column]) if inside else None

    def _draw_circles(self) -> None:
        if self.isHidden():
            return
        self._circles = self._cross_sections()
        shown = self._state.settings.show_vesicles and not self._hidden_for_now
        self.canvas.circles.set_visible(shown)
        self.canvas.colour_bar = self._colour_bar() if shown else None
        self.canvas.legend = self._scene.colouring.legend if shown and self.plane is Plane.XY else None
        if shown:
            size = self._handle_size()
            self.canvas.circles.show(
                self._circles, self._scene.colouring.styles, self._scene.selected_rows, size
            )
        self.mouse.look_again()

    def _cross_sections(self) -> Circles:
        scene, at = self._scene, float(self.shown_index)
        if self._state.settings.show_shapes:
            return slicing.outlines_in_slice(scene.spheres_px, scene.terms_px, scene.shaped, self.plane, at)
        return slicing.circles_in_slice(scene.spheres_px, self.plane, at)

    def explain_colours(self, wanted: bool) -> None:
        """Whether this view has the colour bar: one of those that are seen is enough."""
        self.explains_colours = wanted
        self._draw_circles()

    def _colour_bar(self) -> ColourBar | None:
        if not self.explains_colours:
            return None
        return self._scene.colouring.bar(self._document.recipe.outliers.p_cut)

    def _handle_size(self) -> float:
        """In voxels; nothing where circles are too small to be gripped."""
        current = self._document.current
        radius = current.radius_nm / self._document.voxel_size_nm if current else 0.0
        size = HANDLE_PIXELS * self.canvas.voxels_per_pixel
        return size if radius > 2.5 * size else 0.0

    def _draw_maps(self) -> None:
        settings = self._state.settings
        self._draw_map(self._document.probability, settings.show_probability, self.canvas.probability)
        self._draw_map(self._preview, settings.show_labels, self.canvas.labels)
        self.overlays_due.emit(self.shown_index, not self._hidden_for_now)

    def _draw_map(self, source: GridMap | None, wanted: bool, overlay: Any) -> None:
        shown = wanted and source is not None and not self._hidden_for_now and self.shown_index >= 0
        voxel_nm = self._document.voxel_size_nm if shown else 1.0
        index = source.index_at(self.plane.normal, self.shown_index * voxel_nm) if shown and source else None
        overlay.set_visible(index is not None)
        if index is None or source is None:
            return
        overlay.set_opacity(self._state.settings.overlay_opacity)
        image = slicing.read_slice(source.values, self.plane, index)
        corner = source.corner_in(voxel_nm)
        overlay.show(
            logit_image(image) if overlay is self.canvas.probability else label_shades(image),
            source.voxel_size_nm / voxel_nm,
            (corner[self.plane.horizontal], corner[self.plane.vertical]),
        )

    def show_preview(self, labels: GridMap | None) -> None:
        """Instances that a threshold would give, drawn over the slice."""
        self._preview = labels
        self._draw_maps()

    def _mark_slider(self) -> None:
        self.slider.set_marks(self._scene.spheres_px[:, self.plane.normal], self._scene.doubtful)

    def hide_overlays(self, hidden: bool) -> None:
        """While a key is held: the bare image."""
        self._hidden_for_now = hidden
        self.canvas.crosshair.set_visible(self._state.settings.show_crosshair and not hidden)
        self.canvas.limits.set_visible(not hidden)
        self._draw_circles()
        self._draw_maps()

    def _apply(self, names: set[str]) -> None:
        settings = self._state.settings
        if "levels" in names and self.image is not None:
            self.canvas.image.setLevels(settings.levels)
        if "look" in names:
            self.follow()
        if "row_zero_at_bottom" in names:
            self.canvas.set_orientation(settings.row_zero_at_bottom)
        if names & {"show_vesicles", "show_shapes"}:
            self._draw_circles()
        if "box_edge_px" in names:
            self._draw_box()
        if names & {"fill_vesicles", "overlay_opacity"}:
            self.canvas.circles.set_fill(settings.overlay_opacity if settings.fill_vesicles else 0.0)
        if names & {"show_probability", "show_labels", "overlay_opacity"}:
            self._draw_maps()
        self.canvas.crosshair.set_visible(settings.show_crosshair)

    # -- what tools use

    @property
    def circles(self) -> Circles:
        return self._circles

    def vesicle_under(self, pointer: Pointer) -> int | None:
        if not self._state.settings.show_vesicles:
            return None
        slack = 3 * pointer.voxels_per_pixel
        row = slicing.circle_at(self._circles, pointer.horizontal, pointer.vertical, slack)
        return None if row is None else int(self._scene.ids[row])

    def show_sketch(
        self,
        circles: list[tuple[Position, float]],
        *,
        good: bool = True,
        points: Sequence[Position] = (),
        note: str = "",
    ) -> None:
        sketch = Sketch(tuple(circles), tuple(points), good)
        self.draw_sketch(sketch, note)
        self.sketched.emit(sketch)

    def draw_sketch(self, sketch: Sketch, note: str = "") -> None:
        """Draw what a tool shows, in this view or another."""
        self._sketch = sketch
        self.canvas.set_sketch(
            sketch_path(sketch, self.plane, float(self.shown_index), self.canvas.voxels_per_pixel),
            theme.GREEN if sketch.good else theme.VERMILLION,
            dashed=not sketch.good,
        )
        self.canvas.set_note(note, sketch.place(self.plane))

    def show_lasso(self, points: list[Position], *, note: str = "") -> None:
        path = QPainterPath()
        flat = [QPointF(p[self.plane.horizontal], p[self.plane.vertical]) for p in points]
        if flat:
            path.moveTo(flat[0])
            for point in flat[1:]:
                path.lineTo(point)
        self.canvas.set_sketch(path, theme.SELECTED, dashed=True)
        self.canvas.set_note(note, points[-1] if points else None)

    @property
    def travelled_px(self) -> float:
        return self.canvas.travelled_px

    def pan(self, horizontal: float, vertical: float) -> None:
        self.canvas.box.translateBy(x=horizontal, y=vertical)
