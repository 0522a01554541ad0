"""Where a model lies on a tomogram: pixels of the file ↔ voxels ``(z, y, x)`` of the volume.

In a model, a voxel's centre is at i + 0.5 in x and y, and at k in z (IMOD's convention).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Points
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.model import ImageReference, ImodModel

#: The centre of the first voxel, in x, y, z of a model.
_HALF_PIXEL = np.array([0.5, 0.5, 0.0])
_SCALE_TOLERANCE = 0.01
#: A pixel of an image, and where an image may lie; anything else comes from damaged files.
_USABLE_ANGSTROM, _FARTHEST_ANGSTROM = (1e-3, 1e6), 1e9


@dataclass(frozen=True)
class ModelFrame:
    """Turns a model's coordinates into voxels: ``voxel = point · scale + shift``, axes as x, y, z."""

    scale: float = 1.0
    shift_px: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flipped: bool = False

    @classmethod
    def of(cls, model: ImodModel, info: VolumeInfo) -> ModelFrame:
        """The frame in which a model is read over the tomogram that ``info`` describes.

        The model moves by the difference of the two origins, and is scaled where it was drawn on another
        binning. A model that knows no image (no MINX) is taken as it is.
        """
        reference = model.reference
        if reference is None or not _is_usable(reference):
            return cls(flipped=model.is_flipped)
        scale = _scale(model, reference, info)
        shifts = [
            scale * (-origin - lies_at) / pixel
            for origin, lies_at, pixel in zip(
                info.origin_angstrom, reference.origin_imod, reference.scale_angstrom, strict=True
            )
        ]
        # z counts from the middle of the first slice, and the middle of a thicker slice lies higher
        return cls(scale, (shifts[0], shifts[1], shifts[2] + 0.5 * (scale - 1)), model.is_flipped)

    def voxels(self, points: NDArray[np.float32]) -> Points:
        """Where points of a model lie in the tomogram.

        Parameters
        ----------
        points : (n, 3) array
            ``x, y, z`` in pixels of the model's image.

        Returns
        -------
        (n, 3) array
            ``z, y, x`` in voxels.
        """
        xyz = np.asarray(points, dtype=np.float64)
        if self.flipped:
            xyz = xyz[:, [0, 2, 1]]
        return (xyz * self.scale + np.array(self.shift_px) - _HALF_PIXEL)[:, ::-1]


def points_of(voxels: NDArray[np.floating]) -> NDArray[np.float32]:
    """Points of a model that is made for the tomogram.

    Parameters
    ----------
    voxels : (n, 3) array
        ``z, y, x`` in voxels.

    Returns
    -------
    (n, 3) array
        ``x, y, z`` in pixels, counted from the first pixel's corner in x and y.
    """
    xyz = np.asarray(voxels, dtype=np.float64).reshape(-1, 3)[:, ::-1] + _HALF_PIXEL
    return xyz.astype(np.float32)


def reference_of(info: VolumeInfo) -> ImageReference:
    """The MINX chunk of a model made for the tomogram.

    It repeats what the tomogram's header says, right or wrong, since IMOD compares the two.
    """
    size_nm = info.header_voxel_size_nm or info.voxel_size_nm
    scale = angstrom_from_nm(size_nm) if size_nm else 1.0
    x, y, z = (-value if value else 0.0 for value in info.origin_angstrom)
    return ImageReference((scale, scale, scale), (x, y, z))


def _is_usable(reference: ImageReference) -> bool:
    scale, origin = np.array(reference.scale_angstrom), np.array(reference.origin_imod)
    low, high = _USABLE_ANGSTROM
    return bool(((scale > low) & (scale < high)).all() and (np.abs(origin) < _FARTHEST_ANGSTROM).all())


def _scale(model: ImodModel, reference: ImageReference, info: VolumeInfo) -> float:
    nz, ny, nx = info.shape
    drawn_here = model.size_px in ((nx, ny, nz), (nx, nz, ny) if model.is_flipped else None)
    size_nm = info.header_voxel_size_nm
    if drawn_here or size_nm is None:
        return 1.0
    scale = reference.scale_angstrom[0] / angstrom_from_nm(size_nm)
    return scale if abs(scale - 1) > _SCALE_TOLERANCE else 1.0
