"""Profiles of single vesicles and of a population, in the form that is fitted (see ``radial``).

All of them are sampled at ``POSITIONS_NM``, the distance in nm from the mid-plane (negative inside), in standard
deviations of the tomogram's grey values.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cryoves_app.analysis.membrane.radial import MID_PLANE_REACH_NM, STEP_NM, ProfileSum, smooth_profile
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.analysis.membrane.sphere_fit import distances
from cryoves_app.domain.arrays import Array, MidSphere, ProfileValues
from cryoves_app.domain.recipe import Recipe

#: Smoothing of a single vesicle's profile before derivatives are taken.
SMOOTHING_NM = 1.0
#: A profile is known as far as this from the nearest voxel that counts.
GAP_NM = 0.5
#: A population's band leaves this share out below and above, in percent.
BAND_PERCENTILES = (10, 90)


@dataclass(frozen=True)
class ProfileBand:
    """How the profiles of a population lie.

    Attributes
    ----------
    low, mean, high : (p,) arrays
        Low end, mean and high end at each position, in standard deviations of the tomogram's grey values; NaN where
        none is known.
    """

    low: Array
    mean: Array
    high: Array


def own_profile(shell: Shell, sphere: MidSphere) -> tuple[ProfileValues, ProfileValues]:
    """A vesicle's own radial profile.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and mid-plane radius in nm.

    Returns
    -------
    values : (p,) array
        ``(ρ / R) · grey`` at ``POSITIONS_NM``, in the shell's unit of grey values.
    weight : (p,) array
        What stands behind each value: a number of voxels, less in the missing wedge.
    """
    rho = distances(shell, sphere)
    collected = ProfileSum()
    radius = np.float32(sphere[3])
    collected.add(rho - radius, shell.grey * rho / radius, shell.weight)
    return collected.mean(), collected.weight


def known_part(profile: ProfileValues, weight: ProfileValues) -> ProfileValues:
    """A profile with NaN where no voxel is near; between voxels it is known.

    Parameters
    ----------
    profile, weight : (p,) arrays
        As ``own_profile`` gives them: grey values, and what stands behind each.

    Returns
    -------
    (p,) array
        In the profile's unit.
    """
    near = ndimage.maximum_filter1d(weight, 2 * round(GAP_NM / STEP_NM) + 1, mode="constant")
    return np.where(near > 0, profile, np.nan)


def profile_band(profiles: Sequence[ProfileValues]) -> ProfileBand:
    """The band of several profiles.

    Parameters
    ----------
    profiles : n arrays (p,)
        Of one unit, which the band has, too; NaN where unknown.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not len(profiles):
        raise ValueError("a band needs at least one profile")
    stacked = np.array(profiles)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a position that no vesicle covers stays NaN
        low, high = np.nanpercentile(stacked, BAND_PERCENTILES, axis=0)
        return ProfileBand(low, np.nanmean(stacked, axis=0), high)


def second_derivative(profile: ProfileValues) -> ProfileValues:
    """The bend of a profile after light smoothing.

    Parameters
    ----------
    profile : (p,) array
        At ``POSITIONS_NM``, of any unit; NaN where unknown.

    Returns
    -------
    (p,) array
        In that unit per nm²; NaN where the profile is unknown.
    """
    known = np.isfinite(profile)
    bend = np.full(len(profile), np.nan)
    if np.count_nonzero(known) > 4:
        soft = smooth_profile(profile[known], SMOOTHING_NM)
        bend[known] = np.gradient(np.gradient(soft, STEP_NM), STEP_NM)
    return bend


def search_band_nm(recipe: Recipe) -> tuple[float, float]:
    """Where a membrane's middle is looked for on a profile, as distances from the outer edge (negative inside)."""
    middle = -recipe.fit.edge_nm
    return middle - MID_PLANE_REACH_NM, middle + MID_PLANE_REACH_NM
