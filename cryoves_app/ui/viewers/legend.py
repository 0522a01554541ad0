"""The names of pools beside their colours, and which colour a pool has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Told apart with every common kind of colour blindness; yellow is left to what is selected.
POOL_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#B8B8E8", "#8C6D31")
NO_POOL = "#8a8f95"
#: What people differ on, whoever judged it.
DISPUTED_COLOUR = "#FFFFFF"


@dataclass(frozen=True)
class ColourLegend:
    """Names and colours, from the top down."""

    entries: tuple[tuple[str, str], ...]


def pool_colour(pool: str, pools: Sequence[str]) -> str:
    """The colour of a pool by its place in the division; grey for none."""
    return POOL_COLOURS[pools.index(pool) % len(POOL_COLOURS)] if pool in pools else NO_POOL


def reviewer_legend(reviewers: Sequence[str]) -> ColourLegend:
    entries = [(name, pool_colour(name, reviewers)) for name in reviewers]
    return ColourLegend((*entries, ("disputed", DISPUTED_COLOUR), ("judged by nobody", NO_POOL)))


def pool_legend(pools: Sequence[str]) -> ColourLegend:
    entries = [(name, pool_colour(name, pools)) for name in pools]
    return ColourLegend((*entries, ("in no pool", NO_POOL)))
