"""Weights and phantoms for the network's tests."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.network.architecture import FOLDS, Architecture
from cryoves_app.network.dataset import UNKNOWN_TARGET
from cryoves_app.network.weight_files import write_weights
from cryoves_app.network.weights import BatchNormalisation, LayerWeights, Weights, random_weights


def lively_weights(filters: int = 4, seed: int = 3, fold: int = 1) -> Weights:
    """Random weights whose normalisations do something and whose probabilities spread over 0 to 1."""
    rng = np.random.default_rng(seed)
    start = random_weights(Architecture(2, filters, fold), seed)
    layers = {}
    for name, layer in start:
        channels = layer.bias.size
        bias = rng.normal(0, 0.1, channels).astype(np.float32)
        norm = None
        if layer.normalisation is not None:
            norm = BatchNormalisation(
                rng.uniform(0.8, 1.6, channels).astype(np.float32),
                rng.normal(0.1, 0.2, channels).astype(np.float32),
                rng.normal(0, 0.2, channels).astype(np.float32),
                rng.uniform(0.3, 0.6, channels).astype(np.float32),
            )
        layers[name] = LayerWeights(layer.kernel, bias, norm)
    return Weights(start.architecture, layers)


@pytest.fixture(scope="session")
def weights() -> Weights:
    return lively_weights()


@pytest.fixture(scope="session", params=FOLDS, ids=["plain", "folded"])
def any_weights(request: pytest.FixtureRequest) -> Weights:
    """Of each kind of network that there is."""
    return lively_weights(fold=request.param)


@pytest.fixture(scope="session")
def phantom() -> NDArray[np.float32]:
    """Dark shells in noise, ``(z, y, x)``, mean 0 and standard deviation 1."""
    rng = np.random.default_rng(11)
    z, y, x = np.mgrid[:72, :100, :88]
    volume = rng.normal(0, 0.5, z.shape)
    for centre in ((20, 30, 30), (50, 60, 20), (36, 80, 66), (60, 20, 70)):
        distance = np.sqrt(sum((a - c) ** 2 for a, c in zip((z, y, x), centre, strict=True)))
        volume -= 2 * np.exp(-(((distance - 9) / 1.5) ** 2))
    return ((volume - volume.mean()) / volume.std()).astype(np.float32)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder of the user."""
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@dataclass(frozen=True)
class TensorFlowAnswers:
    """What TensorFlow said: numbers by part, and the folder with its inputs and maps."""

    numbers: dict[str, Any]
    folder: Path


@pytest.fixture(scope="session")
def tensorflow_answers(
    tmp_path_factory: pytest.TempPathFactory, weights: Weights, phantom: NDArray[np.float32]
) -> TensorFlowAnswers:
    """All that the tests want of TensorFlow, from one process of its own."""
    if not (importlib.util.find_spec("tensorflow") and importlib.util.find_spec("csbdeep")):
        pytest.skip("TensorFlow and csbdeep are not installed")
    folder = tmp_path_factory.mktemp("tensorflow")
    rng = np.random.default_rng(0)
    write_weights(folder / "a.weights.h5", weights)
    write_weights(folder / "folded.weights.h5", lively_weights(fold=2))
    np.save(folder / "volume.npy", phantom[:40, :48, :36])
    target = (rng.random((2, 4, 4, 4, 1)) < 0.3).astype(np.float32)
    np.save(folder / "target.npy", target)
    np.save(folder / "logits.npy", rng.normal(0, 3, target.shape).astype(np.float32))
    np.save(folder / "half_known.npy", np.where(rng.random(target.shape) < 0.5, target, UNKNOWN_TARGET))
    child = subprocess.run(
        [sys.executable, "-m", "tests.network.tensorflow_child", str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return TensorFlowAnswers(json.loads((folder / "answers.json").read_text(encoding="utf-8")), folder)
