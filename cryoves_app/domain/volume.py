"""A tomogram or map: what its header says, and its voxels, read only when touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError


class VoxelArray(Protocol):
    """Voxels ``(z, y, x)``: an array, or a file of which only what is indexed is read."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def size(self) -> int: ...
    @property
    def ndim(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __array__(self) -> NDArray[Any]: ...


class DoubtKind(StrEnum):
    """Why a voxel size is not simply believed."""

    UNKNOWN = "unknown"  # the file does not say it, or not of all axes
    NOT_CUBES = "not_cubes"  # it says another size for each axis
    IMPLAUSIBLE = "implausible"  # no tomogram of cells has such voxels
    TINY = "tiny"  # the tomogram would be very thin or small for vesicles
    TENFOLD = "tenfold"  # given ten times larger or smaller than the file says: nm and ångström confused
    BINNED = "binned"  # given 2, 4 or 8 times larger or smaller than the file says: that of another binning


@dataclass(frozen=True)
class VoxelSizeDoubt:
    """A doubt about a voxel size, and the sentence that tells it to the user."""

    kind: DoubtKind
    sentence: str


@dataclass(frozen=True)
class VolumeInfo:
    """What is known of a volume besides its voxels.

    ``shape`` is ``(z, y, x)``. ``voxel_size_nm`` is ``None`` where the file does not say it
    or says something doubtful; ``header_voxel_size_nm`` is what it says for all axes, right or wrong, and
    ``header_sizes_nm`` ``(x, y, z)`` what it says where the axes differ (0: nothing).
    ``doubt`` is why the file's voxel size is not taken, or what is odd about the one that was given.
    ``origin_angstrom`` is ``(x, y, z)`` in the sign of MRC2014, ``nstart`` the header's ``(x, y, z)`` start.
    ``is_inverted``: the file says that its lowest values are to be shown white, so dense matter has high ones.
    ``corner_px`` is where in the file a part of it begins.
    ``level``: which of how many levels of an image this is, the finest being 0; ``None`` where there is one.
    ``warnings`` are sentences for the user.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    voxel_size_nm: float | None = None
    origin_angstrom: tuple[float, float, float] = (0.0, 0.0, 0.0)
    nstart: tuple[int, int, int] = (0, 0, 0)
    path: str | None = None
    warnings: tuple[str, ...] = ()
    header_voxel_size_nm: float | None = None
    header_sizes_nm: tuple[float, float, float] | None = None
    doubt: VoxelSizeDoubt | None = None
    is_inverted: bool = False
    corner_px: tuple[int, int, int] = (0, 0, 0)
    level: tuple[int, int] | None = None


@dataclass(frozen=True)
class Volume:
    """A volume with its lazily read array ``data`` ``(z, y, x)`` in the file's own type."""

    info: VolumeInfo
    data: VoxelArray = field(repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.info.shape

    @property
    def voxel_size_nm(self) -> float:
        """The voxel size in nm.

        Raises
        ------
        CryoVesError
            If it is not known.
        """
        if self.info.voxel_size_nm is None:
            raise CryoVesError("The voxel size is not known; give it with --voxel-size in ångström.")
        return self.info.voxel_size_nm

    def with_voxel_size(self, voxel_size_nm: float) -> Volume:
        """The same volume with another voxel size, about which there is no doubt any more."""
        said = self.info.doubt.sentence if self.info.doubt else None
        warnings = tuple(w for w in self.info.warnings if w != said)
        info = replace(self.info, voxel_size_nm=voxel_size_nm, doubt=None, warnings=warnings)
        return replace(self, info=info)


@dataclass(frozen=True)
class GridMap:
    """A map ``(z, y, x)`` on a grid of its own, as the network's probability; ``values`` may be mapped from a file.

    ``corner_nm`` is where the middle of its first voxel lies in the tomogram, whose own first is at 0.
    """

    values: NDArray[Any]
    voxel_size_nm: float
    corner_nm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def corner_in(self, voxel_size_nm: float) -> tuple[float, float, float]:
        """The corner in voxels of another size."""
        z, y, x = (c / voxel_size_nm for c in self.corner_nm)
        return z, y, x

    def index_at(self, axis: int, position_nm: float) -> int | None:
        """The slice across an axis that a position of the tomogram lies on; ``None`` where the map has none."""
        index = round((position_nm - self.corner_nm[axis]) / self.voxel_size_nm)
        # a map of all of a tomogram may end a voxel early
        return min(index, self.values.shape[axis] - 1) if 0 <= index <= self.values.shape[axis] else None
