"""Where the mid-plane of a bilayer lies on a radial profile, and how far apart its leaflets are.

The darkest point of a profile is no mid-plane: the outer leaflet has more voxels than the inner one, the lumen may be
brighter than the cytosol, and the microscope's transfer takes away what both leaflets have in common (measured: up to
2 nm off). So the profile is explained by what makes it: two leaflets, a step from lumen to cytosol and a weak layer
on either side, blurred, and passed through the contrast transfer (see ``bilayer_image``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from cryoves_app.analysis.membrane.bilayer_image import GRID_STEP_NM, Optics, ProfileTarget
from cryoves_app.analysis.membrane.whitening import Whitening
from cryoves_app.domain.arrays import Array
from cryoves_app.domain.membranes import Transfer

#: Priors, as mean, spread and weight: half the leaflets' distance (nm) and the transfer's phase at zero frequency.
_PRIOR_HALF = (1.5, 0.3, 0.07)
_PRIOR_PHASE = (0.1, 0.3, 0.02)
#: How far beyond the leaflets' middles lumen and cytosol begin (nm), where head groups end.
_PRIOR_WATER = (0.75, 0.5, 0.03)
#: Bounds of mid-plane, half distance, width, defocus, phase, and where the water begins.
_LOW: Array = np.array([-5.0, 0.6, 0.8, 0.0, 0.0, -0.5])
_HIGH: Array = np.array([5.0, 3.2, 16.0, 12.0, np.pi / 2, 2.0])
_STARTS_MID, _STARTS_HALF, _STARTS_WIDTH = (-2.0, -1.0, 0.0, 1.0, 2.0), (1.0, 1.5, 2.2), (2.0, 4.5, 9.0)
_STARTS_DEFOCUS = (1.5, 3.0, 4.5, 6.0, 8.0)
#: From the best start at each mid-plane a few steps are made, and the best of those are refined.
_FEW_STEPS = 6
_REFINED = 3
#: A transfer is believed if it lowers the cost by this factor. A real one lowers it tenfold; where there is none, one
#: that is made up can stand in for a lumen unlike the cytosol, and moves the mid-plane by 0.2 nm.
_TRANSFER_PENALTY = 2.0
#: A model that explains less of a profile is not believed.
LEAST_EXPLAINED = 0.9
#: Half the distance between leaflets where nothing tells it.
USUAL_HALF_NM = 1.25
#: Prior of a vesicle's own half distance about the population's: spread (nm) and weight; and where its search starts.
_OWN_PRIOR = (0.4, 0.1)
_OWN_STARTS = (-1.5, -0.7, 0.0, 0.7, 1.5)
_OWN_STARTS_HALF = (-0.5, 0.0, 0.5)
_OWN_REACH_NM = 3.0


@dataclass(frozen=True)
class Bilayer:
    """The mid-plane on a profile, half the leaflets' distance (nm), and what the image did to them.

    ``water_nm`` is how far beyond the leaflets' middles lumen and cytosol begin, ``explained`` the share of the
    profile's weighted variance that the model explains.
    """

    mid_plane_nm: float
    half_distance_nm: float
    optics: Optics
    explained: float
    cost: float
    water_nm: float = _PRIOR_WATER[0]

    def place(self) -> Array:
        """The parameters that are searched, in the order of their bounds.

        Returns
        -------
        (6,) array
            Mid-plane, half distance and width in nm, defocus in µm, phase in radians, and where water begins in nm.
        """
        o = self.optics
        found = [self.mid_plane_nm, self.half_distance_nm, o.width_nm, o.defocus_um, o.phase, self.water_nm]
        return np.clip(found, _LOW, _HIGH)

    def centred(self) -> Bilayer:
        """The same on a profile that was moved so that the mid-plane is at 0."""
        return replace(self, mid_plane_nm=0.0)


def fit_bilayer(
    positions_nm: Array,
    values: Array,
    weight: Array,
    radius_nm: float,
    defocus_um: float | None = None,
    whitening: Whitening | None = None,
    near: Bilayer | None = None,
) -> Bilayer | None:
    """Explain a population's profile.

    Parameters
    ----------
    positions_nm : (p,) array
        Rising; distances from the present mid-plane in nm, negative inside.
    values : (p,) array
        The profile ``(ρ / R) · grey`` there, of any unit.
    weight : (p,) array
        What stands behind each value, of any unit; 0 where nothing does.
    radius_nm
        Usual mid-plane radius of the vesicles.
    defocus_um
        The defocus, where it is known.
    whitening
        Of the view on which the profile was taken.
    near
        What is known already: the search begins there and at its mid-plane; anywhere without it.

    Returns
    -------
    Bilayer or None
        None where the profile is flat or has no weight.
    """
    target = ProfileTarget.of(positions_nm, values, weight, radius_nm, whitening)
    if target is None:
        return None
    middles = _STARTS_MID if near is None else (near.mid_plane_nm,)
    rough = [
        _refined(target, transfer, start, defocus_um, _FEW_STEPS)
        for transfer in Transfer
        for start in _screened(target, transfer, defocus_um, middles)
    ]
    if near is not None:
        rough.append(_refined(target, near.optics.transfer, near.place(), defocus_um, _FEW_STEPS))
    best = sorted(rough, key=_penalised)[:_REFINED]
    return min((_refined(target, b.optics.transfer, b.place(), defocus_um) for b in best), key=_penalised)


def _penalised(found: Bilayer) -> float:
    return found.cost * (1.0 if found.optics.transfer is Transfer.NONE else _TRANSFER_PENALTY)


def _residuals(target: ProfileTarget, transfer: Transfer, place: Array) -> Array:
    """What the model leaves of a profile, and how far it strays from what is usual."""
    mid, half, width, defocus, phase, water = (float(v) for v in place)
    residual = target.residuals(mid, half, water, Optics(width, transfer, defocus, phase).gain())
    strays = [_stray(half, _PRIOR_HALF), _stray(water, _PRIOR_WATER)]
    if transfer is not Transfer.NONE:
        strays.append(_stray(phase, _PRIOR_PHASE))
    return np.concatenate([residual, strays])


def _stray(value: float, prior: tuple[float, float, float]) -> float:
    mean, spread, strength = prior
    return strength * (value - mean) / spread


def _screened(
    target: ProfileTarget, transfer: Transfer, defocus_um: float | None, middles: tuple[float, ...]
) -> list[Array]:
    """The best starts of one transfer, one for each mid-plane."""
    defocuses = (0.0,) if transfer is Transfer.NONE else _STARTS_DEFOCUS
    if defocus_um is not None and transfer is not Transfer.NONE:
        defocuses = (defocus_um,)
    usual = _PRIOR_PHASE[0], _PRIOR_WATER[0]
    starts = [
        np.array([mid, half, width, defocus, *usual])
        for mid, half, width, defocus in product(middles, _STARTS_HALF, _STARTS_WIDTH, defocuses)
    ]
    costs = np.array([np.sum(_residuals(target, transfer, s) ** 2) for s in starts])
    each = len(starts) // len(middles)
    best = costs.reshape(-1, each).argmin(axis=1) + each * np.arange(len(middles))
    return [starts[i] for i in best.tolist()]


def _refined(
    target: ProfileTarget,
    transfer: Transfer,
    start: Array,
    defocus_um: float | None,
    steps: int | None = None,
) -> Bilayer:
    free = _free(transfer, defocus_um)

    def full(values: Array) -> Array:
        place = start.copy()
        place[free] = values
        return place

    solved = _least_squares(
        lambda values: _residuals(target, transfer, full(values)),
        start[free],
        bounds=(_LOW[free], _HIGH[free]),
        xtol=1e-4,
        ftol=1e-5,
        max_nfev=steps,
    )
    return _bilayer(target, transfer, full(solved.x))


def _least_squares(residuals: Callable[[Array], Array], start: Array, **settings: Any) -> Any:
    """As scipy's, which is slow to load, and not needed before there are vesicles."""
    from scipy.optimize import least_squares

    return least_squares(residuals, start, **settings)


