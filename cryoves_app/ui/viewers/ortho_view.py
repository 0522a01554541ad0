"""The three linked slices and the scene in 3-D or an oblique slice, all four together or one alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from cryoves_app.domain.volume import GridMap
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.oblique.oblique_traces import ObliqueTraces
from cryoves_app.ui.viewers.oblique.oblique_view import ObliqueView
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.scene.flight import Flight
from cryoves_app.ui.viewers.scene.scene_model import SceneModel
from cryoves_app.ui.viewers.sketch import Sketch
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.viewers.swipe import SliceSwipe
from cryoves_app.ui.viewers.tool import Tool
from cryoves_app.ui.viewers.view_state import ViewState

FOUR_UP = "4-up"
SCENE = "3D"
#: The oblique slice in the corner of the scene, and alone.
OBLIQUE_FOUR_UP, OBLIQUE = "4-up oblique", "Oblique"
LAYOUTS = (FOUR_UP, *(plane.title for plane in Plane), SCENE, OBLIQUE_FOUR_UP, OBLIQUE)
_ALL_FOUR = (FOUR_UP, OBLIQUE_FOUR_UP)
#: Share of width and height that the large XY view gets.
LARGE_SHARE = 0.58


class OrthoView(QWidget):
    """XY large at the upper left, YZ at its right, XZ below, the 3-D scene in the last corner."""

    hovered = Signal(object, object)  # Pointer or None, grey value or None
    layout_changed = Signal(str)
    failed = Signal(str)

    def __init__(self, document: Document, state: ViewState, scene: SceneModel, scene_view: QWidget) -> None:
        super().__init__()
        self._document, self._state = document, state
        self.slices = {plane: SliceView(plane, document, state, scene) for plane in Plane}
        self.scene_view = scene_view
        self.oblique = ObliqueView(document, state, scene)
        self.traces = ObliqueTraces(self.slices)
        self.swipes = {
            plane: SliceSwipe(plane, v.canvas, document, state) for plane, v in self.slices.items()
        }
        for plane, swipe in self.swipes.items():
            swipe.failed.connect(self.failed)
            self.slices[plane].mouse.levels_under = swipe.swipe.levels_under
        self._layout_name = FOUR_UP
        self._flight = Flight(self)
        self._shares: dict[QSplitter, float] = {}
        self._arrange()
        for view in self.slices.values():
            view.hovered.connect(lambda p, v=view: self._hover(v, p))
            view.maximise_wanted.connect(lambda v=view: self.toggle_alone(v.plane.title))
            view.failed.connect(self.failed)
            view.canvas.bare_wanted.connect(self.hide_overlays)
            view.canvas.zoomed.connect(lambda size, v=view: self._zoom_others(v, size))
            view.sketched.connect(lambda sketch, v=view: self._share_sketch(v, sketch))
        self.slices[Plane.XY].explain_colours(True)
        document.fly_requested.connect(self._fly)
        self._connect_oblique()

    def _connect_oblique(self) -> None:
        view = self.oblique
        view.hide()
        view.hovered.connect(self.hovered)
        view.maximise_wanted.connect(
            lambda: self.set_layout(OBLIQUE_FOUR_UP if self._layout_name == OBLIQUE else OBLIQUE)
        )
        view.failed.connect(self.failed)
        view.canvas.bare_wanted.connect(self.hide_overlays)
        self._document.cursor_changed.connect(self._trace_oblique)
        self._state.changed.connect(lambda names: self._trace_oblique() if "oblique_deg" in names else None)
        self.layout_changed.connect(lambda _name: self._trace_oblique())

    def _trace_oblique(self) -> None:
        self.traces.show(None if self.oblique.isHidden() else self.oblique.plane)

    def _arrange(self) -> None:
        self._upper = QSplitter(Qt.Orientation.Horizontal)
        self._lower = QSplitter(Qt.Orientation.Horizontal)
        self._whole = QSplitter(Qt.Orientation.Vertical)
        self._upper.addWidget(self.slices[Plane.XY])
        self._upper.addWidget(self.slices[Plane.YZ])
        self._lower.addWidget(self.slices[Plane.XZ])
        self._corner = self._new_corner()
        self._lower.addWidget(self._corner)
        for splitter in (self._upper, self._lower, self._whole):
            splitter.setHandleWidth(3)
            splitter.setChildrenCollapsible(False)
        self._whole.addWidget(self._upper)
        self._whole.addWidget(self._lower)
        self._upper.splitterMoved.connect(lambda *_: self._remember(self._upper, self._lower))
        self._upper.splitterMoved.connect(lambda *_: self._lower.setSizes(self._upper.sizes()))
        self._lower.splitterMoved.connect(lambda *_: self._remember(self._lower, self._upper))
        self._lower.splitterMoved.connect(lambda *_: self._upper.setSizes(self._lower.sizes()))
        self._whole.splitterMoved.connect(lambda *_: self._remember(self._whole))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._whole)

    def _new_corner(self) -> QWidget:
        """Where the scene is seen, or the oblique slice."""
        corner = QWidget()
        box = QVBoxLayout(corner)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.scene_view)
        box.addWidget(self.oblique)
        return corner

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the shares, and the two upper and the two lower views in line."""
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        for splitter, length in ((self._upper, width), (self._lower, width), (self._whole, height)):
            share = self._shares.get(splitter, LARGE_SHARE)
            splitter.setSizes([round(share * length), round((1 - share) * length)])

    def _remember(self, *splitters: QSplitter) -> None:
        """What the user dragged stays when the window is resized."""
        first, second = splitters[0].sizes()
        for splitter in splitters:
            self._shares[splitter] = first / max(first + second, 1)

    @property
    def layout_name(self) -> str:
        return self._layout_name

    def set_layout(self, name: str) -> None:
        """Show all views (``4-up``, ``4-up oblique``) or one alone, by its title; an unknown name shows all."""
        name = name if name in LAYOUTS else FOUR_UP
        self._layout_name = name
        everything = name in _ALL_FOUR
        for plane, view in self.slices.items():
            view.setVisible(everything or name == plane.title)
            view.explain_colours(name == plane.title or (everything and plane is Plane.XY))
        self.scene_view.setVisible(name in (FOUR_UP, SCENE))
        self.oblique.setVisible(name in (OBLIQUE_FOUR_UP, OBLIQUE))
        self.oblique.explain_colours(name == OBLIQUE)
        corner_seen = everything or name in (SCENE, OBLIQUE)
        self._corner.setVisible(corner_seen)
        self._upper.setVisible(everything or name in (Plane.XY.title, Plane.YZ.title))
        self._lower.setVisible(corner_seen or name == Plane.XZ.title)
        self.layout_changed.emit(name)

    def show_scene(self) -> None:
        """Where it is to be drawn as it is seen, it has to be seen."""
        if self.scene_view.isHidden():
            self.set_layout(SCENE)

    def toggle_alone(self, name: str) -> None:
        self.set_layout(FOUR_UP if self._layout_name == name else name)

    def set_tool(self, tool: Tool) -> None:
        for view in self.slices.values():
            view.set_tool(tool)

    def show_all(self) -> None:
        for view in self.slices.values():
            view.show_all()
        self.oblique.show_all()

    def centre(self) -> None:
        """Bring the crosshair into the middle of every slice."""
        for view in self.slices.values():
            view.centre()

    def _fly(self, vesicle_id: int | None) -> None:
        """Smoothly to the crosshair, near enough to judge the vesicle there."""
        vesicle = self._document.vesicles.get(vesicle_id) if vesicle_id is not None else None
        radius_px = vesicle.radius_nm / self._document.voxel_size_nm if vesicle else 0.0
        ways = [view.way_to_cursor(radius_px) for view in self.slices.values()]

        def step(share: float) -> None:
            for way in ways:
                way(share)

        self._flight.start(step)

    def active_slice(self) -> SliceView:
        """The slice with the keyboard, else XY or the one that is seen."""
        for view in self.slices.values():
            if view.canvas.hasFocus():
                return view
        seen = [v for v in self.slices.values() if v.isVisible()]
        return seen[0] if seen else self.slices[Plane.XY]

    @property
    def oblique_is_active(self) -> bool:
        """Whether the oblique slice has the keyboard, or is the only slice that is seen."""
        alone = not any(view.isVisible() for view in self.slices.values())
        return self.oblique.isVisible() and (alone or self.oblique.canvas.hasFocus())

    def hide_overlays(self, hidden: bool) -> None:
        for view in self.slices.values():
            view.hide_overlays(hidden)
        self.oblique.hide_overlays(hidden)

    def show_preview(self, labels: GridMap | None) -> None:
        for view in self.slices.values():
            view.show_preview(labels)

    @property
    def idle(self) -> bool:
        """Whether every slice that was asked for is shown, and nothing moves."""
        still = not self._flight.running and self.oblique.idle
        still = still and all(swipe.idle for swipe in self.swipes.values())
        return still and all(v.loader.idle for v in self.slices.values())

    def _zoom_others(self, source: SliceView, voxels_per_pixel: float) -> None:
        """The other slices show everything in the same size, around the crosshair."""
        if not self._state.settings.link_zoom:
            return
        at = self._document.cursor
        for plane, view in self.slices.items():
            if view is not source and view.isVisible():
                view.canvas.zoom_to(voxels_per_pixel, QPointF(at[plane.horizontal], at[plane.vertical]))

    def _share_sketch(self, source: SliceView, sketch: Sketch) -> None:
        """What a tool draws in one slice is seen in the others too."""
        for view in self.slices.values():
            if view is not source:
                view.draw_sketch(sketch)

    def _hover(self, view: SliceView, pointer: Pointer | None) -> None:
        self.hovered.emit(pointer, self._value_at(view, pointer) if pointer else None)

    def _value_at(self, view: SliceView, pointer: Pointer) -> float | None:
        """Of the volume that is seen there."""
        swipe = self.swipes[view.plane]
        return swipe.value_at(pointer) if swipe.is_over(pointer) else view.value_at(pointer)
