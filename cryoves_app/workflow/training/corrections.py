"""What people corrected in a project: the places from which a network has most to learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.wording import counted


@dataclass(frozen=True)
class Corrections:
    """Vesicles by what a person did with them."""

    added: tuple[Vesicle, ...] = ()
    changed: tuple[Vesicle, ...] = ()
    rejected: tuple[Vesicle, ...] = ()

    @classmethod
    def of(cls, vesicles: Iterable[Vesicle]) -> Corrections:
        found = tuple(vesicles)
        kept = [v for v in found if v.status is Status.ACCEPTED and v.inside_region is not False]
        return cls(
            tuple(v for v in kept if v.origin is Origin.MANUAL),
            tuple(v for v in kept if v.origin is Origin.EDITED),
            tuple(v for v in found if v.status is Status.REJECTED and v.is_human_work),
        )

    @property
    def all(self) -> tuple[Vesicle, ...]:
        return (*self.added, *self.changed, *self.rejected)

    def __add__(self, other: Corrections) -> Corrections:
        return Corrections(
            self.added + other.added, self.changed + other.changed, self.rejected + other.rejected
        )

    def sentence(self) -> str:
        """How many of each."""
        return (
            f"{counted(len(self.added), 'vesicle')} added, {len(self.changed)} corrected, "
            f"{len(self.rejected)} rejected"
        )
