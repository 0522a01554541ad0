"""Another volume of a tomogram's own grid."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.formats.voxel_size import is_of_other_size


def companion_volume(path: str | Path, volume: Volume) -> Volume:
    """Another volume of the tomogram's own grid, such as the one before denoising.

    Raises
    ------
    CryoVesError
        If it cannot be read, or has another shape or voxel size.
    """
    other = open_volume(path, volume.voxel_size_nm)
    if other.shape != volume.shape:
        raise CryoVesError(f"{path} has another shape than the tomogram; it must lie on the same grid.")
    if is_of_other_size(other.info, volume.info):
        raise CryoVesError(f"{path} has another voxel size than the tomogram; it must lie on the same grid.")
    return other
