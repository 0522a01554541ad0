"""Tells tilt series, which are stacks of images, from tomograms: both are MRC files with many sections."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mrcfile.dtypes import get_ext_header_dtype
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.mrc_header import HEADER_BYTES, MrcHeader

#: No tilt series has more images, and none covers fewer degrees.
_MOST_IMAGES, _LEAST_RANGE_DEG = 400, 5.0
_NAME_ENDINGS = (".st", ".ali", ".preali", "_ali.mrc", "_preali.mrc", "_st.mrc")
#: Kinds of extended headers with an entry for each image: SerialEM and IMOD, Thermo Fisher.
#: Files of tilt angles, one a line, that IMOD and AreTomo lay beside a tilt series, and often beside its tomogram.
_ANGLE_SUFFIXES = (".tlt", ".rawtlt", "_Imod.tlt")
#: SerialEM's notes on the sections of a file have its name and this ending.
_NOTES_SUFFIX = ".mdoc"
_NOTED_ANGLE = re.compile(r"^\s*TiltAngle\s*=\s*(\S+)", re.MULTILINE)
_MOST_TEXT = 1 << 22
_SERIAL_EM, _FEI = "SERI", ("FEI1", "FEI2")
_TILT_FIELD = 1
#: The older kind of FEI has no name: 1024 entries of 32 numbers, the first is the tilt.
_OLD_FEI_BYTES, _OLD_FEI_ENTRY_BYTES = 131072, 128


@dataclass(frozen=True)
class _Signs:
    """Evidence for a tilt series."""

    has_entries: bool
    is_named_so: bool
    is_image_stack: bool
    has_angles_beside: bool

    @property
    def count(self) -> int:
        return self.has_entries + self.is_named_so + self.is_image_stack + self.has_angles_beside

    def sentence(self) -> str:
        said = [
            (self.is_named_so, "its name is that of one"),
            (self.has_entries, "its header keeps an entry for each image"),
            (self.is_image_stack, "its header calls it a stack of images"),
            (self.has_angles_beside, "a file beside it holds as many tilt angles as it has sections"),
        ]
        return " and ".join(text for holds, text in said if holds)


def refuse_tilt_series(path: Path, header: MrcHeader, name: str) -> str:
    """Nothing for a tomogram, a sentence for one that could also be a tilt series.

    Raises
    ------
    CryoVesError
        If it is one: by tilt angles in its header or SerialEM's notes on it, or by two other signs.
    """
    sections, rows, columns = header.stored_shape
    if sections > _MOST_IMAGES or sections >= max(rows, columns):
        return ""
    angles = _angles(path, header)
    if angles is None:
        angles = _noted_angles(path, sections)
    if angles is not None and np.ptp(angles) >= _LEAST_RANGE_DEG:
        raise CryoVesError(
            f"{name} is a tilt series, {sections} images tilted from {angles.min():.0f}° to {angles.max():.0f}°, "
            "and no tomogram: reconstruct it first, for instance with IMOD or AreTomo."
        )
    signs = _Signs(
        header.extension_bytes > 0 and header.extension_kind in (_SERIAL_EM, *_FEI),
        name.lower().endswith(_NAME_ENDINGS),
        header.is_image_stack,
        _has_angles_beside(path, sections),
    )
    if signs.count >= 2:
        raise CryoVesError(
            f"{name} is a tilt series and no tomogram: {signs.sentence()}. "
            "Reconstruct it first, for instance with IMOD or AreTomo."
        )
    if signs.has_entries:
        return "The header keeps an entry for each section, as in a tilt series; if it is one, reconstruct it first."
    if signs.is_named_so:
        return "Its name is that of a tilt series; if it is one, reconstruct it first."
    return ""


def _noted_angles(path: Path, sections: int) -> NDArray[np.float64] | None:
    """The tilt angles that SerialEM noted of the sections of this very file."""
    return _numbers(_NOTED_ANGLE.findall(_content(path.with_name(path.name + _NOTES_SUFFIX))), sections)


def _has_angles_beside(path: Path, sections: int) -> bool:
    stem = path.name.partition(".")[0]
    names = [path.with_name(base + suffix) for base in {path.stem, stem} for suffix in _ANGLE_SUFFIXES]
    columns = [[line.split()[0] for line in _content(name).splitlines() if line.split()] for name in names]
    found = [_numbers(column, sections) for column in columns]
    return any(angles is not None and np.ptp(angles) >= _LEAST_RANGE_DEG for angles in found)


def _numbers(texts: list[str], count: int) -> NDArray[np.float64] | None:
    """So many sensible angles, if that is what the texts are."""
    try:
        angles = np.array([float(text) for text in texts])
    except ValueError:
        return None
    return angles if len(angles) == count and (np.abs(angles) <= 90).all() else None


def _content(path: Path) -> str:
    """What a small text file beside the tomogram says; nothing if there is none or it may not be read."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_TEXT:
            return ""
        return path.read_text(encoding="latin-1")
    except OSError:
        return ""


def _angles(path: Path, header: MrcHeader) -> NDArray[np.float64] | None:
    """The tilt angles of the sections, if the extended header has sensible ones for all."""
    with path.open("rb") as stream:
        stream.seek(HEADER_BYTES)
        extension = stream.read(min(header.extension_bytes, 1 << 24))
    angles = _angles_in(extension, header)
    if angles is None or not np.isfinite(angles).all() or np.abs(angles).max() > 90:
        return None
    return angles


def _angles_in(extension: bytes, header: MrcHeader) -> NDArray[np.float64] | None:
    if header.extension_kind in _FEI:
        return _angles_of_fei(extension, header)
    if header.extension_kind == _SERIAL_EM or header.bytes_of_section_entry > 0:
        entry = header.bytes_of_section_entry
        if not header.section_fields & _TILT_FIELD or entry < 2:
            return None
        return _column(extension, header, entry, 0, "i2", 0.01)
    if len(extension) == _OLD_FEI_BYTES:
        return _column(extension, header, _OLD_FEI_ENTRY_BYTES, 0, "f4", 1.0)
    return None


def _angles_of_fei(extension: bytes, header: MrcHeader) -> NDArray[np.float64] | None:
    dtype = get_ext_header_dtype(header.extension_kind.encode())
    if len(extension) < 4 or dtype.fields is None:
        return None
    (entry,) = struct.unpack_from("<i", extension)
    if not dtype.itemsize <= entry <= len(extension):
        return None
    return _column(extension, header, entry, dtype.fields["Alpha tilt"][1], "f8", 1.0)


def _column(
    extension: bytes, header: MrcHeader, entry_bytes: int, offset: int, code: str, unit: float
) -> NDArray[np.float64] | None:
    """One number out of each section's entry."""
    sections = header.stored_shape[0]
    if entry_bytes * sections > len(extension):
        return None
    entries = np.frombuffer(extension, np.uint8, entry_bytes * sections).reshape(sections, entry_bytes)
    dtype = np.dtype(code).newbyteorder(header.dtype.byteorder)
    part = np.ascontiguousarray(entries[:, offset : offset + dtype.itemsize])
    return part.view(dtype)[:, 0].astype(np.float64) * unit
