"""What can be measured on a fitted vesicle: densities, contrast, likeness to the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.membrane.profiles import own_profile
from cryoves_app.analysis.membrane.radial import POSITIONS_NM, Profile
from cryoves_app.analysis.membrane.shell import GreySource, Shell
from cryoves_app.analysis.membrane.sphere_fit import Fit, distances
from cryoves_app.domain.arrays import Array, MidSphere

#: Voxels at least this far inside the mid-plane are lumen.
_LUMEN_NM = 5.0


@dataclass(frozen=True)
class Features:
    """Measures of one vesicle.

    ``membrane_density`` follows the manuscript's equation 5, on a continuous scale; densities are raw grey values.
    ``contrast`` is the depth of the membrane in standard deviations of the tomogram; ``correlation`` that of the
    vesicle's radial profile with the population's.
    """

    membrane_density: float | None
    lumen_density: float | None
    contrast: float
    correlation: float


def measure(shell: Shell, fit: Fit, profile: Profile, source: GreySource, half_nm: float) -> Features:
    """Measure one fitted vesicle from the voxels of its shell.

    Parameters
    ----------
    half_nm
        Half the membrane's thickness, over which its density is averaged.
    """
    own, weight = own_profile(shell, fit.sphere)
    contrast = fit.scale * float(-profile.values.min())
    if not weight.any():
        return Features(None, None, contrast, 0.0)
    membrane = np.abs(POSITIONS_NM) <= half_nm
    return Features(
        _raw(float(np.mean(own[membrane])), source),
        _lumen(shell, fit.sphere, source),
        contrast,
        _weighted_correlation(own, profile.values, weight),
    )


def _raw(grey: float, source: GreySource) -> float:
    return source.median + source.sign * source.deviation * grey


def _lumen(shell: Shell, sphere: MidSphere, source: GreySource) -> float | None:
    rho = distances(shell, sphere)
    inner = rho < sphere[3] - _LUMEN_NM
    return _raw(float(shell.grey[inner].mean()), source) if inner.any() else None


def _weighted_correlation(a: Array, b: Array, weight: Array) -> float:
    total = weight.sum()
    x, y = a - (weight @ a) / total, b - (weight @ b) / total
    power = (weight @ x**2) * (weight @ y**2)
    return float(weight @ (x * y) / np.sqrt(power)) if power > 0 else 0.0
