"""How links are to be found: the recipe, thresholds and classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.links.leaves import rising
from cryoves_app.analysis.links.threads import ThreadSettings
from cryoves_app.domain.errors import CryoVesError

#: From this volume on a segment is big: the middle of what papers use, 2100 to 3200 nm³.
BIG_NM3 = 2650.0
#: Levels where none are given, in standard deviations of the region's grey values from their mean.
USUAL_LEVELS = tuple(round(k / 5, 1) for k in range(-20, 1))
USUAL_FALSE_SHARE = ThreadSettings().largest_false_share
#: More would take for ever.
MOST_THRESHOLDS = 1000


class LinkRecipe(StrEnum):
    """By which rules links are found."""

    DEFAULT = "default"  # straight threads between exact spheres, judged against chance
    PYTO = "pyto"


@dataclass(frozen=True)
class LinkPlan:
    """``thresholds`` in grey values, empty for the usual ones; ``big_px`` in voxels, None for the usual volume.

    Both are of the recipe ``pyto``; ``largest_false_share`` is of the other one: how many of the links may be chance.
    """

    recipe: LinkRecipe = LinkRecipe.DEFAULT
    thresholds: tuple[float, ...] = ()
    big_px: int | None = None
    largest_false_share: float = USUAL_FALSE_SHARE

    def big_from(self, voxel_size_nm: float) -> int:
        """From so many voxels on a segment is big."""
        return self.big_px if self.big_px is not None else round(BIG_NM3 / voxel_size_nm**3)

    def thresholds_for(self, space: LinkField) -> tuple[float, ...]:
        """Grey values: those given, or the usual levels of this region."""
        return self.thresholds or usual_thresholds(space)


def threshold_range(start: float, stop: float, step: float) -> tuple[float, ...]:
    """From ``start`` in steps to ``stop``, which belongs to them.

    Raises
    ------
    CryoVesError
        If the step does not lead there, or there are too many.
    """
    if not all(map(math.isfinite, (start, stop, step))):
        raise CryoVesError("Thresholds must be numbers.")
    if start == stop:
        return (float(start),)
    if not step or (stop - start) / step < 0:
        raise CryoVesError(f"Steps of {step:g} do not lead from {start:g} to {stop:g}.")
    count = (stop - start) / step * (1 + 1e-9)
    if count >= MOST_THRESHOLDS:
        raise CryoVesError(f"{count + 1:.0f} thresholds are too many; {MOST_THRESHOLDS} is the limit.")
    return tuple(float(start + k * step) for k in range(math.floor(count) + 1))


def typed_thresholds(text: str) -> tuple[float, ...]:
    """``START:STOP:STEP`` or numbers with commas; none for an empty text.

    Raises
    ------
    CryoVesError
        If it is neither.
    """
    if not text.strip():
        return ()
    try:
        if ":" not in text:
            return checked_thresholds(float(part) for part in text.split(","))
        start, stop, step = (float(part) for part in text.split(":"))
    except ValueError:
        raise CryoVesError(f"“{text:.200}” is not START:STOP:STEP, as -5000:250:250.") from None
    return threshold_range(start, stop, step)


def checked_thresholds(values: Iterable[float]) -> tuple[float, ...]:
    """Thresholds in rising order, each once.

    Raises
    ------
    CryoVesError
        If one is no number, or there are too many.
    """
    found = rising(tuple(values))
    if not all(map(math.isfinite, found)):
        raise CryoVesError("Thresholds must be numbers.")
    if not 0 < len(found) <= MOST_THRESHOLDS:
        raise CryoVesError(f"There must be 1 to {MOST_THRESHOLDS} thresholds, not {len(found)}.")
    return found


def usual_thresholds(space: LinkField) -> tuple[float, ...]:
    """Mean of the region's grey values minus four standard deviations, up to the mean, in steps of a fifth."""
    mean, sd = region_grey(space)
    return tuple(mean + k * sd for k in USUAL_LEVELS) if sd else (mean,)


def region_grey(space: LinkField) -> tuple[float, float]:
    """Mean and standard deviation of the region's grey values; zeros where the boundaries' box holds none of it.

    Raises
    ------
    CryoVesError
        If all are the same.
    """
    inside = space.grey[space.region]
    if not inside.size:
        return 0.0, 0.0
    mean, sd = float(inside.mean(dtype=np.float64)), float(inside.std(dtype=np.float64))
    if not sd > 0:
        raise CryoVesError("The region's grey values are all the same: there are no links in it.")
    return mean, sd
