"""A copy of a project for a person who is to judge without seeing what others did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import SUFFIX, write_project
from cryoves_app.formats.project.stored_action import StoredAction
from cryoves_app.formats.tomogram_reference import resolve_from
from cryoves_app.storage.replacing import refuse_inputs
from cryoves_app.workflow.project.history import project_before_edits

#: Under this name a project's run says whose blind review it is.
BLIND_REVIEW = "blind_review"
#: Under this name a project's run says whose results it settles.
AGREEMENT = "agreement"
_REVIEWER, PEOPLE, SPHERES = "reviewer", "people", "spheres"
#: The spheres of two people, the first one's and the second one's.
TwoSpheres = tuple[Sphere, Sphere]


def blind_copy(project: Project, done: Sequence[StoredAction], reviewer: str) -> Project:
    """The project as its last segmentation left it, with today's regions, so that all look at the same part.

    Where nothing was segmented, vesicles that were brought in from files stay; those made by hand never do. Judgements
    (of links, too), tags, and where somebody looked last go.

    Parameters
    ----------
    done
        The steps in effect that led to ``project``, oldest first.
    """
    base = project_before_edits(project, done) or project
    vesicles = VesicleSet.of([_unjudged(v) for v in base.vesicles if v.origin is not Origin.MANUAL])
    run = {**base.run, BLIND_REVIEW: {_REVIEWER: reviewer}}
    return replace(base, vesicles=vesicles, regions=project.regions, views={}, run=run, link_judgements=())


def write_blind_copy(
    project: Project, done: Sequence[StoredAction], reviewer: str, path: Path, home: Path | None = None
) -> None:
    """Write it as a project of its own.

    Raises
    ------
    CryoVesError
        If ``path`` is the project itself, or cannot be written.
    """
    refuse_inputs([path], [home])
    copy = blind_copy(project, done, reviewer)
    write_project(path, replace(copy, tomogram=resolve_from(path, copy.tomogram)))


def blind_reviewer(run: Mapping[str, object]) -> str:
    """Whose blind review a project is; empty where it is none."""
    kept = run.get(BLIND_REVIEW)
    return str(kept.get(_REVIEWER, "")) if isinstance(kept, dict) else ""


def agreeing_people(run: Mapping[str, object]) -> tuple[str, ...]:
    """Whose results a project settles; nobody's in most."""
    kept = run.get(AGREEMENT)
    people = kept.get(PEOPLE) if isinstance(kept, dict) else None
    return tuple(map(str, people)) if isinstance(people, list) else ()


def spheres_to_plain(spheres: Mapping[int, TwoSpheres]) -> JsonObject:
    """As a project's run keeps them, by the vesicle's id: z, y, x and outer radius in nm of each."""
    return {str(i): [[*s.centre_nm, s.radius_nm] for s in both] for i, both in spheres.items()}


def disputed_spheres(run: Mapping[str, object]) -> dict[int, TwoSpheres]:
    """Of an agreed project: what each of two people made of the vesicles of whose size or place they differ."""
    kept = run.get(AGREEMENT)
    spheres = kept.get(SPHERES) if isinstance(kept, dict) else None
    if not isinstance(spheres, dict):
        return {}
    try:
        return {int(i): (Sphere(*map(float, a)), Sphere(*map(float, b))) for i, (a, b) in spheres.items()}
    except (TypeError, ValueError):  # somebody changed it
        return {}


def blind_place(home: Path, reviewer: str) -> Path:
    """Where a person's copy lies by default: beside the project, with the name behind."""
    plain = "".join(c if c.isalnum() or c in "-." else "_" for c in reviewer)
    return home.with_name(f"{home.stem}_{plain}{SUFFIX}")


def _unjudged(vesicle: Vesicle) -> Vesicle:
    by_person = vesicle.reviewed or bool(vesicle.judgements)
    status = Status.ACCEPTED if by_person else vesicle.status
    reason = "" if by_person else vesicle.reason
    return vesicle.but(status=status, reason=reason, reviewed=False, judgements=(), tags=())
