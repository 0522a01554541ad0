"""Who judged the vesicles of a project, and where people differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.wording import counted


@dataclass(frozen=True)
class Reviewers:
    """How many vesicles each person judged, by name, and which are disputed."""

    numbers: tuple[tuple[str, int], ...] = ()
    by_several: int = 0
    disputed: tuple[int, ...] = ()

    @classmethod
    def of(cls, vesicles: Iterable[Vesicle]) -> Reviewers:
        named = [v for v in vesicles if v.judgements]
        numbers = Counter(j.reviewer for v in named for j in v.judgements)
        disputed = tuple(v.id for v in named if v.is_disputed)
        return cls(tuple(sorted(numbers.items())), sum(len(v.judgements) > 1 for v in named), disputed)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _number in self.numbers)

    def others_than(self, name: str) -> Reviewers:
        """Without one person's numbers."""
        return Reviewers(tuple(n for n in self.numbers if n[0] != name), self.by_several, self.disputed)

    def sentence(self) -> str:
        """``Ada checked 40, Ben 22``; empty where nobody did under a name."""
        parts = [f"{name} {number}" for name, number in self.numbers]
        return ", ".join([f"{self.numbers[0][0]} checked {self.numbers[0][1]}", *parts[1:]]) if parts else ""

    def methods_sentence(self) -> str:
        """What the Methods section says of several people; empty where only one judged."""
        if not self.by_several:
            return ""
        return (
            f"{len(self.numbers)} people judged the vesicles; of {counted(self.by_several, 'vesicle')} that more than "
            f"one of them judged they disagreed on {len(self.disputed)}, where the last judgement counts."
        )
