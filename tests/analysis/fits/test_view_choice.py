"""How far down the spectrum is made equal: where halves of vesicles agree better, centres are better."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits.population import fit_apart, fit_population
from cryoves_app.analysis.membrane.shell import View
from cryoves_app.analysis.membrane.whitening import DEEP_FLOORS, USUAL_FLOOR, PowerSpectrum, measure_power
from cryoves_app.analysis.simulate.denoising import denoise
from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec
from cryoves_app.domain.recipe_settings import FitSettings
from tests.phantoms import Phantom, benchmark, errors_nm, starts_near

SHAPE = (60, 120, 120)


def spectrum_of(phantom: Phantom) -> PowerSpectrum:
    source = phantom.source
    found = measure_power(source.data, source.voxel_size_nm, source.median, source.deviation, source.grey)
    assert found is not None
    return found


def chosen_floor(phantom: Phantom) -> float:
    fit = fit_population(phantom.source, starts_near(phantom.truth, 3, 1.0), FitSettings())
    assert fit.final_view.whitening is not None
    gain, spectrum = fit.final_view.whitening.gain, spectrum_of(phantom)
    (floor,) = (f for f in (USUAL_FLOOR, *DEEP_FLOORS) if np.array_equal(gain, spectrum.whitening(f).gain))
    return floor


def centre_error_nm(phantom: Phantom, floor: float) -> float:
    view = View(whitening=spectrum_of(phantom).whitening(floor))
    fits = fit_apart(phantom.source, starts_near(phantom.truth, 3, 1.0), FitSettings(), view)
    errors = errors_nm(np.array([f.sphere for f in fits]), phantom.truth)
    return float(np.linalg.norm(errors[:, :3], axis=1).mean())


@pytest.mark.parametrize("seed", [5, 6])
def test_smoothing_is_undone_where_that_helps(seed: int) -> None:
    smoothed = benchmark(SHAPE, 12, seed, preset="benchmark-real-look")
    assert chosen_floor(smoothed) in DEEP_FLOORS
    usual = centre_error_nm(smoothed, USUAL_FLOOR)
    assert max(centre_error_nm(smoothed, floor) for floor in DEEP_FLOORS) < 0.85 * usual


def test_filters_that_are_not_linear_are_not_undone() -> None:
    noisy = benchmark(SHAPE, 12, 5, denoise_nm=0.0)
    spec = ImagingSpec(denoising=Denoising.DIFFUSION, denoising_nm=3.0)
    filtered = denoise(np.asarray(noisy.volume.data, np.float32), 2.2, spec)
    assert chosen_floor(Phantom(np.round(filtered).astype(np.int16), 2.2, noisy.truth)) == USUAL_FLOOR


def test_few_vesicles_say_nothing() -> None:
    assert chosen_floor(benchmark(SHAPE, 3, 5, preset="benchmark-real-look")) == USUAL_FLOOR
