"""One vesicle against a profile: centre and radius by Gauss–Newton least squares.

The model of a voxel at distance ``ρ`` from the centre is ``offset + scale · (R / ρ) · Q(ρ - R)`` with the
population's profile ``Q`` (see ``radial``). Scale and offset are solved exactly at each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cryoves_app.analysis.membrane.radial import INSIDE_NM, OUTSIDE_NM, Profile, ProfileSum
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.domain.arrays import Array, MidSphere, Voxels

#: Most Gauss–Newton steps of one fit, unless the caller says otherwise.
MOST_STEPS = 8
_LONGEST_STEP_NM = 2.0
#: A fit has settled where the next step is shorter, or would gain far less than noise gains by chance: a thousandth of
#: a variance of the residual is a step of about a sixtieth of the standard errors.
_SETTLED_NM = 0.003
_NO_GAIN = 0.001
_DAMPING = 1e-3
#: A fit needs at least this many voxels.
_FEWEST_VOXELS = 60
_SMALLEST_RADIUS_NM = 3.0


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    scale
        Depth of the membrane in units of the profile; times the profile, standard deviations of grey values.
    offset
        Grey value that is added to the model.
    explained
        Share of the weighted variance that the model explains; may be negative.
    moved_nm
        How far the centre is from the start.
    """

    sphere: MidSphere
    scale: float
    offset: float
    explained: float
    moved_nm: float
    converged: bool


@dataclass(frozen=True)
class Linearised:
    """The model at one sphere.

    Attributes
    ----------
    jacobian : (6, v) array
        Derivatives by z, y, x, R (grey values per nm), scale and offset.
    weight : (v,) array
        0 to 1; 0 beyond the profile's ends.
    residual : (v,) array
        Grey values less the model's.
    scale, offset, explained
        As in ``Fit``.
    """

    jacobian: Voxels
    weight: Voxels
    residual: Voxels
    scale: float
    offset: float
    explained: float

    @cached_property
    def _weighted(self) -> Voxels:
        return self.jacobian * self.weight

    @cached_property
    def normal_matrix(self) -> Array:
        """``Jᵀ W J`` ``(6, 6)``, in the units of the Jacobian's rows squared."""
        return np.asarray(self._weighted @ self.jacobian.T, np.float64)

    @cached_property
    def residual_variance(self) -> float:
        """Weighted mean square of the residual, in squared grey values."""
        return float(self.weight @ np.square(self.residual)) / max(float(self.weight.sum()), 1e-30)

    def step(self, free: int) -> tuple[Array, float]:
        """The damped Gauss–Newton step of the first parameters, scale and offset eliminated.

        ``free`` is 4, or 3 for a fixed radius; all zeros where the equations are singular.

        Returns
        -------
        step : (free,) array
            In nm.
        gain
            By how much it would lower the weighted sum of squares, in variances of the residual.
        """
        use = [*range(free), 4, 5]
        normal = self.normal_matrix[np.ix_(use, use)]
        normal[np.diag_indices_from(normal)] *= 1 + _DAMPING
        downhill = np.asarray(self._weighted @ self.residual, np.float64)[use]
        try:
            step = np.asarray(np.linalg.solve(normal, downhill)[:free])
        except np.linalg.LinAlgError:
            return np.zeros(free), 0.0
        return step, float(step @ downhill[:free]) / max(self.residual_variance, 1e-30)


def fit_sphere(
    shell: Shell, start: MidSphere, profile: Profile, steps: int = MOST_STEPS, *, fixed_radius: bool = False
) -> Fit:
    """Fit centre and radius (or the centre alone) to the voxels of one shell.

    Returns the start, not converged, where there are too few voxels or the model has no structure.

    Parameters
    ----------
    start : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    steps
        At most so many.
    """
    sphere = start.copy()
    free = 3 if fixed_radius else 4
    model = None
    converged = False
    for _ in range(steps):
        model = linearise(shell, sphere, profile)
        if model is None:
            return Fit(start, 0.0, 0.0, 0.0, 0.0, False)
        step, gain = model.step(free)
        length = float(np.linalg.norm(step))
        sphere[:free] += step * min(1.0, _LONGEST_STEP_NM / max(length, 1e-12))
        sphere[3] = max(sphere[3], _SMALLEST_RADIUS_NM)
        if length < _SETTLED_NM or gain < _NO_GAIN:
            converged = True
            break
    assert model is not None
    moved = float(np.linalg.norm(sphere[:3] - start[:3]))
    return Fit(sphere, model.scale, model.offset, model.explained, moved, converged)


