"""Links as files: one row for each, their voxels, their vesicles, a summary, and how they were found."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np

from cryoves_app import __version__
from cryoves_app.analysis.links.mixture import LinkedShare
from cryoves_app.analysis.links.pyto import LinkKind, SegmentMeasures, SizeClass
from cryoves_app.domain.arrays import Labels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import Json, JsonObject
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.chimerax import write_threads
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_mrc_labels
from cryoves_app.formats.tables.rows import write_rows
from cryoves_app.storage.replacing import refuse_inputs, replacing
from cryoves_app.workflow.common.output_folder import complete_files
from cryoves_app.workflow.links.compared import COMPARED_COLUMNS, ComparedLinks, compared_rows
from cryoves_app.workflow.links.figure import links_svg
from cryoves_app.workflow.links.found import FoundLinks, linked_pairs
from cryoves_app.workflow.links.jitter import JITTER_COLUMNS, JitterRun, jitter_rows
from cryoves_app.workflow.links.lines import link_threads, links_model
from cryoves_app.workflow.links.methods import links_paragraph
from cryoves_app.workflow.links.names import (
    ANY_LINK_FILES,
    LINK_COMPARED,
    LINK_FIGURE,
    LINK_FILES,
    LINK_JITTER,
    LINK_MARKERS,
    LINK_MODEL,
    LINK_RECORD,
    LINK_SUMMARY,
    LINK_TABLE,
    LINK_VOLUME,
    LINK_ZONES,
    LINKED_VESICLES,
)
from cryoves_app.workflow.links.zones import zones_of

#: The first eight are what other programs ask for; volume and lengths are in voxels but for those with a unit.
LINK_COLUMNS = (
    "id", "kind", "a", "b", "threshold", "class", "volume", "length", "surface", "euler", "loops", "holes",
    "boundary_distance", "az_distance", "density_mean", "density_sd", "density_min", "density_max",
    "x_px", "y_px", "z_px", "x_nm", "y_nm", "z_nm", "volume_nm3", "length_nm", "boundary_distance_nm",
    "az_distance_nm", "label_a", "label_b", "gap_nm", "strength", "chance_p", "false_discovery", "stability",
    "status", "judged_by", "chance",
)  # fmt: skip
VESICLE_COLUMNS = ("id", "label", "n_connectors", "n_linked", "n_tethers", "cluster_id", "cluster_size")
ZONE_COLUMNS = (
    "zone", "low_nm", "high_nm", "vesicles", "connected", "tethered", "mean_connectors", "mean_tethers",
    "no_connectors", "one_or_two_connectors", "three_or_more_connectors", "three_or_more_tethers",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "tomogram", "recipe", "vesicles", "connectors_small", "connectors_good", "connectors_big", "tethers_small",
    "tethers_good", "tethers_big", "connected", "tethered", "connected_pairs", "mean_connectors", "mean_linked",
    "mean_tethers", "connector_length_nm", "tether_length_nm", "clusters", "largest_cluster", "loops",
    "redundancy", "thresholds", "threshold_low", "threshold_high", "big_from_px", "voxel_size_nm",
    "connector_false_share", "tether_false_share", "linked_share", "linked_share_low", "linked_share_high",
    "all_may_be_chance",
)  # fmt: skip
#: Of links that a person judged whose name was not kept.
UNNAMED = "somebody"
_MOST_LINKS = int(np.iinfo(np.uint16).max)
_Row = Sequence[object]


def write_links(
    found: FoundLinks,
    folder: Path,
    *,
    force: bool = False,
    compared: ComparedLinks | None = None,
    jittered: Sequence[JitterRun] = (),
) -> list[Path]:
    """Write all files, which appear together; an earlier comparison and earlier runs go where there are none now.

    Raises
    ------
    CryoVesError
        If one exists (without ``force``), is an input, or cannot be written; for more links than a label file holds.
    """
    wanted = ((LINK_COMPARED, compared), (LINK_JITTER, jittered))
    names = (*(name for name, there in wanted if there), *LINK_FILES)
    read = (*found.source.inputs, *(compared.other.inputs if compared else ()))
    refuse_inputs([folder / name for name in names], read)
    obsolete = set(ANY_LINK_FILES) - set(names)
    with complete_files(folder, force=force, mark=LINK_TABLE, obsolete=obsolete) as partial:
        write_mrc_labels(partial / LINK_VOLUME, link_volume(found), found.source.volume.info)
        write_model(partial / LINK_MODEL, links_model(found))
        write_threads(partial / LINK_MARKERS, link_threads(found), found.source.volume.info)
        write_rows(partial / LINKED_VESICLES, VESICLE_COLUMNS, _vesicle_rows(found))
        write_rows(partial / LINK_ZONES, ZONE_COLUMNS, [_shown(astuple(zone)) for zone in zones_of(found)])
        (partial / LINK_FIGURE).write_bytes(links_svg(found))
        write_rows(partial / LINK_SUMMARY, SUMMARY_COLUMNS, [_shown(summary_of(found).values())])
        if compared is not None:
            write_rows(partial / LINK_COMPARED, COMPARED_COLUMNS, compared_rows(compared))
        if jittered:
            write_rows(partial / LINK_JITTER, JITTER_COLUMNS, jitter_rows(jittered))
        _write_record(partial / LINK_RECORD, found, compared)
        write_rows(partial / LINK_TABLE, LINK_COLUMNS, link_rows(found))
    return [folder / name for name in names]


def link_volume(found: FoundLinks) -> Labels:
    """The links' ids on the tomogram's grid, 0 elsewhere.

    Raises
    ------
    CryoVesError
        For more links than there are numbers.
    """
    if len(found.links) > _MOST_LINKS:
        raise CryoVesError(
            f"{len(found.links)} segments are more than a label file can hold ({_MOST_LINKS}); take fewer thresholds."
        )
    volume = np.zeros(found.source.volume.shape, np.uint16)
    for number, link in enumerate(found.links, 1):
        volume[tuple(link.voxels.T)] = number
    return volume


def link_rows(found: FoundLinks) -> Iterator[_Row]:
    """The table's rows, in the order of ``LINK_COLUMNS``."""
    for number, link in enumerate(found.links, 1):
        yield _shown(_link_row(found, number, link))


