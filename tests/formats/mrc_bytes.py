"""Builds MRC files byte by byte, so that the reader is tested against the format and not against a writer."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

IMOD_STAMP = 1146047817

#: name: (offset, struct format)
_FIELDS = {
    "nx": (0, "i"), "ny": (4, "i"), "nz": (8, "i"), "mode": (12, "i"),
    "nxstart": (16, "i"), "nystart": (20, "i"), "nzstart": (24, "i"),
    "mx": (28, "i"), "my": (32, "i"), "mz": (36, "i"),
    "cella_x": (40, "f"), "cella_y": (44, "f"), "cella_z": (48, "f"),
    "mapc": (64, "i"), "mapr": (68, "i"), "maps": (72, "i"),
    "dmin": (76, "f"), "dmax": (80, "f"), "dmean": (84, "f"), "ispg": (88, "i"), "nsymbt": (92, "i"),
    "nversion": (108, "i"), "imod_stamp": (152, "i"), "imod_flags": (156, "i"),
    "origin_x": (196, "f"), "origin_y": (200, "f"), "origin_z": (204, "f"),
}  # fmt: skip


def mrc_bytes(data: NDArray[Any], order: str = "<", extended: bytes = b"", **fields: float) -> bytes:
    """A file that holds ``data`` as it is, with 20 Å voxels unless ``fields`` say otherwise."""
    nz, ny, nx = data.shape
    values: dict[str, float] = {
        "nx": nx, "ny": ny, "nz": nz, "mx": nx, "my": ny, "mz": nz, "mode": 2,
        "cella_x": 20 * nx, "cella_y": 20 * ny, "cella_z": 20 * nz,
        "mapc": 1, "mapr": 2, "maps": 3, "ispg": 1, "nversion": 20140, "nsymbt": len(extended),
    }  # fmt: skip
    values |= fields
    header = bytearray(1024)
    for name, value in values.items():
        offset, kind = _FIELDS[name]
        struct.pack_into(order + kind, header, offset, int(value) if kind == "i" else value)
    header[208:212] = b"MAP "
    header[212:216] = b"\x44\x44\0\0" if order == "<" else b"\x11\x11\0\0"
    return bytes(header) + extended + data.astype(data.dtype.newbyteorder(order)).tobytes()


def write_mrc_bytes(
    path: Path, data: NDArray[Any], order: str = "<", extended: bytes = b"", **fields: float
) -> Path:
    path.write_bytes(mrc_bytes(data, order, extended, **fields))
    return path


def ramp(shape: tuple[int, int, int] = (3, 4, 5), dtype: str = "f4") -> NDArray[Any]:
    """Distinct values, so that every swapped axis shows."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)
