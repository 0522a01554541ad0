"""RELION STAR files: vesicles' centres as particles."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cryoves_app.domain.arrays import Points
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_text, reading
from cryoves_app.domain.tomogram_names import matching_names
from cryoves_app.domain.units import angstrom_from_nm, are_lengths, nm_from_angstrom
from cryoves_app.domain.vesicle import LARGEST_ID, Origin, Vesicle
from cryoves_app.domain.wording import counted
from cryoves_app.formats.tables.star_text import StarBlock, parse_star, star_text
from cryoves_app.storage.replacing import replacing

_WHAT = "a STAR file"
_AXES = "XYZ"
#: RELION names particles that have no name yet; others, as cryoCAT, do not read such files.
PARTICLE_NAME = "rlnTomoParticleName"
#: RELION keeps columns that it does not know.
_RADIUS, _ID, _PIXEL = "cryovesRadiusAngst", "cryovesVesicleId", "cryovesPixelSizeAngst"
_SHAPES = (
    "cryovesLongAxisAngst",
    "cryovesMiddleAxisAngst",
    "cryovesShortAxisAngst",
    "cryovesRoundnessAngst",
)
_TOMOGRAM_NAMES = ("rlnTomoName", "rlnMicrographName", "wrpSourceName")
#: Columns that say how wide the pixels are in which coordinates count; then those that may speak of other images.
_PIXEL_SIZES = (
    _PIXEL,
    "rlnTomoTiltSeriesPixelSize",
    "rlnMicrographOriginalPixelSize",
    "rlnMicrographPixelSize",
)
_OTHER_PIXEL_SIZES = ("rlnPixelSize", "rlnImagePixelSize")
#: Warp and M count in pixels of the particles that they write, and call tomograms by their own files.
_WARP_ENDING, _WARP_PIXEL_SIZES = ".tomostar", (_PIXEL, *_OTHER_PIXEL_SIZES)
_SUBTOMOGRAM_ANGLES = ("rlnTomoSubtomogramRot", "rlnTomoSubtomogramTilt", "rlnTomoSubtomogramPsi")
_PARTICLES_FILE = "rlnTomoParticlesFile"
#: A binning this near to a whole number is meant as that: voxel sizes are rounded in headers.
_BINNING_TOLERANCE = 0.01

StarRow = Mapping[str, str]


@dataclass(frozen=True)
class StarGrid:
    """The tomogram to which coordinates refer; ``shape`` is ``(z, y, x)``.

    ``binning`` says how many unbinned pixels a voxel is wide, for the coordinates of RELION 3 and 4 in files that
    do not say it themselves.
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

    def count_outside(self, places_nm: Points) -> int:
        """How many places lie outside the tomogram.

        Parameters
        ----------
        places_nm : (n, 3) array
            ``x, y, z`` in nm.
        """
        ends = (np.array(self.shape[::-1]) - 0.5) * self.voxel_size_nm
        return int(((places_nm < -0.5 * self.voxel_size_nm) | (places_nm > ends)).any(axis=1).sum())


@dataclass(frozen=True)
class Particles:
    """The vesicles of a STAR file, and what had to be decided to place them, in sentences."""

    vesicles: tuple[Vesicle, ...] = ()
    notes: tuple[str, ...] = field(default=())


def write_star(
    path: str | os.PathLike[str],
    vesicles: Iterable[Vesicle],
    grid: StarGrid,
    relion: int = 5,
    *,
    shapes: bool = False,
) -> None:
    """Writes particles for RELION 5 (ångström from the middle) or for 3 and 4 (unbinned pixels).

    With ``shapes`` each has its semi-axes and its departure from a sphere, too; those of a sphere where they are not
    known.
    """
    centred = relion >= 5
    columns = [_TOMOGRAM_NAMES[0], *_names(centred), _RADIUS, _ID, *([] if centred else [_PIXEL])]
    columns += [*(_SHAPES if shapes else []), PARTICLE_NAME]
    rows = (
        [
            *_cells(v, grid, centred),
            *(_shape_cells(v) if shapes else []),
            particle_name(grid.name, v.id),
        ]
        for v in vesicles
    )
    text = star_text("particles", columns, rows)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def particle_name(tomogram: str, number: int) -> str:
    """As RELION 4 and 5 name particles themselves."""
    return f"{tomogram}/{number}"


