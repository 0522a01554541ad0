"""Vesicles that are no spheres: how far the membrane departs from one, and in which direction.

After the sphere, the radius becomes a function of direction, ``r(n) = R + Σ c_k Y_k(n)`` with the five terms of second
and the seven of third order, each of root mean square 1 over the sphere, so that coefficients are nm. They are found by
Gauss–Newton on the sphere fit's own voxels, together with centre, radius, scale and offset. Directions that the missing
wedge hides weigh little there, so a prior (terms are small) decides what the image does not show.

What the wedge makes of a shape is taken off afterwards (``shape_wedge``, ``shape_measures``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cryoves_app.analysis.membrane.radial import INSIDE_NM, OUTSIDE_NM, Profile
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.analysis.shapes.harmonics import SECOND, TERMS, harmonics
from cryoves_app.domain.arrays import Array, MidSphere, Values, Voxels

#: How large terms of either order usually are, in nm.
_USUAL_NM = np.array([3.0] * SECOND + [1.5] * (TERMS - SECOND))
_STEPS = 6
_LONGEST_STEP_NM = 2.0
_SETTLED_NM = 0.05
_FEWEST_VOXELS = 120


#: Order of the parameters: z, y, x, radius, scale, offset, terms.
_RADIUS, _FIRST_TERM = 3, 6
#: More voxels of one vesicle tell nothing new.
_ENOUGH_VOXELS = 12_000


@dataclass(frozen=True)
class VesicleShape:
    """One vesicle's departure from a sphere.

    Attributes
    ----------
    sphere : (4,) array
        Centre ``z, y, x`` and mean mid-plane radius in nm.
    terms : (12,) array
        Coefficients in nm, second order first.
    covariance : (12, 12) array
        Of the terms, for independent voxels.
    """

    sphere: MidSphere
    terms: Values
    covariance: Array


def fit_shape(shell: Shell, sphere: MidSphere, profile: Profile) -> VesicleShape | None:
    """Departure of one vesicle from its sphere; ``None`` with too few voxels or without a membrane.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    """
    shell = _thinned(shell)
    place, terms = np.array(sphere, float), np.zeros(TERMS)
    last: _Step | None = None
    for _ in range(_STEPS):
        step = _step(shell, place, terms, profile)
        if step is None:
            return None
        last, length = step, float(np.linalg.norm(step.moved))
        moved = step.moved * min(1.0, _LONGEST_STEP_NM / max(length, 1e-12))
        place, terms = place + moved[: _RADIUS + 1], terms + moved[_RADIUS + 1 :]
        if length < _SETTLED_NM:
            break
    return None if last is None else VesicleShape(place, terms, last.covariance)


def _thinned(shell: Shell) -> Shell:
    """A shell of about as many voxels as shapes need: of large ones those on every second, third, … diagonal plane.

    Not every second of the list: there one voxel more at the shell's rim would change all that follow it.
    """
    every = -(-len(shell.grey) // _ENOUGH_VOXELS)
    if every <= 1:
        return shell
    z, y, x = np.unravel_index(shell.index, shell.box_shape)
    chosen = (z + y + x) % every == 0
    names = ("z_nm", "y_nm", "x_nm", "grey", "weight", "index")
    return replace(shell, **{name: getattr(shell, name)[chosen] for name in names})


@dataclass(frozen=True)
class _Step:
    moved: Values
    covariance: Array


def _step(shell: Shell, place: Values, terms: Values, profile: Profile) -> _Step | None:
    """One Gauss–Newton step of centre, radius and terms, and what it says of their errors."""
    model = _model(shell, place, terms, profile)
    if model is None:
        return None
    jacobian, residual, weight = model
    weighted = jacobian * weight
    normal = np.asarray(weighted @ jacobian.T, float)
    variance = float(weight @ residual**2) / float(weight.sum())
    prior = np.zeros(len(normal))
    prior[_FIRST_TERM:] = variance / _USUAL_NM**2
    normal[np.diag_indices_from(normal)] += prior
    downhill = np.asarray(weighted @ residual, float)
    downhill[_FIRST_TERM:] -= prior[_FIRST_TERM:] * terms
    inverse = np.linalg.pinv(normal)
    moved, covariance = inverse @ downhill, inverse * variance
    wanted = [*range(_RADIUS + 1), *range(_FIRST_TERM, len(normal))]
    return _Step(moved[wanted], covariance[_FIRST_TERM:, _FIRST_TERM:])


def _model(
    shell: Shell, place: Values, terms: Values, profile: Profile
) -> tuple[Voxels, Voxels, Voxels] | None:
    """Derivatives by z, y, x, R, scale, offset and terms (rows), residual and weight; none without a membrane."""
    z, y, x = (np.float32(c) for c in place[:3])
    ez, ey, ex = shell.z_nm - z, shell.y_nm - y, shell.x_nm - x
    rho = np.maximum(np.sqrt(ez * ez + ey * ey + ex * ex), np.float32(1e-3))
    nz, ny, nx = ez / rho, ey / rho, ex / rho
    basis = harmonics(nz, ny, nx)
    distance = rho - np.float32(place[3]) - terms.astype(np.float32) @ basis
    weight = shell.weight * ((distance > INSIDE_NM) & (distance < OUTSIDE_NM))
    if np.count_nonzero(weight) < _FEWEST_VOXELS:
        return None
    value, slope = profile.at(distance)
    spread = np.float32(place[3]) / rho
    value = value * spread
    scale, offset = _scale_and_offset(value, shell.grey, weight)
    if scale <= 0:
        return None
    steep = np.float32(-scale) * slope * spread
    rows = [steep * nz, steep * ny, steep * nx, steep, value, np.ones_like(value)]
    residual = shell.grey - np.float32(scale) * value - np.float32(offset)
    return np.vstack([*rows, steep * basis]), residual, weight


def _scale_and_offset(value: Voxels, grey: Voxels, weight: Voxels) -> tuple[float, float]:
    total = float(weight.sum())
    mean, level = float(weight @ value) / total, float(weight @ grey) / total
    power = float(weight @ (value - mean) ** 2)
    scale = float(weight @ ((value - mean) * grey)) / max(power, 1e-30)
    return scale, level - scale * mean
