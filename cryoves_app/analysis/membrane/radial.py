"""Radial profiles: how grey depends on the distance from a vesicle's membrane.

Positions along a profile are ``d = ρ - R``, the distance in nm from the membrane's mid-plane (negative
inside). What is averaged is not the grey value itself but ``(ρ / R)`` times it: for a spherical shell under
any isotropic filter (band limit, CTF, denoising) ``ρ · f(ρ)`` is a one-dimensional convolution with an even
kernel, while ``f(ρ)`` alone is skewed and its extremum pulled inwards by ``σ² / R`` (0.4 nm for a 20 nm vesicle
at 4 nm resolution). So this form is the same for small and large vesicles and keeps the mid-plane where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from cryoves_app.domain.arrays import Array, ProfileValues, Values, Voxels

#: Step of a profile, and how far it reaches inside and outside the mid-plane, in nm.
STEP_NM = 0.25
_LOOKUP_NM = 0.02
INSIDE_NM = -10.0
OUTSIDE_NM = 11.0

#: Smoothing of a profile before its darkest point is taken for the mid-plane: it merges resolved leaflets.
MID_PLANE_SMOOTHING_NM = 2.5
#: So much of either end of a profile says which constant grey value it carries.
GAUGE_ENDS_NM = 3.0
#: The mid-plane is looked for this far from where it is expected.
MID_PLANE_REACH_NM = 6.0

#: Positions of the profile's samples.
POSITIONS_NM: Array = np.arange(INSIDE_NM, OUTSIDE_NM + STEP_NM / 2, STEP_NM)


@dataclass(frozen=True)
class Profile:
    """A radial profile of the fits' model.

    Attributes
    ----------
    values : (p,) array
        At ``POSITIONS_NM``, without unit: times a fit's ``scale`` they are standard deviations of grey values.
    """

    values: Array

    @cached_property
    def _tables(self) -> tuple[Voxels, Voxels]:
        """Value and slope on a grid so fine that the nearest sample serves."""
        fine = np.arange(INSIDE_NM, OUTSIDE_NM, _LOOKUP_NM)
        slope = np.gradient(self.values, STEP_NM)
        value, steep = (np.interp(fine, POSITIONS_NM, v).astype(np.float32) for v in (self.values, slope))
        return value, steep

    def at(self, distance_nm: Voxels | Array) -> tuple[Voxels, Voxels]:
        """Value and slope at any distances, constant beyond the ends.

        Parameters
        ----------
        distance_nm : array of any shape
            From the mid-plane, negative inside.

        Returns
        -------
        value, slope : arrays of the same shape
            Without unit, and per nm.
        """
        value, slope = self._tables
        nearest = (distance_nm - np.float32(INSIDE_NM)) * np.float32(1 / _LOOKUP_NM) + np.float32(0.5)
        index = np.clip(nearest, 0, len(value) - 1).astype(np.intp)
        return value[index], slope[index]


def membrane_template(half_width_nm: float = 3.0) -> Profile:
    """What a membrane looks like before anything is known: a dark Gaussian at the mid-plane."""
    return Profile(-np.exp(-0.5 * (POSITIONS_NM / half_width_nm) ** 2))


class ProfileSum:
    """Weighted average of grey values by distance, collected vesicle by vesicle.

    Parameters
    ----------
    positions_nm : (p,) array
        Where the average is wanted, in nm from the mid-plane, ``STEP_NM`` apart.
    """

    def __init__(self, positions_nm: Array = POSITIONS_NM) -> None:
        self._positions = positions_nm
        self._grey = np.zeros(len(positions_nm))
        self._weight = np.zeros(len(positions_nm))

    def add(self, distance_nm: Voxels, grey: Voxels, weight: Voxels) -> None:
        """Spread each sample over the two nearest positions.

        Parameters
        ----------
        distance_nm : (v,) array
            From the mid-plane, negative inside.
        grey : (v,) array
            Of any unit, the same in all calls.
        weight : (v,) array
            How much each sample counts, without unit.
        """
        first, size = self._positions[0], len(self._positions)
        inside = (distance_nm >= first) & (distance_nm < self._positions[-1])
        where = (distance_nm[inside] - np.float32(first)) / STEP_NM
        low = np.minimum(where.astype(np.intp), size - 2)  # single precision may round up to the end
        share = where - low
        weight, grey = weight[inside], grey[inside]
        for index, part in ((low, weight * (1 - share)), (low + 1, weight * share)):
            self._grey += np.bincount(index, part * grey, size)
            self._weight += np.bincount(index, part, size)

    @property
    def weight(self) -> ProfileValues:
        """The weight ``(p,)`` behind each position, in the unit of the samples' weights."""
        return self._weight

    def mean(self) -> ProfileValues:
        """The average ``(p,)`` in the samples' unit; positions without any sample take the nearest one's value.

        All zeros where there is none.
        """
        filled = self._weight > 1e-9 * max(float(self._weight.max()), 1e-30)
        if not filled.any():
            return np.zeros_like(self._grey)
        return np.interp(self._positions, self._positions[filled], self._grey[filled] / self._weight[filled])

    def plus(self, other: ProfileSum) -> ProfileSum:
        """The sum of two, at the same positions."""
        both = ProfileSum(self._positions)
        both._grey, both._weight = self._grey + other._grey, self._weight + other._weight
        return both