def linearise(shell: Shell, sphere: MidSphere, profile: Profile) -> Linearised | None:
    """The model linearised at a sphere; ``None`` with too few voxels, or where it has no structure.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    """
    z, y, x = (np.float32(c) for c in sphere[:3])
    ez, ey, ex = shell.z_nm - z, shell.y_nm - y, shell.x_nm - x
    rho = np.sqrt(ez * ez + ey * ey + ex * ex)
    distance = rho - np.float32(sphere[3])
    weight = shell.weight * ((distance > INSIDE_NM) & (distance < OUTSIDE_NM))
    if np.count_nonzero(weight) < _FEWEST_VOXELS:
        return None
    inverse = 1 / np.maximum(rho, np.float32(1e-3))
    value, slope = profile.at(distance)
    spread = np.float32(sphere[3]) * inverse
    value *= spread
    slope *= spread
    solved = _scale_and_offset(value, shell.grey, weight)
    if solved is None:
        return None
    scale, offset = solved
    jacobian = np.empty((6, len(rho)), np.float32)
    jacobian[3] = np.float32(-scale) * slope
    along = jacobian[3] * inverse
    jacobian[0], jacobian[1], jacobian[2] = along * ez, along * ey, along * ex
    jacobian[4] = value
    jacobian[5] = 1.0
    residual = shell.grey - np.float32(scale) * value - np.float32(offset)
    explained = 1.0 - _variance(residual, weight) / max(_variance(shell.grey, weight), 1e-30)
    return Linearised(jacobian, weight, residual, scale, offset, explained)


def _scale_and_offset(value: Voxels, grey: Voxels, weight: Voxels) -> tuple[float, float] | None:
    weighted = weight * value
    total, first, grey_sum = float(weight.sum()), float(weighted.sum()), float(weight @ grey)
    second, cross = float(weighted @ value), float(weighted @ grey)
    determinant = total * second - first * first
    if determinant <= 1e-6 * max(total * second, 1e-30):
        return None
    return (total * cross - first * grey_sum) / determinant, (second * grey_sum - first * cross) / determinant


def _variance(values: Voxels, weight: Voxels) -> float:
    total = float(weight.sum())
    weighted = weight * values
    return float(weighted @ values) / total - (float(weighted.sum()) / total) ** 2


def add_to_profile(
    collected: ProfileSum, shell: Shell, sphere: MidSphere, scale: float, offset: float
) -> None:
    """Add a vesicle's voxels to a profile, in units of its own scale.

    The weights are those of the fit: with others the radius would drift from round to round.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    scale, offset
        Of the fit.
    """
    rho = distances(shell, sphere)
    gain: Voxels = np.asarray(np.float32(scale * sphere[3]) / np.maximum(rho, np.float32(1e-3)), np.float32)
    collected.add(
        rho - np.float32(sphere[3]), (shell.grey - np.float32(offset)) / gain, shell.weight * gain * gain
    )


def distances(shell: Shell, sphere: MidSphere) -> Voxels:
    """Distance of each voxel from a sphere's centre.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` in nm; the mid-plane radius is not used.

    Returns
    -------
    (v,) array
        In nm.
    """
    z, y, x = (np.float32(c) for c in sphere[:3])
    return np.asarray(np.sqrt((shell.z_nm - z) ** 2 + (shell.y_nm - y) ** 2 + (shell.x_nm - x) ** 2))
