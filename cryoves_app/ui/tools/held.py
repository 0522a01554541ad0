"""The vesicles that a drag moves or resizes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.document import Document

SMALLEST_RADIUS_PX = 0.5


@dataclass(frozen=True)
class Held:
    """The one that was taken, as it was, and all that are selected with it."""

    taken: Sphere
    voxel_nm: float
    spheres: Mapping[int, Sphere] = field(default_factory=dict)

    @classmethod
    def take(cls, document: Document, vesicle: Vesicle) -> Held:
        """A vesicle of the selection brings all of it along; any other one is selected alone."""
        others = [i for i in document.selection if i != vesicle.id]
        document.select([*others, vesicle.id] if vesicle.id in document.selection else [vesicle.id])
        spheres = {v.id: v.sphere for v in document.selected()}
        return cls(vesicle.sphere, document.voxel_size_nm, spheres)

    def moved(self, by_px: Position) -> dict[int, Sphere]:
        """All of them, shifted by ``(z, y, x)`` voxels."""
        dz, dy, dx = (step * self.voxel_nm for step in by_px)
        return {
            i: replace(s, z_nm=s.z_nm + dz, y_nm=s.y_nm + dy, x_nm=s.x_nm + dx)
            for i, s in self.spheres.items()
        }

    def resized(self, radius_px: float) -> dict[int, Sphere]:
        """The taken one with this radius, the others larger or smaller by as much."""
        change = radius_px * self.voxel_nm - self.taken.radius_nm
        least = SMALLEST_RADIUS_PX * self.voxel_nm
        return {i: replace(s, radius_nm=max(s.radius_nm + change, least)) for i, s in self.spheres.items()}

    def sketch(self, spheres: Mapping[int, Sphere]) -> list[tuple[Position, float]]:
        """Centres and radii in voxels, to be drawn."""
        places = (s.to_px(self.voxel_nm) for s in spheres.values())
        return [((z, y, x), radius) for z, y, x, radius in places]