def smooth_profile(values: ProfileValues, width_nm: float) -> ProfileValues:
    """A profile smoothed with a Gaussian of standard deviation ``width_nm``; 0 leaves it as it is.

    Parameters
    ----------
    values : (p,) array
        ``STEP_NM`` apart, of any unit.

    Returns
    -------
    (p,) array
        In the same unit.
    """
    return (
        np.asarray(ndimage.gaussian_filter1d(values, width_nm / STEP_NM, mode="nearest"))
        if width_nm > 0
        else values
    )


def remove_gauge(values: ProfileValues, radius_nm: float) -> ProfileValues:
    """A profile less the multiple of ``1 + d / R`` that its ends show.

    Such a multiple is a constant grey value in the image, so no fit can tell it from the vesicle's own offset; left
    alone it grows from round to round, and its slope moves the darkest point.

    Parameters
    ----------
    values : (p,) array
        At ``POSITIONS_NM``, of any unit.
    radius_nm
        The vesicles' usual mid-plane radius.

    Returns
    -------
    (p,) array
        In the same unit.
    """
    gauge = 1 + POSITIONS_NM / radius_nm
    ends = (POSITIONS_NM < INSIDE_NM + GAUGE_ENDS_NM) | (POSITIONS_NM > OUTSIDE_NM - GAUGE_ENDS_NM)
    return np.asarray(values - gauge * (gauge[ends] @ values[ends]) / (gauge[ends] @ gauge[ends]))


def mid_plane_nm(values: ProfileValues) -> float:
    """Where the membrane lies on a profile, roughly: the darkest point after light smoothing, sub-sample.

    Up to 2 nm off where leaflets are resolved, the contrast transfer takes away low frequencies, or lumen and cytosol
    differ; ``bilayer`` does better.

    Parameters
    ----------
    values : (p,) array
        At ``POSITIONS_NM``, of any unit, membranes dark.

    Returns
    -------
    float
        In nm from the present mid-plane, positive outside.
    """
    soft = smooth_profile(values, MID_PLANE_SMOOTHING_NM)
    near = np.abs(POSITIONS_NM) <= MID_PLANE_REACH_NM
    darkest = int(np.flatnonzero(near)[np.argmin(soft[near])])
    return float(POSITIONS_NM[darkest] + STEP_NM * parabola_offset(soft, darkest))


def parabola_offset(values: Values, at: int) -> float:
    """Where the parabola through three samples has its extremum, in samples from the middle one, within ±0.5.

    Parameters
    ----------
    values : (n,) array
        Of any unit.
    at
        Number of the middle sample; 0 is returned at either end.
    """
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2]
    bend = before - 2 * here + after
    return 0.0 if bend == 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def shift_profile(values: ProfileValues, by_nm: float) -> ProfileValues:
    """The profile ``(p,)``, of any unit, moved so that what was at ``by_nm`` is at 0."""
    return np.interp(POSITIONS_NM + by_nm, POSITIONS_NM, values)
