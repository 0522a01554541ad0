"""Edge-preserving denoising, told from noise, signal and linear filters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.restoration import denoise_tv_chambolle

from cryoves_app.analysis.edge_denoising import preserves_edges, step_kurtosis
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
