"""Links as straight threads between exact surfaces, each judged against chance: the program's own recipe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from cryoves_app.analysis.links.boundary_voxels import BoundaryVoxels
from cryoves_app.analysis.links.chance import Placements
from cryoves_app.analysis.links.evidence import ExcessDensity, excess_density
from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.links.mixture import (
    COMPARED,
    ChanceScores,
    LinkedShare,
    LinkOdds,
    ScoreLikelihood,
    chance_p,
    false_shares,
    likelihood_of,
    usual_chance,
)
from cryoves_app.analysis.links.pyto import LinkEvidence, LinkKind, SegmentMeasures, SegmentMeter, SizeClass
from cryoves_app.analysis.links.walls import WallDip, wall_dip
from cryoves_app.analysis.links.ways import Facing, Ways, facing_plane, facing_spheres, ways_between
from cryoves_app.domain.arrays import Indices, Points, SpheresPx, Values
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.wording import counted

#: Usual densities of threads that are thought possible, as shares of the depth of the vesicles' wall: a blur takes more
#: off a thread, which is thin in two directions, than off a wall as dense.
THREAD_DENSITIES = (0.12, 0.18, 0.27, 0.4, 0.6)
#: The depth where no wall is seen, in standard deviations of the region.
_USUAL_DEPTH = 1.5


@dataclass(frozen=True)
class ThreadSettings:
    """Lengths in nm.

    Attributes
    ----------
    connector_reach_nm, tether_reach_nm
        Surfaces that are further apart are no candidates.
    largest_chance
        Candidates that are chance with a greater probability than this are not listed; of the others the surest are,
        as many as are links by the middle of what the scores leave possible.
    largest_false_share
        So many of the links that are listed may be chance, as is expected.
    radius_nm
        Voxels within this distance of the densest way belong to the link.
    placements
        At random, of each candidate; more where there are few candidates.
    jitters
        With places and radii moved within their errors, of each link.
    """

    connector_reach_nm: float = 22.0
    tether_reach_nm: float = 35.0
    largest_chance: float = 0.5
    largest_false_share: float = 0.5
    radius_nm: float = 2.2
    placements: int = 8
    jitters: int = 8
    seed: int = 1


@dataclass(frozen=True)
class LinkSpheres:
    """Vesicles by their labels.

    Attributes
    ----------
    labels
        In rising order.
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in the tomogram, in voxels.
    errors_px : (n, 4) array
        Standard errors of these, in voxels; 0 where they are not known.
    """

    labels: tuple[int, ...]
    spheres_px: SpheresPx = field(repr=False)
    errors_px: SpheresPx = field(repr=False)


@dataclass(frozen=True)
class _Candidate:
    """Two surfaces that are near; ``second`` is None for the active zone, whose nearest point is ``foot_nm``."""

    ends: tuple[int, int]
    first: int
    second: int | None
    gap_nm: float
    foot_nm: Values | None = None

    @property
    def kind(self) -> LinkKind:
        return LinkKind.TETHER if self.second is None else LinkKind.CONNECTOR

    def surfaces(self, spheres_nm: Points) -> tuple[Facing, Facing]:
        first = spheres_nm[self.first]
        if self.second is None:
            assert self.foot_nm is not None
            return facing_plane(first, self.foot_nm)
        return facing_spheres(first, spheres_nm[self.second])


@dataclass(frozen=True)
class ThreadLinks:
    """Links by their ends, and which share of all candidates (of both kinds) are links; None without candidates.

    ``surest`` is the smallest ``largest_false_share`` with which one candidate would be listed; None where there is
    none, or nothing is known of chance.
    """

    links: list[SegmentMeasures]
    linked: LinkedShare | None = None
    candidates: int = 0
    surest: float | None = None


def thread_links(
    space: LinkField,
    vesicles: LinkSpheres,
    voxel_nm: float,
    settings: ThreadSettings | None = None,
    progress: Progress | None = None,
) -> ThreadLinks:
    """One link for each pair of surfaces whose gap is more likely to hold a thread than not.

    Parameters
    ----------
    vesicles
        Those of the field, as spheres.
    voxel_nm
        Voxel size.

    Raises
    ------
    Cancelled
        When the user stopped it.
    """
    if not space.region.any():
        return ThreadLinks([])
    watched = progress or Progress()
    watched.start("density", "profiles of vesicles")
    density = excess_density(space, vesicles.spheres_px, voxel_nm, watched)
    wall = wall_dip(space, vesicles.spheres_px, voxel_nm)
    finder = _Finder(space, vesicles, voxel_nm, density, wall, settings or ThreadSettings())
    watched.start("links", "candidates")
    judged, seen = finder.judged(watched)
    watched.start("measures", f"{len(judged)} links")
    meter = SegmentMeter(space)
    links = [measured for found in judged if (measured := finder.measured(found, meter)) is not None]
    return replace(seen, links=links)


@dataclass(frozen=True)
class _Scored:
    """A candidate with the placements of its kind; ``likelihood`` is None where these are too few."""

    candidate: _Candidate
    ways: Ways = field(repr=False)
    likelihood: ScoreLikelihood | None
    placed: ChanceScores = field(repr=False)


@dataclass(frozen=True)
class _Judged:
    candidate: _Candidate
    ways: Ways
    evidence: LinkEvidence


class _Finder:
    """Candidates of one field, scored, and held against placements at random."""

    def __init__(
        self,
        space: LinkField,
        vesicles: LinkSpheres,
        voxel_nm: float,
        density: ExcessDensity,
        wall: WallDip,
        settings: ThreadSettings,
    ) -> None:
        self._space, self._vesicles, self._voxel_nm = space, vesicles, voxel_nm
        self._density, self._settings = density.values, settings
        depth = wall.depth / density.grey_sd if wall.depth and density.grey_sd else _USUAL_DEPTH
        self._densities = [depth * share for share in THREAD_DENSITIES]
        self._thread_sd_nm = wall.thread_sd_nm
        self._spheres_nm = vesicles.spheres_px * voxel_nm
        self._placements = Placements(space, vesicles.spheres_px, voxel_nm, settings.seed)
        self._rng = np.random.default_rng(settings.seed)

    def judged(self, progress: Progress) -> tuple[list[_Judged], ThreadLinks]:
        """Those that may be listed, and what is told of all candidates.

        Each kind is compared with placements of its own; how many are links is told of all together, since there are
        few tethers.
        """
        scored = [found for kind in LinkKind for found in self._scored(kind, progress)]
        known = [found.likelihood for found in scored if found.likelihood is not None]
        odds = LinkOdds(known)
        chances = [1.0 if found.likelihood is None else odds.chance_of(found.likelihood) for found in scored]
        shares = false_shares(chances)
        told_of = [
            chance for chance, found in zip(chances, scored, strict=True) if found.likelihood is not None
        ]
        needed = self._needed(chances, shares, usual_chance(told_of, odds.linked.middle))
        judged = [
            _Judged(found.candidate, found.ways, self._evidence(found, chance, share, odds))
            for found, chance, share, least in zip(scored, chances, shares, needed, strict=True)
            if found.likelihood is None or least <= self._settings.largest_false_share
        ]
        told = ThreadLinks(
            [], odds.linked if known else None, len(scored), min(needed, default=None) if known else None
        )
        return sorted(judged, key=lambda j: j.candidate.ends), told

    def _needed(self, chances: Sequence[float], shares: Sequence[float], usual: float) -> list[float]:
        """The smallest share of chance to allow with which each candidate is listed.

        Who allows more chance among all links than a single one may have wants those beyond the linked share, too.
        """
        largest = self._settings.largest_chance
        usual, more = min(largest, usual), math.nextafter(largest, 1.0)
        return [
            share if chance <= usual else max(chance, share, more)
            for chance, share in zip(chances, shares, strict=True)
        ]

    def _scored(self, kind: LinkKind, progress: Progress) -> list[_Scored]:
        candidates = list(self._connectors() if kind is LinkKind.CONNECTOR else self._tethers())
        placements = max(self._settings.placements, -(-COMPARED // max(len(candidates), 1)))
        ways, gaps, scores, threaded = [], [], [], []
        for number, candidate in enumerate(candidates):
            progress.report(number / len(candidates), counted(len(candidates), f"possible {kind}"))
            a, b = candidate.surfaces(self._spheres_nm)
            ways.append(self._ways(a, b))
            for placed in self._placements.of(a, b, candidate.gap_nm, placements):
                there = self._ways(*placed)
                gaps.append(candidate.gap_nm)
                scores.append(there.score)
                threaded.append(self._with_thread(there))
        chance = ChanceScores(np.array(gaps), np.array(scores), np.array(threaded))
        return [
            _Scored(c, w, likelihood_of(w.score, c.gap_nm, chance), chance)
            for c, w in zip(candidates, ways, strict=True)
        ]

    def _with_thread(self, ways: Ways) -> list[float]:
        return ways.scores_with_thread(
            int(self._rng.integers(len(ways.values))), self._densities, self._thread_sd_nm
        )

    def _evidence(self, found: _Scored, chance: float, share: float, odds: LinkOdds) -> LinkEvidence:
        gap, score = found.candidate.gap_nm, found.ways.score
        if found.likelihood is None:
            return LinkEvidence(gap, score, None, None, None, None)
        p = chance_p(score, gap, found.placed)
        return LinkEvidence(gap, score, p, share, self._stability(found, odds), chance)

    def _stability(self, found: _Scored, odds: LinkOdds) -> float | None:
        """How often a link is likelier than none when centres and radii move by their errors; None without these."""
        errors = self._vesicles.errors_px * self._voxel_nm
        if not self._settings.jitters or not errors.any():
            return None
        kept = 0
        for _ in range(self._settings.jitters):
            moved = self._spheres_nm + errors * self._rng.standard_normal(errors.shape)
            score = self._ways(*found.candidate.surfaces(moved)).score
            likelihood = likelihood_of(score, found.candidate.gap_nm, found.placed)
            kept += likelihood is not None and odds.chance_of(likelihood) <= self._settings.largest_chance
        return kept / self._settings.jitters

    def _ways(self, a: Facing, b: Facing) -> Ways:
        return ways_between(self._density, a, b, self._space.corner_px, self._voxel_nm)

    def _connectors(self) -> Iterator[_Candidate]:
        spheres, labels = self._spheres_nm, self._vesicles.labels
        reach = self._settings.connector_reach_nm
        tree = cKDTree(spheres[:, :3])
        for a, b in sorted(tree.query_pairs(2 * float(spheres[:, 3].max(initial=0)) + reach)):
            away = float(np.linalg.norm(spheres[a, :3] - spheres[b, :3]))
            gap = away - float(spheres[a, 3] + spheres[b, 3])
            if gap < reach and away > 0:
                yield _Candidate((labels[a], labels[b]), a, b, gap)

    def _tethers(self) -> Iterator[_Candidate]:
        space = self._space
        if space.zone is None:
            return
        voxels = BoundaryVoxels(space).surface(space.zone) + space.corner_px
        tree = cKDTree(voxels * self._voxel_nm)
        zone = space.ids[space.zone - 1]
        for number, (sphere, label) in enumerate(zip(self._spheres_nm, self._vesicles.labels, strict=True)):
            away, place = tree.query(sphere[:3])
            edge = float(away) - self._voxel_nm / 2
            gap = edge - float(sphere[3])
            if edge <= 0 or gap >= self._settings.tether_reach_nm:
                continue
            towards = (tree.data[place] - sphere[:3]) / away
            ends = (min(zone, label), max(zone, label))
            yield _Candidate(ends, number, None, gap, sphere[:3] + towards * edge)

    def measured(self, found: _Judged, meter: SegmentMeter) -> SegmentMeasures | None:
        """The link with its voxels; None where the region has none on its way."""
        way = found.ways.densest
        start, end = found.ways.start_nm[way], found.ways.end_nm[way]
        voxels = self._voxels(start, end)
        if not len(voxels):
            return None
        grey = _along(self._space.grey, start / self._voxel_nm, end / self._voxel_nm, self._space.corner_px)
        measures = meter.of_voxels(voxels, found.candidate.ends, float(grey.max()))
        length = float(np.linalg.norm(end - start)) / self._voxel_nm
        return replace(measures, length=length, size_class=SizeClass.GOOD, evidence=found.evidence)

    def _voxels(self, start_nm: Values, end_nm: Values) -> Indices:
        """Voxels of the region near a way that hang together with its middle, ``(n, 3)`` in the field."""
        size, space, radius = self._voxel_nm, self._space, self._settings.radius_nm
        start, end = start_nm / size - space.corner_px, end_nm / size - space.corner_px
        margin = radius / size + 1
        low = np.clip(np.floor(np.minimum(start, end) - margin), 0, space.shape).astype(int)
        high = np.clip(np.ceil(np.maximum(start, end) + margin) + 1, 0, space.shape).astype(int)
        box = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
        points = np.stack(np.meshgrid(*[np.arange(p.start, p.stop) for p in box], indexing="ij"), axis=-1)
        way = end - start
        share = np.clip(((points - start) @ way) / max(float(way @ way), 1e-9), 0, 1)
        away = np.linalg.norm(points - start - share[..., None] * way, axis=-1) * size
        near = (away <= max(radius, 0.6 * size)) & space.region[box]
        pieces, count = ndimage.label(near)
        if count > 1:
            near = pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())
        return np.argwhere(near) + low


def _along(grey: np.ndarray, start_px: Values, end_px: Values, corner_px: tuple[int, int, int]) -> np.ndarray:
    """Grey values along a way, ``(n,)``."""
    count = max(int(np.ceil(np.linalg.norm(end_px - start_px) * 2)), 2)
    share = ((np.arange(count) + 0.5) / count)[:, None]
    places = start_px + share * (end_px - start_px) - corner_px
    return np.asarray(ndimage.map_coordinates(grey, places.T, order=1, mode="nearest", output=np.float64))
