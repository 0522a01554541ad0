"""Opens a tomogram of any kind that is understood, and guards its voxel size."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.units import angstrom_from_nm, voxel_size_is_plausible
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.mapped import first_bytes, remove_quietly, remove_with
from cryoves_app.formats.mrc import open_mrc
from cryoves_app.formats.network_drive import is_on_network_drive, local_copy
from cryoves_app.formats.tiff import MAGIC as TIFF_MAGIC
from cryoves_app.formats.tiff import open_tiff

#: The network sees vesicles at about this voxel size; a volume that becomes tiny there is mis-scaled.
_NETWORK_VOXEL_NM = 2.2
_SMALLEST_NETWORK_AXIS_PX = 48


def open_volume(path: str | os.PathLike[str], voxel_size_nm: float | None = None) -> Volume:
    """Opens a tomogram by its content; nothing but the header is read.

    Parameters
    ----------
    path
        An MRC file (also .gz or .bz2) or a TIFF stack; from a network drive it is copied first.
    voxel_size_nm
        The voxel size if the user gave one; it goes before the header's.

    Returns
    -------
    Volume
        The array ``(z, y, x)`` mapped in the file's own type. Where the header's voxel size is missing or
        doubtful, ``info.voxel_size_nm`` is ``None`` and ``info.warnings`` says why.

    Raises
    ------
    CryoVesError
        If the file cannot be used, in one sentence that names it.
    """
    if voxel_size_nm is not None and not 0 < voxel_size_nm < float("inf"):
        raise CryoVesError("The voxel size must be a number above 0.")
    volume = _opened(Path(path))
    if voxel_size_nm is not None:
        return volume.with_voxel_size(voxel_size_nm)
    doubt = voxel_size_doubt(volume.info)
    if doubt is None:
        return volume
    info = replace(volume.info, voxel_size_nm=None, warnings=(*volume.info.warnings, doubt))
    return Volume(info, volume.data)


def _opened(source: Path) -> Volume:
    is_tiff = first_bytes(source, 4) in TIFF_MAGIC
    if not is_on_network_drive(source):
        return open_tiff(source) if is_tiff else open_mrc(source)
    copy = local_copy(source)
    try:
        volume = open_tiff(copy) if is_tiff else open_mrc(copy)
    except CryoVesError as error:
        remove_quietly(copy)
        raise CryoVesError(str(error).replace(str(copy), str(source))) from error
    remove_with(volume.data, copy)
    return replace(volume, info=replace(volume.info, path=str(source)))


def voxel_size_doubt(info: VolumeInfo) -> str | None:
    """Why the header's voxel size cannot be used without asking, or ``None`` if it can."""
    size = info.header_voxel_size_nm
    if size is None:
        return f"{info.path} does not say its voxel size."
    shown = f"{angstrom_from_nm(size):.4g} Å"
    if not voxel_size_is_plausible(size):
        return f"{info.path} gives a voxel size of {shown}, which is doubtful for a tomogram of cells."
    if min(info.shape) * size / _NETWORK_VOXEL_NM < _SMALLEST_NETWORK_AXIS_PX:
        return f"{info.path} gives a voxel size of {shown}, which makes it very thin or small for vesicles."
    return None


def suggested_voxel_size_nm(info: VolumeInfo) -> float | None:
    """Ten times the header's voxel size if that makes sense (1.469 typed for 14.69 is common)."""
    size = info.header_voxel_size_nm
    if size is None or voxel_size_is_plausible(size) or not voxel_size_is_plausible(10 * size):
        return None
    # exactly 1 Å is what programs write that know nothing
    return None if abs(size - 0.1) < 1e-6 else 10 * size
