"""Vesicles from annotations in JSON: copick's picks, and points and instances of the CryoET Data Portal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cryoves_app.analysis.membrane.sphere_points import sphere_through
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_settings
from cryoves_app.domain.vesicle import Flag, Origin, Vesicle
from cryoves_app.domain.wording import counted
from cryoves_app.formats.copick.picks import LARGEST_BYTES, read_picks
from cryoves_app.formats.portal import INSTANCES, PortalPoints, files_of_annotation, read_portal_points

#: Endings of such files.
ANNOTATION_SUFFIXES = (".json", ".ndjson")
#: Fewer points than this make no sphere.
_FEWEST = 4

Annotated = tuple[list[Vesicle], tuple[str, ...]]


def read_annotations(path: Path, voxel_nm: float, default_radius_nm: float | None) -> Annotated:
    """The vesicles, and what had to be decided.

    Raises
    ------
    CryoVesError
        If the file is none of these, or tells no radius and none is given.
    """
    if path.suffix.lower() == ".ndjson":
        return _of_points(path, read_portal_points(path), voxel_nm, default_radius_nm)
    found = read_settings(path, "an annotation", LARGEST_BYTES)
    if "points" in found:
        return _of_picks(path, default_radius_nm)
    files = files_of_annotation(path)
    if not files:
        raise CryoVesError(f"{path} lists neither points nor instances.")
    best = next((file for shape, file in files if shape == INSTANCES), files[0][1])
    return _of_points(best, read_portal_points(best), voxel_nm, default_radius_nm)


def _of_picks(path: Path, default_radius_nm: float | None) -> Annotated:
    picks = read_picks(path)
    unknown = sum(p.radius_nm is None for p in picks)
    vesicles = [
        _vesicle(p.id, p.centre_nm, p.radius_nm or _given(path, default_radius_nm), p.radius_nm is not None)
        for p in picks
    ]
    return vesicles, _note(unknown, default_radius_nm)


def _of_points(
    path: Path, points: PortalPoints, voxel_nm: float, default_radius_nm: float | None
) -> Annotated:
    places = points.places_px * voxel_nm
    if points.instances is None:
        radius = _given(path, default_radius_nm) if len(places) else 0.0
        found = [_vesicle(n, (z, y, x), radius, False) for n, (z, y, x) in enumerate(places.tolist(), 1)]
        return found, _note(len(found), default_radius_nm)
    vesicles, few = [], 0
    order = np.argsort(points.instances, kind="stable")
    numbers, starts = np.unique(points.instances[order], return_index=True)
    for number, own in zip(numbers.tolist(), np.split(places[order], starts[1:]), strict=True):
        sphere = sphere_through(own) if len(own) >= _FEWEST else None
        if sphere is None:
            few += 1
            continue
        vesicles.append(_vesicle(number or 1, sphere.centre_nm, sphere.radius_nm, True))
    notes = (f"{counted(few, 'instance')} of fewer than {_FEWEST} points left out.",) if few else ()
    return vesicles, notes


def _vesicle(number: int, centre: tuple[float, float, float], radius: float, is_measured: bool) -> Vesicle:
    flags = () if is_measured else (Flag.NOT_FITTED,)
    return Vesicle(number, *centre, radius, origin=Origin.IMPORTED, flags=flags)


def _given(path: Path, default_radius_nm: float | None) -> float:
    if default_radius_nm is None:
        raise CryoVesError(f"{path} tells no radius; only instances or picks with a radius can be used here.")
    return default_radius_nm


def _note(unknown: int, default_radius_nm: float | None) -> tuple[str, ...]:
    if not unknown or default_radius_nm is None:
        return ()
    return (
        f"{counted(unknown, 'point')} without a radius got {default_radius_nm:g} nm, that of the recipe.",
    )
