"""A vesicle placed by hand, or several brought from another file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Region, join_regions
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.workflow.project.actions.patch import Action, change_vesicles, with_vesicles
from cryoves_app.workflow.project.actions.reshape import check_sphere
from cryoves_app.workflow.project.placing import is_outside


def add_vesicle(project: Project, vesicle: Vesicle, by: str = "") -> Action:
    """Add one vesicle, with what the fit measured of it; it gets the next id and is accepted by who adds it."""
    check_sphere(vesicle.sphere)
    fresh = replace(vesicle, id=project.vesicles.next_id, origin=Origin.MANUAL)
    added = fresh.judged(Status.ACCEPTED, by)
    return change_vesicles("add", f"Add vesicle {added.id}", project, added)


def import_vesicles(
    project: Project, vesicles: Iterable[Vesicle], source: str, regions: Sequence[Region] = ()
) -> Action:
    """Add vesicles and regions from a file, vesicles under new ids where theirs are taken.

    Those outside of the tomogram are brought in as rejected, so that they go nowhere.

    Raises
    ------
    CryoVesError
        If there are neither.
    """
    taken = {v.id for v in project.vesicles}
    following = project.vesicles.next_id
    added = []
    found = list(vesicles)
    beyond = max((v.id + 1 for v in found), default=0)
    for vesicle in found:
        check_sphere(vesicle.sphere)
        number = vesicle.id
        # an id below the next one may have belonged to a vesicle that went
        if number in taken or number < project.vesicles.next_id:
            following = max(following, beyond)
            number, following = following, following + 1
        taken.add(number)
        added.append(_kept_out(replace(vesicle, id=number, origin=Origin.IMPORTED), project))
    if not added and not regions:
        raise CryoVesError(f"{source} holds no vesicle.")
    words = [f"{len(part)} {name}" for part, name in ((added, "vesicles"), (regions, "regions")) if part]
    after = with_vesicles(project, *added)
    after = replace(after, regions=join_regions(project.regions, regions))
    return Action.between("import", f"Import {' and '.join(words)} from {source}", project, after)


def _kept_out(vesicle: Vesicle, project: Project) -> Vesicle:
    """Rejected if it lies outside of the tomogram."""
    if not is_outside(vesicle.sphere, project.tomogram):
        return vesicle
    return replace(vesicle, status=Status.REJECTED, reason="outside of the tomogram")
