"""The fixed benchmark phantom (method, section 13), to which all published figures refer.

It is never changed: the same preset, shape, voxel size and seed give the same tomogram in every version.
``benchmark-real-look`` (and ``-hard``) is the same with membranes that look as real ones do, ``benchmark-wide`` with
vesicles of very different size that are not quite round.
Randomness is drawn from one generator in a fixed order: vesicles, lumens, blobs, grain, noise.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.benchmark_geometry import Surroundings, place_balls
from cryoves_app.analysis.simulate.benchmark_imaging import add_grain, image
from cryoves_app.analysis.simulate.benchmark_scene import draw_benchmark
from cryoves_app.analysis.simulate.benchmark_shapes import place_bodies
from cryoves_app.analysis.simulate.benchmark_spec import BENCHMARK_SPECS
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress


def simulate_benchmark(
    shape: tuple[int, int, int] = (200, 400, 400),
    voxel_size_nm: float = 2.2,
    seed: int = 1,
    preset: str = "benchmark-easy",
    *,
    progress: Progress | None = None,
    **overrides: Any,
) -> SimulatedTomogram:
    """The benchmark tomogram.

    Parameters
    ----------
    shape
        ``(z, y, x)`` in voxels.
    voxel_size_nm
        Edge of a voxel.
    seed
        Seed of the one random generator.
    preset
        A name in ``BENCHMARK_SPECS``.
    **overrides
        Fields of ``BenchmarkSpec`` that differ from the preset's.

    Returns
    -------
    SimulatedTomogram
        int16 grey values; fewer vesicles than asked for where they do not fit.

    Raises
    ------
    CryoVesError
        For an unknown preset.
    """
    if preset not in BENCHMARK_SPECS:
        raise CryoVesError(f"There is no preset “{preset}”; there are {', '.join(BENCHMARK_SPECS)}.")
    spec = replace(BENCHMARK_SPECS[preset], **overrides)
    progress = progress or Progress()
    rng = np.random.default_rng(seed)

    progress.start("scene", "placing vesicles")
    surroundings = Surroundings.of(shape, voxel_size_nm) if spec.distractors else None
    if spec.radius_range_nm is None:
        bodies = None
        balls_px = place_balls(rng, shape, voxel_size_nm, spec, surroundings)
    else:
        bodies = place_bodies(rng, shape, voxel_size_nm, spec, surroundings)
        balls_px = np.array([b.sphere.to_px(voxel_size_nm) for b in bodies]).reshape(-1, 4)
    density, labels = draw_benchmark(
        rng, shape, voxel_size_nm, spec, balls_px, surroundings, progress, bodies
    )
    add_grain(rng, density, labels, voxel_size_nm, spec)
    grey = image(rng, density, voxel_size_nm, spec, progress)

    spheres = tuple(Sphere(*(ball * voxel_size_nm).tolist()) for ball in balls_px)
    meta = {
        "preset": preset,
        "seed": seed,
        "shape": list(shape),
        "voxel_size_nm": voxel_size_nm,
        **asdict(spec),
    }
    return SimulatedTomogram(grey, labels, spheres, voxel_size_nm, meta)
