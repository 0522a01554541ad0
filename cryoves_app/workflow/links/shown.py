"""Links as people read them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.links.leaves import segment_level
from cryoves_app.analysis.links.pyto import SegmentMeasures
from cryoves_app.analysis.segmentation.label_boxes import boxes_of
from cryoves_app.domain.arrays import Indices
from cryoves_app.workflow.links.compared import ComparedLinks, LinkedPair, NamedBy
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.zones import zones_of

_NAMED = {NamedBy.BOTH: "both", NamedBy.HERE: "only here", NamedBy.THERE: "only there"}


def shown_links(found: FoundLinks) -> Iterator[tuple[int, SegmentMeasures]]:
    """Ids and links that are listed: good ones, rejected or not."""
    for number, link in enumerate(found.links, 1):
        if link.size_class == "good":
            yield number, link


def link_words(
    found: FoundLinks, number: int, link: SegmentMeasures, there: NamedBy | None = None
) -> tuple[str, ...]:
    """The cells of one link, by ``names.LINK_HEADER``; ``there`` where it was set beside another program's."""
    size, evidence = found.source.volume.voxel_size_nm, link.evidence
    first, second = (found.source.id_of(end) for end in link.ends)
    ends = _between((first, second), found.source.zone_id)
    length = None if link.length is None else link.length * size
    known = (
        (evidence.strength, evidence.chance, evidence.false_discovery, evidence.stability) if evidence else ()
    )
    cells = (f"{link.kind} {number}", ends, _number(length, 1), _number(link.volume * size**3, 0))
    numbers = (_number(value, 2) for value in (*known, None, None, None, None)[:4])
    judgement = found.judged.get(number)
    also = "" if there is None else "yes" if there is NamedBy.BOTH else "no"
    return (*cells, *numbers, also, "" if judgement is None else str(judgement.status))


def compared_words(compared: ComparedLinks) -> Iterator[tuple[str, ...]]:
    """The cells of each pair, by ``names.COMPARED_HEADER``."""
    zone = compared.found.source.zone_id
    for pair in compared.pairs:
        yield (
            _between(pair.ends, zone), _NAMED[pair.named_by], str(len(pair.here)), str(len(pair.there)),
            "–" if pair.shared is None else f"{pair.shared} of {pair.voxels_here} here, {pair.voxels_there} there",
            "–" if pair.same is None else str(pair.same),
            ", ".join(_between(ends, zone) for ends in pair.meets),
        )  # fmt: skip


def _between(ends: LinkedPair, zone: int | None) -> str:
    if ends is None:
        return "not known"
    a, b = ends
    if zone in ends:
        return f"{b if a == zone else a} – active zone"
    return f"{a} – {b}"


def level_segments(space: LinkField, threshold: float) -> Iterator[tuple[bool, Indices]]:
    """The segments of one threshold by Pyto's rules: whether each is a tether, and its voxels in the tomogram."""
    level = segment_level(space, threshold)
    for number, box in boxes_of(level.components).items():
        if level.is_segment[number]:
            ids = space.ids[level.ends[number, 0] - 1], space.ids[level.ends[number, 1] - 1]
            first = [part.start + corner for part, corner in zip(box, space.corner_px, strict=True)]
            yield space.labels.is_tether(ids), np.argwhere(level.components[box] == number) + first


def vesicle_words(found: FoundLinks) -> Iterator[tuple[str, ...]]:
    """The cells of each vesicle, by ``names.VESICLE_HEADER``."""
    for v in found.vesicles:
        numbers = (v.connectors, v.linked, v.tethers, v.cluster, v.cluster_size)
        yield (str(found.source.id_of(v.vesicle)), *map(str, numbers))


def zone_words(found: FoundLinks) -> Iterator[tuple[str, ...]]:
    """The cells of each zone, by ``names.ZONE_HEADER``."""
    for zone in zones_of(found):
        shares = (zone.connected, zone.tethered)
        means = (zone.mean_connectors, zone.mean_tethers)
        yield (
            zone.name, str(zone.vesicles), *map(_percent, shares), *(_number(m, 2) for m in means),
            _percent(zone.three_tethers),
        )  # fmt: skip


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"
