"""Vesicles where none can be: outside of the tomogram, or where another one stands already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.fits.distinct import MOST_OVERLAP, keep_distinct, shared_part
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.workflow.common.summary import for_export

#: Spheres further apart than this share of their mean radius are hardly one vesicle.
FAR_APART = 0.5
_NAMED = 6


@dataclass(frozen=True)
class Misplaced:
    """Vesicles (ids) that would be exported and should not be."""

    doubles: tuple[int, ...] = ()
    outside: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(sorted({*self.doubles, *self.outside}))

    def sentence(self) -> str:
        """What is wrong, for people; empty where nothing is."""
        doubles = f"{_named(self.doubles)} where another one stands already" if self.doubles else ""
        outside = f"{_named(self.outside)} outside of the tomogram" if self.outside else ""
        parts = "; ".join(part for part in (doubles, outside) if part)
        return f"{parts}." if parts else ""


def misplaced(project: Project) -> Misplaced:
    """Among the vesicles that are exported; of two that are one, the one that nobody checked, else the later one."""
    found = for_export(project.vesicles)
    outside = {v.id for v in found if is_outside(v.sphere, project.tomogram)}
    inside = [v for v in found if v.id not in outside]
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in inside], float).reshape(-1, 4)
    better = sorted(range(len(inside)), key=lambda row: (not inside[row].reviewed, inside[row].id))
    quality = np.empty(len(inside))
    quality[better] = np.arange(len(inside), 0, -1)
    kept = set(keep_distinct(spheres, quality, MOST_OVERLAP).tolist())
    doubles = tuple(v.id for row, v in enumerate(inside) if row not in kept)
    return Misplaced(doubles, tuple(sorted(outside)))


def is_outside(sphere: Sphere, tomogram: TomogramReference) -> bool:
    """Whether its centre lies in no voxel of the tomogram."""
    size = tomogram.voxel_size_nm
    places = zip(sphere.centre_nm, tomogram.shape, strict=True)
    return any(not -0.5 <= at / size <= length - 0.5 for at, length in places)


def twin_of(sphere: Sphere, vesicles: Iterable[Vesicle]) -> Vesicle | None:
    """The vesicle that stands there already, if one does; rejected ones don't count."""
    there = [v for v in vesicles if v.status is not Status.REJECTED and v.sphere.gap_nm(sphere) < 0]
    shares = [(shared_part(v.sphere, sphere), -v.id, v) for v in there]
    best = max(shares, default=None)
    return best[2] if best is not None and best[0] > MOST_OVERLAP else None


def widest_gap_nm(vesicles: Iterable[Vesicle]) -> float:
    """How far the surface of a vesicle is from the nearest of the others, the largest of these; below 0 they touch."""
    spheres = [v.sphere for v in vesicles]
    gaps = (min(a.gap_nm(b) for b in spheres if b is not a) for a in spheres)
    return max(gaps) if len(spheres) > 1 else 0.0


def are_far_apart(vesicles: Iterable[Vesicle]) -> bool:
    """Whether they are hardly one vesicle."""
    found = list(vesicles)
    usual = sum(v.radius_nm for v in found) / max(len(found), 1)
    return widest_gap_nm(found) > FAR_APART * usual


def _named(ids: tuple[int, ...]) -> str:
    shown = ", ".join(str(i) for i in ids[:_NAMED])
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    stand = "stand" if len(ids) > 1 else "stands"
    return f"Vesicle{'s' if len(ids) > 1 else ''} {shown}{more} {stand}"
