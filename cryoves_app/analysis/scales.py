"""At which voxel sizes the network looks: one for vesicles of similar size, several for a wide range."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cryoves_app.analysis.preprocess import network_voxel_nm
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe_settings import InputSettings

#: Largest ratio of radii that one scale serves: half to twice the expected one.
_RATIO_PER_SCALE = 4.0


@dataclass(frozen=True)
class Scale:
    """A voxel size for the network, and the radii that it looks for there."""

    voxel_size_nm: float
    expected_radius_nm: float
    smallest_radius_nm: float
    largest_radius_nm: float


def scales(settings: InputSettings, model_voxel_nm: float) -> list[Scale]:
    """The scales of a run; the one nearest to the expected radius first.

    Raises
    ------
    CryoVesError
        If the smallest radius is not below the largest.
    """
    low, high = radius_range(settings)
    if not 0 < low < high:
        raise CryoVesError(f"The smallest radius ({low:g} nm) must be below the largest ({high:g} nm).")
    count = max(1, math.ceil(math.log(high / low) / math.log(_RATIO_PER_SCALE) - 1e-9))
    ratio = (high / low) ** (1 / count)
    if count == 1:
        return [_scale(settings.expected_radius_nm, low, high, model_voxel_nm)]
    found = [
        _scale(low * ratio ** (i + 0.5), low * ratio**i, low * ratio ** (i + 1), model_voxel_nm)
        for i in range(count)
    ]
    return sorted(found, key=lambda s: abs(math.log(s.expected_radius_nm / settings.expected_radius_nm)))


def radius_range(settings: InputSettings) -> tuple[float, float]:
    """The smallest and largest radius to look for, in nm."""
    low = settings.smallest_radius_nm or settings.expected_radius_nm / 2
    return low, settings.largest_radius_nm or settings.expected_radius_nm * 2


def _scale(expected: float, low: float, high: float, model_voxel_nm: float) -> Scale:
    return Scale(network_voxel_nm(expected, model_voxel_nm), expected, low, high)
