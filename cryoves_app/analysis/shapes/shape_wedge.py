"""What the missing wedge makes of shapes: it draws a sphere out along the beam.

Shapes with the population's own profile are imaged without the hidden directions and fitted like any vesicle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cryoves_app.analysis.membrane.radial import OUTSIDE_NM, Profile
from cryoves_app.analysis.membrane.shell import GreySource, View, collect
from cryoves_app.analysis.shapes.harmonics import SECOND, TERMS, harmonics
from cryoves_app.analysis.shapes.shape import fit_shape
from cryoves_app.domain.arrays import Array, Values, Voxels

_RIM_NM = 10.0
#: Size of the shapes by which the wedge's response is tried.
_TRIED_NM = 1.5


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
        found[:SECOND] = np.linalg.solve(self.second, found[:SECOND])
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
    none = WedgeResponse(np.zeros(TERMS), np.eye(SECOND))
    if tilt_range_deg >= 90:
        return none
    imaged = _Imaged(profile, radius_nm, voxel_size_nm, tilt_range_deg)
    sphere = imaged.terms_of(np.zeros(TERMS))
    if sphere is None:
        return none
    second = np.eye(SECOND)
    for k in range(SECOND):
        shown = imaged.terms_of(_TRIED_NM * np.eye(TERMS)[k])
        if shown is not None:
            second[:, k] = (shown - sphere)[:SECOND] / _TRIED_NM
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
