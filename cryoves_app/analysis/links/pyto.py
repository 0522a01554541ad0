"""Links as Pyto segments, classifies and measures them (Lučić et al., J. Struct. Biol. 196, 503, 2016), in voxels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from cryoves_app.analysis.links.boundary_voxels import BoundaryVoxels
from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.links.leaves import Leaf, find_leaves
from cryoves_app.analysis.links.length import segment_length
from cryoves_app.analysis.links.topology import Topology, topology_of
from cryoves_app.domain.arrays import Indices, Window
from cryoves_app.domain.progress import Progress

#: Below so many voxels a segment is small, whatever the size of a voxel.
SMALL_PX = 3


class LinkKind(StrEnum):
    """What a link runs between."""

    CONNECTOR = "connector"  # two vesicles
    TETHER = "tether"  # a vesicle and the active zone


class SizeClass(StrEnum):
    """Classes by volume; only good ones are analysed further."""

    SMALL = "small"
    GOOD = "good"
    BIG = "big"


@dataclass(frozen=True)
class LinkEvidence:
    """How sure a link is; None where it is not known.

    Attributes
    ----------
    gap_nm
        Between the two surfaces.
    strength
        Excess density along it, in standard deviations of the region.
    chance_p
        Share of random placements that are at least as dense.
    false_discovery
        Expected share of chance finds among links at least as sure.
    stability
        How often it is found when centres and radii move within their errors.
    chance
        Probability that it is chance.
    """

    gap_nm: float
    strength: float
    chance_p: float | None
    false_discovery: float | None
    stability: float | None
    chance: float | None


@dataclass(frozen=True)
class SegmentMeasures:
    """One link; lengths in voxels, volumes in numbers of voxels.

    Attributes
    ----------
    ends
        The labels of what it runs between, the lower one first.
    threshold
        Grey value at which it appears.
    size_class
        By its volume.
    voxels : (n, 3) array
        Its voxels in the tomogram.
    length
        From the first boundary to the contact at the second; None where that has no meaning.
    boundary_distance
        Smallest distance between voxels of the two boundaries, 1 where they touch.
    zone_distance
        Mean distance of its voxels from the active zone; −1 without one.
    grey_mean, grey_sd, grey_min, grey_max
        Of its grey values; the standard deviation is divided by their number.
    evidence
        How sure it is; None by rules that say nothing of it.
    """

    kind: LinkKind
    ends: tuple[int, int]
    threshold: float
    size_class: SizeClass
    voxels: Indices = field(repr=False)
    topology: Topology
    length: float | None
    boundary_distance: float
    zone_distance: float
    grey_mean: float
    grey_sd: float
    grey_min: float
    grey_max: float
    evidence: LinkEvidence | None = None

    @property
    def volume(self) -> int:
        """Number of its voxels."""
        return len(self.voxels)

    @property
    def centre_px(self) -> tuple[float, float, float]:
        """Mean of its voxels ``z, y, x`` in the tomogram."""
        z, y, x = self.voxels.mean(axis=0)
        return float(z), float(y), float(x)


def pyto_links(
    space: LinkField, thresholds: Sequence[float], big_px: int, progress: Progress | None = None
) -> list[SegmentMeasures]:
    """All leaves with their measures, by threshold, those of one threshold by their first voxels.

    Parameters
    ----------
    thresholds
        Grey values in any order.
    big_px
        From so many voxels on a segment is big.

    Raises
    ------
    Cancelled
        When the user stopped it.
    """
    watched = progress or Progress()
    watched.start("links", "segments")
    leaves = find_leaves(space, thresholds, watched)
    watched.start("measures", f"{len(leaves)} segments")
    meter = SegmentMeter(space, big_px)
    found = []
    for number, leaf in enumerate(leaves):
        watched.report(number / len(leaves))
        found.append(meter.of_leaf(leaf))
    return found


def class_of(volume: int, big_px: int | None) -> SizeClass:
    """The class of a volume in voxels: from ``big_px`` on big (None: never), below ``SMALL_PX`` small."""
    if volume < SMALL_PX:
        return SizeClass.SMALL
    return SizeClass.GOOD if big_px is None or volume < big_px else SizeClass.BIG


class SegmentMeter:
    """Measures segments of one field."""

    def __init__(self, space: LinkField, big_px: int | None = None) -> None:
        self._space, self._big_px = space, big_px
        self._surfaces = BoundaryVoxels(space)

    def of_leaf(self, leaf: Leaf) -> SegmentMeasures:
        """All measures of a leaf."""
        space = self._space
        voxels = np.stack(np.unravel_index(leaf.voxels, space.shape), axis=1)
        ids = space.ids[leaf.ends[0] - 1], space.ids[leaf.ends[1] - 1]
        length = segment_length(space, self._surfaces, leaf.ends, voxels, _box_around(voxels, space.shape))
        return replace(self.of_voxels(voxels, ids, leaf.threshold), length=length)

    def of_voxels(self, voxels: Indices, ids: tuple[int, int], threshold: float) -> SegmentMeasures:
        """All measures but the length of voxels ``(n, 3)`` of the field between two labels."""
        space = self._space
        grey = space.grey[tuple(voxels.T)].astype(np.float64)
        ends = space.ids.index(ids[0]) + 1, space.ids.index(ids[1]) + 1
        return SegmentMeasures(
            LinkKind.TETHER if space.labels.is_tether(ids) else LinkKind.CONNECTOR,
            ids,
            threshold,
            class_of(len(voxels), self._big_px),
            voxels + space.corner_px,
            _topology(voxels, _box_around(voxels, space.shape)),
            None,
            self._surfaces.gap(ends),
            self._zone_distance(voxels),
            float(grey.mean()),
            float(grey.std()),
            float(grey.min()),
            float(grey.max()),
        )

    def _zone_distance(self, voxels: Indices) -> float:
        zone = self._space.zone
        return -1.0 if zone is None else float(self._surfaces.distances(zone, voxels).mean())


def _topology(voxels: Indices, box: Window) -> Topology:
    segment = np.zeros([part.stop - part.start for part in box], bool)
    segment[tuple((voxels - [part.start for part in box]).T)] = True
    return topology_of(segment)


def _box_around(voxels: Indices, shape: tuple[int, ...]) -> Window:
    """The bounding box with one voxel more on each side, within the field."""
    low = np.maximum(voxels.min(axis=0) - 1, 0)
    high = np.minimum(voxels.max(axis=0) + 2, shape)
    return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