def read_star(
    path: str | os.PathLike[str], grid: StarGrid, default_radius_nm: float | None = None
) -> Particles:
    """Reads particles of the tomogram that ``grid`` names; of all, if the file names no tomograms.

    Coordinates in pixels count in those of the optics group, and shifts of the refinement
    (``rlnOriginXAngst``) are taken into account, as RELION's ``ParticleSet::getPosition`` does.

    Raises
    ------
    CryoVesError
        If the file is missing, has no coordinates, names other tomograms only, or a particle has no place, no
        radius (and none is given) or no proper id.
    """
    text = read_text(path, _WHAT)
    with reading(path, _WHAT):
        blocks = parse_star(text)
        rows, naming = _of_tomogram(_particle_rows(blocks, path), grid.name, path)
        places, placing = _places_nm(rows, _optics(blocks), grid)
        radii = [_radius_nm(row, default_radius_nm) for row in rows]
        ids = [_id(row, number) for number, row in enumerate(rows, 1)]
        _check(path, places, radii, ids)
    vesicles = tuple(
        Vesicle(number or 0, z, y, x, radius or 0.0, origin=Origin.IMPORTED)
        for (x, y, z), radius, number in zip(places.tolist(), radii, ids, strict=True)
    )
    return Particles(vesicles, (*naming, *placing))


def _names(centred: bool) -> list[str]:
    return [f"rlnCenteredCoordinate{a}Angst" if centred else f"rlnCoordinate{a}" for a in _AXES]


def _cells(vesicle: Vesicle, grid: StarGrid, centred: bool) -> list[str]:
    places = (vesicle.x_nm, vesicle.y_nm, vesicle.z_nm)
    if centred:
        values = [angstrom_from_nm(p - m) for p, m in zip(places, grid.middle_nm, strict=True)]
    else:
        values = [p / grid.voxel_size_nm * grid.binning for p in places]
    numbers = [f"{value:.4f}" for value in (*values, angstrom_from_nm(vesicle.radius_nm))]
    pixel = [] if centred else [f"{angstrom_from_nm(grid.voxel_size_nm) / grid.binning:.8g}"]
    return [grid.name, *numbers, str(vesicle.id), *pixel]


def _shape_cells(vesicle: Vesicle) -> list[str]:
    axes = (vesicle.long_axis_nm, vesicle.middle_axis_nm, vesicle.short_axis_nm)
    lengths = [vesicle.radius_nm if axis is None else axis for axis in axes]
    return [f"{angstrom_from_nm(value):.4f}" for value in (*lengths, vesicle.roundness_nm or 0.0)]


def _particle_rows(blocks: Sequence[StarBlock], path: str | os.PathLike[str]) -> list[dict[str, str]]:
    for block in blocks:
        if set(block.columns).issuperset(_names(True)) or set(block.columns).issuperset(_names(False)):
            return block.rows
    for block in blocks:
        if _PARTICLES_FILE in block.columns:
            named = block.rows[0][_PARTICLES_FILE] if block.values else "the particles' file"
            raise CryoVesError(
                f"{path} is an optimisation set, which holds no particles; import the file that it names: {named}."
            )
    raise CryoVesError(
        f"{path} holds no coordinates of particles (rlnCoordinateX or rlnCenteredCoordinateXAngst, and Y and Z)."
    )


