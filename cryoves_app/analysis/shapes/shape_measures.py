"""What shapes are told as: an ellipsoid's axes, how far from round, and how likely a sphere looks like that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.analysis.membrane.sphere_fit import Fit
from cryoves_app.analysis.shapes.harmonics import SECOND
from cryoves_app.analysis.shapes.shape import VesicleShape, fit_shape
from cryoves_app.analysis.shapes.shape_wedge import WedgeResponse, wedge_response
from cryoves_app.domain.arrays import Array, Values

_MEDIAN_CHI2 = 0.455
_ELLIPSOID_STEPS = 6
#: How well what the wedge does is known: this share of it, and this much (nm). No sphere fails the test by less.
_UNSURE_SHARE, _UNSURE_NM = 0.25, 0.1


def _even_ways(count: int = 300) -> Array:
    """Directions ``(3, count)`` spread evenly over a sphere, on a spiral."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    across = np.sqrt(1 - z * z)
    return np.array([z, across * np.sin(turn), across * np.cos(turn)])


_WAYS = _even_ways()


@dataclass(frozen=True)
class Axes:
    """The ellipsoid of the second-order terms.

    Attributes
    ----------
    lengths_nm : (3,) array
        Half axes to the mid-plane, longest first.
    directions : (3, 3) array
        A unit vector ``z, y, x`` for each in a row.
    """

    lengths_nm: Values
    directions: Array


@dataclass(frozen=True)
class MeasuredShape:
    """A vesicle's departure from a sphere, without the wedge's part.

    Attributes
    ----------
    terms : (12,) array
        Coefficients in nm, second order first.
    axes
        Its ellipsoid.
    roundness_nm
        Root mean square distance of the membrane from the sphere.
    sphere_p_value
        How likely a sphere shows second-order terms as large as these.
    """

    terms: Values
    axes: Axes
    roundness_nm: float
    sphere_p_value: float


def roundness_nm(terms: Array) -> Values:
    """Root mean square distance of the membrane from the sphere.

    Parameters
    ----------
    terms : (n, 12) or (12,) array
        In nm.

    Returns
    -------
    (n,) array, or number
        In nm.
    """
    return np.asarray(np.sqrt(np.sum(np.asarray(terms) ** 2, axis=-1)))


def ellipsoid_axes(radius_nm: float, terms: Values) -> Axes:
    """The ellipsoid that the second-order terms describe.

    Parameters
    ----------
    radius_nm
        Mean mid-plane radius.
    terms : (12,) array
        In nm; only the second order counts.
    """
    xy, yz, zx, across, along = terms[:SECOND] * np.array(
        [*[np.sqrt(15.0)] * 3, np.sqrt(15.0) / 2, np.sqrt(5.0) / 2]
    )
    form = np.array(
        [
            [2 * along, yz / 2, zx / 2],
            [yz / 2, -across - along, xy / 2],
            [zx / 2, xy / 2, across - along],
        ]
    )
    values, vectors = np.linalg.eigh(form)
    lengths = _ellipsoid_of(radius_nm + values[::-1])
    order = np.argsort(-lengths)
    return Axes(lengths[order], vectors.T[::-1][order])


def _ellipsoid_of(extremes_nm: Values) -> Values:
    """Semi-axes of the ellipsoid whose mean and second-order terms have these extremes.

    The radius of an ellipsoid has terms of fourth order, too, which lie at its ends; they were not fitted.
    """
    axes = extremes_nm.copy()
    for _ in range(_ELLIPSOID_STEPS):
        axes = np.maximum(axes + extremes_nm - _seen_extremes(axes), 0.2 * extremes_nm)
    return axes


def _seen_extremes(axes_nm: Values) -> Values:
    """Mean and second-order terms of an ellipsoid's radius, at its three ends."""
    radius = 1 / np.sqrt(np.sum((_WAYS / axes_nm[:, None]) ** 2, axis=0))
    fitted, *_ = np.linalg.lstsq(_WAYS.T**2, radius, rcond=None)
    return np.asarray(fitted)


def measure_shapes(
    shells: Shells,
    fits: Sequence[Fit],
    profile: Profile,
    voxel_size_nm: float,
    tilt_range_deg: float,
) -> list[MeasuredShape | None]:
    """Shapes of all vesicles, the wedge's part taken off; ``None`` where a membrane is cut or too faint."""
    shapes = [
        None if s.cut or f.scale <= 0 else fit_shape(s, f.sphere, profile)
        for s, f in zip(shells, fits, strict=True)
    ]
    known = [s for s in shapes if s is not None]
    if not known:
        return [None] * len(shapes)
    radius = float(np.median([s.sphere[3] for s in known]))
    response = wedge_response(profile, radius, voxel_size_nm, tilt_range_deg)
    gain = _noise_gain(known)
    return [None if s is None else _measured(s, response, gain) for s in shapes]


def _noise_gain(shapes: Sequence[VesicleShape]) -> float:
    """How much larger errors are than independent noise makes them, from the terms that vesicles hardly have."""
    terms = np.array([s.terms[SECOND:] for s in shapes])
    variance = np.array([np.diag(s.covariance)[SECOND:] for s in shapes])
    squared = (terms - np.median(terms, axis=0)) ** 2 / np.maximum(variance, 1e-30)
    return max(float(np.median(squared)) / _MEDIAN_CHI2, 1.0)


def _measured(shape: VesicleShape, response: WedgeResponse, gain: float) -> MeasuredShape:
    terms = response.corrected(shape.terms)
    axes = ellipsoid_axes(float(shape.sphere[3]), terms)
    inverse = np.linalg.inv(response.second)
    unsure = np.hypot(_UNSURE_SHARE * response.sphere[:SECOND], _UNSURE_NM)
    noise = gain * shape.covariance[:SECOND, :SECOND] + np.diag(unsure**2)
    covariance = inverse @ noise @ inverse.T
    second = terms[:SECOND]
    p = float(special.chdtrc(SECOND, second @ np.linalg.pinv(covariance) @ second))
    return MeasuredShape(terms, axes, float(roundness_nm(terms)), p)
