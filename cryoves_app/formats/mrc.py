"""MRC volumes: what is looked at is read, written by block."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import mrcfile
import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.domain.volume import Volume, VolumeInfo, VoxelArray
from cryoves_app.formats.file_array import FileArray, Layout
from cryoves_app.formats.mrc_header import (
    HEADER_BYTES,
    IMOD_ORIGIN_AS_2014,
    IMOD_SIGNED_BYTES,
    IMOD_STAMP,
    IMOD_STAMP_AT,
    MrcHeader,
    parse_header,
)
from cryoves_app.formats.mrc_layout import find_voxels
from cryoves_app.formats.recognise import first_bytes
from cryoves_app.formats.temporary import remove_temporary_file
from cryoves_app.formats.tilt_series import refuse_tilt_series
from cryoves_app.formats.unpacking import is_compressed, unpack
from cryoves_app.formats.voxel_size import one_size, sizes_that_differ
from cryoves_app.storage.replacing import replacing

_BLOCK_VOXELS = 1 << 24
#: Voxels that are summed up in double precision at a time: as many as stay in a processor's cache.
_COUNTED_VOXELS = 1 << 15
_LABELS_MODE, _FLOAT_MODE = 6, 2
_GREY_MODES = {"int8": 0, "int16": 1, "float32": _FLOAT_MODE}


def open_mrc(path: str | os.PathLike[str], name: str | None = None) -> Volume:
    """Opens an MRC file, plain or compressed; its voxels are read in its own type when they are asked for.

    ``voxel_size_nm`` is the header's, whatever it is, or ``None`` where it says none or another for each axis.

    Parameters
    ----------
    path
        The file.
    name
        What sentences call it, if that is another.

    Raises
    ------
    CryoVesError
        If the file is missing, no MRC file, cut short, or holds no single grey volume.
    """
    source, called = Path(path), name or str(path)
    if not is_compressed(source):
        data, info = _opened(source, called)
        return Volume(info, data)
    plain = unpack(source, called, HEADER_BYTES, lambda start: _whole_bytes(start, called))
    try:
        data, info = _opened(plain, called)
    except BaseException:
        remove_temporary_file(plain)
        raise
    data.remove_at_end(plain)
    return Volume(info, data)


def read_labels(path: str | os.PathLike[str]) -> Volume:
    """A label volume: whole numbers from 0 up.

    Raises
    ------
    CryoVesError
        As ``open_mrc``, and if the values are no whole numbers from 0 to 65 535.
    """
    volume = open_mrc(path)
    return Volume(volume.info, as_labels(volume.data, str(path)))


def as_labels(data: VoxelArray, name: str) -> NDArray[np.uint16]:
    """The voxels as uint16 if that changes no value.

    Parameters
    ----------
    data : (z, y, x) array
        Read slab by slab; whole numbers from 0 to 65 535, in any type.
    name
        What sentences call it.

    Returns
    -------
    (z, y, x) array
        The same numbers.

    Raises
    ------
    CryoVesError
        If there are other values.
    """
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

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers, 0 outside.

    Raises
    ------
    CryoVesError
        If a label does not fit, or the file cannot be written.
    """
    write_label_slabs(path, _slabs_of(labels), info, labels.shape)


def write_label_slabs(
    path: str | os.PathLike[str],
    slabs: Iterable[NDArray[np.integer[Any]]],
    info: VolumeInfo,
    shape: tuple[int, ...] | None = None,
) -> None:
    """As ``write_mrc_labels``, from slabs.

    Parameters
    ----------
    slabs : arrays (z, y, x)
        Objects' numbers; they follow each other along z.
    shape
        Of all slabs together, in voxels; that of ``info`` if not given.

    Raises
    ------
    CryoVesError
        If a label does not fit, or the file cannot be written.
    """
    fitting = (check_labels(slab) for slab in slabs)
    _write(path, fitting, shape or info.shape, np.dtype(np.uint16), _LABELS_MODE, info)


def write_map(path: str | os.PathLike[str], values: NDArray[Any], info: VolumeInfo) -> None:
    """Writes a map as float32 (mode 2), laid over the tomogram that ``info`` describes.

    Parameters
    ----------
    values : (z, y, x) array
        Of any unit.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    _write(path, _slabs_of(values), values.shape, np.dtype(np.float32), _FLOAT_MODE, info)


def write_map_slices(
    path: str | os.PathLike[str], slices: Iterable[NDArray[np.float32]], info: VolumeInfo
) -> None:
    """As ``write_map``, from slices.

    Parameters
    ----------
    slices : arrays (y, x)
        Of any unit; they follow each other along z.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    slabs = (image[None] for image in slices)
    _write(path, slabs, info.shape, np.dtype(np.float32), _FLOAT_MODE, info)


def write_copy(path: str | os.PathLike[str], volume: Volume) -> None:
    """Writes a tomogram as int16 where that holds all its values, else as float32.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    small = volume.data.dtype.kind in "iu" and np.can_cast(volume.data.dtype, np.int16)
    dtype, mode = (np.dtype(np.int16), 1) if small else (np.dtype(np.float32), _FLOAT_MODE)
    _write(path, _slabs_of(volume.data), volume.shape, dtype, mode, volume.info)


def write_tomogram(path: str | os.PathLike[str], values: NDArray[Any], info: VolumeInfo) -> None:
    """Writes grey values in their own type: int8 (mode 0), int16 (mode 1) or float32 (mode 2).

    Parameters
    ----------
    values : (z, y, x) array
        Grey values.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    _write(path, _slabs_of(values), values.shape, values.dtype, _GREY_MODES[values.dtype.name], info)


