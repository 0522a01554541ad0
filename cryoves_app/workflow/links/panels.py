"""What the field plots of links: by zone from the active zone, by length, beside what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cryoves_app.analysis.links.pyto import LinkKind, SegmentMeasures
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.zones import ALL_ZONES, ZoneLinks, zones_of

#: In nm; the last reaches to any length.
LENGTH_EDGES = (0.0, 5.0, 10.0, 20.0, 40.0)
#: Where short tethers end, in nm.
SHORT_TETHER_NM = 5.0
CLASSES = ("none", "1 or 2", "3 or more")


@dataclass(frozen=True)
class Published:
    """A range, or a value where both ends are the same, of the group at a place; of whom it was measured."""

    place: int
    low: float
    high: float
    whose: str


@dataclass(frozen=True)
class LinkPanel:
    """One plot: for each group (a zone, a bin of lengths) a bar, or parts that lie on one another; None is not known.

    ``is_share``: values from 0 to 1, shown as percent.
    """

    key: str
    title: str
    groups: tuple[str, ...]
    parts: tuple[tuple[str, tuple[float | None, ...]], ...]
    is_share: bool = False
    count: int | None = None  # of what the shares are, where groups do not say it
    published: tuple[Published, ...] = ()


_RAT, _MOUSE = "rat synaptosomes", "mouse neurons"
#: Values of the zones next to the active zone, the nearest first, by the panel's key.
_PUBLISHED = {
    "connected": tuple(Published(place, 0.70, 0.87, _RAT) for place in range(4)),
    "connectors": tuple(Published(place, n, n, _RAT) for place, n in enumerate((1.63, 2.39, 2.92))),
    "tethered": (Published(0, 0.54, 0.54, _RAT),),
    "tethers": (Published(0, 0.77, 1.01, _RAT), Published(0, 0.94, 1.40, _MOUSE)),
    "ready": (Published(0, 0.08, 0.08, _RAT), Published(0, 0.17, 0.17, _MOUSE)),
}


def link_panels(found: FoundLinks) -> list[LinkPanel]:
    """All plots; without an active zone those of all vesicles together, beside which nothing is published."""
    zones = zones_of(found)
    near = [zone for zone in zones if zone.name != ALL_ZONES] or zones
    tethers = found.source.kinds.active_zone is not None
    panels = [
        _by_zone(near, "connected", "Connected vesicles", "connected", is_share=True),
        _by_zone(near, "connectors", "Connectors of a vesicle", "mean_connectors"),
        _classes(near),
        _lengths(found, LinkKind.CONNECTOR),
    ]
    if tethers:
        panels += [
            _by_zone(near, "tethered", "Tethered vesicles", "tethered", is_share=True),
            _by_zone(near, "tethers", "Tethers of a vesicle", "mean_tethers"),
            _by_zone(near, "ready", "Vesicles with 3 or more tethers", "three_tethers", is_share=True),
            _lengths(found, LinkKind.TETHER),
        ]
    return panels


def key_sentence(panels: Sequence[LinkPanel]) -> str:
    """What zones and greys of the panels are."""
    if not any(panel.published for panel in panels):
        return "All vesicles together: without an active zone there are no zones."
    return (
        f"Zones: nm from the vesicle’s centre to the active zone. Grey: published for {_RAT}; "
        f"of two greys the upper one for {_MOUSE}."
    )


def figure_sentence(found: FoundLinks) -> str:
    """The numbers that are no plot."""
    connectors = len(found.of(LinkKind.CONNECTOR))
    largest = max((v.cluster_size for v in found.vesicles), default=0)
    words = (
        f"{found.source.name}: the largest cluster holds {largest} of {len(found.vesicles)} vesicles"
        if found.vesicles
        else found.source.name
    )
    if connectors:
        words += f"; redundancy {found.loops / connectors:.2f} ({found.loops} of {connectors} connectors close loops)"
    return f"{words}."


def _by_zone(
    zones: Sequence[ZoneLinks], key: str, title: str, measure: str, *, is_share: bool = False
) -> LinkPanel:
    values = tuple(getattr(zone, measure) for zone in zones)
    return LinkPanel(key, title, _names(zones), ((title, values),), is_share, None, _published(key, zones))


def _published(key: str, zones: Sequence[ZoneLinks]) -> tuple[Published, ...]:
    return () if zones[0].name == ALL_ZONES else _PUBLISHED[key]


def _classes(zones: Sequence[ZoneLinks]) -> LinkPanel:
    measures = ("without_connectors", "one_or_two_connectors", "three_connectors")
    parts = tuple(
        (name, tuple(getattr(zone, measure) for zone in zones))
        for name, measure in zip(CLASSES, measures, strict=True)
    )
    return LinkPanel("classes", "Vesicles by connectors", _names(zones), parts, is_share=True)


def _names(zones: Sequence[ZoneLinks]) -> tuple[str, ...]:
    return tuple(f"{zone.name.replace('-', '–')}\nn = {zone.vesicles}" for zone in zones)


def _lengths(found: FoundLinks, kind: LinkKind) -> LinkPanel:
    """Shares of links by length; tethers as short and long ones, as the field has them."""
    edges = LENGTH_EDGES if kind is LinkKind.CONNECTOR else (0.0, SHORT_TETHER_NM)
    lengths = _known_lengths(found.of(kind), found.source.volume.voxel_size_nm)
    counts = np.histogram(lengths, (*edges, np.inf))[0]
    shares = tuple(float(n) / len(lengths) if len(lengths) else None for n in counts)
    names = [f"{low:g}–{high:g}" for low, high in pairwise(edges)]
    names.append(f"≥ {edges[-1]:g}")
    title = f"Length of {kind}s (nm)"
    return LinkPanel(
        f"{kind}_lengths", title, tuple(names), ((title, shares),), is_share=True, count=len(lengths)
    )


def _known_lengths(links: Sequence[SegmentMeasures], size_nm: float) -> list[float]:
    return [link.length * size_nm for link in links if link.length is not None]
