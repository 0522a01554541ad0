"""What is measured of one tomogram of a study."""

from __future__ import annotations

import math
import statistics
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cryoves_app.analysis.scores.pools import NM3_PER_UM3
from cryoves_app.analysis.study.occupancy import BandSpace, band_spaces
from cryoves_app.analysis.study.placement import NeighbourTest, Room, compare_neighbours
from cryoves_app.domain.pools import STUDY_ZONES, Band, pool_of
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.common.summary import counts, for_export
from cryoves_app.workflow.export.record import box_of_last_run
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain
from cryoves_app.workflow.project.measurements import RegionMasks, masks_of, measures_of, pool_volumes_nm3
from cryoves_app.workflow.study.links import LinkMeasures, read_links
from cryoves_app.workflow.study.sources import StudySource

#: Simulations of a random placement.
USUAL_SIMULATIONS = 99


class VolumeKind(StrEnum):
    """What the density is per volume of."""

    REGION = "region"
    TOMOGRAM = "tomogram"  # what of it holds data, and specimen
    BOX = "box"  # the part to which the last run was kept


class Division(StrEnum):
    """By what vesicles are divided: the study's zones, or each project's own pools."""

    ZONES = "zones"
    POOLS = "pools"


@dataclass(frozen=True)
class BandMeasures:
    """One zone or pool of a tomogram; ``None`` is not known."""

    division: Division
    name: str
    count: int
    share: float | None
    volume_um3: float | None = None
    density_um3: float | None = None
    occupancy: float | None = None
    mean_radius_nm: float | None = None


@dataclass(frozen=True)
class TomogramMeasures:
    """A row of the study. Radii and distances are of vesicles that are exported; ``None`` is not known."""

    source: StudySource
    accepted: int
    outlier: int
    rejected: int
    outside_region: int
    checked: int
    volume_of: VolumeKind
    volume_um3: float
    mean_radius_nm: float | None = None
    sd_radius_nm: float | None = None
    median_radius_nm: float | None = None
    mean_neighbour_nm: float | None = None
    neighbours: NeighbourTest | None = None
    bands: tuple[BandMeasures, ...] = ()
    links: LinkMeasures = field(default_factory=LinkMeasures)

    @property
    def density_um3(self) -> float | None:
        """Exported vesicles per µm³."""
        return self.accepted / self.volume_um3 if self.volume_um3 else None

    @property
    def outlier_share(self) -> float | None:
        """Doubtful ones among those that are not rejected."""
        doubtable = self.accepted + self.outlier
        return self.outlier / doubtable if doubtable else None

    @property
    def neighbour_ratio(self) -> float | None:
        return self.neighbours.ratio if self.neighbours else None


@dataclass(frozen=True)
class StudyPlan:
    """Choices of a study; no zones and no simulations leave those measures out."""

    zones: tuple[Band, ...] = STUDY_ZONES
    simulations: int = USUAL_SIMULATIONS
    seed: int = 1


def measure_tomogram(
    source: StudySource, plan: StudyPlan, progress: Progress | None = None
) -> TomogramMeasures:
    """All measures of one tomogram, from its project as it is now.

    Raises
    ------
    Cancelled
        When the user stopped it.
    """
    project, masks = source.project, masks_of(source.project)
    fresh = measures_of(project, masks)
    vesicles = project.vesicles.replaced(v.but(**fresh[v.id]) for v in project.vesicles)
    exported = for_export(vesicles)
    radii = [v.radius_nm for v in exported]
    number = counts(vesicles)
    volume_of, volume_um3 = _volume(project, masks)
    return TomogramMeasures(
        source,
        number["accepted"],
        number["outlier"],
        number["rejected"],
        number["outside_region"],
        vesicles.checked_count,
        volume_of,
        volume_um3,
        statistics.fmean(radii) if radii else None,
        statistics.stdev(radii) if len(radii) > 1 else None,
        statistics.median(radii) if radii else None,
        _mean([v.nn_distance_nm for v in exported]),
        _neighbours(source, exported, masks, plan, progress),
        (*_zones(project, exported, masks, plan.zones), *_pools(project, exported, masks)),
        read_links(source.path.parent, exported),
    )


