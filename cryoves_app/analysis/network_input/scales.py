"""At which voxel sizes the network looks: one for vesicles of similar size, several for a wide range.

The network hardly sees a vesicle of twice the radius that its voxel size is made for. So it looks on a grid of twice
the voxel size, too, which costs an eighth: for those at the range's upper end, and for larger ones, which are not what
was asked for, but should be told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from cryoves_app.analysis.network_input.preprocess import network_voxel_nm
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe_settings import InputSettings

#: Largest ratio of radii that one scale serves: half to twice the expected one.
_RATIO_PER_SCALE = 4.0
#: How much coarser the grid is on which larger vesicles are looked for.
_COARSER = 2.0
#: Below this share of its own radius the coarser scale leaves vesicles to the finer one, which sees them as well.
_LEFT_TO_FINER = 0.75


@dataclass(frozen=True)
class Scale:
    """A voxel size for the network, and the radii that it looks for there.

    What shows a membrane at a smaller radius than ``left_below_nm`` (to its mid-plane) is left to a finer scale.
    """

    voxel_size_nm: float
    expected_radius_nm: float
    smallest_radius_nm: float
    largest_radius_nm: float
    left_below_nm: float = 0.0


def scales(settings: InputSettings, model_voxel_nm: float) -> list[Scale]:
    """The scales of a run; the one nearest to the expected radius first, those that look for larger ones last.

    Raises
    ------
    CryoVesError
        If the smallest radius is not below the largest.
    """
    low, high = radius_range(settings)
    if not 0 < low < high:
        raise CryoVesError(f"The smallest radius ({low:g} nm) must be below the largest ({high:g} nm).")
    found = _of_range(settings, low, high, model_voxel_nm)
    return [*found, *_coarser(found, high, model_voxel_nm)] if settings.look_larger else found


def _of_range(settings: InputSettings, low: float, high: float, model_voxel_nm: float) -> list[Scale]:
    count = max(1, math.ceil(math.log(high / low) / math.log(_RATIO_PER_SCALE) - 1e-9))
    ratio = (high / low) ** (1 / count)
    if count == 1:
        return [_scale(settings.expected_radius_nm, low, high, model_voxel_nm)]
    found = [
        _scale(low * ratio ** (i + 0.5), low * ratio**i, low * ratio ** (i + 1), model_voxel_nm)
        for i in range(count)
    ]
    return sorted(found, key=lambda s: abs(math.log(s.expected_radius_nm / settings.expected_radius_nm)))


def _coarser(found: list[Scale], high: float, model_voxel_nm: float) -> list[Scale]:
    """Scales for what is at the range's upper end and beyond it."""
    more: list[Scale] = []
    expected = max(s.expected_radius_nm for s in found)
    while not more or expected < high:
        expected *= _COARSER
        low = _LEFT_TO_FINER * expected
        scale = _scale(expected, low, _COARSER * expected, model_voxel_nm)
        more.append(replace(scale, left_below_nm=low))
    return more


def radius_range(settings: InputSettings) -> tuple[float, float]:
    """The smallest and largest radius to look for, in nm."""
    low = settings.smallest_radius_nm or settings.expected_radius_nm / 2
    return low, settings.largest_radius_nm or settings.expected_radius_nm * 2


def _scale(expected: float, low: float, high: float, model_voxel_nm: float) -> Scale:
    return Scale(network_voxel_nm(expected, model_voxel_nm), expected, low, high)
