"""A tomogram on coarser voxels, computed as it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.region import Contour, Region
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo, VoxelArray


class BinnedArray:
    """The mean over cubes of ``factor`` voxels; slabs are read when they are asked for."""

    def __init__(self, data: VoxelArray, factor: int) -> None:
        if factor < 1 or min(data.shape) < factor:
            raise CryoVesError(f"The tomogram cannot be binned by {factor}.")
        self._data, self._factor = data, factor
        self.shape = tuple(length // factor for length in data.shape)
        self.size = int(np.prod(self.shape))
        self.ndim = 3
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: slice | tuple[slice, ...]) -> NDArray[np.float32]:
        wanted = key if isinstance(key, tuple) else (key,)
        full = (*wanted, *(slice(None),) * (3 - len(wanted)))
        ranges = [part.indices(length) for part, length in zip(full, self.shape, strict=True)]
        f = self._factor
        fine = self._data[tuple(slice(start * f, stop * f) for start, stop, _ in ranges)]
        counts = [stop - start for start, stop, _ in ranges]
        cubes = np.asarray(fine, dtype=np.float32).reshape(counts[0], f, counts[1], f, counts[2], f)
        return np.asarray(cubes.mean(axis=(1, 3, 5)), dtype=np.float32)


def binned_info(info: VolumeInfo, factor: int) -> VolumeInfo:
    """The header of the binned volume. Its origin stays: IMOD counts from the edge of the first voxel."""
    if info.voxel_size_nm is None:
        raise CryoVesError("The voxel size is not known; give it with --voxel-size in ångström.")
    z, y, x = (length // factor for length in info.shape)
    size = info.voxel_size_nm * factor
    return replace(
        info,
        shape=(z, y, x),
        dtype=np.dtype(np.float32),
        voxel_size_nm=size,
        header_voxel_size_nm=size,
        nstart=(0, 0, 0),
    )


def offset_nm(voxel_size_nm: float, factor: int) -> float:
    """From the first voxel's middle to that of the first binned voxel."""
    return (factor - 1) / 2 * voxel_size_nm


def binned_vesicles(vesicles: Iterable[Vesicle], voxel_size_nm: float, factor: int) -> list[Vesicle]:
    """Vesicles measured from the first binned voxel."""
    by = offset_nm(voxel_size_nm, factor)
    return [v.with_sphere(Sphere(v.z_nm - by, v.y_nm - by, v.x_nm - by, v.radius_nm)) for v in vesicles]


def binned_regions(regions: Iterable[Region], factor: int) -> list[Region]:
    """Contours in binned voxels."""
    shift = (factor - 1) / 2

    def binned(contour: Contour) -> Contour:
        points = tuple(
            ((z - shift) / factor, (y - shift) / factor, (x - shift) / factor)
            for z, y, x in contour.points_px
        )
        return replace(contour, points_px=points)

    return [replace(region, contours=tuple(binned(c) for c in region.contours)) for region in regions]
