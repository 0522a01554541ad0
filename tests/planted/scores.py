"""Which pairs were named, held against those that have threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cryoves_app.analysis.links.pyto import LinkKind
from cryoves_app.analysis.scores.matching import match_spheres
from cryoves_app.analysis.simulate.tomogram import Filament, FilamentKind
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.workflow.links.found import FoundLinks

#: What tables call the active zone.
ZONE = 0
Pair = tuple[int, int]


@dataclass(frozen=True)
class PairScore:
    """Numbers of pairs; ``said_false`` is how many of those found the program expects to be chance."""

    true: int = 0
    found: int = 0
    right: int = 0
    said_false: float | None = None

    @property
    def recall(self) -> float | None:
        """Share of true pairs that were found; None without any."""
        return self.right / self.true if self.true else None

    @property
    def precision(self) -> float | None:
        """Share of found pairs that are true; None without any."""
        return self.right / self.found if self.found else None

    @property
    def said_share(self) -> float | None:
        """Which share of those found is said to be chance; None where nothing is said."""
        return self.said_false / self.found if self.found and self.said_false is not None else None


def together(scores: Iterable[PairScore]) -> PairScore:
    """All pairs of several tomograms."""
    several = list(scores)
    said = [score.said_false for score in several if score.said_false is not None]
    return PairScore(
        sum(score.true for score in several),
        sum(score.found for score in several),
        sum(score.right for score in several),
        sum(said) if said else None,
    )


def true_pairs(filaments: Iterable[Filament], kind: LinkKind) -> frozenset[Pair]:
    """Pairs of true vesicles with at least one connector, or vesicles with tethers beside the zone."""
    wanted = FilamentKind.CONNECTOR if kind is LinkKind.CONNECTOR else FilamentKind.TETHER
    pairs = (
        (ZONE if thread.b is None else thread.b, thread.a) for thread in filaments if thread.kind is wanted
    )
    return frozenset((min(pair), max(pair)) for pair in pairs)


def true_numbers(vesicles: Sequence[Vesicle], truth: Sequence[Sphere]) -> dict[int, int]:
    """For each vesicle's id the true vesicle's number, from 1; a vesicle that is none has none."""
    matches = match_spheres([v.sphere for v in vesicles], truth)
    return {vesicles[match.predicted].id: match.true + 1 for match in matches}


def score(found: FoundLinks, kind: LinkKind, true: frozenset[Pair], numbers: Mapping[int, int]) -> PairScore:
    """Pairs of one kind; what is linked to a vesicle that is none is wrong.

    Parameters
    ----------
    numbers
        Of ``true_numbers``.
    """
    known = {ZONE: ZONE, **numbers}
    pairs = {tuple(sorted(found.source.id_of(end) for end in link.ends)) for link in found.of(kind)}
    translated = {tuple(sorted(known.get(end, -end) for end in pair)) for pair in pairs}
    share = found.false_share(kind)
    said = None if share is None else share * len(pairs)
    return PairScore(len(true), len(pairs), len(true & translated), said if pairs else 0.0)
