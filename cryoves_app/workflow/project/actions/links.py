"""What a person decides about links: accepted, rejected, or nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.links.judgement import ACTIVE_ZONE_END, LinkJudgement, LinkPlace, judgements_of
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Status
from cryoves_app.workflow.project.actions.patch import Action

_VERBS = {Status.ACCEPTED: "Accept", Status.REJECTED: "Reject", None: "Take back the judgement of"}


def judge_links(project: Project, places: Sequence[LinkPlace], status: Status | None, by: str = "") -> Action:
    """Accept or reject links, in the place of what was decided before; ``None`` leaves nothing decided.

    Raises
    ------
    CryoVesError
        If there is none.
    """
    if not places:
        raise CryoVesError("No link is selected.")
    known = project.link_judgements
    gone = {id(j) for j in judgements_of(places, known) if j is not None}
    kept = [j for j in known if id(j) not in gone]
    new = [] if status is None else [LinkJudgement(place, status, by) for place in places]
    after = replace(project, link_judgements=(*kept, *new))
    return Action.between("judge links", f"{_VERBS[status]} {_name(places)}", project, after)


def _name(places: Sequence[LinkPlace]) -> str:
    if len(places) > 1:
        return f"{len(places)} links"
    place = places[0]
    if place.a == ACTIVE_ZONE_END:
        return f"tether of vesicle {place.b}"
    return f"connector {place.a} – {place.b}"
