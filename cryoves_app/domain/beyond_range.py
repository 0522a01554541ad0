"""Vesicles whose radii lie beyond those that were looked for: they are told and offered, not taken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.wording import counted

#: Radii to look for are offered in steps of this size, with this much room beside what was found.
_STEP_NM, _ROOM = 5.0, 1.1


@dataclass(frozen=True)
class BeyondRange:
    """How many there are, and their outer radii; ``low_nm`` to ``high_nm`` is what was looked for."""

    count: int
    smallest_nm: float
    largest_nm: float
    low_nm: float
    high_nm: float

    @classmethod
    def of(cls, radii_nm: Iterable[float], looked_for_nm: tuple[float, float]) -> BeyondRange | None:
        """Of some outer radii; ``None`` where there are none."""
        found = sorted(radii_nm)
        return cls(len(found), found[0], found[-1], *looked_for_nm) if found else None

    def widened(self, recipe: Recipe) -> Recipe:
        """A recipe whose range of radii holds them."""
        for name, value in self._values().items():
            recipe = recipe.with_value("input", name, value)
        return recipe

    def sentence(self) -> str:
        """What there is, and what to do about it."""
        radii = f"{self.smallest_nm:.0f}"
        if self.count > 1:
            radii += f" to {self.largest_nm:.0f}"
        are, them = ("is", "it") if self.count == 1 else ("are", "them")
        values = " and ".join(f"input.{name} = {value:g}" for name, value in self._values().items())
        return (
            f"{counted(self.count, 'more candidate')} of {radii} nm radius {are} beyond what was looked for "
            f"({self.low_nm:.0f} to {self.high_nm:.0f} nm) and listed as doubtful: to take {them} for vesicles, set "
            f"{values} in the recipe and run again."
        )

    def offer(self) -> str:
        """What a button says that widens the range and runs again."""
        return f"Run again with radii of {self._wide[0]:.0f} to {self._wide[1]:.0f} nm"

    @property
    def _wide(self) -> tuple[float, float]:
        values = self._values()
        return values.get("smallest_radius_nm", self.low_nm), values.get("largest_radius_nm", self.high_nm)

    def _values(self) -> dict[str, float]:
        """The recipe's values, within what it allows."""
        found = {}
        if self.smallest_nm < self.low_nm:
            found["smallest_radius_nm"] = max(math.floor(self.smallest_nm / _ROOM), 1.0)
        if self.largest_nm > self.high_nm:
            found["largest_radius_nm"] = min(math.ceil(self.largest_nm * _ROOM / _STEP_NM) * _STEP_NM, 200.0)
        return found
