"""MRC volumes: mapped when read, written by block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.atomic import replacing
from cryoves_app.formats.mapped import (
    decompress,
    first_bytes,
    is_compressed,
    map_array,
    remove_quietly,
    remove_with,
)
from cryoves_app.formats.mrc_header import HEADER_BYTES, MrcHeader, parse_header

#: How far voxel sizes of the axes may differ.
_AXIS_TOLERANCE = 0.01
_BLOCK_VOXELS = 1 << 24
_LABELS_MODE, _FLOAT_MODE = 6, 2
_GREY_MODES = {"int8": 0, "int16": 1, "float32": _FLOAT_MODE}


def open_mrc(path: str | os.PathLike[str]) -> Volume:
    """Maps an MRC file, plain or compressed, in its own type.

    ``voxel_size_nm`` is the header's, whatever it is, or ``None``.

    Raises
    ------
    CryoVesError
        If the file is missing, no MRC file, cut short, or holds no single grey volume with cubic voxels.
    """
    source = Path(path)
    if not is_compressed(source):
        return _mapped(source, str(source))
    plain = decompress(source)
    try:
        volume = _mapped(plain, str(source))
    except CryoVesError:
        remove_quietly(plain)
        raise
    remove_with(volume.data, plain)
    return volume


def read_labels(path: str | os.PathLike[str]) -> Volume:
    """A label volume: whole numbers from 0 up.

    Raises
    ------
    CryoVesError
        As ``open_mrc``, and if the values are no whole numbers from 0 to 65 535.
    """
    volume = open_mrc(path)
    return Volume(volume.info, as_labels(volume.data, str(path)))


def as_labels(data: NDArray[Any], name: str) -> NDArray[np.uint16]:
    """The array as uint16 if that changes no value."""
    labels = np.empty(data.shape, dtype=np.uint16)
    for block in _slabs(data.shape):
        values = np.asarray(data[block])
        with np.errstate(invalid="ignore"):
            labels[block] = values.astype(np.uint16)
        if not np.array_equal(labels[block], values):
            raise CryoVesError(
                f"{name} is no label volume: its values are not whole numbers from 0 to 65535."
            )
    return labels


def write_mrc_labels(
    path: str | os.PathLike[str], labels: NDArray[np.integer[Any]], info: VolumeInfo
) -> None:
    """Writes labels as uint16 (mode 6), laid over the tomogram that ``info`` describes.

    Raises
    ------
    CryoVesError
        If a label does not fit, or the file cannot be written.
    """
    if labels.size and (labels.min() < 0 or labels.max() > np.iinfo(np.uint16).max):
        raise CryoVesError("There are more labels than a label file can hold (65535).")
    _write(path, labels, np.dtype(np.uint16), _LABELS_MODE, info)


def write_map(path: str | os.PathLike[str], values: NDArray[Any], info: VolumeInfo) -> None:
    """Writes a map as float32 (mode 2), laid over the tomogram that ``info`` describes."""
    _write(path, values, np.dtype(np.float32), _FLOAT_MODE, info)


def write_copy(path: str | os.PathLike[str], volume: Volume) -> None:
    """Writes a tomogram as int16 where that holds all its values, else as float32."""
    small = volume.data.dtype.kind in "iu" and np.can_cast(volume.data.dtype, np.int16)
    dtype, mode = (np.dtype(np.int16), 1) if small else (np.dtype(np.float32), _FLOAT_MODE)
    _write(path, volume.data, dtype, mode, volume.info)


def write_tomogram(path: str | os.PathLike[str], values: NDArray[Any], info: VolumeInfo) -> None:
    """Writes grey values in their own type: int8 (mode 0), int16 (mode 1) or float32 (mode 2)."""
    _write(path, values, values.dtype, _GREY_MODES[values.dtype.name], info)


def _mapped(path: Path, name: str) -> Volume:
    header = parse_header(first_bytes(path, HEADER_BYTES), name)
    _check_length(header, path.stat().st_size, name)
    stored = map_array(path, header.dtype, header.stored_shape, header.data_offset)
    data = stored.transpose(header.transposition)
    voxel_size = _one_voxel_size(header, name)
    z, y, x = data.shape
    info = VolumeInfo(
        shape=(z, y, x),
        dtype=data.dtype,
        voxel_size_nm=voxel_size,
        origin_angstrom=header.origin_mrc2014,
        nstart=header.nstart,
        path=name,
        warnings=header.notes,
        header_voxel_size_nm=voxel_size,
    )
    return Volume(info, data)


def _check_length(header: MrcHeader, found: int, name: str) -> None:
    expected = header.data_offset + header.data_bytes
    if found < expected:
        raise CryoVesError(f"{name} is cut short: {expected} bytes expected, {found} found.")


def _one_voxel_size(header: MrcHeader, name: str) -> float | None:
    sizes = header.voxel_sizes_angstrom
    if min(sizes) <= 0:
        return None
    if max(sizes) > min(sizes) * (1 + _AXIS_TOLERANCE):
        x, y, z = (f"{size:.4g}" for size in sizes)
        raise CryoVesError(
            f"{name} has voxels that are not cubes ({x} × {y} × {z} Å in x, y, z); "
            "resample it to one voxel size, or correct its header."
        )
    return nm_from_angstrom(sizes[0])


def _write(
    path: str | os.PathLike[str],
    values: NDArray[Any],
    dtype: np.dtype[Any],
    mode: int,
    info: VolumeInfo,
) -> None:
    with (
        replacing(path) as temporary,
        mrcfile.new_mmap(temporary, shape=values.shape, mrc_mode=mode, overwrite=True) as mrc,
    ):
        _copy(values, mrc, dtype)
        _describe(mrc, info)


def _copy(values: NDArray[Any], mrc: Any, dtype: np.dtype[Any]) -> None:
    """Copies by slabs, and gathers the header's statistics on the way (mrcfile's own need two copies)."""
    low, high, total, squares = np.inf, -np.inf, 0.0, 0.0
    for block in _slabs(values.shape):
        slab = np.asarray(values[block]).astype(dtype)
        mrc.data[block] = slab
        low, high = min(low, float(slab.min())), max(high, float(slab.max()))
        total += float(slab.sum(dtype=np.float64))
        squares += float(np.square(slab, dtype=np.float64).sum())
    mean = total / values.size
    header = mrc.header
    header.dmin, header.dmax, header.dmean = low, high, mean
    header.rms = np.sqrt(max(squares / values.size - mean * mean, 0.0))


def _describe(mrc: Any, info: VolumeInfo) -> None:
    mrc.set_volume()
    # unknown stays unknown: a length of 0 is what readers take for that
    mrc.voxel_size = angstrom_from_nm(info.voxel_size_nm) if info.voxel_size_nm else 0.0
    header = mrc.header
    header.origin.x, header.origin.y, header.origin.z = info.origin_angstrom
    header.nxstart, header.nystart, header.nzstart = info.nstart


def _slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices along z that hold a bounded number of voxels."""
    depth = max(_BLOCK_VOXELS // max(shape[1] * shape[2], 1), 1)
    for start in range(0, shape[0], depth):
        yield slice(start, min(start + depth, shape[0]))
