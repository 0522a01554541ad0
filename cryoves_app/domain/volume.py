"""A tomogram or map: what its header says, and its voxels, read only when touched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError


@dataclass(frozen=True)
class VolumeInfo:
    """What is known of a volume besides its voxels.

    ``shape`` is ``(z, y, x)``. ``voxel_size_nm`` is ``None`` where the file does not say it
    or says something doubtful; ``header_voxel_size_nm`` is what it says, right or wrong.
    ``origin_angstrom`` is ``(x, y, z)`` in the sign of MRC2014, ``nstart`` the header's ``(x, y, z)`` start.
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


@dataclass(frozen=True)
class Volume:
    """A volume with its lazily read array ``data`` ``(z, y, x)`` in the file's own type."""

    info: VolumeInfo
    data: NDArray[Any] = field(repr=False)

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
        return replace(self, info=replace(self.info, voxel_size_nm=voxel_size_nm))


@dataclass(frozen=True)
class ProbabilityMap:
    """The network's answer ``(z, y, x)`` on its own grid; ``values`` may be mapped from a file."""

    values: NDArray[np.float32]
    voxel_size_nm: float
