"""The chain of directories of a TIFF file, walked before any library follows it.

Each directory says where the next one is. In a damaged file, or one made for it, the chain can be endless or each of
its links claim the whole file, and a library that trusts it never comes to an end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

from cryoves_app.domain.errors import CryoVesError

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_MOST_PAGES, _MOST_TAGS = 100_000, 4096
#: All directories together may point to so many times the file's size: pages may share a little, not everything.
_MOST_SHARED, _ALWAYS_ALLOWED_BYTES = 4, 1 << 26
_TYPE_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}


@dataclass(frozen=True)
class _Dialect:
    """Byte order and field widths: classic TIFF counts in 4 bytes, BigTIFF in 8."""

    order: str
    is_big: bool

    @property
    def count(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.is_big else "H"))

    @property
    def tag(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8x" if self.is_big else "HHI4x"))

    @property
    def place(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.is_big else "I"))


def check_directories(stream: IO[bytes], file_bytes: int, name: str) -> int:
    """How many directories a TIFF file has.

    Raises
    ------
    CryoVesError
        If they follow each other in a circle, lie outside the file, or there are more than any tomogram has.
    """
    dialect, place = _start(stream, name)
    seen: set[int] = set()
    claimed = 0
    while place:
        if place in seen or len(seen) >= _MOST_PAGES:
            raise _damaged(name, "its images follow each other without end")
        seen.add(place)
        if place >= file_bytes:
            raise _damaged(name, "it is cut short, or its images lie outside the file")
        more, place = _directory(stream, dialect, place, name)
        claimed += more
        if claimed > _MOST_SHARED * file_bytes + _ALWAYS_ALLOWED_BYTES:
            raise _damaged(name, "its directories claim far more than the file holds")
    if not seen:
        raise _damaged(name, "it holds no image")
    return len(seen)


def _start(stream: IO[bytes], name: str) -> tuple[_Dialect, int]:
    stream.seek(0)
    head = stream.read(16)
    dialect = _Dialect("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    try:
        (place,) = dialect.place.unpack_from(head, 8 if dialect.is_big else 4)
    except struct.error as error:
        raise _damaged(name, "it is cut short in its first bytes") from error
    return dialect, int(place)


def _directory(stream: IO[bytes], dialect: _Dialect, place: int, name: str) -> tuple[int, int]:
    """How many bytes its tags claim elsewhere in the file, and where the next directory is."""
    stream.seek(place)
    try:
        (count,) = dialect.count.unpack(stream.read(dialect.count.size))
        if count > _MOST_TAGS:
            raise _damaged(name, f"one of its directories has {count} entries")
        tags = stream.read(count * dialect.tag.size)
        claimed = sum(_TYPE_BYTES.get(kind, 1) * length for _, kind, length in dialect.tag.iter_unpack(tags))
        (following,) = dialect.place.unpack(stream.read(dialect.place.size))
    except struct.error as error:
        raise _damaged(name, "it is cut short in the middle of a directory") from error
    return claimed, int(following)


def _damaged(name: str, why: str) -> CryoVesError:
    return CryoVesError(f"{name} is a damaged TIFF file: {why}.")