def _free(transfer: Transfer, defocus_um: float | None) -> list[int]:
    if transfer is Transfer.NONE:
        return [0, 1, 2, 5]
    return [0, 1, 2, 3, 4, 5] if defocus_um is None else [0, 1, 2, 4, 5]


def _bilayer(target: ProfileTarget, transfer: Transfer, place: Array) -> Bilayer:
    residual = _residuals(target, transfer, place)
    misfit = float(np.sum(residual[: len(target.values)] ** 2))
    mid, half, width, defocus, phase, water = (float(v) for v in place)
    optics = Optics(width, transfer, defocus, phase)
    return Bilayer(mid, half, optics, 1 - misfit / target.power, float(residual @ residual), water)


def refit_bilayer(
    known: Bilayer,
    positions_nm: Array,
    values: Array,
    weight: Array,
    radius_nm: float,
    defocus_um: float | None = None,
    whitening: Whitening | None = None,
) -> Bilayer | None:
    """Explain another profile of the same tomogram, starting from what is known.

    Parameters
    ----------
    positions_nm, values, weight : (p,) arrays
        In nm and of any unit, as for ``fit_bilayer``.
    radius_nm
        Usual mid-plane radius.
    defocus_um
        The defocus, where it is known.
    whitening
        Of the view on which the profile was taken.

    Returns
    -------
    Bilayer or None
        None where the profile is flat or has no weight.
    """
    target = ProfileTarget.of(positions_nm, values, weight, radius_nm, whitening)
    if target is None:
        return None
    return _refined(target, known.optics.transfer, known.place(), defocus_um)


