"""Standard errors of centre and radius, for noise that is correlated between voxels.

A weighted least-squares fit of a model with Jacobian ``J`` and weights ``W`` answers noise ``n`` with the error
``A⁻¹ Jᵀ W n``, so the covariance is ``A⁻¹ (Jᵀ W C W J) A⁻ᵀ`` with the noise's covariance ``C``.

* ``A = Jᵀ W F J / κ`` is what a shift really changes in the image: ``F`` leaves out the missing wedge, where the model
  has structure but the image has none; ``κ = (mᵀ W F m) / (mᵀ W m)`` undoes that the model ``m`` was scaled to the
  image as a whole.
* ``C`` is stationary, with the power spectrum of the fits' own residuals. Of a residual's two halves under inversion
  through the centre, the odd one holds noise alone (misfit of a centred model is even), so it serves for the centre;
  for the radius, which misfit does disturb, the whole residual serves.

Both products are sums in Fourier space. They are computed for a sample of vesicles; how much the result exceeds
the naive ``σ² (Jᵀ W J)⁻¹`` depends on the imaging, not on the vesicle, so its median carries over to all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.analysis.membrane.sphere_fit import Linearised, linearise
from cryoves_app.domain.arrays import Array, Chosen, MidSphere, MidSpheres, Shape

#: Vesicles whose covariance is computed in full.
_SAMPLED = 16
_SCALE_ROW = 4


def standard_errors(
    shells: Shells,
    spheres: MidSpheres,
    profile: Profile,
    trusted: Chosen,
    voxel_size_nm: float,
    tilt_range_deg: float,
) -> Array:
    """Standard errors of centre and radius.

    Parameters
    ----------
    shells, profile
        Of the last round of fits.
    spheres : (n, 4) array
        Of that round: ``z, y, x`` and mid-plane radius in nm.
    trusted : (n,) bool array
        The vesicles whose residuals are taken for noise.
    voxel_size_nm
        Of the tomogram.
    tilt_range_deg
        The wedge is taken about y, the tilt axis of aligned series; 90 means none.

    Returns
    -------
    (n, 4) array
        Of ``z, y, x`` and mid-plane radius in nm; NaN where a fit has none.
    """
    models = (linearise(s, sphere, profile) for s, sphere in zip(shells, spheres, strict=True))
    naive = np.array([_naive(m) for m in models]).reshape(-1, 4)
    good = np.flatnonzero(trusted & np.isfinite(naive).all(axis=1)).tolist()
    sample = good[:: max(1, len(good) // _SAMPLED)][:_SAMPLED]
    if not sample:
        return naive
    chosen = [
        _Sampled(shells[i], m, spheres[i], voxel_size_nm)
        for i in sample
        if (m := linearise(shells[i], spheres[i], profile)) is not None
    ]
    lattice = _lattice([c.shell.box_shape for c in chosen], tilt_range_deg)
    odd, whole = _spectra(chosen, lattice)
    full = np.array([_full(c, lattice, odd, whole) for c in chosen])
    return np.asarray(naive * np.median(full / naive[sample], axis=0))


@dataclass(frozen=True)
class _Sampled:
    shell: Shell
    model: Linearised
    sphere: MidSphere
    voxel_size_nm: float

    def centre_px(self) -> Array:
        """Centre of the sphere in voxels of its box."""
        first = np.unravel_index(self.shell.index[0], self.shell.box_shape)
        at_nm = np.array([self.shell.z_nm[0], self.shell.y_nm[0], self.shell.x_nm[0]])
        return np.asarray((self.sphere[:3] - at_nm) / self.voxel_size_nm + first)


@dataclass(frozen=True)
class _Lattice:
    """A common lattice for transforms: what was imaged, and how often a half-spectrum's coefficient counts."""

    shape: Shape
    imaged: NDArray[np.bool_]
    count: Array

    def transform(self, values: Array, shell: Shell) -> NDArray[np.complex64]:
        """Transform of values at a shell's voxels, zero elsewhere."""
        box = np.zeros(shell.box_shape, np.float32)
        box.ravel()[shell.index] = values
        return np.asarray(fft.rfftn(box, s=self.shape))

    def sum(self, a: NDArray[np.complex64], b: NDArray[np.complex64], weight: Array) -> Array:
        """Matrix of sums over space of products of fields, weighted in Fourier space."""
        product = np.einsum("aijk,bijk->ab", a * (weight * self.count), b.conj(), optimize=True)
        return np.asarray(product.real / np.prod(self.shape))


def _lattice(boxes: list[Shape], tilt_range_deg: float) -> _Lattice:
    largest = np.max(boxes, axis=0)
    z, y, x = (int(fft.next_fast_len(int(n), real=True)) for n in largest)
    along_beam = np.abs(fft.fftfreq(z))[:, None, None]
    across = np.abs(fft.rfftfreq(x))
    imaged = np.ones((z, y, len(across)), bool)
    if tilt_range_deg < 90:
        imaged &= along_beam <= np.tan(np.deg2rad(tilt_range_deg)) * across + 1e-9
    count = np.full(len(across), 2.0)
    count[0] = 1.0
    if x % 2 == 0:
        count[-1] = 1.0
    return _Lattice((z, y, x), imaged, count)


def _naive(model: Linearised | None) -> Array:
    """Standard errors as if the noise of voxels were independent."""
    if model is None:
        return np.full(4, np.nan)
    inverse = np.linalg.pinv(model.normal_matrix)
    variance = (model.weight @ model.residual**2) / model.weight.sum()
    return np.sqrt(np.maximum(np.diag(inverse)[:4] * variance, 1e-30))


def _spectra(chosen: list[_Sampled], lattice: _Lattice) -> tuple[Array, Array]:
    """Power spectra of the residuals' odd half (doubled) and of the whole residuals."""
    z, y, x = np.ix_(
        fft.fftfreq(lattice.shape[0]), fft.fftfreq(lattice.shape[1]), fft.rfftfreq(lattice.shape[2])
    )
    odd, whole, mass = np.zeros(lattice.imaged.shape), np.zeros(lattice.imaged.shape), 0.0
    for item in chosen:
        at = item.centre_px()
        centring = np.exp(2j * np.pi * (z * at[0] + y * at[1] + x * at[2]))
        residual = lattice.transform(np.sqrt(item.model.weight) * item.model.residual, item.shell) * centring
        odd += 2 * residual.imag**2
        whole += np.abs(residual) ** 2
        mass += float(item.model.weight.sum())
    return odd / mass, whole / mass


def _full(item: _Sampled, lattice: _Lattice, odd: Array, whole: Array) -> Array:
    model = item.model
    rows = model.jacobian[: _SCALE_ROW + 1].copy()
    rows[_SCALE_ROW] -= (model.weight @ rows[_SCALE_ROW]) / model.weight.sum()
    bare = np.array([lattice.transform(r, item.shell) for r in rows])
    weighted = np.array([lattice.transform(model.weight * r, item.shell) for r in rows])
    answer = lattice.sum(weighted, bare, lattice.imaged.astype(float))
    scaled = answer[_SCALE_ROW, _SCALE_ROW] / float(model.weight @ rows[_SCALE_ROW] ** 2)
    inverse = np.linalg.pinv(answer[:4, :4] / max(scaled, 1e-6))
    return np.array(
        [
            *_errors(inverse, lattice.sum(weighted[:4], weighted[:4], odd))[:3],
            _errors(inverse, lattice.sum(weighted[:4], weighted[:4], whole))[3],
        ]
    )


def _errors(inverse: Array, middle: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(np.diag(inverse @ middle @ inverse.T), 0)))
