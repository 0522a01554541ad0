"""What the engines of this computer can do: found out in the worker process, where a crash costs nothing."""

from __future__ import annotations

import math
import time

import numpy as np

from cryoves_app.network.engines import create_engine
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.engines.inventory import InstalledEngine, installed_engines
from cryoves_app.network.model_store import DEFAULT, load_model
from cryoves_app.workflow.common.engine_names import ENGINE_TITLES
from cryoves_app.workflow.health.order import CheckOrder, EnginesFound
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.estimate import OVERLAP, REST_MICROSECONDS, duration

USES = {"openvino": "processors", "onnx": "processors", "tensorflow": "training"}

#: Tile of the speed measurement, voxels.
TILE_PX = 96
#: A typical synapse at the network's voxel size.
TYPICAL_SHAPE = (200, 400, 400)


def check_engines_job(order: CheckOrder, context: JobContext) -> EnginesFound:
    """Load the engine that a run would use, compute one tile with it, and say how long a tomogram takes."""
    context.progress.start("engine")
    engine = create_engine(load_model(DEFAULT), order.engine, order.device, order.threads, order.precision)
    typical = typical_seconds(seconds_per_voxel(engine), order.threads)
    return EnginesFound(
        tuple(_words(e) for e in installed_engines()),
        ENGINE_TITLES[engine.name],
        engine.device,
        _why(engine, order.device),
        bool(engine.note),
        typical,
        f"A tomogram of {'×'.join(map(str, TYPICAL_SHAPE))} voxels takes about {duration(typical)}.",
    )


def seconds_per_voxel(engine: Engine) -> float:
    """Measured on one tile of noise, after one for warming up."""
    tile = np.random.default_rng(0).standard_normal((TILE_PX,) * 3, dtype=np.float32)
    engine.predict(tile)
    start = time.perf_counter()
    engine.predict(tile)
    return (time.perf_counter() - start) / tile.size


def typical_seconds(network_seconds_per_voxel: float, threads: int) -> float:
    """Wall time of a typical tomogram, from start to results."""
    rest = 1e-6 * REST_MICROSECONDS / max(threads, 1)
    return 5.0 + math.prod(TYPICAL_SHAPE) * (OVERLAP * network_seconds_per_voxel + rest)


def _why(engine: Engine, wanted: str) -> str:
    """Why this engine and device, and not another."""
    if engine.note:
        return engine.note
    if engine.device != "cpu":
        return "Its results on a test tile agree with the processor's."
    if wanted == "cpu":
        return "That is what you asked for."
    return "No graphics card was found that these engines can compute on."


def _words(engine: InstalledEngine) -> str:
    use = f"processors, and graphics cards through {engine.gpu}" if engine.gpu else USES[engine.name]
    return f"{ENGINE_TITLES[engine.name]} {engine.version} ({use})"
