"""What can be measured on a fitted vesicle: thickness, densities, contrast, likeness to the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.profiles import SMOOTHING_NM, own_profile, second_derivative
from cryoves_app.analysis.radial import (
    POSITIONS_NM,
    STEP_NM,
    Profile,
    mid_plane_nm,
    parabola_offset,
    smooth_profile,
)
from cryoves_app.analysis.shell import GreySource, Shell
from cryoves_app.analysis.sphere_fit import Fit, distances

Array = NDArray[np.float64]

#: The bright fringe outside the membrane ends here.
_FRINGE_REACH_NM = 10.0
#: Voxels at least this far inside the mid-plane are lumen.
_LUMEN_NM = 5.0


@dataclass(frozen=True)
class Features:
    """Measures of one vesicle.

    ``thickness_nm`` and ``membrane_density`` follow the manuscript's equations 4 and 5, on a continuous scale;
    densities are raw grey values. ``contrast`` is the depth of the membrane in standard deviations of the
    tomogram; ``correlation`` that of the vesicle's radial profile with the population's.
    """

    thickness_nm: float | None
    membrane_density: float | None
    lumen_density: float | None
    contrast: float
    correlation: float


def measure(shell: Shell, fit: Fit, profile: Profile, source: GreySource) -> Features:
    """Measure one fitted vesicle from the voxels of its shell."""
    own, weight = own_profile(shell, fit.sphere)
    contrast = fit.scale * float(-profile.values.min())
    if not weight.any():
        return Features(None, None, None, contrast, 0.0)
    darkest, half = membrane_extent(own)
    density = None
    if half is not None:
        inside = np.abs(POSITIONS_NM - darkest) <= half
        density = _raw(float(np.mean(own[inside])), source)
    return Features(
        None if half is None else 2 * half,
        density,
        _lumen(shell, fit.sphere, source),
        contrast,
        _weighted_correlation(own, profile.values, weight),
    )


def membrane_extent(profile: Array) -> tuple[float, float | None]:
    """Position of the mid-plane, and half the membrane's thickness (manuscript, equation 4).

    Half the thickness is the distance from the mid-plane to the minimum of the second derivative between the membrane
    and the bright fringe outside; ``None`` where the profile shows no such shoulder. The manuscript's darkest point
    is taken after smoothing that merges the leaflets, and the shoulder is looked for outside the outer one: where
    leaflets are resolved the darkest point itself is one of them.
    """
    middle = mid_plane_nm(profile)
    soft = smooth_profile(profile, SMOOTHING_NM)
    outside = np.flatnonzero((middle < POSITIONS_NM) & (POSITIONS_NM <= _FRINGE_REACH_NM))
    fringe = int(outside[np.argmax(soft[outside])])
    first = _outer_leaflet(soft, int(outside[0]), fringe)
    if fringe - first < 3:
        return middle, None
    bend = second_derivative(profile)
    shoulder = first + 1 + int(np.argmin(bend[first + 1 : fringe + 1]))
    edge = float(POSITIONS_NM[shoulder] + STEP_NM * parabola_offset(bend, shoulder))
    return middle, edge - middle


def _outer_leaflet(profile: Array, middle: int, fringe: int) -> int:
    """The last dark point before the fringe, or the middle where there is none."""
    part = profile[middle : fringe + 1]
    dark = np.flatnonzero((part[1:-1] < part[:-2]) & (part[1:-1] <= part[2:]))
    return middle + 1 + int(dark[-1]) if len(dark) else middle


def _raw(grey: float, source: GreySource) -> float:
    return source.median + source.sign * source.deviation * grey


def _lumen(shell: Shell, sphere: Array, source: GreySource) -> float | None:
    rho = distances(shell, sphere)
    inner = rho < sphere[3] - _LUMEN_NM
    return _raw(float(shell.grey[inner].mean()), source) if inner.any() else None


def _weighted_correlation(a: Array, b: Array, weight: Array) -> float:
    total = weight.sum()
    x, y = a - (weight @ a) / total, b - (weight @ b) / total
    power = (weight @ x**2) * (weight @ y**2)
    return float(weight @ (x * y) / np.sqrt(power)) if power > 0 else 0.0
