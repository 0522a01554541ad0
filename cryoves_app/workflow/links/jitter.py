"""How far counts of links depend on where exactly vesicles are: found again with centres and radii moved at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.wording import counted
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.export.export_material import read_material
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.sources import LinkSource, project_source

JITTER_COLUMNS = (
    "run", "moved_nm", "connectors_good", "tethers_good", "connected", "tethered", "linked_pairs", "same_pairs",
)  # fmt: skip
#: A radius stays at least this share of what it was.
_LEAST_RADIUS = 0.5
_Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class JitterPlan:
    """So many runs with each coordinate and radius moved by normal numbers of ``sd_nm``; None: by their own errors."""

    runs: int
    sd_nm: float | None = None
    seed: int = 1


@dataclass(frozen=True)
class JitterRun:
    """What one run found; ``moved_nm`` is the median way of a centre, ``same_pairs`` are also linked as it is."""

    moved_nm: float
    connectors: int
    tethers: int
    connected: int
    tethered: int
    pairs: int
    same_pairs: int


def jitter_rows(runs: Sequence[JitterRun]) -> Iterator[tuple[object, ...]]:
    """The table's rows, by ``JITTER_COLUMNS``; the first, 0, is with the vesicles as they are."""
    for number, run in enumerate(runs):
        counts = (run.connectors, run.tethers, run.connected, run.tethered, run.pairs, run.same_pairs)
        yield (number, f"{run.moved_nm:.3f}", *counts)


def jitter_sentence(runs: Sequence[JitterRun]) -> str:
    """How far the counts go apart."""
    first, *moved = runs
    way = np.median([run.moved_nm for run in moved])
    kinds = [
        f"{counted(first_count, name)} became {min(counts)} to {max(counts)}"
        for name in ("connector", "tether")
        for first_count, counts in [(getattr(first, f"{name}s"), [getattr(r, f"{name}s") for r in moved])]
    ]
    kept = [run.same_pairs / first.pairs for run in moved] if first.pairs else []
    words = f"{counted(len(moved), 'run')} with centres moved by {way:.2f} nm (median): {', '.join(kinds)}"
    return f"{words}; {np.mean(kept):.0%} of the linked pairs stayed linked." if kept else f"{words}."


def find_jittered(
    path: Path, plan: JitterPlan, find: Callable[[LinkSource], FoundLinks], as_it_is: FoundLinks
) -> list[JitterRun]:
    """The links as they are, and those of each run, found by ``find`` in a saved project.

    Raises
    ------
    CryoVesError
        If no vesicle has an error and no distance is given, or as ``source_of_project``.
    Cancelled
        When the user stopped it.
    """
    material = read_material(path)
    project, errors = material.project, _errors_nm(for_export(material.project.vesicles), plan.sd_nm)
    rng, known = np.random.default_rng(plan.seed), _pairs(as_it_is)
    runs = [_run(as_it_is, 0.0, known)]
    for _ in range(plan.runs):
        moved, way = _moved(project, errors, rng)
        runs.append(_run(find(project_source(moved, material.volume, material.name)), way, known))
    return runs


def _errors_nm(vesicles: Sequence[Vesicle], sd_nm: float | None) -> dict[int, np.ndarray]:
    """Standard deviations of ``z, y, x, radius`` by vesicle; where a fit told none, the median of those that did."""
    if sd_nm is not None:
        return {v.id: np.full(4, sd_nm) for v in vesicles}
    told = {v.id: np.array([v.se_z_nm, v.se_y_nm, v.se_x_nm, v.se_radius_nm], float) for v in vesicles}
    known = [errors for errors in told.values() if np.isfinite(errors).all()]
    if not known:
        raise CryoVesError("No vesicle has a standard error; say with --jitter-nm how far they are moved.")
    usual = np.median(known, axis=0)
    return {number: errors if np.isfinite(errors).all() else usual for number, errors in told.items()}


def _moved(
    project: Project, errors: dict[int, np.ndarray], rng: np.random.Generator
) -> tuple[Project, float]:
    """The project with its exported vesicles moved, and the median way of their centres in nm."""
    moved, ways = [], []
    for vesicle in project.vesicles:
        if vesicle.id not in errors:
            continue
        z, y, x, r = (float(n) for n in rng.normal(0, 1, 4) * errors[vesicle.id])
        ways.append(float(np.linalg.norm((z, y, x))))
        radius = max(vesicle.radius_nm + r, _LEAST_RADIUS * vesicle.radius_nm)
        sphere = Sphere(vesicle.z_nm + z, vesicle.y_nm + y, vesicle.x_nm + x, radius)
        moved.append(vesicle.with_sphere(sphere))
    return replace(project, vesicles=project.vesicles.replaced(moved)), float(np.median(ways))


def _pairs(found: FoundLinks) -> _Pairs:
    good = {link.ends for kind in LinkKind for link in found.of(kind)}
    return frozenset((min(ids), max(ids)) for ends in good for ids in [[found.source.id_of(e) for e in ends]])


def _run(found: FoundLinks, way_nm: float, known: _Pairs) -> JitterRun:
    pairs = _pairs(found)
    return JitterRun(
        way_nm, len(found.of(LinkKind.CONNECTOR)), len(found.of(LinkKind.TETHER)),
        sum(v.connectors > 0 for v in found.vesicles), sum(v.tethers > 0 for v in found.vesicles),
        len(pairs), len(pairs & known),
    )  # fmt: skip
