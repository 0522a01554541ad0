"""A vesicle moved, resized, or fitted to the image again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Flag, Origin, Vesicle, VesicleFields
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles
from cryoves_app.workflow.project.actions.selection import action_title, find_vesicles

_LARGEST_RADIUS_NM = 1000.0
_SPHERE = ("z_nm", "y_nm", "x_nm", "radius_nm")
#: What people decide; all else is measured on the sphere and outdated once it changes.
_DECIDED = ("id", *_SPHERE, "status", "reason", "flags", "origin", "reviewed", "tags", "label", "judgements")
MEASURED_FIELDS = tuple(f.name for f in fields(Vesicle) if f.name not in _DECIDED)
_UNKNOWN = {f.name: f.default for f in fields(Vesicle) if f.name in MEASURED_FIELDS}


def move(project: Project, ids: Iterable[int], by_nm: tuple[float, float, float]) -> Action:
    """Shift vesicles by ``(z, y, x)`` nm."""
    vesicles = find_vesicles(project, ids)
    moved = [reshape_vesicle(v, _shifted(v.sphere, by_nm)) for v in vesicles]
    return change_vesicles("move", action_title("Move", vesicles), project, *moved)


def resize(project: Project, vesicle_id: int, radius_nm: float) -> Action:
    """Give a vesicle another radius."""
    (vesicle,) = find_vesicles(project, [vesicle_id])
    sphere = replace(vesicle.sphere, radius_nm=radius_nm)
    return change_vesicles(
        "resize", action_title("Resize", [vesicle]), project, reshape_vesicle(vesicle, sphere)
    )


def set_spheres(
    project: Project,
    spheres: Mapping[int, Sphere],
    measures: Mapping[int, VesicleFields] | None = None,
    verb: str = "Fit",
) -> Action:
    """Give vesicles new spheres, for example fitted ones with what the fit measured."""
    vesicles = find_vesicles(project, spheres)
    known = measures or {}
    fitted = [reshape_vesicle(v, spheres[v.id], known.get(v.id, {})) for v in vesicles]
    return change_vesicles(verb.lower(), action_title(verb, vesicles), project, *fitted)


def reshape_vesicle(vesicle: Vesicle, sphere: Sphere, measures: VesicleFields | None = None) -> Vesicle:
    """The vesicle with another sphere; what was measured on the old one is unknown again."""
    check_sphere(sphere)
    flags = tuple(flag for flag in vesicle.flags if flag not in (Flag.NOT_CONVERGED, Flag.NOT_FITTED))
    origin = Origin.MANUAL if vesicle.origin is Origin.MANUAL else Origin.EDITED
    known = {name: value for name, value in (measures or {}).items() if name in MEASURED_FIELDS}
    return vesicle.with_sphere(sphere).but(flags=flags, origin=origin, **{**_UNKNOWN, **known})


def check_sphere(sphere: Sphere) -> None:
    """Raises ``CryoVesError`` unless the sphere has a place and a sensible size."""
    if not all(math.isfinite(value) for value in sphere.centre_nm):
        raise CryoVesError("The vesicle has no place.")
    if not 0 < sphere.radius_nm <= _LARGEST_RADIUS_NM:
        raise CryoVesError(f"A vesicle's radius must lie between 0 and {_LARGEST_RADIUS_NM:g} nm.")


def _shifted(sphere: Sphere, by_nm: tuple[float, float, float]) -> Sphere:
    dz, dy, dx = by_nm
    return Sphere(sphere.z_nm + dz, sphere.y_nm + dy, sphere.x_nm + dx, sphere.radius_nm)
