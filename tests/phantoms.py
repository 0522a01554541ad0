"""Small tomograms with vesicles at given places, drawn and imaged as the benchmark phantom is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.network_input.preprocess import finite_median, sample_voxels
from cryoves_app.analysis.simulate.benchmark import simulate_benchmark
from cryoves_app.analysis.simulate.benchmark_imaging import add_grain, image
from cryoves_app.analysis.simulate.benchmark_scene import draw_benchmark
from cryoves_app.analysis.simulate.benchmark_spec import BENCHMARK_SPECS
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import Volume, VolumeInfo

Array = NDArray[np.float64]
Ball = tuple[float, float, float, float]

#: Distance from the mid-plane to the outer edge in the benchmark phantom.
EDGE_NM = 2.25


@dataclass(frozen=True)
class Phantom:
    """A tomogram and the spheres in it (outer radius, nm)."""

    grey: NDArray[Any]
    voxel_nm: float
    truth: tuple[Sphere, ...]

    @property
    def volume(self) -> Volume:
        z, y, x = self.grey.shape
        return Volume(VolumeInfo((z, y, x), self.grey.dtype, self.voxel_nm), self.grey)

    @property
    def source(self) -> GreySource:
        return grey_source(self.grey, self.voxel_nm)


def grey_source(grey: NDArray[Any], voxel_nm: float) -> GreySource:
    return GreySource(grey, voxel_nm, finite_median(grey), float(sample_voxels(grey).std()))


def phantom(
    balls_nm: Sequence[Ball], shape: tuple[int, int, int], voxel_nm: float = 2.2, seed: int = 7, **spec: Any
) -> Phantom:
    """Vesicles ``z, y, x, outer radius`` in nm in otherwise empty cytoplasm; numbers of the easy preset."""
    numbers = replace(BENCHMARK_SPECS["benchmark-easy"], **{"distractors": False, "n_blobs": 0, **spec})
    rng = np.random.default_rng(seed)
    balls = np.array(balls_nm, float).reshape(-1, 4) / voxel_nm
    density, labels = draw_benchmark(rng, shape, voxel_nm, numbers, balls, None, Progress())
    add_grain(rng, density, labels, voxel_nm, numbers)
    grey = image(rng, density, voxel_nm, numbers, Progress())
    return Phantom(grey, voxel_nm, tuple(Sphere(*(float(v) for v in b)) for b in balls_nm))


def benchmark(shape: tuple[int, int, int], n: int, seed: int, voxel_nm: float = 2.2, **spec: Any) -> Phantom:
    """The benchmark phantom with ``n`` vesicles at random places."""
    made = simulate_benchmark(shape, voxel_nm, seed, n_vesicles=n, **spec)
    return Phantom(made.grey, voxel_nm, made.spheres)


def starts_near(truth: Sequence[Sphere], seed: int, off_nm: float = 2.0) -> Array:
    """``z, y, x``, mid-plane radius: the truth, off by this much in random directions, radii by half of it."""
    rng = np.random.default_rng(seed)
    away = rng.normal(size=(len(truth), 3))
    away *= off_nm / np.linalg.norm(away, axis=1, keepdims=True)
    radius = np.array([s.radius_nm for s in truth]) - EDGE_NM + rng.uniform(-0.5, 0.5, len(truth)) * off_nm
    return np.column_stack([np.array([s.centre_nm for s in truth]).reshape(-1, 3) + away, radius])


def candidates_near(truth: Sequence[Sphere], seed: int, off_nm: float = 2.0) -> list[Candidate]:
    """What a network would propose: near the truth, and sure of it."""
    return [Candidate((z, y, x), r, 10.0) for z, y, x, r in starts_near(truth, seed, off_nm).tolist()]


def errors_nm(spheres: Array, truth: Sequence[Sphere]) -> Array:
    """Fitted ``z, y, x``, mid-plane radius less the true ones."""
    true = np.array([(*s.centre_nm, s.radius_nm - EDGE_NM) for s in truth])
    return np.asarray(spheres - true)
