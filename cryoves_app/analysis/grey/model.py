"""What is known of a tomogram's grey values, and what makes of them something that a network and a fit can look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import GreyLevel, in_units
from cryoves_app.analysis.grey.slow_field import SlowField
from cryoves_app.domain.arrays import BoolMask, Grey, SpheresPx

#: Kinds of blocks: all voxels are data; it depends on the voxel; none is.
DATA, MIXED, EMPTY = 0, 1, 2
#: A wild voxel with at most so many wild ones among its eight neighbours and itself is a hot pixel.
_ALONE = 3


@dataclass(frozen=True)
class EmptyPlaces:
    """Where there is no data, as blocks of ``edge_px`` voxels: ``DATA``, ``MIXED`` or ``EMPTY``, ``(z, y, x)``.

    In a mixed block a voxel is empty if its grey lies in one of the ``fills`` (n, 2), or farther than ``reach`` from
    the background; in units of the level. ``planes`` are for each axis the planes across it that hold one value.
    """

    edge_px: int
    blocks: NDArray[np.uint8]
    fills: NDArray[np.float64]
    reach: float
    planes: tuple[BoolMask, BoolMask, BoolMask]

    @property
    def are_nowhere(self) -> bool:
        """Whether all voxels hold data."""
        return not (self.blocks.any() or any(p.any() for p in self.planes))

    def box(self, values: Grey, flat: Grey, low: Sequence[int]) -> BoolMask | None:
        """Which voxels of a box ``(z, y, x)`` that starts at voxel ``low`` are empty; ``None`` where none is.

        ``values`` are its grey values in units of the level, ``flat`` the same less the background.
        """
        index = [
            np.minimum(np.arange(a, a + n) // self.edge_px, blocks - 1)
            for a, n, blocks in zip(low, values.shape, self.blocks.shape, strict=True)
        ]
        kinds = self.blocks[tuple(slice(i[0], i[-1] + 1) for i in index)]
        planes = [p[a : a + n] for p, a, n in zip(self.planes, low, values.shape, strict=True)]
        if not (kinds.any() or any(part.any() for part in planes)):
            return None
        voxels = np.ix_(*(i - i[0] for i in index))
        empty = (kinds == EMPTY)[voxels]
        if (kinds == MIXED).any():
            empty |= (kinds == MIXED)[voxels] & self._by_grey(values, flat)
        for axis, part in enumerate(planes):
            if part.any():
                empty |= np.moveaxis(part[:, None, None], 0, axis)
        return empty if empty.any() else None

    def _by_grey(self, values: Grey, flat: Grey) -> BoolMask:
        found = ~(np.abs(flat) <= self.reach)  # what is not finite is not within reach
        for low, high in self.fills:
            found |= (values >= low) & (values <= high)
        return found


@dataclass(frozen=True)
class GreyFacts:
    """What was found out about a tomogram's grey values.

    ``lowest`` to ``highest`` are raw grey of what holds data; ``empty_share`` is the share without data, ``bad`` the
    number of voxels that are not finite. ``background_range`` is in deviations, ``strength_ratio`` the strongest
    contrast over the weakest; ``wild`` tells that voxels far outside the rest were brought back, ``beads`` how many
    beads there are. ``outside_share`` is the share above and below the lamella or the ice, which has data but no
    specimen: it does not count in median and deviation.
    """

    lowest: float
    highest: float
    median: float
    deviation: float
    empty_share: float = 0.0
    bad: int = 0
    background_range: float = 0.0
    strength_ratio: float = 1.0
    wild: bool = False
    beads: int = 0
    outside_share: float = 0.0


@dataclass(frozen=True)
class GreyModel:
    """How grey values become comparable over a tomogram.

    Parameters
    ----------
    level
        The units: grey values less ``level.middle``, over ``level.spread``.
    shape
        Of the tomogram ``(z, y, x)``.
    empty
        Where there is no data.
    background, strength
        What is subtracted, in units of the level, and the logarithm of what is divided by; ``None`` where the
        tomogram needs no such thing.
    limits
        The darkest and brightest value that is believed, after background and strength.
    touched
        Whether any voxel comes out in another way than less the median, over the deviation.
    facts
        What was found out; its deviation is above 0.
    beads : (n, 4) array
        Gold beads: ``z, y, x`` and radius to the outer edge of what is left out, in voxels.
    """

    level: GreyLevel
    shape: tuple[int, int, int]
    empty: EmptyPlaces
    background: SlowField | None
    strength: SlowField | None
    limits: tuple[float, float]
    touched: bool
    facts: GreyFacts
    beads: SpheresPx = field(default_factory=lambda: np.zeros((0, 4)))

    def box(self, raw: NDArray[Any], low: Sequence[int]) -> tuple[Grey, BoolMask | None]:
        """A box ``(z, y, x)`` from voxel ``low`` on, in standard deviations from the median, and which hold no data.

        Voxels without data, single bad and single wild ones are at the median, other wild ones at the limits.
        """
        values, empty = self.flattened(raw, low)
        median = np.float32((self.facts.median - self.level.middle) / self.level.spread)
        with np.errstate(invalid="ignore"):
            all_finite = bool(np.isfinite(values.sum(dtype=np.float64)))
        if not all_finite:
            values[~np.isfinite(values)] = median
        if empty is not None:
            values[empty] = median
        _tame(values, self.limits, median)
        values -= median
        values *= np.float32(self.level.spread / self.facts.deviation)
        return values, empty

    def flattened(self, raw: NDArray[Any], low: Sequence[int]) -> tuple[Grey, BoolMask | None]:
        """A box ``(z, y, x)`` of raw grey in units of the level, without its slow changes, and which hold no data."""
        high = [a + n for a, n in zip(low, raw.shape, strict=True)]
        values = in_units(raw, self.level)
        flat = values - self.background.box(low, high) if self.background else values
        if self.strength:
            flat = flat * np.exp(-self.strength.box(low, high))
        return flat, self.empty.box(values, flat, low)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The model as arrays, each of any shape and in the units of its field, to be kept."""
        numbers = (*astuple(self.level), *self.limits, self.touched, *astuple(self.facts))
        places = self.empty
        arrays: dict[str, NDArray[Any]] = {
            "numbers": np.array(numbers, np.float64),
            "shape": np.array(self.shape),
            "beads": self.beads,
            "blocks": places.blocks,
            "fills": places.fills,
            "places": np.array([places.edge_px, places.reach]),
            **{f"planes_{axis}": plane for axis, plane in enumerate(places.planes)},
        }
        for name, slow in (("background", self.background), ("strength", self.strength)):
            arrays |= {f"{name}_{k}": a for k, a in enumerate(slow.to_arrays())} if slow else {}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> GreyModel:
        """From what ``to_arrays`` gave: arrays of any shape, in the units of their fields."""
        middle, spread, low, high, touched, *facts = arrays["numbers"].tolist()
        edge, reach = arrays["places"].tolist()
        planes = (arrays["planes_0"], arrays["planes_1"], arrays["planes_2"])
        z, y, x = arrays["shape"].tolist()
        slow = [
            SlowField.from_arrays([arrays[f"{name}_{k}"] for k in range(4)])
            if f"{name}_0" in arrays
            else None
            for name in ("background", "strength")
        ]
        places = EmptyPlaces(int(edge), arrays["blocks"], arrays["fills"], reach, planes)
        lowest, highest, median, deviation, share, bad, ramp, ratio, wild, beads, *outside = facts
        known = GreyFacts(
            lowest, highest, median, deviation, share, int(bad), ramp, ratio, bool(wild), int(beads), *outside
        )
        level = GreyLevel(middle, spread)
        limits, beads_px = (low, high), arrays["beads"]
        return cls(level, (z, y, x), places, slow[0], slow[1], limits, bool(touched), known, beads_px)


def _tame(values: Grey, limits: tuple[float, float], median: np.float32) -> None:
    """Bring wild voxels back: single ones to the median, others to the limits."""
    low, high = np.float32(limits[0]), np.float32(limits[1])
    if values.min() >= low and values.max() <= high:
        return
    wild = (values < low) | (values > high)
    around = ndimage.uniform_filter(wild.astype(np.float32), (1, 3, 3), mode="constant")
    np.clip(values, low, high, out=values)
    values[wild & (around * 9 < _ALONE + 0.5)] = median
