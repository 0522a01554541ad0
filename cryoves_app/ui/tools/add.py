"""Add a vesicle by one click: the fit is shown live under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.recompute import pause_timer
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.fits import PointFit, PointFitter
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

#: The live fit waits this long until the mouse rests.
REST_MS = 40
#: A press that moves further than this many screen pixels draws centre and rim instead of a click.
CLICK_PIXELS = 5


class AddTool(Tool, QObject):
    """Click: fit and add. Drag from centre to rim: radius given, centre refined. Shift: as drawn, without a fit."""

    name = "add"
    title = "Add a vesicle"
    icon = "plus-circle-outline"
    shortcut = "E"
    hint = "Click inside a vesicle: it is fitted. Drag from centre to rim where the fit fails; Shift: no fit"
    gestures = (
        ("click", "Fit a vesicle there; Shift: the usual radius, not fitted"),
        ("drag", "From the centre to the rim; the centre is fitted. Shift: as drawn"),
    )
    cursor = Qt.CursorShape.CrossCursor
    shown = Signal(str)

    def __init__(self, document: Document, editor: VesicleEditor, fitter: PointFitter) -> None:
        QObject.__init__(self)
        self._document, self._editor, self._fitter = document, editor, fitter
        self._start: Pointer | None = None
        self._hovered: tuple[SliceSurface, Pointer] | None = None
        self._timer = pause_timer(self, REST_MS, self._show_fit)

    def hover(self, surface: SliceSurface, at: Pointer) -> None:
        self._hovered = (surface, at)
        self._timer.start()

    def look_again(self) -> None:
        """The population's profile is another now: so may be the fit under the mouse."""
        if self._hovered is not None:
            self._timer.start()

    def leave(self, surface: SliceSurface) -> None:
        self._timer.stop()
        self._hovered = None
        surface.show_sketch([])
        self.shown.emit("")

    def put_away(self) -> None:
        self._timer.stop()
        self._hovered = self._start = None

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        self._timer.stop()
        self._start = at

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._start is not None:
            surface.show_sketch([(self._start.position, max(self._radius_px(at), 0.5))])

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        start, self._start = self._start, None
        surface.show_sketch([])
        if start is None or not self._editor.can_edit:
            return
        radius_px = _distance(start, at)
        drawn = radius_px > CLICK_PIXELS * at.voxels_per_pixel
        voxel = self._document.voxel_size_nm
        radius_nm = radius_px * voxel if drawn else None
        if at.shift:
            z, y, x = (p * voxel for p in start.position)
            self._editor.add(Sphere(z, y, x, radius_nm or self._usual_radius_nm()), beside_others=True)
            return
        fitted = self._fit(start.position, radius_nm)
        if fitted is not None:
            self._editor.add(fitted.sphere, fitted.measures)

    def _radius_px(self, at: Pointer) -> float:
        return _distance(self._start, at) if self._start is not None else 0.0

    def _usual_radius_nm(self) -> float:
        return self._document.recipe.input.expected_radius_nm

    def _fit(self, position: Position, radius_nm: float | None) -> PointFit | None:
        voxel = self._document.voxel_size_nm
        z, y, x = (p * voxel for p in position)
        return self._fitter.fit((z, y, x), radius_nm)

    def _show_fit(self) -> None:
        if self._hovered is None or self._start is not None:
            return
        surface, at = self._hovered
        fitted = self._fit(at.position, None)
        if fitted is None:
            surface.show_sketch([])
            return
        z, y, x, radius = fitted.sphere.to_px(self._document.voxel_size_nm)
        surface.show_sketch([((z, y, x), radius)], good=fitted.good, note=note_of(fitted))
        verdict = "" if fitted.good else " – the image hardly supports it"
        self.shown.emit(f"Fit: radius {fitted.sphere.radius_nm:.1f} nm, score {fitted.score:.2f}{verdict}")


def note_of(fitted: PointFit) -> str:
    """What stands beside a ring that follows the mouse."""
    note = f"r {fitted.sphere.radius_nm:.1f} nm · score {fitted.score:.2f}"
    return note if fitted.good else f"{note} · poor fit"


def _distance(a: Pointer, b: Pointer) -> float:
    return float(((a.horizontal - b.horizontal) ** 2 + (a.vertical - b.vertical) ** 2) ** 0.5)
