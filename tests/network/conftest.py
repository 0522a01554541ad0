"""Weights and phantoms for the network's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import LayerWeights, Normalisation, Weights, random_weights


def lively_weights(filters: int = 4, seed: int = 3) -> Weights:
    """Random weights whose normalisations do something and whose probabilities spread over 0 to 1."""
    rng = np.random.default_rng(seed)
    start = random_weights(Architecture(2, filters), seed)
    layers = {}
    for name, layer in start:
        channels = layer.bias.size
        bias = rng.normal(0, 0.1, channels).astype(np.float32)
        norm = None
        if layer.normalisation is not None:
            norm = Normalisation(
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


def run_python(code: str, *arguments: str, timeout: float = 180) -> str:
    """Run code in a process of its own: TensorFlow must not share one with OpenGL."""
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