def check_labels(labels: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """The labels, if a label file can hold them.

    Parameters
    ----------
    labels : array of any shape
        Objects' numbers, 0 outside.

    Returns
    -------
    array of the same shape
        The same array.

    Raises
    ------
    CryoVesError
        If a label is below 0 or above 65 535.
    """
    if labels.dtype == np.uint16:  # which holds no others
        return labels
    if labels.size and (labels.min() < 0 or labels.max() > np.iinfo(np.uint16).max):
        raise CryoVesError("There are more labels than a label file can hold (65535).")
    return labels


def _whole_bytes(start: bytes, name: str) -> int:
    header = parse_header(start, name)
    return header.data_offset + header.data_bytes


def _opened(path: Path, name: str) -> tuple[FileArray, VolumeInfo]:
    with reading(name, "an MRC file"):
        header = parse_header(first_bytes(path, HEADER_BYTES), name)
        begin, note = find_voxels(path, header, path.stat().st_size, name)
        doubtful = refuse_tilt_series(path, header, name)
        layout = Layout.contiguous(header.dtype, header.stored_shape, begin)
        data = FileArray(path, layout, name, header.transposition)
    return data, _info(header, data, name, tuple(filter(None, [note, doubtful])))


def _info(header: MrcHeader, data: FileArray, name: str, notes: tuple[str, ...]) -> VolumeInfo:
    x, y, z = (nm_from_angstrom(size) for size in header.voxel_sizes_angstrom)
    return VolumeInfo(
        shape=data.shape,
        dtype=data.dtype,
        voxel_size_nm=one_size((x, y, z)),
        origin_angstrom=header.origin_mrc2014,
        nstart=header.nstart,
        path=name,
        warnings=(*header.notes, *notes),
        header_voxel_size_nm=one_size((x, y, z)),
        header_sizes_nm=sizes_that_differ((x, y, z)),
    )


def _write(
    path: str | os.PathLike[str],
    slabs: Iterable[NDArray[Any]],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    mode: int,
    info: VolumeInfo,
) -> None:
    """Written piece by piece and never through a map, so that a full disk is an error like any other."""
    with replacing(path) as temporary:
        header = _new_header(temporary, shape, mode, info)
        with temporary.open("r+b") as stream:
            stream.seek(HEADER_BYTES)
            _copy(slabs, stream, dtype, header)
            stream.seek(0)
            stream.write(_stamped(header))


def _copy(slabs: Iterable[NDArray[Any]], stream: IO[bytes], dtype: np.dtype[Any], header: Any) -> None:
    """Copies slab by slab, and gathers the header's statistics on the way."""
    low, high, total, squares, count = np.inf, -np.inf, 0.0, 0.0, 0
    exact = np.empty(_COUNTED_VOXELS)
    for values in slabs:
        slab = np.ascontiguousarray(values).astype(dtype, copy=False)
        stream.write(slab.data)
        flat = slab.reshape(-1)
        for start in range(0, flat.size, _COUNTED_VOXELS):
            part = flat[start : start + _COUNTED_VOXELS]
            low, high = min(low, float(part.min())), max(high, float(part.max()))
            here = exact[: part.size]
            here[...] = part
            total += float(here.sum())
            squares += float(np.vecdot(here, here))
        count += slab.size
    mean = total / count
    header.dmin, header.dmax, header.dmean = low, high, mean
    header.rms = np.sqrt(max(squares / count - mean * mean, 0.0))


def _stamped(header: Any) -> bytes:
    """The header with IMOD's stamp: old versions of IMOD take the sign of the origin, and of bytes, from there."""
    raw = bytearray(header.tobytes())
    flags = IMOD_ORIGIN_AS_2014 | (IMOD_SIGNED_BYTES if header.mode == 0 else 0)
    struct.pack_into("<ii", raw, IMOD_STAMP_AT, IMOD_STAMP, flags)
    return bytes(raw)


def _new_header(path: Path, shape: tuple[int, ...], mode: int, info: VolumeInfo) -> Any:
    """A new file that holds a header alone, and this header."""
    mrcfile.utils.dtype_from_mode(mode)  # raises for modes that there are not
    with mrcfile.new(path, overwrite=True) as mrc:
        header = mrc.header
        header.nz, header.ny, header.nx = header.mz, header.my, header.mx = shape
        header.mode = mode
        # unknown stays unknown: a length of 0 is what readers take for that
        mrc.voxel_size = angstrom_from_nm(info.voxel_size_nm) if info.voxel_size_nm else 0.0
        header.origin.x, header.origin.y, header.origin.z = info.origin_angstrom
        header.nxstart, header.nystart, header.nzstart = info.nstart
        return header.copy()


def _slabs_of(values: VoxelArray) -> Iterator[NDArray[Any]]:
    return (np.asarray(values[block]) for block in _slabs(values.shape))


def _slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices along z that hold a bounded number of voxels."""
    depth = max(_BLOCK_VOXELS // max(shape[1] * shape[2], 1), 1)
    for start in range(0, shape[0], depth):
        yield slice(start, min(start + depth, shape[0]))
