"""The oblique slice: a plane through the crosshair that can be turned, with the exact circles in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from cryoves_app.analysis.geometry.oblique import (
    ObliquePlane,
    PlaneGrid,
    plane_circles,
    plane_extent,
    sample_plane,
    smooth_known,
)
from cryoves_app.domain.arrays import Position
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers import slicing
from cryoves_app.ui.viewers.oblique.oblique_bar import ObliqueBar
from cryoves_app.ui.viewers.oblique.oblique_mouse import ObliqueMouse
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.slice_canvas import SliceCanvas
from cryoves_app.ui.viewers.slicing import Circles, Look, Plane
from cryoves_app.ui.viewers.swipe import Swipe
from cryoves_app.ui.viewers.view_state import ViewState

#: Finer than this many voxels there is nothing more to see.
FINEST_STEP_PX = 0.5
_FLAT = ObliquePlane.turned((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


@dataclass(frozen=True)
class _Picture:
    plane: ObliquePlane
    grid: PlaneGrid
    image: NDArray[np.float32]
    other: NDArray[np.float32] | None  # of the volume that is compared
    kept_place: tuple[float, float]  # how far the crosshair has gone in the picture before


class ObliqueView(QFrame):
    """Its canvas counts voxels to the right and up from the crosshair, which stays where it is on the screen."""

    hovered = Signal(object, object)  # Pointer or None, grey value or None
    maximise_wanted = Signal()
    failed = Signal(str)
    drawn = Signal()  # another picture is seen, of ``shown`` at the points of ``grid``

    def __init__(self, document: Document, state: ViewState, scene: SceneModel) -> None:
        super().__init__()
        self.setProperty("viewframe", True)
        self._document, self._state, self._scene = document, state, scene
        self.shown, self.grid = _FLAT, PlaneGrid(0.0, 0.0, 1.0, 0, 0)
        self.image: NDArray[np.float32] | None = None
        self._circles = slicing.circles_in_slice(np.zeros((0, 4)), Plane.XY, 0)
        self._keeps_place = self._hidden_for_now = self._explains_colours = False
        self.bar = ObliqueBar()
        self.canvas = SliceCanvas(Plane.XY)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addWidget(self.canvas, 1)
        self._sampling = Recompute(
            self, self._sample, self._show, on_failed=self.failed.emit, takes_older=True
        )
        self.swipe = Swipe(self.canvas, document, state)
        self.mouse = ObliqueMouse(self, document, state)
        self._connect()

    def _connect(self) -> None:
        self.bar.angles_given.connect(lambda angles: self._state.change(oblique_deg=angles))
        self.bar.maximise_wanted.connect(self.maximise_wanted)
        self.canvas.view_changed.connect(self._ask)
        self.canvas.box.sigResized.connect(lambda *_: self._ask())
        self._document.volume_changed.connect(self._reset)
        self._document.shown_changed.connect(self._ask)
        self.swipe.wanted.connect(self._ask)
        self._document.cursor_changed.connect(self._ask)
        self._document.fly_requested.connect(lambda _id: self.canvas.centre_on(0.0, 0.0))
        self._scene.changed.connect(self._draw_circles)
        self._scene.selection_changed.connect(self._draw_circles)
        self._state.changed.connect(self._apply)

    # -- what is shown

    @property
    def idle(self) -> bool:
        return self._sampling.idle

    @property
    def plane(self) -> ObliquePlane:
        """The plane that is wanted; ``shown`` is the one that is seen."""
        return ObliquePlane.turned(self._document.cursor, self._state.settings.oblique_deg)

    def _reset(self) -> None:
        """Show a new volume from the start."""
        volume = self._document.volume
        self._sampling.forget()
        self.canvas.image.clear()
        self.image = None
        self.canvas.voxel_size_nm = volume.info.voxel_size_nm if volume else None
        if volume is not None:
            self.canvas.set_orientation(self._state.settings.row_zero_at_bottom)
            self.show_all()
            self._ask()

    def show_all(self) -> None:
        """Zoom so that all of the plane's part in the volume is seen."""
        volume = self._document.volume
        if volume is None:
            return
        extent = plane_extent(self.plane, volume.shape)
        _depth, height, width = volume.shape
        self.canvas.show_all(width, height)
        if extent is not None:
            left, right, low, high = extent
            self.canvas.box.setRange(QRectF(left, low, right - left, high - low), padding=0.02)

    def _ask(self) -> None:
        if self.isVisible():
            self._sampling.ask()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._ask()

    def _sample(self) -> Callable[[], _Picture] | None:
        volume = self._document.shown_volume
        if volume is None or self.isHidden():
            return None
        plane, look, data = self.plane, self._state.settings.look, volume.data
        gone = self._way_of_crosshair(plane) if self._keeps_place else (0.0, 0.0)
        self._keeps_place = False
        rect = self.canvas.box.viewRect().translated(-gone[0], -gone[1])
        grid = _grid_of(rect, self.canvas.voxels_per_pixel, volume.shape)
        other = self._document.compared

        def sample() -> _Picture:
            image = _grey_values(data, plane, grid, look)
            beside = _grey_values(other.data, plane, grid, look) if other is not None else None
            return _Picture(plane, grid, image, beside, gone)

        return sample

    def _way_of_crosshair(self, plane: ObliquePlane) -> tuple[float, float]:
        right, up, _ = self.shown.to_plane(np.array([plane.centre_px]))[0]
        return float(right), float(up)

    def _show(self, picture: _Picture) -> None:
        self.shown, self.grid, self.image = picture.plane, picture.grid, picture.image
        step = picture.grid.step_px
        rows, columns = picture.image.shape
        self.canvas.image.setImage(picture.image, levels=self._state.settings.levels, autoLevels=False)
        corner = picture.grid.left - step / 2, picture.grid.low - step / 2
        rect = QRectF(*corner, columns * step, rows * step)
        self.canvas.image.setRect(rect)
        if picture.other is not None and self.swipe.on:
            self.swipe.show(picture.other, rect)
        self.canvas.crosshair.move(0.0, 0.0)
        self._draw_circles()
        self.drawn.emit()
        if picture.kept_place != (0.0, 0.0):
            right, up = picture.kept_place
            self.canvas.box.translateBy(x=-right, y=-up)

    def _draw_circles(self) -> None:
        if self.isHidden():
            return
        cut = plane_circles(self._scene.spheres_px, self.shown)
        self._circles = Circles(cut.rows, cut.right, cut.up, cut.radius)
        shown = self._state.settings.show_vesicles and not self._hidden_for_now
        self.canvas.circles.set_visible(shown)
        if shown:
            styles, chosen = self._scene.colouring.styles, self._scene.selected_rows
            self.canvas.circles.show(self._circles, styles, chosen, handle_size=0.0)
        is_explained = shown and self._explains_colours
        p_cut = self._document.recipe.outliers.p_cut
        self.canvas.colour_bar = self._scene.colouring.bar(p_cut) if is_explained else None
        self.canvas.legend = self._scene.colouring.legend if is_explained else None
        self.mouse.look_again()

    def explain_colours(self, wanted: bool) -> None:
        """Whether this view has the colour bar or the legend: not while a slice has it."""
        self._explains_colours = wanted
        self._draw_circles()

    def _apply(self, names: set[str]) -> None:
        settings = self._state.settings
        if "oblique_deg" in names:
            self.bar.show_angles(settings.oblique_deg)
            self._ask()
        if "look" in names:
            self._ask()
        if "levels" in names and self.image is not None:
            self.canvas.image.setLevels(settings.levels)
        if "row_zero_at_bottom" in names:
            self.canvas.set_orientation(settings.row_zero_at_bottom)
        if "show_vesicles" in names:
            self._draw_circles()
        if names & {"fill_vesicles", "overlay_opacity"}:
            self.canvas.circles.set_fill(settings.overlay_opacity if settings.fill_vesicles else 0.0)
        self.canvas.crosshair.set_visible(settings.show_crosshair)

    def hide_overlays(self, hidden: bool) -> None:
        """While a key is held: the bare image."""
        self._hidden_for_now = hidden
        self.canvas.crosshair.set_visible(self._state.settings.show_crosshair and not hidden)
        self._draw_circles()
        self.drawn.emit()

    @property
    def is_bare(self) -> bool:
        """Whether nothing may lie over the picture now."""
        return self._hidden_for_now

    # -- what the mouse uses

    def vesicle_at(self, right: float, up: float) -> int | None:
        """The id of the vesicle whose circle lies there."""
        if not self._state.settings.show_vesicles:
            return None
        row = slicing.circle_at(self._circles, right, up, 3 * self.canvas.voxels_per_pixel)
        return None if row is None else int(self._scene.ids[row])

    def place_of(self, right: float, up: float) -> Position:
        """The place in the volume, in voxels."""
        return self.shown.to_volume(right, up)

    def go_to(self, right: float, up: float) -> None:
        """Move the crosshair; the picture stays where it is."""
        self._keeps_place = True
        self._document.move_cursor(self.place_of(right, up))

    def step(self, planes: int) -> None:
        """Along the normal, by so many voxels."""
        self._document.move_cursor(self.plane.to_volume(0.0, 0.0, float(planes)))

    def tell_hover(self, right: float, up: float) -> None:
        pointer = Pointer(Plane.XY, self.place_of(right, up), self.canvas.voxels_per_pixel)
        self.hovered.emit(pointer, self.value_at(right, up))

    def tell_leave(self) -> None:
        self.hovered.emit(None, None)

    def value_at(self, right: float, up: float) -> float | None:
        grid = self.grid
        column, row = round((right - grid.left) / grid.step_px), round((up - grid.low) / grid.step_px)
        image = self.swipe.image if self.swipe.is_right_of_divider(right) else self.image
        if image is None or not (0 <= row < image.shape[0] and 0 <= column < image.shape[1]):
            return None
        value = float(image[row, column])
        return value if np.isfinite(value) else None


def _grid_of(rect: QRectF, voxels_per_pixel: float, shape: tuple[int, ...]) -> PlaneGrid:
    """A point for each pixel of the screen where there may be voxels."""
    reach = float(np.linalg.norm(shape))  # from any place in the volume to any other
    part = rect.intersected(QRectF(-reach, -reach, 2 * reach, 2 * reach))
    step = max(voxels_per_pixel, FINEST_STEP_PX)
    columns, rows = (max(int(length / step) + 1, 1) for length in (part.width(), part.height()))
    return PlaneGrid(part.left(), part.top(), step, columns, rows)


def _grey_values(data: VoxelArray, plane: ObliquePlane, grid: PlaneGrid, look: Look) -> NDArray[np.float32]:
    try:
        image = sample_plane(data, plane, grid, look.slab)
    except (OSError, ValueError, IndexError) as error:
        raise CryoVesError(
            f"The tomogram can no longer be read ({error}). Is the disk still connected?"
        ) from error
    return smooth_known(image, look.smoothing_px / grid.step_px) if look.smoothing_px > 0 else image
