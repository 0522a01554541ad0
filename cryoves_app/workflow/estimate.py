"""What a run will need, said before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cryoves_app.analysis.preprocess import network_grid, network_voxel_nm
from cryoves_app.domain.recipe import Recipe

#: Measured for the 16-filter network on two-core machines: CPU microseconds per voxel of a tile.
CPU_MICROSECONDS = {"openvino": 0.5, "onnx": 1.2, "tensorflow": 0.6}
#: Memory of libraries, model and tile buffers.
BASE_BYTES = {"openvino": 0.9e9, "onnx": 1.2e9, "tensorflow": 1.9e9}
#: CPU microseconds per network voxel of everything before and after the network.
REST_MICROSECONDS = 0.25
#: Share of voxels that tiles compute twice because of their context.
OVERLAP = 1.35


@dataclass(frozen=True)
class Estimate:
    """Bytes of memory and of temporary disk, seconds of computing, for one tomogram."""

    memory_bytes: float
    disk_bytes: float
    seconds: float

    def sentence(self) -> str:
        """For the user, before the start."""
        return (
            f"Needs about {self.memory_bytes / 1e9:.1f} GB of memory, {max(self.disk_bytes / 1e9, 0.1):.1f} GB of disk "
            f"and {duration(self.seconds)}."
        )


def estimate(
    shape: tuple[int, int, int], voxel_size_nm: float, recipe: Recipe, engine: str = "auto", threads: int = 2
) -> Estimate:
    """What segmenting a tomogram of this shape needs."""
    name = "openvino" if engine == "auto" else engine
    grid = network_grid(shape, voxel_size_nm, network_voxel_nm(recipe.input.expected_radius_nm))
    network_voxels = math.prod(grid.shape)
    passes = 4 if recipe.network.flips else 1
    cpu_seconds = 1e-6 * network_voxels * (CPU_MICROSECONDS[name] * OVERLAP * passes + REST_MICROSECONDS)
    return Estimate(
        memory_bytes=BASE_BYTES[name] + 4.0 * math.prod(shape) * 0.5 + 4.0 * network_voxels,
        disk_bytes=8.0 * network_voxels,
        seconds=5.0 + cpu_seconds / max(threads, 1),
    )


def duration(seconds: float) -> str:
    """A time in words of sensible precision."""
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
