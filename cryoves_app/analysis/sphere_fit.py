"""One vesicle against a profile: centre and radius by Gauss–Newton least squares.

The model of a voxel at distance ``ρ`` from the centre is ``offset + scale · (R / ρ) · Q(ρ - R)`` with the
population's profile ``Q`` (see ``radial``). Scale and offset are solved exactly at each step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.radial import INSIDE_NM, OUTSIDE_NM, Profile, ProfileSum
from cryoves_app.analysis.shell import Shell

Array = NDArray[np.float64]

_STEPS = 20
_LONGEST_STEP_NM = 2.0
_SETTLED_NM = 0.003
_DAMPING = 1e-3
#: A fit needs at least this many voxels per parameter.
_FEWEST_VOXELS = 60
_SMALLEST_RADIUS_NM = 3.0


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    ``sphere`` is ``z, y, x`` and mid-plane radius in nm. ``scale`` is the depth of the membrane in units of
    the profile, ``explained`` the share of the weighted variance that the model explains (may be negative).
    """

    sphere: Array
    scale: float
    offset: float
    explained: float
    moved_nm: float
    converged: bool


def fit_sphere(shell: Shell, start: Array, profile: Profile, *, fixed_radius: bool = False) -> Fit:
    """Fit centre and radius (or the centre alone) to the voxels of one shell.

    Returns the start, not converged, where there are too few voxels or the equations are singular.
    """
    sphere = start.copy()
    free = 3 if fixed_radius else 4
    scale = offset = explained = 0.0
    converged = False
    for _ in range(_STEPS):
        terms = _linearised(shell, sphere, profile)
        if terms is None:
            return Fit(start, 0.0, 0.0, 0.0, 0.0, False)
        scale, offset, explained = terms.scale, terms.offset, terms.explained
        step = terms.step(free)
        length = float(np.linalg.norm(step))
        sphere[:free] += step * min(1.0, _LONGEST_STEP_NM / max(length, 1e-12))
        sphere[3] = max(sphere[3], _SMALLEST_RADIUS_NM)
        if length < _SETTLED_NM:
            converged = True
            break
    moved = float(np.linalg.norm(sphere[:3] - start[:3]))
    return Fit(sphere, scale, offset, explained, moved, converged)


@dataclass(frozen=True)
class Linearised:
    """The model's derivatives at one sphere, and the residual: rows z, y, x, R, scale, offset."""

    jacobian: Array
    weight: Array
    residual: Array
    scale: float
    offset: float
    explained: float

    @property
    def normal_matrix(self) -> Array:
        return np.asarray((self.jacobian * self.weight) @ self.jacobian.T)

    def step(self, free: int) -> Array:
        """The damped Gauss–Newton step of the first ``free`` parameters, scale and offset eliminated."""
        use = [*range(free), 4, 5]
        normal = self.normal_matrix[np.ix_(use, use)]
        normal[np.diag_indices_from(normal)] *= 1 + _DAMPING
        downhill = (self.jacobian[use] * self.weight) @ self.residual
        try:
            return np.asarray(np.linalg.solve(normal, downhill)[:free])
        except np.linalg.LinAlgError:
            return np.zeros(free)


def _linearised(shell: Shell, sphere: Array, profile: Profile) -> Linearised | None:
    ez, ey, ex = shell.z_nm - sphere[0], shell.y_nm - sphere[1], shell.x_nm - sphere[2]
    rho = np.sqrt(ez * ez + ey * ey + ex * ex)
    distance = rho - sphere[3]
    weight = shell.weight * ((distance > INSIDE_NM) & (distance < OUTSIDE_NM))
    if np.count_nonzero(weight) < _FEWEST_VOXELS:
        return None
    spread = sphere[3] / np.maximum(rho, 1e-3)
    value, slope = profile.at(distance)
    value *= spread
    slope *= spread
    solved = _scale_and_offset(value, shell.grey, weight)
    if solved is None:
        return None
    scale, offset = solved
    residual = shell.grey - scale * value - offset
    steep = -scale * slope
    jacobian = np.stack(
        [steep * ez / rho, steep * ey / rho, steep * ex / rho, steep, value, np.ones_like(value)]
    )
    explained = 1.0 - _variance(residual, weight) / max(_variance(shell.grey, weight), 1e-30)
    return Linearised(jacobian, weight, residual, scale, offset, explained)


def linearised(shell: Shell, sphere: Array, profile: Profile) -> Linearised | None:
    """The linearised model at a sphere, for estimates of uncertainty; none with too few voxels."""
    return _linearised(shell, sphere, profile)


def _scale_and_offset(value: Array, grey: Array, weight: Array) -> tuple[float, float] | None:
    total = weight.sum()
    first, second = weight @ value, (weight * value) @ value
    grey_sum, cross = weight @ grey, (weight * value) @ grey
    determinant = total * second - first * first
    if determinant <= 1e-12 * max(total * second, 1e-30):
        return None
    return (total * cross - first * grey_sum) / determinant, (second * grey_sum - first * cross) / determinant


def _variance(values: Array, weight: Array) -> float:
    total = weight.sum()
    mean = (weight @ values) / total
    return float((weight @ (values - mean) ** 2) / total)


def add_to_profile(collected: ProfileSum, shell: Shell, sphere: Array, scale: float, offset: float) -> None:
    """Add a vesicle's voxels to a profile, in units of its own scale.

    The weights are those of the fit: with others the radius would drift from round to round.
    """
    rho = np.sqrt(
        (shell.z_nm - sphere[0]) ** 2 + (shell.y_nm - sphere[1]) ** 2 + (shell.x_nm - sphere[2]) ** 2
    )
    gain = scale * sphere[3] / np.maximum(rho, 1e-3)
    collected.add(rho - sphere[3], (shell.grey - offset) / gain, shell.weight * gain * gain)
