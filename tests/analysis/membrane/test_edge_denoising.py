"""Edge-preserving denoising, told from noise, signal and linear filters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.restoration import denoise_tv_chambolle

from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.membrane.edge_denoising import preserves_edges, step_kurtosis
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.simulate.denoising import denoise
from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec
from tests.phantoms import benchmark, grey_source

SHAPE = (60, 120, 120)


@pytest.mark.parametrize("preset", ["benchmark-easy", "benchmark-hard", "benchmark-real-look"])
def test_smoothing_is_none(preset: str) -> None:
    assert not preserves_edges(benchmark(SHAPE, 8, 3, preset=preset).source)


@pytest.mark.parametrize("snr", [0.05, 5.0, 50.0])
def test_signal_of_any_strength_is_none(snr: float) -> None:
    assert not preserves_edges(benchmark(SHAPE, 8, 3, snr=snr).source)


@pytest.mark.parametrize("width", [2.0, 4.0, 6.0])
def test_diffusion_is_seen(width: float) -> None:
    raw = benchmark(SHAPE, 8, 3, denoise_nm=0.0).grey.astype(np.float32)
    spec = replace(ImagingSpec(), denoising=Denoising.DIFFUSION, denoising_nm=width)
    assert preserves_edges(grey_source(denoise(raw / raw.std(), 2.2, spec), 2.2))


def test_total_variation_is_seen() -> None:
    raw = benchmark(SHAPE, 8, 3, denoise_nm=0.0).grey.astype(np.float32)
    assert preserves_edges(grey_source(denoise_tv_chambolle(raw / raw.std(), weight=0.5), 2.2))


def test_a_constant_volume_has_no_edges() -> None:
    source = replace(benchmark(SHAPE, 1, 3).source, data=np.zeros(SHAPE, np.float32))
    assert step_kurtosis(source) == 0.0


def with_gold(grey: NDArray[np.float32], beads: int = 12) -> NDArray[np.float32]:
    """Dark balls of 5 nm radius with a bright halo."""
    found, random = grey / grey.std(), np.random.default_rng(3)
    axes = np.ogrid[tuple(slice(n) for n in grey.shape)]
    for _ in range(beads):
        centre = [random.integers(3, n - 3) for n in grey.shape]
        away = np.sqrt(sum((axis - c) ** 2 for axis, c in zip(axes, centre, strict=True)))
        found += (5 * np.exp(-(((away - 5) / 1.5) ** 2)) - 30 * np.exp(-((away / 2.5) ** 4))).astype(
            np.float32
        )
    return found


@pytest.mark.parametrize("snr", [0.5, 50.0])
def test_gold_is_no_edge_of_a_filter(snr: float) -> None:
    grey = benchmark(SHAPE, 8, 3, snr=snr).grey.astype(np.float32)
    assert not preserves_edges(grey_source(with_gold(grey), 2.2))


def test_beside_gold_a_filter_is_seen() -> None:
    raw = benchmark(SHAPE, 8, 3, denoise_nm=0.0).grey.astype(np.float32)
    assert preserves_edges(grey_source(denoise_tv_chambolle(with_gold(raw), weight=0.5), 2.2))


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_parts_without_data_do_not_count(share: float) -> None:
    grey = benchmark(SHAPE, 8, 3).grey.astype(np.float32)
    whole = step_kurtosis(_surveyed(grey / grey.std() + 40.0))
    grey = grey / grey.std() + 40.0
    grey[:, :, : int(share * SHAPE[2])] = 0.0
    assert step_kurtosis(_surveyed(grey)) == pytest.approx(whole, rel=0.15)


def _surveyed(grey: NDArray[np.float32]) -> GreySource:
    model = survey_grey(grey, 2.2, 20.0)
    assert model is not None
    return replace(grey_source(grey, 2.2), grey=model)
