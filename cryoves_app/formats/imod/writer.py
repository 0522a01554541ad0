"""Writes an IMOD model file."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.formats.imod.model import ImageReference, ImodContour, ImodModel, ImodObject, ObjectFlag
from cryoves_app.storage.replacing import replacing

_NO_SYMBOL, _CIRCLE = 1, 0


def write_model(path: str | os.PathLike[str], model: ImodModel) -> None:
    """Writes the model, atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(b"".join(_parts(model)))


def _parts(model: ImodModel) -> Iterator[bytes]:
    yield b"IMODV1.2"
    yield _header(model)
    for item in model.objects:
        yield from _object(item)
    yield _chunk(b"VIEW", struct.pack(">i", 0))
    if model.reference is not None:
        yield _chunk(b"MINX", _reference(model.reference))
    yield b"IEOF"


def _header(model: ImodModel) -> bytes:
    return b"".join(
        (
            b"\0" * 128,
            struct.pack(">3i", *model.size_px),
            struct.pack(">iI", len(model.objects), model.flags),
            struct.pack(">4i", 1, 0, 0, 255),  # drawing mode, mouse mode, black, white
            struct.pack(">3f", 0, 0, 0),  # offsets
            struct.pack(">3f", 1, 1, model.z_scale),
            struct.pack(">3i", 0, 0, 0),  # current object, contour, point
            struct.pack(">2i", 3, 128),  # resolution, threshold
            struct.pack(">fi", model.pixel_size, model.unit),
            struct.pack(">i3f", 0, 0, 0, 0),  # checksum, angles
        )
    )


def _object(item: ImodObject) -> Iterator[bytes]:
    yield b"OBJT"
    yield _name(item.name).ljust(64, b"\0")
    yield bytes(64)
    yield struct.pack(">iIii", len(item.contours), item.flags, 0, 1)
    yield struct.pack(">3fi", *item.colour, item.radius_px)
    symbol = _CIRCLE if item.flags & ObjectFlag.SCATTERED else _NO_SYMBOL
    yield struct.pack(">8B", symbol, 3, 1, 1, 0, 0, 0, 0)
    yield struct.pack(">2i", 0, max((c.surface for c in item.contours), default=0))
    for contour in item.contours:
        yield from _contour(contour)
    yield _chunk(b"IMAT", _material(item))


def _name(name: str) -> bytes:
    """At most 63 bytes of UTF-8, cut between two letters."""
    return name.encode()[:63].decode(errors="ignore").encode()


def _contour(contour: ImodContour) -> Iterator[bytes]:
    yield b"CONT"
    yield struct.pack(">iIii", len(contour.points), 0, contour.time, contour.surface)
    yield _floats(contour.points)
    if contour.label or contour.point_labels:
        yield _chunk(b"LABL", _labels(contour))
    if contour.radii_px is not None:
        yield _chunk(b"SIZE", _floats(contour.radii_px))


def _labels(contour: ImodContour) -> bytes:
    parts = [struct.pack(">i", len(contour.point_labels)), _padded_text(contour.label)]
    for index, text in sorted(contour.point_labels.items()):
        parts += [struct.pack(">i", index), _padded_text(text)]
    return b"".join(parts)


def _padded_text(text: str) -> bytes:
    # the padding counts as part of the text, so that readers agree whether they skip it or not
    raw = text.encode() + b"\0"
    raw += bytes(-len(raw) % 4)
    return struct.pack(">i", len(raw)) + raw


def _material(item: ImodObject) -> bytes:
    red, green, blue = (round(255 * min(max(part, 0.0), 1.0)) for part in item.colour)
    return struct.pack(">4B4BI4B", 102, 255, 127, 4, red, green, blue, 0, 0, 0, 255, 0, 0)


def _reference(reference: ImageReference) -> bytes:
    none, origin = (0.0, 0.0, 0.0), reference.origin_imod
    values = ((1.0, 1.0, 1.0), origin, none, reference.scale_angstrom, origin, none)
    return b"".join(struct.pack(">3f", *triple) for triple in values)


def _floats(values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values, dtype=">f4").tobytes()


def _chunk(tag: bytes, payload: bytes) -> bytes:
    return tag + struct.pack(">i", len(payload)) + payload
