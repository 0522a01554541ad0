"""Two vesicles that are one, and one that is two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle, VesicleFields
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles
from cryoves_app.workflow.project.actions.reshape import check_sphere, reshape_vesicle
from cryoves_app.workflow.project.actions.selection import find_vesicles


def enclosing_sphere(vesicles: Sequence[Vesicle]) -> Sphere:
    """The sphere with the vesicles' mean centre, weighted by volume, and their whole volume.

    A start for the fit that follows a merge.
    """
    volumes = [v.sphere.volume_nm3 for v in vesicles]
    total = sum(volumes)
    z, y, x = (
        sum(volume * v.sphere.centre_nm[axis] for volume, v in zip(volumes, vesicles, strict=True)) / total
        for axis in range(3)
    )
    return Sphere(z, y, x, max(v.radius_nm for v in vesicles))


def merge_vesicles(
    project: Project,
    ids: Iterable[int],
    sphere: Sphere | None = None,
    measures: VesicleFields | None = None,
    by: str = "",
) -> Action:
    """Make one vesicle of several: the first keeps its id and gets the sphere, the others are rejected.

    Raises
    ------
    CryoVesError
        If fewer than two are given.
    """
    vesicles = find_vesicles(project, ids)
    if len(vesicles) < 2:
        raise CryoVesError("Select at least two vesicles to merge.")
    first, *others = vesicles
    merged = reshape_vesicle(first, sphere or enclosing_sphere(vesicles), measures)
    tags = tuple(dict.fromkeys(tag for v in vesicles for tag in v.tags))
    kept = replace(merged, tags=tags).judged(Status.ACCEPTED, by)
    gone = [v.judged(Status.REJECTED, by, f"merged into vesicle {first.id}") for v in others]
    numbers = " and ".join(str(v.id) for v in vesicles) if len(vesicles) < 4 else f"{len(vesicles)} vesicles"
    return change_vesicles("merge", f"Merge {numbers}", project, kept, *gone)


def split(
    project: Project,
    vesicle_id: int,
    spheres: Sequence[Sphere],
    measures: Sequence[VesicleFields] | None = None,
    by: str = "",
) -> Action:
    """Make several vesicles of one: the first sphere keeps the id, the others are new.

    Raises
    ------
    CryoVesError
        If fewer than two spheres are given.
    """
    (vesicle,) = find_vesicles(project, [vesicle_id])
    if len(spheres) < 2:
        raise CryoVesError("A vesicle can only be split into two or more.")
    known = list(measures or [{}] * len(spheres))
    decided = vesicle.judged(Status.ACCEPTED, by)
    fresh = replace(vesicle, judgements=()).judged(
        Status.ACCEPTED, by
    )  # nobody else has seen the other parts
    parts = []
    for place, (sphere, found) in enumerate(zip(spheres, known, strict=True)):
        check_sphere(sphere)
        part = reshape_vesicle(decided if place == 0 else fresh, sphere, found)
        number = vesicle.id if place == 0 else project.vesicles.next_id + place - 1
        origin = part.origin if place == 0 else Origin.MANUAL
        parts.append(replace(part, id=number, origin=origin, flags=_with_split(part.flags), label=None))
    return change_vesicles("split", f"Split vesicle {vesicle_id} into {len(parts)}", project, *parts)


def _with_split(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    return tuple(dict.fromkeys((*flags, Flag.SPLIT)))
