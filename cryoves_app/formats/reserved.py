"""Arrays in files that are written to at any place, whose room on the disk is taken beforehand.

Written to through a map, a disk that gets full is no error but the end of the process.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.formats.file_array import FileArray, Layout

_PIECE_BYTES = 1 << 22
#: What systems say that cannot take room in advance on a certain kind of disk.
_NOT_SUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


def reserve_array(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """A new ``.npy`` file of zeros that is mapped for reading and writing, and has its room on the disk.

    Returns
    -------
    array of the shape that was asked for, ``(z, y, x)`` for a volume
        Zeros, of any unit.

    Raises
    ------
    OSError
        If the disk has no room for it.
    """
    about = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype))
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {**about, "shape": shape})
        offset = stream.tell()
        _take_room(stream, offset + int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize)
    return np.memmap(path, dtype=dtype, mode="r+", offset=offset, shape=shape)


def write_array(path: Path, values: NDArray[Any]) -> None:
    """Writes an array as ``.npy``; unlike numpy's own way, a full disk says so.

    Parameters
    ----------
    values : array of any shape
        Of any unit.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with path.open("wb") as stream:
        about = np.lib.format.header_data_from_array_1_0(np.empty(0, values.dtype))
        np.lib.format.write_array_header_1_0(stream, {**about, "shape": values.shape})
        stream.write(np.ascontiguousarray(values).data)


def open_array(path: Path) -> Any:
    """The array in an ``.npy`` file, of which only what is indexed is read.

    Returns
    -------
    FileArray (z, y, x)
        Of the file's own type, and of any unit; for numpy's functions an array like any other.

    Raises
    ------
    CryoVesError
        On reading, if the file has become shorter or can no longer be read.
    OSError, ValueError
        If there is no such file, or it is none that this program writes.
    """
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        offset = stream.tell()
    if is_fortran or len(shape) != 3:
        raise ValueError(f"{path.name} holds no volume in this program's order.")
    return FileArray(path, Layout.contiguous(dtype, shape, offset), path.name)


def _take_room(stream: IO[bytes], size: int) -> None:
    """Make a file so long that all of it lies on the disk; what follows the present end are zeros."""
    stream.flush()
    if sys.platform == "win32":
        stream.truncate(size)  # which takes the room there
        return
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(stream.fileno(), 0, size)
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise
        else:
            return
    while (rest := size - stream.tell()) > 0:
        stream.write(bytes(min(rest, _PIECE_BYTES)))
