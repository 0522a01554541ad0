"""Vesicles from lists of particles that Dynamo, programs of motive lists, and ChimeraX write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cryoves_app.domain.arrays import Points
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.tomogram_names import last_number, matching_names, tomogram_name
from cryoves_app.domain.units import are_lengths
from cryoves_app.domain.vesicle import LARGEST_ID, Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.domain.wording import counted
from cryoves_app.formats.chimerax import read_markers
from cryoves_app.formats.dynamo import read_dynamo, read_names
from cryoves_app.formats.oriented import read_motive_particles
from cryoves_app.formats.particles import ParticleList

_TABLE, _MOTIVE_LIST, _MARKERS = ".tbl", ".em", ".cmm"
PARTICLE_SUFFIXES = (_TABLE, _MOTIVE_LIST, _MARKERS)
#: What Dynamo calls the list of tomograms beside a table.
_NAMES_BESIDE = "indices_column20.doc"

Found = tuple[list[Vesicle], tuple[str, ...]]


def vesicles_of_particles(
    path: Path, info: VolumeInfo, voxel_size_nm: float, default_radius_nm: float | None
) -> Found:
    """The vesicles of the open tomogram, and what had to be decided to tell them.

    Raises
    ------
    CryoVesError
        If the file cannot be read, is of other tomograms, or tells no radii and none is given.
    """
    if path.suffix.lower() == _MARKERS:
        return _of_markers(path, info), ()
    if default_radius_nm is None:
        raise CryoVesError(f"{path} tells places, but no radii; give the expected one.")
    names: dict[int, str] = {}
    if path.suffix.lower() == _TABLE:
        particles, names = read_dynamo(path, voxel_size_nm), _names_beside(path)
    else:
        particles = read_motive_particles(path, voxel_size_nm)
    wanted, notes = _tomogram(path, particles, names, tomogram_name(Path(info.path or path)))
    chosen = particles.tomograms == wanted
    ids = _usable_ids(particles.ids[chosen].tolist())
    return _vesicles(ids, particles.places[chosen], default_radius_nm), notes


def _of_markers(path: Path, info: VolumeInfo) -> list[Vesicle]:
    found = read_markers(path, info)
    for number, sphere in found.items():
        if not (are_lengths([*sphere.centre_nm, sphere.radius_nm]) and sphere.radius_nm > 0):
            raise CryoVesError(f"{path}: marker {number} has no usable place or radius.")
    ids = _usable_ids(list(found))
    return [
        Vesicle(number, *sphere.centre_nm, sphere.radius_nm, origin=Origin.IMPORTED)
        for number, sphere in zip(ids, found.values(), strict=True)
    ]


def _vesicles(ids: list[int], places: Points, radius_nm: float) -> list[Vesicle]:
    return [
        Vesicle(number, z, y, x, radius_nm, origin=Origin.IMPORTED)
        for number, (z, y, x) in zip(ids, places.tolist(), strict=True)
    ]


def _usable_ids(ids: list[int]) -> list[int]:
    """Their own numbers, or those of the lines where one is no id: lists may count from 0, or not at all."""
    fits = all(1 <= number <= LARGEST_ID for number in ids)
    return ids if fits and len(set(ids)) == len(ids) else list(range(1, len(ids) + 1))


def _names_beside(table: Path) -> dict[int, str]:
    beside = (table.with_suffix(".doc"), table.with_name(_NAMES_BESIDE))
    return next((read_names(path) for path in beside if is_file(path)), {})


def _tomogram(
    path: Path, particles: ParticleList, names: Mapping[int, str], own: str
) -> tuple[int, tuple[str, ...]]:
    """The number of a tomogram in a list, by its name beside the list or in its own, and what is to be said of it."""
    numbers = np.unique(particles.tomograms).tolist()
    stated = {number: names[number] for number in numbers if number in names}
    fitting = [number for number, name in stated.items() if name in matching_names(own, stated.values())]
    if not fitting and len(stated) == len(numbers) > 0:
        listed = ", ".join(f"“{name}”" for name in list(stated.values())[:4])
        raise CryoVesError(f"{path} holds particles of {listed}, and none of the tomogram {own}.")
    if not fitting:
        fitting = numbers if len(numbers) < 2 else [n for n in numbers if n == last_number(own)]
    if len(numbers) > 1 and len(fitting) != 1:
        raise CryoVesError(
            f"{path} holds particles of {len(numbers)} tomograms, told by numbers ({_listed(numbers)}); which of "
            f"them is {own} cannot be told: leave only its own in the file."
        )
    if len(numbers) < 2:
        return (fitting or [0])[0], ()
    left = int((particles.tomograms != fitting[0]).sum())
    others = counted(len(numbers) - 1, "other tomogram")
    return fitting[0], (
        f"Particles of tomogram {fitting[0]} are taken as those of {own}.",
        f"Left out: {counted(left, 'particle')} of {others}.",
    )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:4])) + (" …" if len(numbers) > 4 else "")
