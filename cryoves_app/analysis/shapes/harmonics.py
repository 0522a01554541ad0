"""A membrane's radius as a function of direction: the terms of second and third order, and the surface they make."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.arrays import Array, SpheresPx, Values, Voxels

SECOND, _THIRD = 5, 7
TERMS = SECOND + _THIRD
#: No surface comes nearer to the centre than this share of its radius, whatever a file says.
_LEAST_SHARE = 0.2


def harmonics(z: Voxels, y: Voxels, x: Voxels) -> Voxels:
    """The twelve terms, each of root mean square 1 over the sphere.

    Parameters
    ----------
    z, y, x : arrays of any shape
        Components of unit vectors.

    Returns
    -------
    (12, v) array
        Without unit, second order first; further axes as those of ``z``.
    """
    zz, yy, xx = z * z, y * y, x * x
    second = [
        np.sqrt(15.0) * x * y,
        np.sqrt(15.0) * y * z,
        np.sqrt(15.0) * z * x,
        np.sqrt(15.0) / 2 * (xx - yy),
        np.sqrt(5.0) / 2 * (3 * zz - 1),
    ]
    third = [
        np.sqrt(7.0) / 2 * z * (5 * zz - 3),
        np.sqrt(21.0 / 8) * x * (5 * zz - 1),
        np.sqrt(21.0 / 8) * y * (5 * zz - 1),
        np.sqrt(105.0) / 2 * z * (xx - yy),
        np.sqrt(105.0) * x * y * z,
        np.sqrt(35.0 / 8) * x * (xx - 3 * yy),
        np.sqrt(35.0 / 8) * y * (3 * xx - yy),
    ]
    return np.array([*second, *third], np.float32)


def surface_radius(radii: Values, terms: Array, directions: Array) -> Array:
    """How far surfaces lie from their centres.

    Parameters
    ----------
    radii : (n,) array
        Mean radii to the surface that is asked for, mid-plane or outer, in nm or voxels.
    terms : (n, 12) array
        Coefficients in the same unit, second order first.
    directions : (3, n, k) array
        Components ``z, y, x`` of unit vectors.

    Returns
    -------
    (n, k) array
        In the same unit.
    """
    departure = np.einsum("nt,tnk->nk", terms, harmonics(*directions))
    return np.asarray(np.maximum(radii[:, None] + departure, _LEAST_SHARE * radii[:, None]))


def farthest(spheres: SpheresPx, terms: Array) -> Values:
    """A distance from the centre that no point of a surface exceeds, ``(n,)``, in the unit of both.

    The squares of all terms of second and third order add up to 12 in every direction.
    """
    return np.asarray(spheres[:, 3] + np.sqrt(TERMS * np.sum(np.asarray(terms) ** 2, axis=1)))
