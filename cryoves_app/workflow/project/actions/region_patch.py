"""What becomes of the regions in one step: only what changes, since outlines may have thousands of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.formats.project.project_codec import (
    Plain,
    contour_from_plain,
    contour_to_plain,
    region_fields_from_plain,
    region_from_plain,
    region_to_plain,
)

_FIELDS = ("name", "kind", "interpolate", "tube_nm")


@dataclass(frozen=True)
class Splice:
    """``inserted`` contours take the place of ``removed`` ones from ``first`` on."""

    first: int = 0
    removed: int = 0
    inserted: tuple[Contour, ...] = ()

    @classmethod
    def between(cls, before: Sequence[Contour], after: Sequence[Contour]) -> Splice:
        shorter = min(len(before), len(after))
        first = _common(zip(before, after, strict=False))
        rest = shorter - first
        last = min(_common(zip(reversed(before), reversed(after), strict=False)), rest)
        return cls(first, len(before) - first - last, tuple(after[first : len(after) - last]))

    def apply(self, contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
        return (*contours[: self.first], *self.inserted, *contours[self.first + self.removed :])


@dataclass(frozen=True)
class Derived:
    """A region made of the one that stood at ``source`` before."""

    source: int
    fields: Mapping[str, RegionKind | str | bool | float] = field(default_factory=dict)
    splice: Splice = Splice()

    @classmethod
    def between(cls, source: int, before: Region, after: Region) -> Derived:
        names = [n for n in _FIELDS if getattr(before, n) != getattr(after, n)]
        return cls(
            source,
            {n: getattr(after, n) for n in names},
            Splice.between(before.contours, after.contours),
        )

    def apply(self, regions: Sequence[Region]) -> Region:
        if not self.source < len(regions):
            raise CryoVesError("A region that is to change is not there.")
        region = regions[self.source]
        if not self.fields and self.splice == Splice():
            return region  # itself: whoever has worked something out of it need not do so again
        changes: dict[str, Any] = dict(self.fields)
        return replace(region, contours=self.splice.apply(region.contours), **changes)


#: One region after the step: a new one, or one made of another.
RegionEntry = Region | Derived


def entries_between(before: Sequence[Region], after: Sequence[Region]) -> tuple[RegionEntry, ...]:
    """What makes the second regions of the first."""
    return tuple(_entry(before, place, region) for place, region in enumerate(after))


def apply_entries(entries: Sequence[RegionEntry], regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions after the step.

    Raises
    ------
    CryoVesError
        If one that is to change is not there.
    """
    return tuple(e.apply(regions) if isinstance(e, Derived) else e for e in entries)


def entry_to_plain(entry: RegionEntry) -> Plain:
    """As JSON can hold it."""
    if isinstance(entry, Region):
        return region_to_plain(entry)
    plain: Plain = {"source": entry.source}
    if entry.fields:
        plain["fields"] = dict(entry.fields)
    splice = entry.splice
    if splice != Splice():
        plain["splice"] = [splice.first, splice.removed, [contour_to_plain(c) for c in splice.inserted]]
    return plain


def entry_from_plain(data: Any) -> RegionEntry:
    """From a stored step; raises ``ValueError``, ``TypeError`` or ``KeyError`` if it cannot be one."""
    if "source" not in data:
        return region_from_plain(data)
    first, removed, inserted = data.get("splice", (0, 0, ()))
    source = int(data["source"])
    if min(source, int(first), int(removed)) < 0:
        raise ValueError("a place before the first")
    return Derived(
        source,
        region_fields_from_plain(data.get("fields", {})),
        Splice(int(first), int(removed), tuple(contour_from_plain(c) for c in inserted)),
    )


def _entry(before: Sequence[Region], place: int, region: Region) -> RegionEntry:
    known = next((i for i, other in enumerate(before) if other is region or other == region), None)
    if known is not None:
        return Derived(known)
    named = next((i for i, other in enumerate(before) if other.name == region.name), None)
    source = place if named is None and place < len(before) else named
    return region if source is None else Derived.between(source, before[source], region)


def _common(pairs: Any) -> int:
    count = 0
    for one, other in pairs:
        if one is not other and one != other:
            break
        count += 1
    return count
