"""What of a simulated terminal is inside, membrane and mitochondria, as label volumes on the tomogram's grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.cells import Neighbourhood
from cryoves_app.analysis.simulate.organelles import PlasmaMembrane
from cryoves_app.domain.arrays import AnyArray, Shape

#: Labels of the membrane volume.
OWN_MEMBRANE, OTHER_MEMBRANE = 1, 2


class Compartment(StrEnum):
    """What a volume marks."""

    INSIDE = "inside"  # the terminal up to its membrane's inner edge, with all that lies in it
    MEMBRANE = "membrane"  # the terminal's 1, the other cell's across the cleft 2
    MITOCHONDRIA = "mitochondria"  # to their outer edge


@dataclass(frozen=True)
class Compartments:
    """The shapes behind the volumes.

    Attributes
    ----------
    shape
        Of the tomogram, in voxels.
    membrane
        In the scene; None where the whole box lies in the terminal.
    to_scene
        Takes points ``(..., 3)`` (``z, y, x``; nm) of the tomogram to the scene.
    mitochondria
        In the tomogram.
    """

    shape: Shape
    voxel_nm: float
    membrane: PlasmaMembrane | Neighbourhood | None
    to_scene: Callable[[AnyArray], AnyArray]
    mitochondria: Sequence[Ellipsoid]

    def volume(self, compartment: Compartment) -> NDArray[np.uint16]:
        """Labels ``(z, y, x)``, 0 elsewhere; a voxel belongs to what holds its centre."""
        planes = {
            Compartment.INSIDE: self._inside,
            Compartment.MEMBRANE: self._membranes,
            Compartment.MITOCHONDRIA: self._mitochondria,
        }[compartment]
        out = np.zeros(self.shape, np.uint16)
        for z, plane in enumerate(out):
            planes(z, plane)
        return out

    def height_nm(self, z: int) -> AnyArray | None:
        """Plane ``(y, x)``: nm from the membrane's inner edge, below 0 in the terminal."""
        if self.membrane is None:
            return None
        return self.membrane.height(*self._scene_points(z))

    def _scene_points(self, z: int) -> AnyArray:
        """``(3, y, x)``: where the plane's voxels lie in the scene, in nm."""
        plane = np.stack(np.broadcast_arrays(z, *np.ogrid[: self.shape[1], : self.shape[2]]), axis=-1)
        return np.moveaxis(self.to_scene(plane * self.voxel_nm), -1, 0)

    def _inside(self, z: int, plane: NDArray[np.uint16]) -> None:
        height = self.height_nm(z)
        plane[...] = 1 if height is None else height < 0

    def _membranes(self, z: int, plane: NDArray[np.uint16]) -> None:
        height = self.height_nm(z)
        if height is None or self.membrane is None:
            return
        plane[(height >= 0) & (height <= self.membrane.thickness_nm)] = OWN_MEMBRANE
        plane[self.membrane.in_other_membrane(*self._scene_points(z))] = OTHER_MEMBRANE

    def _mitochondria(self, z: int, plane: NDArray[np.uint16]) -> None:
        points = [self.voxel_nm * axis for axis in np.ogrid[z : z + 1, : self.shape[1], : self.shape[2]]]
        for body in self.mitochondria:
            plane[body.distance(*points)[0] <= 0] = 1
