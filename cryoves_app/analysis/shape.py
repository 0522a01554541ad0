"""Vesicles that are no spheres: how far the membrane departs from one, and in which direction.

After the sphere, the radius becomes a function of direction, ``r(n) = R + Σ c_k Y_k(n)`` with the five terms of second
and the seven of third order, each of root mean square 1 over the sphere, so that coefficients are nm. They are found by
Gauss–Newton on the sphere fit's own voxels, together with centre, radius, scale and offset. Directions that the missing
wedge hides weigh little there, so a prior (terms are small) decides what the image does not show.

The wedge makes a sphere look drawn out along the beam. What it does to a perfect sphere of the population's own profile
is computed and taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import fft, special

from cryoves_app.analysis.radial import INSIDE_NM, OUTSIDE_NM, Profile
from cryoves_app.analysis.shell import GreySource, Shell, View, collect
from cryoves_app.analysis.sphere_fit import Fit
from cryoves_app.domain.arrays import Array, MidSphere, Values, Voxels

_SECOND, _THIRD = 5, 7
TERMS = _SECOND + _THIRD
#: How large terms of either order usually are, in nm.
_USUAL_NM = np.array([3.0] * _SECOND + [1.5] * _THIRD)
_STEPS = 6
_LONGEST_STEP_NM = 2.0
_SETTLED_NM = 0.05
_FEWEST_VOXELS = 120
_RIM_NM = 10.0
_MEDIAN_CHI2 = 0.455
_ELLIPSOID_STEPS = 6


def _even_ways(count: int = 300) -> Array:
    """Directions ``(3, count)`` spread evenly over a sphere, on a spiral."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    across = np.sqrt(1 - z * z)
    return np.array([z, across * np.sin(turn), across * np.cos(turn)])


_WAYS = _even_ways()
#: How well what the wedge does is known: this share of it, and this much (nm). No sphere fails the test by less.
_UNSURE_SHARE, _UNSURE_NM = 0.25, 0.1
#: Size of the shapes by which the wedge's response is tried.
_TRIED_NM = 1.5
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
    """A shell of no more voxels than shapes need: of large ones every second, third, … counts."""
    every = -(-len(shell.grey) // _ENOUGH_VOXELS)
    if every <= 1:
        return shell
    names = ("z_nm", "y_nm", "x_nm", "grey", "weight", "index")
    return replace(shell, **{name: getattr(shell, name)[::every] for name in names})


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


@dataclass(frozen=True)
class WedgeResponse:
    """What missing directions make of shapes.

    Attributes
    ----------
    sphere : (12,) array
        Terms that a perfect sphere shows, in nm.
    second : (5, 5) array
        Second-order terms shown (rows) for each second-order term that is there, in units of it.
    """

    sphere: Values
    second: Array

    def corrected(self, terms: Values) -> Values:
        """Terms ``(12,)`` in nm as they would be with all directions, from those that are shown."""
        found = terms - self.sphere
        found[:_SECOND] = np.linalg.solve(self.second, found[:_SECOND])
        return found


def wedge_response(
    profile: Profile, radius_nm: float, voxel_size_nm: float, tilt_range_deg: float
) -> WedgeResponse:
    """Compute it from images of shapes with the population's own profile.

    Parameters
    ----------
    radius_nm
        Mid-plane radius.
    tilt_range_deg
        The wedge is taken about y, the tilt axis of aligned series; 90 means none.
    """
    none = WedgeResponse(np.zeros(TERMS), np.eye(_SECOND))
    if tilt_range_deg >= 90:
        return none
    imaged = _Imaged(profile, radius_nm, voxel_size_nm, tilt_range_deg)
    sphere = imaged.terms_of(np.zeros(TERMS))
    if sphere is None:
        return none
    second = np.eye(_SECOND)
    for k in range(_SECOND):
        shown = imaged.terms_of(_TRIED_NM * np.eye(TERMS)[k])
        if shown is not None:
            second[:, k] = (shown - sphere)[:_SECOND] / _TRIED_NM
    return WedgeResponse(sphere, second)


@dataclass(frozen=True)
class _Imaged:
    """One vesicle in the middle of a box, seen without the directions of the missing wedge."""

    profile: Profile
    radius_nm: float
    voxel_size_nm: float
    tilt_range_deg: float

    def terms_of(self, planted: Values) -> Values | None:
        """The terms that a fit finds of a shape with the planted ones."""
        half = max(int(np.ceil((self.radius_nm + OUTSIDE_NM + _RIM_NM) / self.voxel_size_nm)), 8)
        seen = self._without_wedge(self._drawn(half, planted))
        source = GreySource(seen, self.voxel_size_nm, 0.0, 1.0)
        sphere = np.array([half * self.voxel_size_nm] * 3 + [self.radius_nm])
        tilt = self.tilt_range_deg
        shell = collect(source, sphere, np.zeros((0, 4)), View(), tilt_range_deg=tilt, edge_nm=0.0)
        found = fit_shape(shell, sphere, self.profile)
        return None if found is None else found.terms

    def _drawn(self, half: int, planted: Values) -> Voxels:
        at = ((np.arange(2 * half) - half) * self.voxel_size_nm).astype(np.float32)
        z, y, x = np.meshgrid(at, at, at, indexing="ij")
        rho = np.maximum(np.sqrt(z * z + y * y + x * x), np.float32(1.0))
        away = rho - np.float32(self.radius_nm)
        if planted.any():
            away -= np.tensordot(planted.astype(np.float32), harmonics(z / rho, y / rho, x / rho), 1)
        level = float(self.profile.at(np.array([OUTSIDE_NM]))[0][0])
        image = (self.profile.at(away)[0] - np.float32(level)) * np.float32(self.radius_nm) / rho
        return np.asarray(np.where(away < OUTSIDE_NM, image, 0.0), np.float32)

    def _without_wedge(self, image: Voxels) -> Voxels:
        z, x = fft.fftfreq(image.shape[0]), fft.rfftfreq(image.shape[2])
        imaged = np.abs(z)[:, None] <= np.tan(np.deg2rad(self.tilt_range_deg)) * x[None, :] + 1e-9
        return np.asarray(fft.irfftn(fft.rfftn(image) * imaged[:, None, :], s=image.shape), np.float32)


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
    xy, yz, zx, across, along = terms[:_SECOND] * np.array(
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
    shells: Sequence[Shell],
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
    terms = np.array([s.terms[_SECOND:] for s in shapes])
    variance = np.array([np.diag(s.covariance)[_SECOND:] for s in shapes])
    squared = (terms - np.median(terms, axis=0)) ** 2 / np.maximum(variance, 1e-30)
    return max(float(np.median(squared)) / _MEDIAN_CHI2, 1.0)


def _measured(shape: VesicleShape, response: WedgeResponse, gain: float) -> MeasuredShape:
    terms = response.corrected(shape.terms)
    axes = ellipsoid_axes(float(shape.sphere[3]), terms)
    inverse = np.linalg.inv(response.second)
    unsure = np.hypot(_UNSURE_SHARE * response.sphere[:_SECOND], _UNSURE_NM)
    noise = gain * shape.covariance[:_SECOND, :_SECOND] + np.diag(unsure**2)
    covariance = inverse @ noise @ inverse.T
    second = terms[:_SECOND]
    p = float(special.chdtrc(_SECOND, second @ np.linalg.pinv(covariance) @ second))
    return MeasuredShape(terms, axes, float(roundness_nm(terms)), p)
