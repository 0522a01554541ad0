"""What an MRC header says, with the readings that real files need (IMOD, old versions, blanks)."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from mrcfile.mrcinterpreter import MrcInterpreter

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.recognise import not_a_tomogram

HEADER_BYTES = 1024
#: IMOD's stamp and flags, where MRC2014 has spare bytes: bytes are signed, and the origin has the sign of MRC2014.
IMOD_STAMP, IMOD_SIGNED_BYTES, IMOD_ORIGIN_AS_2014 = 1146047817, 1, 4
IMOD_STAMP_AT = 152  # the flags follow
_LONGEST_AXIS = 100_000
_KNOWN_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_REFUSED_MODES = {
    3: "complex numbers (mode 3)",
    4: "complex numbers (mode 4)",
    16: "colours (RGB, mode 16)",
    101: "packed 4-bit numbers (mode 101)",
}
_FIRST_VOLUME_STACK, _LAST_VOLUME_STACK = 401, 630


@dataclass(frozen=True)
class MrcHeader:
    """The parts of a header that matter here; triples are ``(x, y, z)`` unless said otherwise."""

    stored_shape: tuple[int, int, int]  # sections, rows, columns as they lie in the file
    axes: tuple[int, int, int]  # which axis (1 x, 2 y, 3 z) columns, rows and sections are
    dtype: np.dtype[Any]
    extension_bytes: int  # announced between header and voxels
    extension_kind: str
    bytes_of_section_entry: int  # SerialEM and IMOD: how long the extension's entry of a section is
    section_fields: int  # and what it holds, as bits
    is_image_stack: bool
    voxel_sizes_angstrom: tuple[float, float, float]  # 0 where not known
    origin_mrc2014: tuple[float, float, float]
    nstart: tuple[int, int, int]
    notes: tuple[str, ...]

    @property
    def data_bytes(self) -> int:
        """Bytes of all voxels."""
        sections, rows, columns = self.stored_shape
        return sections * rows * columns * self.dtype.itemsize

    @property
    def data_offset(self) -> int:
        """Bytes before the first voxel."""
        return HEADER_BYTES + self.extension_bytes

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
        raise not_a_tomogram(name, raw)
    header, notes = _interpreted(raw)
    if not _makes_sense(header):
        raise not_a_tomogram(name, raw)
    _check_kind(header, name)
    axes, axis_notes = _axes(header)
    section_entry = _section_entry(header)
    return MrcHeader(
        stored_shape=(int(header.nz), int(header.ny), int(header.nx)),
        axes=axes,
        dtype=_dtype(header),
        extension_bytes=max(int(header.nsymbt), 0),
        extension_kind=bytes(header.exttyp).decode("ascii", "replace").strip("\0 "),
        bytes_of_section_entry=section_entry[0],
        section_fields=section_entry[1],
        is_image_stack=int(header.ispg) == 0 and int(header.mz) == 1,
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


def _makes_sense(header: Any) -> bool:
    """Whether mode and lengths are those of an MRC file at all."""
    known = int(header.mode) in _KNOWN_MODES or int(header.mode) in _REFUSED_MODES
    return known and all(1 <= int(n) <= _LONGEST_AXIS for n in (header.nx, header.ny, header.nz))


def _check_kind(header: Any, name: str) -> None:
    mode = int(header.mode)
    if mode in _REFUSED_MODES:
        raise CryoVesError(f"{name} holds {_REFUSED_MODES[mode]}; a grey tomogram is needed.")
    volumes = _volumes(header)
    if volumes > 1:
        raise CryoVesError(
            f"{name} holds a stack of several volumes ({volumes}); a single tomogram is needed. "
            "IMOD's trimvol -z FIRST,LAST cuts one out."
        )
    if min(int(header.nx), int(header.ny), int(header.nz)) == 1:
        raise CryoVesError(f"{name} is a single image, not a tomogram.")


def _volumes(header: Any) -> int:
    """How many volumes a file says that it holds: stacks of them have a space group above 400 (MRC2014)."""
    sections, of_each = int(header.nz), int(header.mz)
    if not _FIRST_VOLUME_STACK <= int(header.ispg) <= _LAST_VOLUME_STACK or of_each < 1:
        return 1
    return max(sections // of_each, 1)


def _dtype(header: Any) -> np.dtype[Any]:
    mode = int(header.mode)
    code = "u1" if mode == 0 and not _bytes_are_signed(header) else _KNOWN_MODES[mode]
    return np.dtype(code).newbyteorder(header.nx.dtype.byteorder)


def _imod_fields(header: Any) -> tuple[int, int]:
    """IMOD's stamp and flags, which MRC2014 knows only as spare bytes."""
    order = ">" if header.nx.dtype == np.dtype(">i4") else "<"
    stamp, flags = np.frombuffer(header.tobytes()[IMOD_STAMP_AT : IMOD_STAMP_AT + 8], dtype=f"{order}i4")
    return int(stamp), int(flags)


def _section_entry(header: Any) -> tuple[int, int]:
    """Length and kind of what SerialEM and IMOD keep of each section in the extended header."""
    order = ">" if header.nx.dtype == np.dtype(">i4") else "<"
    length, fields = np.frombuffer(header.tobytes()[128:132], dtype=f"{order}i2")
    return int(length), int(fields)


def _follows_mrc2014(header: Any) -> bool:
    return 20140 <= int(header.nversion) <= 20200


def _bytes_are_signed(header: Any) -> bool:
    stamp, flags = _imod_fields(header)
    if stamp == IMOD_STAMP:
        return bool(flags & IMOD_SIGNED_BYTES)
    if _follows_mrc2014(header):
        return True
    low, high = float(header.dmin), float(header.dmax)
    return low < 0 and (high < 128 or -low > high - 128)


def _origin(header: Any) -> tuple[float, float, float]:
    stamp, flags = _imod_fields(header)
    standard = (stamp == IMOD_STAMP and bool(flags & IMOD_ORIGIN_AS_2014)) or _follows_mrc2014(header)
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
