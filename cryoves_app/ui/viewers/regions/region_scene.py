"""Regions in the 3-D scene: their lines as they were drawn, and a translucent surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from vispy.scene import visuals

from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.analysis.geometry.surface import Surface, surface_of
from cryoves_app.domain.colours import REGION_OPACITY
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.colouring import rgba
from cryoves_app.ui.viewers.regions.region_cuts import RegionCuts
from cryoves_app.ui.viewers.regions.region_looks import LOOKS
from cryoves_app.ui.viewers.regions.region_model import RegionModel
from cryoves_app.ui.viewers.scene.volume_scene import VolumeScene

#: Order of drawing: lines among the vesicles, surfaces over them, and both before the tomogram's box.
_LINES, _SURFACES = 0, 0.5


class RegionScene(QObject):
    """Lines follow every edit at once, surfaces when the volume has been worked out."""

    def __init__(self, scene: VolumeScene, model: RegionModel, cuts: RegionCuts) -> None:
        super().__init__(scene.widget)
        self._scene, self._model, self._cuts = scene, model, cuts
        self.lines = visuals.Line(parent=scene.root, connect="segments", method="gl")
        self.lines.order = _LINES
        self.lines.visible = False
        self.surfaces = {kind: self._new_surface(kind) for kind in RegionKind}
        self._surfacing = Recompute(self, self._make_surfaces, self._take)
        model.changed.connect(self._changed)
        cuts.completed.connect(self._surfacing.ask)

    def _new_surface(self, kind: RegionKind) -> Any:
        surface = visuals.Mesh(parent=self._scene.root, shading="smooth")
        surface.set_gl_state("translucent", depth_test=True, depth_mask=False, cull_face=False)
        surface.order = _SURFACES
        surface.visible = False
        return surface

    def _changed(self) -> None:
        self._show_lines()
        if self._cuts.is_complete:
            self._surfacing.ask()
        self._scene.redraw()

    def _show_lines(self) -> None:
        regions = [r for r in self._model.visible if r.contours]
        self.lines.visible = bool(regions)
        if regions:
            ends = [segments(region) for region in regions]
            colours = [
                np.tile(rgba(LOOKS[r.kind].colour), (len(e), 1)) for r, e in zip(regions, ends, strict=True)
            ]
            self.lines.set_data(pos=np.concatenate(ends), color=np.concatenate(colours).astype(np.float32))

    def _make_surfaces(self) -> Callable[[], dict[RegionKind, list[Surface]]]:
        packed = self._cuts.packed()
        return lambda: _surfaces(packed)

    def _take(self, found: dict[RegionKind, list[Surface]]) -> None:
        for kind, surface in self.surfaces.items():
            parts = found.get(kind, [])
            surface.visible = bool(parts)
            if parts:
                corners, triangles = join_surfaces(parts)
                colour = (*rgba(LOOKS[kind].colour)[:3], REGION_OPACITY[kind])
                surface.set_data(vertices=corners, faces=triangles, color=colour)
        self._scene.redraw()


def segments(region: Region) -> NDArray[np.float32]:
    """Start and end ``(x, y, z)`` of every edge of a region's lines, one after the other."""
    found = []
    for contour in region.contours:
        points = np.array(contour.points_px, dtype=np.float32).reshape(-1, 3)[:, ::-1]
        path = np.vstack([points, points[:1]]) if contour.closed else points
        found.append(np.stack([path[:-1], path[1:]], axis=1).reshape(-1, 3))
    return np.concatenate(found) if found else np.zeros((0, 3), np.float32)


def join_surfaces(parts: list[Surface]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Several surfaces as one: corners ``(x, y, z)`` and triangles."""
    starts = np.cumsum([0, *(len(p.corners) for p in parts[:-1])])
    corners = np.concatenate([p.corners[:, ::-1] for p in parts])
    triangles = [p.triangles + np.int32(start) for p, start in zip(parts, starts, strict=True)]
    return corners, np.concatenate(triangles)


def _surfaces(packed: list[tuple[Region, PackedMask]]) -> dict[RegionKind, list[Surface]]:
    found: dict[RegionKind, list[Surface]] = {}
    for region, mask in packed:
        surface = surface_of(mask)
        if surface is not None:
            found.setdefault(region.kind, []).append(surface)
    return found
