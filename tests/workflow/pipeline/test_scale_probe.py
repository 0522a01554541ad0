from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.network_input.scales import scales
from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.prediction import Predictor
from cryoves_app.workflow.pipeline.scale_probe import middle_of, probe_scales
from cryoves_app.workflow.pipeline.step_cache import StepCache
from tests.phantoms import benchmark, grey_source

SHAPE = (64, 96, 96)


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return Predictor(load_model("default"), Recipe().network, EngineOptions(threads=1), StepCache(tmp_path))


@pytest.mark.parametrize(("factor", "right"), [(0.5, 2.2), (2.0, 2.2), (1.0, None)])
def test_the_voxel_size_at_which_vesicles_show(
    factor: float, right: float | None, predictor: Predictor
) -> None:
    source = replace(benchmark(SHAPE, 20, 3).source, voxel_size_nm=2.2 * factor)
    scale = scales(Recipe().input, 2.2)[0]
    told: list[tuple[str, float]] = []
    progress = Progress(lambda step, fraction, message: told.append((step, fraction)))
    hint = probe_scales(source, scale, Recipe(), predictor, progress)
    assert hint.better_nm == (right if right is None else pytest.approx(right))
    assert {step for step, _ in told} == {"scales"}
    assert told == sorted(told)


def test_it_stops_when_asked(predictor: Predictor) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        probe_scales(
            benchmark(SHAPE, 20, 3).source,
            scales(Recipe().input, 2.2)[0],
            Recipe(),
            predictor,
            Progress(token=token),
        )


@pytest.mark.parametrize(
    ("edge_px", "binning", "shape"), [(6, 1, (6, 6, 6)), (9, 2, (4, 4, 4)), (99, 3, (2, 3, 4))]
)
def test_the_middle_is_averaged(edge_px: float, binning: int, shape: tuple[int, int, int]) -> None:
    grey = np.random.default_rng(1).normal(size=(8, 10, 12)).astype(np.float32)
    source = grey_source(grey, 2.2)
    whole = source.box(np.zeros(3, np.intp), np.array(grey.shape))
    middle = middle_of(source, edge_px, binning)
    assert middle.shape == shape
    low = [(n - m * binning) // 2 for n, m in zip(grey.shape, shape, strict=True)]
    first = whole[tuple(slice(a, a + binning) for a in low)]
    assert middle[0, 0, 0] == pytest.approx(first.mean(), rel=1e-5)
