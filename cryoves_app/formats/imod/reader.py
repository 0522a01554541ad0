"""Reads an IMOD model file, trusting no count or length in it."""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file, reading
from cryoves_app.formats.imod.model import DEFAULT_SIZE, ImageReference, ImodContour, ImodModel, ImodObject

_MAGIC = b"IMODV1.2"
_HEADER_BYTES = 232
_MATERIAL_BYTES = 16  # whatever the chunk says: some writers give a wrong length
_CONTOUR_OPEN = 1 << 3
_WHAT = "an IMOD model"
_GZIP, _START_BYTES, _MOST_BYTES = b"\x1f\x8b", 256, 1 << 30
#: No tomogram has as many pixels along an axis; numbers beyond come from damaged files.
_FARTHEST_PX = 1e6


class _Cursor:
    """Bytes read in order; asking for more than there is raises ``EOFError``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._data):
            raise EOFError
        piece = self._data[self._at : self._at + count]
        self._at += count
        return piece

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f">{layout}", self.take(struct.calcsize(f">{layout}")))

    def floats(self, count: int) -> NDArray[np.float32]:
        return np.frombuffer(self.take(4 * count), dtype=">f4").astype(np.float32)

    def text(self, count: int) -> str:
        raw = self.take(count).split(b"\0")[0]
        try:
            return raw.decode()
        except UnicodeDecodeError:  # of an older program
            return raw.decode("latin-1")


def read_model(path: str | os.PathLike[str]) -> ImodModel:
    """Reads a model; unknown parts are skipped.

    Raises
    ------
    CryoVesError
        If the file is missing, no IMOD model, or damaged.
    """
    with reading(path, _WHAT):
        data = _content(Path(path))
        if _is_text(data):
            raise CryoVesError(
                f"{path} is an IMOD model saved as text; open it in 3dmod and save it again (File, Save Model As)."
            )
        if not data.startswith(_MAGIC):
            raise CryoVesError(f"{path} is no IMOD model.")
        try:
            return _Reader(_Cursor(data[len(_MAGIC) :])).read()
        except EOFError:
            raise CryoVesError(f"{path} is a damaged IMOD model: it ends too early.") from None


def is_model(path: Path) -> bool:
    """Whether a file is meant to be an IMOD model: by its ending, else by its first bytes."""
    if path.suffix.lower() == ".mod":
        return True
    if not is_file(path):
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(_START_BYTES)
        start = _unpacked(start, _START_BYTES)
    except (OSError, ValueError, zlib.error):
        return False
    return start.startswith(_MAGIC[:4]) or _is_text(start)


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    unpacked = _unpacked(data, _MOST_BYTES + 1)
    if len(unpacked) > _MOST_BYTES and unpacked is not data:
        raise CryoVesError(f"{path} is too large for an IMOD model.")
    return unpacked


def _unpacked(data: bytes, most_bytes: int) -> bytes:
    """The content of a file that may be packed by gzip, at most so much of it."""
    if not data.startswith(_GZIP):
        return data
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, most_bytes)


def _is_text(data: bytes) -> bool:
    """IMOD's other form of a model: words and numbers, after a comment that says so."""
    lines = (line.strip().lower() for line in data[:_START_BYTES].splitlines())
    first = next((line for line in lines if line), b"")
    return first.startswith((b"# imod ascii", b"imod "))


