"""How much a packed chunk unpacks to, found out before it is: a few kilobytes may hold gigabytes."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Any

_PIECE = 1 << 20
#: Deflate makes at most so many bytes of one.
_MOST_BY_DEFLATE = 1032
_LZMA_MEMORY = 1 << 28
_ZSTD_MAGIC, _ZSTD_SKIPPED = 0xFD2FB528, 0x184D2A50
_ZSTD_BLOCK = 1 << 17


class TooMuchError(ValueError):
    """It unpacks to more than it may."""


def check_unpacked(packing: str, data: bytes, most: int) -> None:
    """Refuse packed data that unpack to more than ``most`` bytes.

    Parameters
    ----------
    packing
        One of ``PACKINGS``; empty for data that are not packed.

    Raises
    ------
    TooMuchError
        If they do.
    Exception
        Whatever the library says of data that are damaged.
    """
    if packing and data:
        PACKINGS[packing](data, most)


def _said_at(place: int, data: bytes, most: int) -> None:
    """A whole number at the beginning says it, and no more than that is ever written."""
    if struct.unpack_from("<I", data, place)[0] > most:
        raise TooMuchError("a chunk says that it unpacks to far more than it should")


def _deflated(data: bytes, most: int) -> None:
    if len(data) * _MOST_BY_DEFLATE > most:
        _counted(lambda: zlib.decompressobj(wbits=47), _with_rest, data, most)


def _with_rest(unpacker: Any, data: bytes) -> bytes:
    """Zlib gives back what it did not come to, where others keep it."""
    return unpacker.decompress(unpacker.unconsumed_tail or data, _PIECE)


def _bz2ed(data: bytes, most: int) -> None:
    _counted(bz2.BZ2Decompressor, lambda unpacker, piece: unpacker.decompress(piece, _PIECE), data, most)


def _lzmaed(data: bytes, most: int) -> None:
    def begin() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)

    _counted(begin, lambda unpacker, piece: unpacker.decompress(piece, _PIECE), data, most)


def _counted(begin: Callable[[], Any], step: Callable[[Any, bytes], bytes], data: bytes, most: int) -> None:
    """Unpack piece by piece, keeping none, as long as there is data."""
    total, rest = 0, data
    while rest:
        unpacker, given = begin(), rest
        while not unpacker.eof:
            piece = step(unpacker, given)
            total += len(piece)
            if total > most:
                raise TooMuchError("a chunk unpacks to far more than it should")
            if not piece:  # cut short, or followed by something else
                return
            given = b""
        rest = unpacker.unused_data


def _zstd(data: bytes, most: int) -> None:
    """By the headers of frames and blocks: no block gives more than 128 KiB."""
    at, total = 0, 0
    while at + 8 <= len(data):
        magic, length = struct.unpack_from("<II", data, at)
        if magic & ~15 == _ZSTD_SKIPPED:
            at += 8 + length
            continue
        if magic != _ZSTD_MAGIC:
            return
        stated, at, has_checksum = _zstd_header(data, at + 4)
        blocks, at = _zstd_blocks(data, at)
        at += 4 * has_checksum
        total += blocks if stated is None else stated
        if total > most:
            raise TooMuchError("a chunk says that it unpacks to far more than it should")


def _zstd_header(data: bytes, at: int) -> tuple[int | None, int, bool]:
    """What a frame says of its length, if it does; where its blocks begin; whether a checksum follows them."""
    mark = data[at]
    is_single = bool(mark & 32)
    size_bytes = (1 if is_single else 0, 2, 4, 8)[mark >> 6]
    start = at + 1 + (not is_single) + (0, 1, 2, 4)[mark & 3]
    stated = int.from_bytes(data[start : start + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    return stated if size_bytes else None, start + size_bytes, bool(mark & 4)


def _zstd_blocks(data: bytes, at: int) -> tuple[int, int]:
    """What the blocks of a frame give at most, and where they end."""
    total, is_last = 0, False
    while not is_last and at + 3 <= len(data):
        head = int.from_bytes(data[at : at + 3], "little")
        is_last, kind, size = bool(head & 1), head >> 1 & 3, head >> 3
        total += _ZSTD_BLOCK if kind == 2 else size
        at += 3 + (1 if kind == 1 else size)
    return total, at


PACKINGS: dict[str, Callable[[bytes, int], None]] = {
    "gzip": _deflated,
    "zlib": _deflated,
    "bz2": _bz2ed,
    "lzma": _lzmaed,
    "zstd": _zstd,
    "blosc": lambda data, most: _said_at(4, data, most),
    "lz4": lambda data, most: _said_at(0, data, most),
}
