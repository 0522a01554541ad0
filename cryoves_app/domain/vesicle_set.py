"""All vesicles of one tomogram, in a fixed order, with ids that never repeat."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cryoves_app.domain.vesicle import Origin, Status, Vesicle


@dataclass(frozen=True)
class VesicleSet:
    """An immutable collection; every change makes a new one.

    ``next_id`` is larger than every id ever used, so that a removed vesicle's id is not given again.
    """

    vesicles: tuple[Vesicle, ...] = ()
    next_id: int = 1

    @classmethod
    def of(cls, vesicles: Iterable[Vesicle], next_id: int = 1) -> VesicleSet:
        """Collects vesicles whose ids are set and distinct.

        Raises
        ------
        ValueError
            If an id stands twice.
        """
        found = tuple(vesicles)
        ids = {v.id for v in found}
        if len(ids) != len(found):
            raise ValueError("Two vesicles have the same id.")
        return cls(found, max([next_id - 1, *ids]) + 1)

    def __iter__(self) -> Iterator[Vesicle]:
        return iter(self.vesicles)

    def __len__(self) -> int:
        return len(self.vesicles)

    def has(self, vesicle_id: int) -> bool:
        """Whether there is a vesicle with this id."""
        return vesicle_id in self._places

    def get(self, vesicle_id: int) -> Vesicle | None:
        place = self._places.get(vesicle_id)
        return None if place is None else self.vesicles[place]

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where the vesicle of each id stands. Sets that differ in no id share it: an edit of one vesicle of
        thousands looks at that one only."""
        return {v.id: place for place, v in enumerate(self.vesicles)}

    def with_status(self, *statuses: Status) -> tuple[Vesicle, ...]:
        return tuple(v for v in self.vesicles if v.status in statuses)

    @cached_property
    def accepted(self) -> tuple[Vesicle, ...]:
        return self.with_status(Status.ACCEPTED)

    @cached_property
    def origins(self) -> Counter[Origin]:
        """How many are of each origin."""
        return Counter(v.origin for v in self.vesicles)

    @cached_property
    def checked_count(self) -> int:
        """How many a person has looked at."""
        return self.checked_by("")

    def checked_by(self, name: str) -> int:
        """How many this person has judged; how many anybody has looked at where no name is given."""
        if name not in self._checked:
            self._checked[name] = sum(v.is_checked(name) for v in self.vesicles)
        return self._checked[name]

    @cached_property
    def _checked(self) -> dict[str, int]:
        return {}

    def replaced(self, changed: Iterable[Vesicle]) -> VesicleSet:
        """The set with vesicles of the same ids exchanged; the order stays."""
        vesicles = list(self.vesicles)
        for vesicle in changed:
            place = self._places.get(vesicle.id)
            if place is not None:
                vesicles[place] = vesicle
        exchanged = VesicleSet(tuple(vesicles), self.next_id)
        exchanged.__dict__["_places"] = self._places
        return exchanged

    def added(self, vesicles: Iterable[Vesicle]) -> VesicleSet:
        return VesicleSet.of([*self.vesicles, *vesicles], self.next_id)

    def inserted(self, vesicles: Iterable[Vesicle]) -> VesicleSet:
        """The set with vesicles that were not there, each before those of larger ids; the set is ordered by ids.

        Raises
        ------
        ValueError
            If one is there already.
        """
        present, next_id = list(self.vesicles), self.next_id
        for vesicle in vesicles:
            present.insert(bisect(present, vesicle.id, key=lambda v: v.id), vesicle)
        return VesicleSet.of(present, next_id)

    def removed(self, ids: Iterable[int]) -> VesicleSet:
        gone = set(ids)
        return VesicleSet(tuple(v for v in self.vesicles if v.id not in gone), self.next_id)
