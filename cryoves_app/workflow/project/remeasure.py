"""What is measured again after an edit: the profile at the new place, the p-value, overlaps and cut faces.

None of it is a step of the history, and none of it changes what a person decided. The p-value of an edited vesicle is
that against the other accepted ones as they stand, so it can be compared with theirs; ``p_values_of_all`` tests the
whole population anew, as a segmentation does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.acceptance.judgement import (
    features_of,
    flag_overlaps,
    make_comparable,
    radius_groups,
)
from cryoves_app.analysis.acceptance.outliers import distances_to, mahalanobis_test
from cryoves_app.analysis.by_hand.manual_fit import ManualFitter
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle, VesicleFields
from cryoves_app.domain.vesicle_set import VesicleSet

#: Accepted vesicles that are less likely than this are no part of the population that others are compared with.
POPULATION_P = 1e-3
#: The name, among the values of a project's run, of when the p-values of all were last computed.
P_VALUES_AT = "p_values_at"


def lacks_measures(vesicle: Vesicle) -> bool:
    """Whether nothing is known of a vesicle's profile; rejected ones can wait."""
    return vesicle.contrast is None and vesicle.status is not Status.REJECTED


def was_changed(vesicle: Vesicle) -> bool:
    """Whether its profile is unknown because a person placed or changed it."""
    return lacks_measures(vesicle) and vesicle.origin in (Origin.MANUAL, Origin.EDITED)


def profile_measures(fitter: ManualFitter, vesicle: Vesicle) -> VesicleFields:
    """What the image shows at a vesicle's sphere, which stays as it is; takes about ten milliseconds."""
    return fitter.measure(vesicle.sphere, (vesicle.id,))


def missing_p_values(vesicles: VesicleSet) -> dict[int, VesicleFields]:
    """D² and p-value of vesicles that have measures and no p-value yet, each against all others."""
    rows = [v for v in vesicles if v.status is not Status.REJECTED]
    usual = np.array([_is_usual(v) for v in rows], dtype=bool)
    features = _comparable(rows, usual)
    others = usual & np.isfinite(features).all(axis=1)
    found: dict[int, VesicleFields] = {}
    for row in np.flatnonzero([v.p_value is None for v in rows]).tolist():
        # a vesicle placed by hand has no shape: it is compared by what is known of it
        told = np.isfinite(features[row])
        if not told.any():
            continue
        rest = others.copy()
        rest[row] = False
        d2, p = distances_to(features[row : row + 1][:, told], features[rest][:, told])
        if np.isfinite(p[0]):
            found[rows[row].id] = {"mahalanobis_sq": float(d2[0]), "p_value": float(p[0])}
    return found


def _comparable(rows: list[Vesicle], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    features = features_of(rows)
    return make_comparable(features, usable, radius_groups(features, usable))


def _is_usual(vesicle: Vesicle) -> bool:
    """Whether others are compared with it: accepted, whole, and itself not unusual."""
    whole = vesicle.status is Status.ACCEPTED and Flag.FACE not in vesicle.flags
    return whole and (vesicle.p_value is None or vesicle.p_value >= POPULATION_P)


def p_values_of_all(vesicles: VesicleSet) -> dict[int, VesicleFields]:
    """D² and p-value of every vesicle against the robust population of accepted ones; unknown where too few."""
    rows = list(vesicles)
    usable = np.array([v.status is Status.ACCEPTED and Flag.FACE not in v.flags for v in rows], dtype=bool)
    test = mahalanobis_test(_comparable(rows, usable), usable)
    return {
        v.id: {"mahalanobis_sq": _number(d2), "p_value": _number(p)}
        for v, d2, p in zip(rows, test.mahalanobis_sq, test.p_value, strict=True)
    }


def flags_now(project: Project) -> dict[int, VesicleFields]:
    """Overlaps and cut faces as the spheres lie now, for vesicles whose flags say otherwise; rejected ones stay."""
    bare = [
        v.but(flags=tuple(f for f in v.flags if f not in (Flag.OVERLAP, Flag.FACE))) for v in project.vesicles
    ]
    flagged = flag_overlaps(bare)
    cut = _cut_by_face(project)
    found: dict[int, VesicleFields] = {}
    for old, new, is_cut in zip(project.vesicles, flagged, cut, strict=True):
        flags = (Flag.FACE, *new.flags) if is_cut else new.flags
        if old.status is not Status.REJECTED and set(flags) != set(old.flags):
            found[old.id] = {"flags": flags}
    return found


def _cut_by_face(project: Project) -> NDArray[np.bool_]:
    voxel = project.tomogram.voxel_size_nm
    rows = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in project.vesicles], float).reshape(-1, 4)
    far = (np.array(project.tomogram.shape) - 1) * voxel
    centre, radius = rows[:, :3], rows[:, 3:]
    return np.asarray(((centre < radius) | (centre + radius > far)).any(axis=1))


def merge_measures(*parts: dict[int, VesicleFields]) -> dict[int, VesicleFields]:
    """Several findings by vesicle in one."""
    found: dict[int, VesicleFields] = {}
    for part in parts:
        for number, measures in part.items():
            found[number] = {**found.get(number, {}), **measures}
    return found


def p_values_text(run: JsonObject, vesicles: Iterable[Vesicle]) -> str:
    """When the p-values of all were last computed, in a sentence for people; empty where there are none."""
    if not any(v.p_value is not None for v in vesicles):
        return ""
    try:
        at = datetime.fromisoformat(str(run.get(P_VALUES_AT) or run["created"])).astimezone()
    except (KeyError, ValueError):
        return "p-values: each vesicle was compared with those that were there when it was placed or changed."
    return f"p-values of all vesicles: computed {at:%Y-%m-%d %H:%M}. What was edited since is compared with the others."


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