def _volume(project: Project, masks: RegionMasks) -> tuple[VolumeKind, float]:
    """In µm³."""
    tomogram = project.tomogram
    um3_per_voxel = tomogram.voxel_size_nm**3 / NM3_PER_UM3
    if masks.inside is not None:
        return VolumeKind.REGION, masks.volume_px * um3_per_voxel
    numbers = box_of_last_run(project)
    if len(numbers) == 6:
        sides = (
            max(min(end, n) - max(start, 0), 0)
            for start, end, n in zip(numbers[:3], numbers[3:], tomogram.shape, strict=True)
        )
        return VolumeKind.BOX, math.prod(sides) * um3_per_voxel
    return VolumeKind.TOMOGRAM, math.prod(tomogram.shape) * um3_per_voxel * (1 - _useless_share(project))


@dataclass(frozen=True)
class _KnownFacts:
    empty_share: float = 0.0
    outside_share: float = 0.0


@dataclass(frozen=True)
class _KnownGrey:
    facts: _KnownFacts | None = None


def _useless_share(project: Project) -> float:
    """Which share of the tomogram holds no data, or lies above and below the specimen, by the run's record."""
    try:
        facts = from_plain(_KnownGrey, project.run.get("grey")).facts
    except NotUnderstood:  # no run, or an earlier version's
        return 0.0
    return facts.empty_share + facts.outside_share if facts else 0.0


def _neighbours(
    source: StudySource,
    exported: Sequence[Vesicle],
    masks: RegionMasks,
    plan: StudyPlan,
    progress: Progress | None,
) -> NeighbourTest | None:
    tomogram = source.project.tomogram
    room = Room(tomogram.shape, tomogram.voxel_size_nm, masks.inside, masks.zone)
    seed = plan.seed + zlib.crc32(source.name.encode())  # the same whatever the order
    return compare_neighbours([v.sphere for v in exported], room, plan.simulations, seed, progress)


def _zones(
    project: Project, exported: Sequence[Vesicle], masks: RegionMasks, zones: Sequence[Band]
) -> list[BandMeasures]:
    """By the distance of the centre from the active zone; none where no active zone is drawn."""
    if masks.zone is None or not zones:
        return []
    size_nm = project.tomogram.voxel_size_nm
    spaces = band_spaces([v.sphere for v in exported], masks.inside, masks.zone, zones, size_nm)
    names = [pool_of(v.az_centre_nm, zones) for v in exported]
    return [
        _band(Division.ZONES, zone.name, exported, names, space)
        for zone, space in zip(zones, spaces, strict=True)
    ]


def _pools(project: Project, exported: Sequence[Vesicle], masks: RegionMasks) -> list[BandMeasures]:
    """The project's own; none by distance where no active zone is drawn."""
    if project.pools.by_distance and masks.zone is None:
        return []
    volumes = pool_volumes_nm3(project, masks)
    names = [v.pool for v in exported]
    return [
        _band(Division.POOLS, name, exported, names, None, volumes.get(name)) for name in project.pools.names
    ]


def _band(
    division: Division,
    name: str,
    exported: Sequence[Vesicle],
    names: Sequence[str],
    space: BandSpace | None,
    volume_nm3: float | None = None,
) -> BandMeasures:
    members = [v for v, its in zip(exported, names, strict=True) if its == name]
    volume = space.volume_nm3 if space is not None else volume_nm3
    return BandMeasures(
        division,
        name,
        len(members),
        len(members) / len(exported) if exported else None,
        volume / NM3_PER_UM3 if volume is not None else None,
        len(members) / volume * NM3_PER_UM3 if volume else None,
        space.occupancy if space is not None else None,
        _mean([v.radius_nm for v in members]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
