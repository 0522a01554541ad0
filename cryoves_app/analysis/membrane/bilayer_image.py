"""What the image shows of a bilayer on a radial profile: its densities, blurred and passed through the transfer.

An isotropic filter in three dimensions acts on ``q(d) = (ρ / R) · grey`` as the same filter in one (see ``radial``);
there the density ``m(d)`` stands as ``(1 + d / R) · m(d)``, and any multiple of ``1 + d / R`` is a constant grey value,
which says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cryoves_app.analysis.membrane.whitening import Whitening
from cryoves_app.domain.arrays import Array, Indices, Values
from cryoves_app.domain.membranes import Transfer

#: Step of the model's grid, and how far a profile is compared to either side of the mid-plane, in nm.
GRID_STEP_NM = 0.5
REACH_NM = 12.0
_SIZE = 200
_GRID_NM: Array = np.asarray((np.arange(_SIZE) - _SIZE // 2) * GRID_STEP_NM, np.float64)
_FREQUENCY: Array = np.asarray(fft.rfftfreq(_SIZE, GRID_STEP_NM))
#: The far ends fade to 0, so that both ends are alike to the Fourier transform.
_FADE: Array = np.asarray(
    np.clip((_SIZE // 2 * GRID_STEP_NM - np.abs(_GRID_NM)) / 10.0, 0.0, 1.0), np.float64
)

#: Electrons of 300 kV; at another voltage a fitted defocus is off by the ratio of wavelengths, nothing else.
_WAVELENGTH_NM = 0.00197
_FWHM_PER_SD = 2.355
_LEAFLET_SD_NM = 1.0
_LAYER_SD_NM, _LAYER_NM = 1.2, 3.5
#: Of the linear parameters (leaflets, step, outer layer, inner layer, constant) the layers are kept small beside the
#: leaflets: what blur and transfer leave of a leaflet scales their ridge.
_RIDGE: Array = np.array([1e-4, 1e-4, 0.1, 0.1, 1e-4])


@dataclass(frozen=True)
class Optics:
    """Blur (full width at half maximum, nm) and contrast transfer (defocus in µm)."""

    width_nm: float
    transfer: Transfer = Transfer.NONE
    defocus_um: float = 0.0
    phase: float = 0.0

    def gain(self) -> Array:
        """Gain at the frequencies of the model's grid: ``(f,)`` without unit, below 0 where contrast is turned over."""
        blur = np.exp(-2 * np.pi**2 * _FREQUENCY**2 * (self.width_nm / _FWHM_PER_SD) ** 2)
        if self.transfer is Transfer.NONE:
            return np.asarray(blur)
        wave = np.sin(np.pi * _WAVELENGTH_NM * 1000 * self.defocus_um * _FREQUENCY**2 + self.phase)
        return np.asarray(blur * (np.abs(wave) if self.transfer is Transfer.FLIPPED else wave))


@dataclass(frozen=True)
class ProfileTarget:
    """A profile to explain, at the grid positions within reach, in units of its own spread.

    Attributes
    ----------
    values, root_weight : (g,) arrays
        The profile, and the root of what stands behind each value, 0 to 1.
    at : (g,) array
        Numbers of the positions in the model's grid.
    gauge : (g,) array
        A constant grey value, as it stands on a profile; without unit.
    radius_nm
        Mid-plane radius.
    view_gain : (f,) array
        What the view does to each frequency of the model's grid, without unit.
    """

    values: Values
    root_weight: Values
    at: Indices
    gauge: Values
    radius_nm: float
    view_gain: Values

    @classmethod
    def of(
        cls,
        positions_nm: Values,
        values: Values,
        weight: Values,
        radius_nm: float,
        whitening: Whitening | None = None,
    ) -> ProfileTarget | None:
        """A profile on the model's grid; ``None`` where it is flat or has no weight.

        Parameters
        ----------
        positions_nm : (p,) array
            Rising; distances from the present mid-plane in nm, negative inside.
        values, weight : (p,) arrays
            ``(ρ / R) · grey`` there, and what stands behind it; of any units.
        radius_nm
            Mid-plane radius.
        whitening
            Of the view on which the profile was taken.
        """
        at = np.flatnonzero(np.abs(_GRID_NM) <= REACH_NM)
        spread = float(values.std())
        if not weight.max(initial=0.0) > 0 or not spread > 0:
            return None
        where = _GRID_NM[at]
        known = np.interp(where, positions_nm, weight, left=0.0, right=0.0)
        return cls(
            np.interp(where, positions_nm, values) / spread,
            np.sqrt(known / known.max()),
            at,
            1 + where / radius_nm,
            radius_nm,
            np.ones(len(_FREQUENCY)) if whitening is None else whitening.at(_FREQUENCY),
        )

    @property
    def power(self) -> float:
        """The profile's weighted variance, times the weights' sum."""
        weight = self.root_weight**2
        mean = (weight @ self.values) / weight.sum()
        return float(weight @ (self.values - mean) ** 2)

    def residuals(self, mid_nm: float, half_nm: float, water_nm: float, gain: Array) -> Values:
        """What a bilayer leaves of the profile, its densities chosen best and its leaflets dark.

        Parameters
        ----------
        mid_nm, half_nm
            The mid-plane, and half the leaflets' distance.
        water_nm
            How far beyond the leaflets' middles lumen and cytosol begin.
        gain : (f,) array
            As ``Optics.gain`` gives it, without unit.

        Returns
        -------
        (g + 5,) array
            In units of the profile's spread, weighted; the last five are those of the ridge.
        """
        weighted = self._columns(mid_nm, half_nm, water_nm, gain) * self.root_weight
        wanted = self.values * self.root_weight
        ridge = _RIDGE * np.array([1.0, 1.0, *[min(float(np.abs(weighted[0]).max()), 1.0)] * 2, 1.0])
        solution = np.linalg.solve(weighted @ weighted.T + np.diag(ridge**2), weighted @ wanted)
        if solution[0] < 0:
            rest = weighted[1:]
            solution[0] = 0.0
            solution[1:] = np.linalg.solve(rest @ rest.T + np.diag(ridge[1:] ** 2), rest @ wanted)
        return np.concatenate([wanted - solution @ weighted, ridge * solution])

    def _columns(self, mid_nm: float, half_nm: float, water_nm: float, gain: Array) -> Array:
        """What the image shows of each density, and the constant, as ``(5, points)``."""
        spectrum = fft.rfft(_densities(mid_nm, half_nm, water_nm, self.radius_nm))
        seen = fft.irfft(spectrum * (gain * self.view_gain), n=_SIZE)[:, self.at]
        return np.vstack([seen, self.gauge])


def _densities(mid: float, half: float, water_nm: float, radius_nm: float) -> Array:
    """Leaflets (dark), step to the cytosol, outer and inner layer on the model's grid, as ``(4, size)``."""
    d = _GRID_NM - mid
    leaflets = -_bell(d - half, _LEAFLET_SD_NM) - _bell(d + half, _LEAFLET_SD_NM)
    water = half + water_nm
    step = 0.25 * (2 + np.tanh(d - water) + np.tanh(d + water)) * _FADE
    layers = _bell(d - half - _LAYER_NM, _LAYER_SD_NM), _bell(d + half + _LAYER_NM, _LAYER_SD_NM)
    return np.asarray(np.array([leaflets, step, *layers]) * (1 + d / radius_nm))


def _bell(d: Array, spread: float) -> Array:
    return np.asarray(np.exp(-0.5 * (d / spread) ** 2))