@dataclass(frozen=True)
class OwnBilayer:
    """One vesicle's mid-plane on its profile, half its leaflets' distance, and the standard errors (nm)."""

    mid_plane_nm: float
    half_distance_nm: float
    se_mid_plane_nm: float
    se_half_distance_nm: float


def fit_own_bilayer(
    known: Bilayer, positions_nm: Array, values: Array, weight: Array, radius_nm: float, *, free_mid: bool
) -> OwnBilayer | None:
    """One vesicle's own leaflets, seen through the population's optics.

    Parameters
    ----------
    known
        The population's bilayer, whose mid-plane is at 0.
    positions_nm, values, weight : (p,) arrays
        The vesicle's own profile, in nm and of any unit, as for ``fit_bilayer``.
    radius_nm
        Its mid-plane radius.
    free_mid
        Whether the mid-plane may lie elsewhere than the population's.

    Returns
    -------
    OwnBilayer or None
        None where the profile is flat or has no weight.

    Notes
    -----
    Standard errors come from the curvature of the cost and the residuals, whose neighbours are correlated over the
    image's blur.
    """
    target = ProfileTarget.of(positions_nm, values, weight, radius_nm)
    if target is None:
        return None
    gain, usual = known.optics.gain(), known.half_distance_nm

    def residuals(place: Array) -> Array:
        found = target.residuals(place[1] if free_mid else 0.0, place[0], known.water_nm, gain)
        return np.append(found, _OWN_PRIOR[1] * (place[0] - usual) / _OWN_PRIOR[0])

    count = 2 if free_mid else 1
    bounds = np.array([_LOW[1], -_OWN_REACH_NM])[:count], np.array([_HIGH[1], _OWN_REACH_NM])[:count]
    start = _own_start(residuals, usual) if free_mid else np.array([usual])
    solved = _least_squares(residuals, start, bounds=bounds, xtol=1e-3, ftol=1e-4)
    noise = float(solved.fun[: len(target.values)] @ solved.fun[: len(target.values)]) / len(target.values)
    correlated = max(known.optics.width_nm / GRID_STEP_NM, 1.0)
    covariance = np.linalg.pinv(solved.jac.T @ solved.jac) * noise * correlated
    errors = np.sqrt(np.diag(covariance))
    mid, se_mid = (float(solved.x[1]), float(errors[1])) if free_mid else (0.0, 0.0)
    return OwnBilayer(mid, float(solved.x[0]), se_mid, float(errors[0]))


def _own_start(residuals: Callable[[Array], Array], usual_half_nm: float) -> Array:
    """Half distance and mid-plane from which one vesicle's own are searched: it may have locked onto one leaflet."""
    halves = np.clip(usual_half_nm + np.array(_OWN_STARTS_HALF), _LOW[1] + 0.01, _HIGH[1] - 0.01)
    starts = [np.array([half, mid]) for half, mid in product(halves, _OWN_STARTS)]
    return min(starts, key=lambda start: float(np.sum(residuals(start) ** 2)))
