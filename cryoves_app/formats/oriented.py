"""Oriented points for other programs: RELION STAR, Dynamo tables, EM motive lists, each in its own convention."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.domain.arrays import Array, Indices, Points
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.units import angstrom_from_nm, are_lengths
from cryoves_app.formats.particles import ParticleList
from cryoves_app.formats.tables.star import PARTICLE_NAME, StarGrid, particle_name
from cryoves_app.formats.tables.star_text import star_text
from cryoves_app.storage.replacing import replacing

_EM_HEADER_BYTES, _EM_ROWS = 512, 20
#: The first bytes of an EM file: little-endian computer, two unused, 32-bit floats.
_EM_MAGIC = bytes((6, 0, 0, 5))
#: The orders of bytes by the computer that wrote a file, and the kinds of its numbers.
_EM_ORDERS, _EM_NUMBERS = {3: ">", 5: ">", 6: "<"}, {5: "f4", 9: "f8"}
#: Numbers, places, shifts and angles; what else there is, programs fill as they like.
_EM_USED = (*range(3, 13), *range(16, 19))
#: Numbers in a motive list are 32-bit floats, of which whole ones are exact up to here.
_EM_LARGEST = 1 << 24
_DYNAMO_COLUMNS = 35
_RELION_ANGLES = ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")


@dataclass(frozen=True)
class OrientedPoints:
    """Points on vesicles.

    Attributes
    ----------
    places : (n, 3) array
        ``z, y, x`` in nm.
    angles : (n, 3) array
        In degrees, in the convention of the format they are written to.
    vesicles : (n,) array
        The ids, which are numbers from 1.
    """

    places: Points
    angles: Array
    vesicles: Indices


def write_oriented_star(
    path: str | os.PathLike[str], points: OrientedPoints, grid: StarGrid, relion: int = 5
) -> None:
    """Writes particles with rot, tilt and psi: ångström from the middle (RELION 5), or unbinned pixels (3 and 4)."""
    centred = relion >= 5
    names = [f"rlnCenteredCoordinate{a}Angst" if centred else f"rlnCoordinate{a}" for a in "XYZ"]
    pixel = () if centred else ("rlnTomoTiltSeriesPixelSize",)
    columns = ["rlnTomoName", *names, *_RELION_ANGLES, "cryovesVesicleId", *pixel, PARTICLE_NAME]
    size = f"{angstrom_from_nm(grid.voxel_size_nm) / grid.binning:.8g}"
    rows = (
        [
            *(grid.name, *(f"{v:.4f}" for v in values), str(owner)),
            *([] if centred else [size]),
            particle_name(grid.name, number),
        ]
        for number, (values, owner) in enumerate(
            zip(_relion_rows(points, grid, centred), points.vesicles, strict=True), 1
        )
    )
    with replacing(path) as temporary:
        temporary.write_text(star_text("particles", columns, rows), encoding="utf-8", newline="\n")


def _relion_rows(points: OrientedPoints, grid: StarGrid, centred: bool) -> Iterator[Array]:
    places = points.places[:, ::-1]
    if centred:
        coordinates = angstrom_from_nm(1.0) * (places - np.array(grid.middle_nm))
    else:
        coordinates = places / grid.voxel_size_nm * grid.binning
    return iter(np.hstack([coordinates, points.angles]))


def write_oriented_dynamo(
    path: str | os.PathLike[str], points: OrientedPoints, voxel_size_nm: float, tomogram: int = 1
) -> None:
    """Writes a table: places in voxels counted from 1, tdrot, tilt and narot, the vesicle as region (column 21)."""
    rows = np.zeros((len(points.vesicles), _DYNAMO_COLUMNS))
    rows[:, 0] = np.arange(1, len(rows) + 1)
    rows[:, 1:3] = 1
    rows[:, 6:9] = points.angles
    rows[:, 19], rows[:, 20] = tomogram, points.vesicles
    rows[:, 23:26] = points.places[:, ::-1] / voxel_size_nm + 1
    formats = ["%d"] * _DYNAMO_COLUMNS
    formats[6:9], formats[23:26] = ["%.5f"] * 3, ["%.5f"] * 3
    with replacing(path) as temporary:
        np.savetxt(temporary, rows, fmt=formats)


def write_motive_list(
    path: str | os.PathLike[str], points: OrientedPoints, voxel_size_nm: float, tomogram: int = 1
) -> None:
    """Writes an EM motive list of 20 rows, as TOM, AV3, cryoCAT and ArtiaX have them.

    Places are whole voxels counted from 1 with the rest as shifts; φ, ψ, θ stand in rows 17, 18, 19; the vesicle is the
    object (row 6).

    Raises
    ------
    CryoVesError
        If there are more points, or larger ids, than such numbers can count; or the file cannot be written.
    """
    largest = max(len(points.vesicles), int(np.max(points.vesicles, initial=0)))
    if largest > _EM_LARGEST:
        raise CryoVesError(
            f"A motive list counts up to {_EM_LARGEST} only, and {largest} is needed; write another format."
        )
    rows = np.zeros((len(points.vesicles), _EM_ROWS), np.float32)
    exact = points.places[:, ::-1] / voxel_size_nm + 1
    whole = np.rint(exact)
    rows[:, 0], rows[:, 19] = 1, 1
    rows[:, 3] = np.arange(1, len(rows) + 1)
    rows[:, 4], rows[:, 5] = tomogram, points.vesicles
    rows[:, 7:10], rows[:, 10:13] = whole, exact - whole
    phi, theta, psi = points.angles.T
    rows[:, 16], rows[:, 17], rows[:, 18] = phi, psi, theta
    header = _EM_MAGIC + struct.pack("<3i", _EM_ROWS, len(rows), 1)
    with replacing(path) as temporary:
        temporary.write_bytes(header.ljust(_EM_HEADER_BYTES, b"\0") + rows.tobytes())


def read_motive_list(path: str | os.PathLike[str], voxel_size_nm: float) -> OrientedPoints:
    """The points of a motive list, with φ, θ and ψ.

    Raises
    ------
    CryoVesError
        If it is no EM file of 20 rows of real numbers, or is cut short.
    """
    rows = _motive_rows(path)
    return OrientedPoints(
        _motive_places(rows, voxel_size_nm), rows[:, [16, 18, 17]], rows[:, 5].astype(np.intp)
    )


def read_motive_particles(path: str | os.PathLike[str], voxel_size_nm: float) -> ParticleList:
    """The particles of a motive list by their numbers (row 4) and those of their tomograms (row 5).

    Raises
    ------
    CryoVesError
        As ``read_motive_list``.
    """
    rows = _motive_rows(path)
    ids, tomograms = rows[:, 3].astype(np.intp), rows[:, 4].astype(np.intp)
    return ParticleList(ids, _motive_places(rows, voxel_size_nm), tomograms)


def _motive_rows(path: str | os.PathLike[str]) -> Points:
    """All numbers, a particle in a row of 20."""
    with reading(path, "a motive list"):
        content = Path(path).read_bytes()
        order, kind = _EM_ORDERS.get(content[0]), _EM_NUMBERS.get(content[3])
        size = struct.unpack(f"{order}3i", content[4:16]) if order else (0, 0, 0)
        if not kind or (size[0], size[2]) != (_EM_ROWS, 1) or size[1] < 0:
            raise CryoVesError(f"{path} is no motive list of 20 rows.")
        values = np.frombuffer(content, f"{order}{kind}", _EM_ROWS * size[1], _EM_HEADER_BYTES)
        rows = values.reshape(size[1], _EM_ROWS).astype(float)
    used = rows[:, _EM_USED]
    if not are_lengths(used):
        raise CryoVesError(f"{path} holds a point without a usable place or object.")
    return rows


def _motive_places(rows: Points, voxel_size_nm: float) -> Points:
    return (rows[:, 7:10] + rows[:, 10:13] - 1)[:, ::-1] * voxel_size_nm
