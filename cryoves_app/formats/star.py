"""RELION STAR files: vesicles' centres as particles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.units import angstrom_from_nm, nm_from_angstrom
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.formats.atomic import replacing

_AXES = "XYZ"
#: RELION keeps columns that it does not know.
_RADIUS, _ID = "cryovesRadiusAngst", "cryovesVesicleId"


@dataclass(frozen=True)
class StarGrid:
    """The tomogram to which coordinates refer; ``shape`` is ``(z, y, x)``.

    ``binning`` says how many unbinned pixels a voxel is wide, for the coordinates of RELION 3 and 4.
    """

    name: str
    shape: tuple[int, int, int]
    voxel_size_nm: float
    binning: float = 1.0

    @property
    def middle_nm(self) -> tuple[float, float, float]:
        """Where RELION 5 counts from, ``(x, y, z)``."""
        z, y, x = (n / 2 * self.voxel_size_nm for n in self.shape)
        return x, y, z


def write_star(
    path: str | os.PathLike[str], vesicles: Iterable[Vesicle], grid: StarGrid, relion: int = 5
) -> None:
    """Writes particles for RELION 5 (ångström from the middle) or for 3 and 4 (unbinned pixels)."""
    import pandas
    import starfile

    centred = relion >= 5
    rows = [_row(v, grid, centred) for v in vesicles]
    table = pandas.DataFrame(rows, columns=["rlnTomoName", *_names(centred), _RADIUS, _ID])
    with replacing(path) as temporary:
        starfile.write({"particles": table}, temporary, float_format="%.4f")


def read_star(
    path: str | os.PathLike[str], grid: StarGrid, default_radius_nm: float | None = None
) -> list[Vesicle]:
    """Reads particles of the tomogram that ``grid`` names; of all, if the file names no tomograms.

    Raises
    ------
    CryoVesError
        If the file is missing, has no coordinates, or no radius and none is given.
    """
    rows = [row for row in _rows(path) if str(row.get("rlnTomoName", grid.name)) == grid.name]
    found = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_vesicle(row, number, grid, default_radius_nm))
        except (ValueError, TypeError) as error:
            raise CryoVesError(f"{path}: particle {number} has no usable place or radius.") from error
    if len({v.id for v in found}) < len(found):
        raise CryoVesError(f"{path} gives the same id to two vesicles.")
    return found


def _names(centred: bool) -> list[str]:
    return [f"rlnCenteredCoordinate{a}Angst" if centred else f"rlnCoordinate{a}" for a in _AXES]


def _row(vesicle: Vesicle, grid: StarGrid, centred: bool) -> list[Any]:
    places = (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
    if centred:
        values = [angstrom_from_nm(p - m) for p, m in zip(places, grid.middle_nm, strict=True)]
    else:
        values = [p / grid.voxel_size_nm * grid.binning for p in places]
    return [grid.name, *values, angstrom_from_nm(vesicle.radius_nm), vesicle.id]


def _rows(path: str | os.PathLike[str]) -> list[Mapping[str, Any]]:
    import starfile

    if not Path(path).is_file():
        raise CryoVesError(f"{path} does not exist.")
    try:
        blocks = starfile.read(path, always_dict=True)
    except Exception as error:  # the parser fails in many ways on files that are no STAR files
        raise CryoVesError(f"{path} could not be read as a STAR file.") from error
    for table in blocks.values():
        columns = set(getattr(table, "columns", ()))
        if columns.issuperset(_names(True)) or columns.issuperset(_names(False)):
            return list(table.to_dict("records"))
    raise CryoVesError(f"{path} holds no coordinates of particles.")


def _vesicle(row: Mapping[str, Any], number: int, grid: StarGrid, default_radius_nm: float | None) -> Vesicle:
    centred = set(_names(True)) <= set(row)
    values = [float(row[name]) for name in _names(centred)]
    if centred:
        x, y, z = (nm_from_angstrom(v) + m for v, m in zip(values, grid.middle_nm, strict=True))
    else:
        x, y, z = (v / grid.binning * grid.voxel_size_nm for v in values)
    radius = nm_from_angstrom(float(row[_RADIUS])) if _RADIUS in row else default_radius_nm
    if radius is None or not radius > 0:
        raise ValueError("no radius")
    if not all(abs(value) < float("inf") for value in (x, y, z)):
        raise ValueError("no place")
    return Vesicle(int(row.get(_ID, number)), z, y, x, radius, origin=Origin.IMPORTED)
