"""Opens a tomogram of any kind that is understood, and guards its voxel size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.file_array import FileArray
from cryoves_app.formats.mrc import as_labels, open_mrc
from cryoves_app.formats.network_drive import is_on_network_drive, local_copy
from cryoves_app.formats.ome_zarr.place import is_zarr
from cryoves_app.formats.ome_zarr.reader import open_ome_zarr
from cryoves_app.formats.recognise import first_bytes
from cryoves_app.formats.temporary import remove_temporary_file
from cryoves_app.formats.tiff import MAGIC as TIFF_MAGIC
from cryoves_app.formats.tiff import open_tiff
from cryoves_app.formats.voxel_size import axes_in_words, doubt_of_file, doubt_of_given


def open_volume(path: str | os.PathLike[str], voxel_size_nm: float | None = None) -> Volume:
    """Opens a tomogram by its content; nothing but the header is read.

    Parameters
    ----------
    path
        An MRC file (also .gz, .bz2 or .xz), a TIFF stack, or an OME-Zarr image as a folder or zipped; a file on a
        network drive is copied first.
    voxel_size_nm
        The voxel size if the user gave one; it goes before whatever the file says.

    Returns
    -------
    Volume
        The array ``(z, y, x)`` in the file's own type, of which only what is indexed is read. Where the file's
        voxel size is missing or doubtful, ``info.voxel_size_nm`` is ``None``, and ``info.doubt`` and the last of
        ``info.warnings`` say why. Where the one that was given is odd, ``info.doubt`` says so.

    Raises
    ------
    CryoVesError
        If the file cannot be used, in one sentence that names it.
    """
    if voxel_size_nm is not None and not 0 < voxel_size_nm < float("inf"):
        raise CryoVesError("The voxel size must be a number above 0.")
    volume = _opened(Path(path))
    if voxel_size_nm is not None:
        return _with_given(volume, voxel_size_nm)
    doubt = doubt_of_file(volume.info)
    if doubt is None:
        return volume
    warnings = (*volume.info.warnings, doubt.sentence)
    return replace(volume, info=replace(volume.info, voxel_size_nm=None, doubt=doubt, warnings=warnings))


def load_labels(
    path: str | os.PathLike[str], shape: tuple[int, int, int] | None = None
) -> tuple[NDArray[np.uint16], VolumeInfo]:
    """A label volume ``(z, y, x)`` of any kind of file that is understood, and what its file says.

    Raises
    ------
    CryoVesError
        As ``open_volume``, if the values are no whole numbers from 0 to 65 535, or if the labels have another shape
        than the one given, which is a tomogram's.
    """
    volume = _open_labels(path, shape)
    return as_labels(volume.data, str(path)), volume.info


def label_planes(path: str | os.PathLike[str], shape: tuple[int, int, int]) -> Iterator[NDArray[np.uint16]]:
    """The slices ``(y, x)`` of a label volume of a tomogram's shape, objects' numbers, one after the other.

    Raises
    ------
    CryoVesError
        As ``load_labels``.
    """
    volume = _open_labels(path, shape)
    return (as_labels(volume.data[z : z + 1], str(path))[0] for z in range(shape[0]))


def _open_labels(path: str | os.PathLike[str], shape: tuple[int, int, int] | None) -> Volume:
    volume = open_volume(path)
    if shape is not None and volume.shape != shape:
        raise CryoVesError(
            f"{path} has another shape than the tomogram, so its labels cannot be laid over it: it has the shape "
            f"{_xyz(volume.shape)}, the tomogram {_xyz(shape)} (x, y, z)."
        )
    return volume


def _xyz(shape: tuple[int, int, int]) -> str:
    return " × ".join(str(n) for n in reversed(shape))


def _with_given(volume: Volume, voxel_size_nm: float) -> Volume:
    info = volume.info
    notes = info.warnings
    if info.header_sizes_nm is not None:
        said = axes_in_words(info.header_sizes_nm)
        notes = (*notes, f"The file says of its voxels {said}; the size given is taken for all axes.")
    doubt = doubt_of_given(voxel_size_nm, info)
    return replace(volume, info=replace(info, voxel_size_nm=voxel_size_nm, doubt=doubt, warnings=notes))


def _opened(source: Path) -> Volume:
    if is_zarr(source):  # chunk by chunk, wherever it lies
        return open_ome_zarr(source)
    opener = open_tiff if first_bytes(source, 4) in TIFF_MAGIC else open_mrc
    if not is_on_network_drive(source):
        return opener(source)
    copy = local_copy(source)
    try:
        volume = opener(copy, str(source))
    except BaseException:
        remove_temporary_file(copy)
        raise
    assert isinstance(volume.data, FileArray)
    volume.data.remove_at_end(copy)
    return volume
