"""How much the network computes in a second, against what the computer can at most: multiplying matrices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from cryoves_app.domain.arrays import Shape
from cryoves_app.network.engines import create_engine
from cryoves_app.network.model_store import load_model
from cryoves_app.network.operations import operations_per_voxel
from cryoves_app.workflow.pipeline.engine_options import EngineOptions

_TILE: Shape = (96, 128, 128)
_MATRIX_EDGE, _TRIES = 2048, 3


@dataclass(frozen=True)
class NetworkSpeed:
    """Thousand millions of operations per second, of the network and of a product of matrices of 32-bit floats."""

    engine: str
    network: float
    matrices: float


def measure_network(
    model: str, options: EngineOptions, tile: Shape = _TILE, matrix_edge: int = _MATRIX_EDGE
) -> NetworkSpeed:
    """The best of a few tries each, on the same threads.

    Raises
    ------
    CryoVesError
        For an unknown model or engine.
    """
    loaded = load_model(model)
    engine = create_engine(loaded, options.engine, options.device, options.threads, options.precision)
    random = np.random.default_rng(0)
    grey = random.standard_normal(tile, np.float32)
    seconds = _best(lambda: engine.logits(grey))
    a, b = random.standard_normal((2, matrix_edge, matrix_edge), np.float32)
    with threadpool_limits(options.threads):
        seconds_of_matrices = _best(lambda: a @ b)
    words = f"{engine.name}, {engine.device}, {engine.precision}, threads {options.threads}"
    operations = operations_per_voxel(engine.architecture) * grey.size
    return NetworkSpeed(words, operations / seconds / 1e9, 2 * matrix_edge**3 / seconds_of_matrices / 1e9)


def _best(work: Callable[[], object]) -> float:
    """Seconds of the fastest try, after one that makes everything ready."""
    found = []
    for _ in range(_TRIES + 1):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found[1:])
