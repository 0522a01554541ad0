"""Compressed tomograms, which are unpacked once into a temporary file."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.shortage import is_shortage
from cryoves_app.formats.recognise import first_bytes
from cryoves_app.formats.temporary import check_room, remove_temporary_file, temporary_file

_PIECE_BYTES = 1 << 22


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


_OPENERS: dict[bytes, Callable[[Path], _Stream]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}


def is_compressed(path: Path) -> bool:
    """Whether a file is one of gzip, bzip2 or xz, by its content."""
    return _magic(path) is not None


def unpack(path: Path, name: str, start_bytes: int, whole_bytes: Callable[[bytes], int]) -> Path:
    """A temporary file with the content of a compressed one; the caller removes it.

    Parameters
    ----------
    path, name
        The compressed file, and what sentences call it.
    start_bytes, whole_bytes
        What the first so many unpacked bytes say that the whole has, at most: a small compressed file can hold
        terabytes, so nothing else is unpacked. ``whole_bytes`` raises where the content is of no use.

    Raises
    ------
    CryoVesError
        If the file is damaged, holds nothing of use, or does not fit on the disk; no temporary file is left.
    """
    with reading(name, "a compressed file"), closing(_Packed(path, name)) as packed:
        start = packed.read_fully(start_bytes)
        most = whole_bytes(start)
        check_room(most, f"Unpacking {name}")
        target = temporary_file("unpacked")
        try:
            _copy(start, packed, most, target)
        except BaseException:
            remove_temporary_file(target)
            raise
    return target


def _magic(path: Path) -> bytes | None:
    start = first_bytes(path, 6)
    return next((magic for magic in _OPENERS if start.startswith(magic)), None)


class _Packed:
    """The unpacked content of a compressed file, as a stream."""

    def __init__(self, path: Path, name: str) -> None:
        magic = _magic(path)
        assert magic is not None
        self._stream = _OPENERS[magic](path)
        self._name = name

    def close(self) -> None:
        self._stream.close()

    def read(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except Exception as error:
            # of the many errors that unpackers have only the system's own say more than that the content is bad
            if is_shortage(error) or (isinstance(error, OSError) and error.errno is not None):
                raise
            raise CryoVesError(f"{self._name} could not be unpacked: it is damaged or cut short.") from error

    def read_fully(self, count: int) -> bytes:
        pieces = []
        while count and (piece := self.read(count)):
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)


def _copy(start: bytes, packed: _Packed, most: int, target: Path) -> None:
    with target.open("wb") as plain:
        plain.write(start)
        rest = most - len(start)
        while rest > 0 and (piece := packed.read(min(_PIECE_BYTES, rest))):
            plain.write(piece)
            rest -= len(piece)
    packed.read(1)  # at its end the checksum is compared
