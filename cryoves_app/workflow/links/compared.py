"""Our links beside those of another program: by the pairs they join, and by voxels where both are known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from cryoves_app.analysis.links.pyto import LinkKind, SizeClass
from cryoves_app.domain.arrays import Indices, Labels
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.wording import counted
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.others import OtherLinks

#: Two ids in rising order; ``None`` where it is not known what segments of the other program touch.
LinkedPair = tuple[int, int] | None
COMPARED_COLUMNS = (
    "found_by", "kind", "a", "b", "ids_here", "ids_there", "voxels_here", "voxels_there", "shared_voxels",
    "same_segments", "meets",
)  # fmt: skip


class NamedBy(StrEnum):
    """Who names a pair."""

    BOTH = "both"
    HERE = "here"
    THERE = "there"


@dataclass(frozen=True)
class ComparedPair:
    """The links of one pair by their numbers; numbers of voxels where the other program's are known.

    ``same`` links have the very same voxels there. ``meets`` are other pairs whose links there share voxels with links
    that are here.
    """

    ends: LinkedPair
    kind: LinkKind | None
    here: tuple[int, ...] = ()
    there: tuple[int, ...] = ()
    voxels_here: int | None = None
    voxels_there: int | None = None
    shared: int | None = None
    same: int | None = None
    meets: tuple[LinkedPair, ...] = ()

    @property
    def named_by(self) -> NamedBy:
        if self.here and self.there:
            return NamedBy.BOTH
        return NamedBy.HERE if self.here else NamedBy.THERE


@dataclass(frozen=True)
class ComparedLinks:
    """All pairs that have a link here or there, in their order; small, big and rejected links here do not count."""

    found: FoundLinks = field(repr=False)
    other: OtherLinks
    pairs: tuple[ComparedPair, ...]

    def count(self, by: NamedBy, kind: LinkKind | None = None) -> int:
        """How many pairs are found so."""
        return sum(p.named_by is by and (kind is None or p.kind is kind) for p in self.pairs)

    @cached_property
    def of_link(self) -> Mapping[int, NamedBy]:
        """For the numbers of our links that were compared."""
        return {number: pair.named_by for pair in self.pairs for number in pair.here}

    @property
    def sentence(self) -> str:
        """What the comparison says."""
        both, here, there = (self.count(by) for by in NamedBy)
        words = (
            f"{self.found.source.name}: {counted(both + here, 'linked pair')} here and {both + there} in "
            f"{self.other.name}, {both} of them the same; {here} only here, {there} only there."
        )
        if self.other.volume is None:
            return words
        same = sum(pair.same or 0 for pair in self.pairs)
        links = sum(len(pair.here) for pair in self.pairs)
        there_too = len(self.other.links)
        return f"{words} {same} of {counted(links, 'link')} here and {there_too} there have the same voxels."

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads it should know."""
        missing = [kind for kind in LinkKind if kind not in self.other.kinds and self.found.of(kind)]
        untold = [f"{self.other.name} tells of no {kind}s, so these are not compared." for kind in missing]
        return (*self.other.notes, *untold)

    @property
    def record(self) -> JsonObject:
        """For the record of the run."""
        kinds = {str(kind): {str(by): self.count(by, kind) for by in NamedBy} for kind in LinkKind}
        return {"with": self.other.name, "pairs": kinds, "sentence": self.sentence, "notes": list(self.notes)}


def compare_links(found: FoundLinks, other: OtherLinks) -> ComparedLinks:
    """Set both beside each other, pair by pair.

    A segment there of which it is not known what it touches goes with the pair here with which it shares most voxels.
    Where the other program's tables tell of one kind of link, only this kind is compared.
    """
    meter = _Voxels(found, other)
    here, there = _here(found), _there(other, meter)
    zone = found.source.zone_id
    kinds = {ends: _kind(ends, zone) for ends in {*here, *there}}
    wanted = [ends for ends in kinds if ends in there or kinds[ends] in other.kinds]
    rows = [
        meter.pair(ends, kinds[ends], tuple(here.get(ends, ())), tuple(there.get(ends, ())), there)
        for ends in sorted(wanted, key=lambda ends: (kinds[ends] or "", ends or ()))
    ]
    return ComparedLinks(found, other, tuple(rows))