class _Reader:
    """Walks through the chunks; those of an object belong to the last one begun."""

    def __init__(self, cursor: _Cursor) -> None:
        self._cursor = cursor
        self._objects: list[ImodObject] = []
        self._contours: list[list[ImodContour]] = []
        self._reference: ImageReference | None = None

    def read(self) -> ImodModel:
        header = _header(self._cursor)
        while not self._cursor.at_end:
            tag = self._cursor.take(4)
            if tag == b"IEOF":
                break
            self._chunk(tag)
        objects = [
            replace(o, contours=tuple(map(_placed, c)))
            for o, c in zip(self._objects, self._contours, strict=True)
        ]
        lost = sum(len(c.points) for found in self._contours for c in found) - sum(
            len(c.points) for o in objects for c in o.contours
        )
        return replace(header, objects=tuple(objects), reference=self._reference, lost_points=lost)

    def _chunk(self, tag: bytes) -> None:
        if tag == b"OBJT":
            self._objects.append(_object(self._cursor))
            self._contours.append([])
        elif tag == b"CONT":
            self._last_contours().append(_contour(self._cursor))
        elif tag == b"MESH":
            vertices, indices = self._cursor.unpack("ii8x")
            self._cursor.take(12 * vertices)
            self._cursor.take(4 * indices)
        elif tag == b"IMAT":
            self._cursor.take(4 + _MATERIAL_BYTES)
        else:
            self._sized_chunk(tag)

    def _sized_chunk(self, tag: bytes) -> None:
        (size,) = self._cursor.unpack("i")
        payload = _Cursor(self._cursor.take(size))
        if tag == b"SIZE":
            self._change_last_contour(radii_px=payload.floats(size // 4))
        elif tag == b"LABL":
            with suppress(EOFError):  # an odd label is no reason to lose the model
                label, point_labels = _labels(payload)
                self._change_last_contour(label=label, point_labels=point_labels)
        elif tag == b"MINX":
            self._reference = _reference(payload)

    def _last_contours(self) -> list[ImodContour]:
        if not self._contours:
            raise EOFError
        return self._contours[-1]

    def _change_last_contour(self, **changes: Any) -> None:
        contours = self._last_contours()
        if not contours:
            raise EOFError
        radii = changes.get("radii_px")
        if radii is not None and len(radii) != len(contours[-1].points):
            raise EOFError
        contours[-1] = replace(contours[-1], **changes)


def _header(cursor: _Cursor) -> ImodModel:
    header = _Cursor(cursor.take(_HEADER_BYTES))
    header.take(128)
    x, y, z, _objects, flags = header.unpack("4iI")
    (z_scale,) = header.unpack("16x12x8xf")
    pixel_size, unit = header.unpack("12x8xfi")
    return ImodModel((x, y, z), (), pixel_size, unit, z_scale, flags)


def _object(cursor: _Cursor) -> ImodObject:
    name = cursor.text(64)
    (flags,) = cursor.unpack("64x4xI")
    red, green, blue, radius = cursor.unpack("8x3fi")
    cursor.take(16)
    return ImodObject(name, (), flags, (red, green, blue), radius if abs(radius) < _FARTHEST_PX else 0)


def _contour(cursor: _Cursor) -> ImodContour:
    count, flags, time, surface = cursor.unpack("iIii")
    points = cursor.floats(3 * count).reshape(-1, 3)
    return ImodContour(points, surface=surface, time=time, is_open=bool(flags & _CONTOUR_OPEN))


def _placed(contour: ImodContour) -> ImodContour:
    """The contour without points that have no place, and with the usual size where a size is none."""
    radii = contour.radii_px
    if radii is not None:
        radii = np.where(np.abs(radii) < _FARTHEST_PX, radii, np.float32(DEFAULT_SIZE))
    kept = (np.abs(contour.points) < _FARTHEST_PX).all(axis=1)
    if kept.all():
        return replace(contour, radii_px=radii)
    numbers = {int(old): new for new, old in enumerate(np.flatnonzero(kept))}
    labels = {numbers[old]: text for old, text in contour.point_labels.items() if old in numbers}
    return replace(
        contour,
        points=contour.points[kept],
        radii_px=None if radii is None else radii[kept],
        point_labels=labels,
    )


def _labels(payload: _Cursor) -> tuple[str, dict[int, str]]:
    (count,) = payload.unpack("i")
    label = _padded_text(payload)
    labels = {}
    for _ in range(count):
        (index,) = payload.unpack("i")
        labels[int(index)] = _padded_text(payload)
    return label, labels


def _padded_text(payload: _Cursor) -> str:
    (length,) = payload.unpack("i")
    text = payload.text(length)
    payload.take(-length % 4)
    return text


def _reference(payload: _Cursor) -> ImageReference:
    values = [float(v) for v in payload.floats(18)]
    scale, origin = values[9:12], values[12:15]
    return ImageReference((scale[0], scale[1], scale[2]), (origin[0], origin[1], origin[2]))
