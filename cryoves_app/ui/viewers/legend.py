"""The names of pools beside their colours, and which colour a pool has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryoves_app.domain.colours import NO_POOL, pool_colour

#: What people differ on, whoever judged it.
DISPUTED_COLOUR = "#FFFFFF"


@dataclass(frozen=True)
class ColourLegend:
    """Names and colours, from the top down."""

    entries: tuple[tuple[str, str], ...]


def reviewer_legend(reviewers: Sequence[str]) -> ColourLegend:
    entries = [(name, pool_colour(name, reviewers)) for name in reviewers]
    return ColourLegend((*entries, ("disputed", DISPUTED_COLOUR), ("judged by nobody", NO_POOL)))


def pool_legend(pools: Sequence[str]) -> ColourLegend:
    entries = [(name, pool_colour(name, pools)) for name in pools]
    return ColourLegend((*entries, ("in no pool", NO_POOL)))
