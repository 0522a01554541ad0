"""What an MRC header says, with the readings that real files need (IMOD, old versions, blanks)."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from mrcfile.mrcinterpreter import MrcInterpreter

from cryoves_app.domain.errors import CryoVesError

HEADER_BYTES = 1024
_IMOD_STAMP = 1146047817
_LONGEST_AXIS = 100_000
_KNOWN_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_REFUSED_MODES = {
    3: "complex numbers (mode 3)",
    4: "complex numbers (mode 4)",
    16: "colours (RGB, mode 16)",
    101: "packed 4-bit numbers (mode 101)",
}
_VOLUME_STACK = 401


@dataclass(frozen=True)
class MrcHeader:
    """The parts of a header that matter here; triples are ``(x, y, z)`` unless said otherwise."""

    stored_shape: tuple[int, int, int]  # sections, rows, columns as they lie in the file
    axes: tuple[int, int, int]  # which axis (1 x, 2 y, 3 z) columns, rows and sections are
    dtype: np.dtype[Any]
    data_offset: int
    voxel_sizes_angstrom: tuple[float, float, float]  # 0 where not known
    origin_mrc2014: tuple[float, float, float]
    nstart: tuple[int, int, int]
    notes: tuple[str, ...]

    @property
    def data_bytes(self) -> int:
        sections, rows, columns = self.stored_shape
        return sections * rows * columns * self.dtype.itemsize

    @property
    def transposition(self) -> tuple[int, int, int]:
        """Axes of the stored array in the order ``(z, y, x)``."""
        columns, rows, sections = self.axes
        stored = (sections, rows, columns)
        return stored.index(3), stored.index(2), stored.index(1)


def parse_header(raw: bytes, name: str) -> MrcHeader:
    """Understands the first 1024 bytes of a file.

    Raises
    ------
    CryoVesError
        If it is no MRC file, or one that holds no single grey 3-D volume.
    """
    if len(raw) < HEADER_BYTES:
        raise CryoVesError(f"{name} is neither an MRC nor a TIFF file, or it is cut short in its header.")
    header, notes = _interpreted(raw)
    _check_kind(header, name)
    axes, axis_notes = _axes(header)
    return MrcHeader(
        stored_shape=(int(header.nz), int(header.ny), int(header.nx)),
        axes=axes,
        dtype=_dtype(header),
        data_offset=HEADER_BYTES + max(int(header.nsymbt), 0),
        voxel_sizes_angstrom=_voxel_sizes(header),
        origin_mrc2014=_origin(header),
        nstart=_nstart(header, axes),
        notes=(*notes, *axis_notes),
    )


def _interpreted(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    """The header record in the right byte order, by mrcfile, and what mrcfile found odd."""
    # mrcfile would read the extended header too, however large a broken file says that it is
    without_extension = raw[:92] + bytes(4) + raw[96:HEADER_BYTES]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        header = MrcInterpreter(io.BytesIO(without_extension), permissive=True, header_only=True).header
    complete = np.frombuffer(raw[:HEADER_BYTES], dtype=header.dtype).reshape(()).view(np.recarray)
    return complete, tuple(f"The header is unusual: {w.message}." for w in caught)


def _check_kind(header: Any, name: str) -> None:
    lengths = [int(header.nx), int(header.ny), int(header.nz)]
    mode = int(header.mode)
    known = mode in _KNOWN_MODES or mode in _REFUSED_MODES
    if not known or not all(1 <= n <= _LONGEST_AXIS for n in lengths):
        raise CryoVesError(f"{name} is neither an MRC nor a TIFF file.")
    if mode in _REFUSED_MODES:
        raise CryoVesError(f"{name} holds {_REFUSED_MODES[mode]}; a grey tomogram is needed.")
    if int(header.ispg) == _VOLUME_STACK:
        raise CryoVesError(f"{name} holds a stack of several volumes; a single tomogram is needed.")
    if min(lengths) == 1:
        raise CryoVesError(f"{name} is a single image, not a tomogram.")


def _dtype(header: Any) -> np.dtype[Any]:
    mode = int(header.mode)
    code = "u1" if mode == 0 and not _bytes_are_signed(header) else _KNOWN_MODES[mode]
    return np.dtype(code).newbyteorder(header.nx.dtype.byteorder)


def _imod_fields(header: Any) -> tuple[int, int]:
    """IMOD's stamp and flags, which MRC2014 knows only as spare bytes."""
    order = ">" if header.nx.dtype == np.dtype(">i4") else "<"
    stamp, flags = np.frombuffer(header.tobytes()[152:160], dtype=f"{order}i4")
    return int(stamp), int(flags)


def _follows_mrc2014(header: Any) -> bool:
    return 20140 <= int(header.nversion) <= 20200


def _bytes_are_signed(header: Any) -> bool:
    stamp, flags = _imod_fields(header)
    if stamp == _IMOD_STAMP:
        return bool(flags & 1)
    if _follows_mrc2014(header):
        return True
    low, high = float(header.dmin), float(header.dmax)
    return low < 0 and (high < 128 or -low > high - 128)


def _origin(header: Any) -> tuple[float, float, float]:
    stamp, flags = _imod_fields(header)
    standard = (stamp == _IMOD_STAMP and bool(flags & 4)) or _follows_mrc2014(header)
    sign = 1.0 if standard else -1.0
    raw = [float(header.origin[axis]) for axis in "xyz"]
    x, y, z = (sign * value if np.isfinite(value) and value else 0.0 for value in raw)
    return x, y, z


def _axes(header: Any) -> tuple[tuple[int, int, int], tuple[str, ...]]:
    stated = (int(header.mapc), int(header.mapr), int(header.maps))
    if stated in ((1, 2, 3), (0, 0, 0)):
        return (1, 2, 3), ()
    if sorted(stated) != [1, 2, 3]:
        return (1, 2, 3), (f"The header's axis order {stated} makes no sense and is ignored.",)
    names = ", ".join("xyz"[axis - 1] for axis in stated)
    return stated, (f"The file's axes are stored in the order {names}; they are shown as x, y, z.",)


def _nstart(header: Any, axes: tuple[int, int, int]) -> tuple[int, int, int]:
    """The start indices, which the file gives for columns, rows and sections, by axis."""
    stored = (int(header.nxstart), int(header.nystart), int(header.nzstart))
    return stored[axes.index(1)], stored[axes.index(2)], stored[axes.index(3)]


def _voxel_sizes(header: Any) -> tuple[float, float, float]:
    lengths = [float(header.cella[axis]) for axis in "xyz"]
    counts = [int(header.mx), int(header.my), int(header.mz)]
    sizes = [_quotient(length, count) for length, count in zip(lengths, counts, strict=True)]
    if counts[2] == 1:
        sizes[2] = sizes[0]  # an image stack gives no height of its slices
    return sizes[0], sizes[1], sizes[2]


def _quotient(length: float, count: int) -> float:
    if count <= 0 or not np.isfinite(length) or length <= 0:
        return 0.0
    return length / count
