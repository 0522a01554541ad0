"""Patches around what a person corrected, mixed with others of the same tomograms and of other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cryoves_app.domain.arrays import Points
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import PatchPlace, PatchSettings, PatchSource, Scan


@dataclass(frozen=True)
class Focus:
    """A scan, and the places ``(n, 3)`` in it, ``z, y, x`` in voxels, around which patches are cut."""

    scan: Scan
    places_px: Points = field(repr=False)


@dataclass(frozen=True)
class Mixture:
    """Shares of patches: around the places, elsewhere in the same scans; the rest comes from other scans."""

    focused: float = 0.4
    elsewhere: float = 0.2


class FocusedSource(PatchSource):
    """As ``PatchSource``, with places to look at.

    Raises
    ------
    CryoVesError
        As ``PatchSource``.
    """

    def __init__(
        self,
        focuses: Sequence[Focus],
        others: Sequence[Scan],
        settings: PatchSettings,
        seed: int,
        augmentation: Augmentation | None = None,
        mixture: Mixture | None = None,
    ) -> None:
        super().__init__([*(focus.scan for focus in focuses), *others], settings, seed, augmentation)
        self._mixture = mixture or Mixture()
        number = {id(scan): n for n, scan in enumerate(self._scans)}
        known = [focus for focus in focuses if id(focus.scan) in number]
        self._places_px = [(number[id(f.scan)], centre) for f in known for centre in np.round(f.places_px)]
        self._own = sorted(number[id(f.scan)] for f in known)
        self._other = [n for n in range(len(self._scans)) if n not in self._own]

    def _fresh_place(self, rng: np.random.Generator) -> PatchPlace:
        draw = rng.random()
        if self._places_px and draw < self._mixture.focused:
            scan, centre = self._places_px[rng.integers(len(self._places_px))]
            shape = np.array(self._settings.shape)
            return self._cut(scan, centre.astype(np.int64) - rng.integers(shape // 4, 3 * shape // 4 + 1))
        is_own = draw < self._mixture.focused + self._mixture.elsewhere
        return self._place_in((self._own if is_own else self._other) or self._own or self._other, rng)