def compared_rows(compared: ComparedLinks) -> Iterator[tuple[object, ...]]:
    """The table's rows, by ``COMPARED_COLUMNS``; several numbers stand behind one another."""
    for p in compared.pairs:
        a, b = p.ends or (None, None)
        yield (
            p.named_by, p.kind, a, b, _listed(p.here), _listed(p.there), p.voxels_here, p.voxels_there, p.shared,
            p.same, " ".join("-".join(map(str, ends)) for ends in p.meets if ends),
        )  # fmt: skip


def _listed(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _kind(ends: LinkedPair, zone: int | None) -> LinkKind | None:
    if ends is None:
        return None
    return LinkKind.TETHER if zone in ends else LinkKind.CONNECTOR


def _here(found: FoundLinks) -> dict[LinkedPair, list[int]]:
    pairs: dict[LinkedPair, list[int]] = defaultdict(list)
    for number, (link, place) in enumerate(zip(found.links, found.places, strict=True), 1):
        if link.size_class is SizeClass.GOOD and number not in found.rejected:
            pairs[place.a, place.b].append(number)
    return pairs


def _there(other: OtherLinks, meter: _Voxels) -> dict[LinkedPair, list[int]]:
    pairs: dict[LinkedPair, list[int]] = defaultdict(list)
    for link in other.links:
        pairs[link.ends or meter.nearest_pair(link.number)].append(link.number)
    return pairs


class _Voxels:
    """Counts voxels that links of both programs share; nothing where the other's are not known."""

    def __init__(self, found: FoundLinks, other: OtherLinks) -> None:
        self._found, self._volume = found, other.volume
        self._sizes = other.sizes_px
        self._shared: dict[int, Counter[int]] = {}
        if other.volume is None:
            return
        for number, link in enumerate(found.links, 1):
            self._shared[number] = _counts_at(other.volume, link.voxels)

    def nearest_pair(self, there: int) -> LinkedPair:
        """The ends of our link that shares most voxels with a segment; ``None`` if none does."""
        meeting = {n: counts[there] for n, counts in self._shared.items() if counts[there]}
        if not meeting:
            return None
        place = self._found.places[max(meeting, key=lambda n: meeting[n]) - 1]
        return place.a, place.b

    def pair(
        self,
        ends: LinkedPair,
        kind: LinkKind | None,
        here: tuple[int, ...],
        there: tuple[int, ...],
        all_there: Mapping[LinkedPair, list[int]],
    ) -> ComparedPair:
        if self._volume is None:
            return ComparedPair(ends, kind, here, there)
        links = self._found.links
        return ComparedPair(
            ends,
            kind,
            here,
            there,
            sum(links[n - 1].volume for n in here),
            sum(self._sizes.get(n) or 0 for n in there),
            sum(self._shared[n][other] for n in here for other in there),
            sum(any(self._is_same(n, other) for other in there) for n in here),
            tuple(self._met(ends, here, all_there)),
        )

    def _is_same(self, here: int, there: int) -> bool:
        size = self._found.links[here - 1].volume
        return self._shared[here][there] == size == self._sizes.get(there)

    def _met(
        self, ends: LinkedPair, here: tuple[int, ...], all_there: Mapping[LinkedPair, list[int]]
    ) -> Iterator[LinkedPair]:
        for other, numbers in all_there.items():
            if other != ends and any(self._shared[n][m] for n in here for m in numbers):
                yield other


def _counts_at(volume: Labels, voxels: Indices) -> Counter[int]:
    numbers, counts = np.unique(volume[tuple(voxels.T)], return_counts=True)
    return Counter({int(n): int(c) for n, c in zip(numbers, counts, strict=True) if n})
