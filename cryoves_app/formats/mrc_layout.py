"""Where the voxels of an MRC file begin, also where its header is wrong about that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.formats.mrc_header import HEADER_BYTES, MrcHeader

#: So many voxels are enough to see where rows end.
_LOOKED_AT_VOXELS = 1 << 22
#: How far a step between neighbours must stand out of all of them, in standard deviations, to be an edge.
_STANDS_OUT = 5.0
_FEWEST_LINES = 10


def find_voxels(path: Path, header: MrcHeader, found_bytes: int, name: str) -> tuple[int, str]:
    """The place of the first voxel in bytes, and a sentence where the header says another.

    Some programs copy a header that announces an extended one, but write none or less of it. The file is then too
    short by that much, as it is when its end is missing. Others write more before the voxels than the header announces;
    the file is then too long, as it is where something follows the voxels.

    Raises
    ------
    CryoVesError
        If voxels are missing.
    """
    expected = header.data_offset + header.data_bytes
    missing = expected - found_bytes
    if missing == 0:
        return header.data_offset, ""
    if missing < 0:
        return _before_or_behind(-missing, path, header)
    written = header.extension_bytes - missing
    if written == 0 or (written > 0 and _begins_at(header.data_offset - missing, path, header)):
        return HEADER_BYTES + written, (
            f"The header announces {header.extension_bytes} further bytes before the voxels, of which "
            f"{written or 'none'} are there; the voxels were found by the file's length."
        )
    raise CryoVesError(f"{name} is cut short: {expected} bytes expected, {found_bytes} found.")


def _before_or_behind(surplus: int, path: Path, header: MrcHeader) -> tuple[int, str]:
    """Where the voxels begin in a file that is longer than its header says, and what that means."""
    if _begins_at(header.data_offset + surplus, path, header):
        return header.data_offset + surplus, (
            f"There are {surplus} bytes before the voxels that the header does not announce; the voxels were found by "
            "the file's length."
        )
    sections = surplus // (header.data_bytes // header.stored_shape[0])
    if not sections:
        return header.data_offset, ""  # filled up to a whole number of blocks, as some programs do
    return header.data_offset, (
        f"The file is longer than its header says, by {counted(sections, 'section')} or so; what lies behind the first "
        f"{header.stored_shape[0]} was left out."
    )


def _begins_at(begin: int, path: Path, header: MrcHeader) -> bool:
    """Whether the voxels lie from this byte on, and not from the place that the header says.

    Opposite edges of an image are no neighbours, so the step from one to the other is larger than that between columns
    or rows. Read from a wrong place, it turns up within the image. They are read as if they began at this byte.
    """
    _, rows, columns = header.stored_shape
    moved, rest = divmod(header.data_offset - begin, header.dtype.itemsize)
    if rest:
        return False
    values = _values(path, header, begin)
    if moved % columns:
        return _edge_stands_out(values[:, None], columns, moved % columns)
    whole = len(values) // columns * columns
    return _edge_stands_out(values[:whole].reshape(-1, columns), rows, moved // columns % rows)


def _edge_stands_out(lines: NDArray[Any], period: int, moved: int) -> bool:
    """Whether the step that stands out among those of every ``period`` lines is the last, not ``moved`` lines on."""
    steps = np.abs(np.diff(lines, axis=0)).mean(axis=1)
    if not moved or len(steps) < period or period < _FEWEST_LINES:
        return False
    folded = steps[: len(steps) // period * period].reshape(-1, period).mean(axis=0)
    as_announced, as_if_moved = moved - 1, period - 1
    usual = np.delete(folded, [as_announced, as_if_moved])
    threshold = float(usual.mean()) + _STANDS_OUT * float(usual.std())
    return bool(folded[as_if_moved] > threshold > folded[as_announced])


def _values(path: Path, header: MrcHeader, begin: int) -> NDArray[Any]:
    """Some voxels from the middle of the volume on, if they begin there."""
    sections, rows, columns = header.stored_shape
    with path.open("rb") as stream:
        stream.seek(begin + sections // 2 * rows * columns * header.dtype.itemsize)
        raw = stream.read(_LOOKED_AT_VOXELS * header.dtype.itemsize)
    whole = len(raw) // header.dtype.itemsize * header.dtype.itemsize
    return np.nan_to_num(np.frombuffer(raw[:whole], header.dtype).astype(np.float64))