def summary_of(found: FoundLinks) -> JsonObject:
    """The one row of the summary, by ``SUMMARY_COLUMNS``; ``None`` is not known."""
    connectors, tethers = (found.of(kind) for kind in LinkKind)
    vesicles, size = found.vesicles, found.source.volume.voxel_size_nm
    clusters = [v.cluster_size for v in vesicles]
    values = (
        found.source.name,
        str(found.plan.recipe),
        len(vesicles),
        *(len(found.of(kind, size_class)) for kind in LinkKind for size_class in SizeClass),
        sum(v.connectors > 0 for v in vesicles),
        sum(v.tethers > 0 for v in vesicles),
        linked_pairs(connectors),
        _mean([v.connectors for v in vesicles]),
        _mean([v.linked for v in vesicles]),
        _mean([v.tethers for v in vesicles]),
        _mean([link.length * size for link in connectors if link.length is not None]),
        _mean([link.length * size for link in tethers if link.length is not None]),
        len({v.cluster for v in vesicles}),
        max(clusters, default=0),
        found.loops,
        found.loops / len(connectors) if connectors else None,
        len(found.thresholds),
        min(found.thresholds, default=None),
        max(found.thresholds, default=None),
        found.big_px,
        size,
        *(found.false_share(kind) for kind in LinkKind),
        *_linked_cells(found.linked),
    )
    return dict(zip(SUMMARY_COLUMNS, values, strict=True))


def _linked_cells(linked: LinkedShare | None) -> tuple[Json, ...]:
    return (None,) * 4 if linked is None else (linked.expected, linked.low, linked.high, linked.may_be_none)


def _link_row(found: FoundLinks, number: int, link: SegmentMeasures) -> Iterator[object]:
    source, size = found.source, found.source.volume.voxel_size_nm
    z, y, x = link.centre_px
    zone_nm = link.zone_distance * size if link.zone_distance >= 0 else None
    yield from (number, link.kind, *(source.id_of(end) for end in link.ends), link.threshold, link.size_class)
    yield from (link.volume, link.length, *_topology_cells(link))
    yield from (link.boundary_distance, link.zone_distance)
    yield from (link.grey_mean, link.grey_sd, link.grey_min, link.grey_max)
    yield from (x, y, z, x * size, y * size, z * size)
    yield link.volume * size**3
    yield None if link.length is None else link.length * size
    yield from (link.boundary_distance * size, zone_nm, *link.ends)
    yield from _evidence_cells(link)
    yield Status.REJECTED if number in found.rejected else Status.ACCEPTED
    yield found.judged[number].reviewer or UNNAMED if number in found.judged else None
    yield link.evidence.chance if link.evidence else None


def _evidence_cells(link: SegmentMeasures) -> tuple[float | None, ...]:
    e = link.evidence
    return (None,) * 5 if e is None else (e.gap_nm, e.strength, e.chance_p, e.false_discovery, e.stability)


def _topology_cells(link: SegmentMeasures) -> tuple[int, int, int, int]:
    shape = link.topology
    return shape.surface, shape.euler, shape.loops, shape.holes


def _vesicle_rows(found: FoundLinks) -> Iterator[_Row]:
    for v in found.vesicles:
        yield (
            found.source.id_of(v.vesicle), v.vesicle, v.connectors, v.linked, v.tethers, v.cluster, v.cluster_size
        )  # fmt: skip


def _write_record(path: Path, found: FoundLinks, compared: ComparedLinks | None) -> None:
    source = found.source
    record: JsonObject = {
        "program": f"cryoves {__version__}",
        "inputs": [str(p) for p in source.inputs],
        "recipe": str(found.plan.recipe),
        "thresholds": list(found.thresholds),
        "big_from_px": found.big_px,
        "largest_false_share": found.plan.largest_false_share,
        "labels": {
            "region": source.kinds.region,
            "active_zone": source.kinds.active_zone,
            "vesicles": list(source.kinds.vesicles),
        },
        "sign_turned": source.is_bright,
        "notes": list(found.notes),
        "summary": summary_of(found),
        "methods": links_paragraph(found),
        **({"compared": compared.record} if compared else {}),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _shown(cells: Iterable[object]) -> list[object]:
    return [f"{cell:.7g}" if isinstance(cell, float) else cell for cell in cells]