def _of_tomogram(
    rows: list[dict[str, str]], name: str, path: str | os.PathLike[str]
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """The particles of one tomogram, and by what they were chosen where that is not plain."""
    column = next((c for c in _TOMOGRAM_NAMES if rows and c in rows[0]), None)
    if column is None:
        note = f"{path} names no tomogram; all it holds ({counted(len(rows), 'particle')}) is taken as of this one."
        return rows, (note,) if rows else ()
    counts = Counter(row[column] for row in rows)
    wanted = matching_names(name, counts)
    if len(wanted) > 1:
        raise CryoVesError(
            f"{path} holds particles of {_listed(wanted)}; which of them is {name} cannot be told."
        )
    if not wanted:
        raise CryoVesError(
            f"{path} holds particles of {_listed(list(counts))}, and none of the tomogram {name}."
        )
    notes = (
        []
        if wanted[0] == name
        else [f"Particles of “{wanted[0]}” are taken as those of the tomogram {name}."]
    )
    if len(counts) > 1:
        left = len(rows) - counts[wanted[0]]
        others = counted(len(counts) - 1, "other tomogram")
        notes.append(f"Left out: {counted(left, 'particle')} of {others}.")
    return [row for row in rows if row[column] == wanted[0]], tuple(notes)


def _listed(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _optics(blocks: Sequence[StarBlock]) -> dict[str, StarRow]:
    """The optics groups by their number."""
    groups = [block for block in blocks if block.name == "optics" and "rlnOpticsGroup" in block.columns]
    return {_plain(row["rlnOpticsGroup"]): row for block in groups for row in block.rows}


def _plain(number: str) -> str:
    return number.removesuffix(".0").lstrip("0") or "0"


def _places_nm(
    rows: Sequence[StarRow], optics: Mapping[str, StarRow], grid: StarGrid
) -> tuple[Points, tuple[str, ...]]:
    """Centres ``(n, 3)``, x, y, z; not a number where there is none."""
    described = [{**optics.get(_plain(row.get("rlnOpticsGroup", "")), {}), **row} for row in rows]
    if not described:
        return np.zeros((0, 3)), ()
    if set(_names(True)) <= set(described[0]):
        places = nm_from_angstrom(1.0) * _columns(described, _names(True)) + np.array(grid.middle_nm)
        return places - _shifts_nm(described, grid.voxel_size_nm), ()
    pixels_nm, notes = _pixels_nm(described, grid)
    return _columns(described, _names(False)) * pixels_nm - _shifts_nm(described, pixels_nm), notes


def _columns(rows: Sequence[StarRow], names: Sequence[str]) -> Points:
    return np.array([[_number(row.get(name)) for name in names] for row in rows]).reshape(-1, len(names))


def _number(text: str | None) -> float:
    try:
        return float(text) if text is not None else np.nan
    except ValueError:
        return np.nan


def _pixels_nm(rows: Sequence[StarRow], grid: StarGrid) -> tuple[Points, tuple[str, ...]]:
    """How wide the pixels of the coordinates are, ``(n, 1)``.

    A size that may be another image's counts only where the coordinates lie in the tomogram with it, and do not
    without.
    """
    pixels, usual = _columns(rows, _names(False)), np.full((len(rows), 1), grid.voxel_size_nm / grid.binning)
    sizes = _stated_pixels_nm(rows, _PIXEL_SIZES, grid)
    if _is_of_warp(rows):
        warps = _stated_pixels_nm(rows, _WARP_PIXEL_SIZES, grid)
        if not np.isnan(warps).any() and grid.count_outside(pixels * warps) <= grid.count_outside(
            pixels * sizes
        ):
            return warps, _binning_note(warps, grid)
    if not np.isnan(sizes).any():
        return sizes, _binning_note(sizes, grid)
    others = _stated_pixels_nm(rows, _OTHER_PIXEL_SIZES, grid)
    if not np.isnan(others).any() and grid.count_outside(pixels * others) < grid.count_outside(
        pixels * usual
    ):
        return others, _binning_note(others, grid)
    return usual, ()


def _is_of_warp(rows: Sequence[StarRow]) -> bool:
    return all(any(row.get(c, "").endswith(_WARP_ENDING) for c in _TOMOGRAM_NAMES) for row in rows)


def _stated_pixels_nm(rows: Sequence[StarRow], names: Sequence[str], grid: StarGrid) -> Points:
    """The first size above 0 of each row, brought to a whole binning where it is one but for rounding."""
    stated = nm_from_angstrom(1.0) * _columns(rows, names)
    stated[~(stated > 0) | ~np.isfinite(stated)] = np.nan
    first = np.argmax(~np.isnan(stated), axis=1)
    sizes = stated[np.arange(len(rows)), first][:, None]
    binning = grid.voxel_size_nm / sizes
    whole = np.maximum(np.round(np.nan_to_num(binning, nan=1.0)), 1.0)
    return np.where(np.abs(binning / whole - 1) < _BINNING_TOLERANCE, grid.voxel_size_nm / whole, sizes)


def _binning_note(sizes_nm: Points, grid: StarGrid) -> tuple[str, ...]:
    found = np.unique(sizes_nm)
    if np.allclose(found, grid.voxel_size_nm):
        return ()
    listed = ", ".join(f"{angstrom_from_nm(size):.4g} Å" for size in found[:4])
    binning = ", ".join(f"{grid.voxel_size_nm / size:.4g}" for size in found[:4])
    return (
        f"The coordinates count in pixels of {listed}, as the file says: the tomogram is binned by {binning}.",
    )


def _shifts_nm(rows: Sequence[StarRow], pixels_nm: Points | float) -> Points:
    """What is to be taken away from the coordinates ``(n, 3)``, x, y, z, turned as the subtomogram was.

    Until RELION 3.0 shifts counted in pixels, later in ångström.
    """
    in_angstrom, in_pixels = ([f"rlnOrigin{a}{unit}" for a in _AXES] for unit in ("Angst", ""))
    if set(in_angstrom) & set(rows[0]):
        shifts = nm_from_angstrom(1.0) * np.nan_to_num(_columns(rows, in_angstrom))
    elif set(in_pixels) & set(rows[0]):
        shifts = pixels_nm * np.nan_to_num(_columns(rows, in_pixels))
    else:
        return np.zeros((len(rows), 3))
    if not set(_SUBTOMOGRAM_ANGLES) <= set(rows[0]):
        return shifts
    from scipy.spatial.transform import Rotation  # slow to load, and seldom needed

    turned = Rotation.from_euler(
        "ZYZ", np.nan_to_num(_columns(rows, _SUBTOMOGRAM_ANGLES)), degrees=True
    ).inv()
    return np.asarray(turned.apply(shifts))


def _radius_nm(row: StarRow, default_nm: float | None) -> float | None:
    radius = nm_from_angstrom(_number(row[_RADIUS])) if _RADIUS in row else default_nm
    return radius if radius is not None and 0 < radius < np.inf else None


def _id(row: StarRow, fallback: int) -> int | None:
    number = _number(row[_ID]) if _ID in row else fallback
    return int(number) if 1 <= number <= LARGEST_ID and number == int(number) else None


def _check(
    path: str | os.PathLike[str], places: Points, radii: Sequence[float | None], ids: Sequence[int | None]
) -> None:
    for number, (place, radius, own) in enumerate(zip(places, radii, ids, strict=True), 1):
        if radius is None or not are_lengths([*place, radius]):
            raise CryoVesError(f"{path}: particle {number} has no usable place or radius.")
        if own is None:
            raise CryoVesError(f"{path}: particle {number} has no usable id; ids go from 1 to {LARGEST_ID}.")
    if len(set(ids)) < len(ids):
        raise CryoVesError(f"{path} gives the same id to two vesicles.")
