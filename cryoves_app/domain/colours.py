"""Colours of vesicles and regions (Okabe-Ito), the same in the window and in the files that draw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Origin, Status, Vesicle

SKY_BLUE = "#56B4E9"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"

#: Told apart with every common kind of colour blindness; yellow is left to what is selected.
POOL_COLOURS = (SKY_BLUE, ORANGE, GREEN, PURPLE, VERMILLION, "#0072B2", "#B8B8E8", "#8C6D31")
NO_POOL = "#8a8f95"

REGION_COLOURS: Mapping[RegionKind, str] = {
    RegionKind.CYTOPLASM: PURPLE,
    RegionKind.ACTIVE_ZONE: "#F24DA8",
    RegionKind.EXCLUDE: "#B98AD0",
    RegionKind.ORGANELLE: "#E6B8D4",
}
#: Of surfaces in space, from 0 to 1.
REGION_OPACITY: Mapping[RegionKind, float] = {
    RegionKind.CYTOPLASM: 0.12,
    RegionKind.ORGANELLE: 0.3,
    RegionKind.EXCLUDE: 0.3,
    RegionKind.ACTIVE_ZONE: 0.55,
}


def status_colour(vesicle: Vesicle) -> str:
    """The colour of a vesicle that is drawn by status: what a person made is green while it is accepted."""
    if vesicle.status == Status.REJECTED:
        return VERMILLION
    if vesicle.status == Status.OUTLIER:
        return ORANGE
    return GREEN if vesicle.origin in (Origin.MANUAL, Origin.EDITED) else SKY_BLUE


def pool_colour(pool: str, pools: Sequence[str]) -> str:
    """The colour of a pool by its place in the division; grey for none."""
    return POOL_COLOURS[pools.index(pool) % len(POOL_COLOURS)] if pool in pools else NO_POOL


def vesicle_colours(vesicles: Iterable[Vesicle], pools: Sequence[str]) -> dict[int, str]:
    """By id: the pools' colours where any vesicle is in one of ``pools``, else those of the status."""
    found = list(vesicles)
    if any(v.pool in pools for v in found):
        return {v.id: pool_colour(v.pool, pools) for v in found}
    return {v.id: status_colour(v) for v in found}


def rgb_of(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1 of ``#RRGGBB``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255
