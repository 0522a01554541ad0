"""What a run will need, said before it starts."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

from cryoves_app.analysis.grey.blocks import block_edge_px
from cryoves_app.analysis.network_input.preprocess import REFERENCE_VOXEL_NM, network_grid, network_voxel_nm
from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.temporary_names import as_named
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.workflow.segment.surroundings import part_shape

#: Measured for the 16-filter network on two-core machines: CPU microseconds per voxel of a tile.
CPU_MICROSECONDS = {"openvino": 0.6, "onnx": 1.2, "tensorflow": 0.7}
#: Memory of libraries, model and tile buffers.
BASE_BYTES = {"openvino": 1.0e9, "onnx": 1.2e9, "tensorflow": 2.0e9}
#: So much less where the network is so cheap that small tiles cost nothing.
CHEAP_TILES_BYTES = 0.35e9
#: What the look at grey values holds before the network is there: bytes per pixel of a slice and per block of voxels.
#: The steps after the network hold less than it does, whatever the size.
LOOK_BASE_BYTES, LOOK_BYTES_PER_PIXEL, LOOK_BYTES_PER_BLOCK = 0.15e9, 60.0, 90.0
#: CPU microseconds per network voxel of everything before and after the network.
REST_MICROSECONDS = 0.4
#: Voxels that tiles compute for each one that is kept, because of their context.
OVERLAP = 1.6


@dataclass(frozen=True)
class Estimate:
    """Bytes of memory and of temporary disk, seconds of computing, for one tomogram."""

    memory_bytes: float
    disk_bytes: float
    seconds: float

    def sentence(self) -> str:
        """For the user, before the start."""
        return (
            f"Needs about {bytes_in_words(self.memory_bytes)} of memory, {bytes_in_words(self.disk_bytes)} of disk "
            f"and {duration(self.seconds)}."
        )


def refuse_shortage(need: Estimate, folder: Path) -> str:
    """A warning where free memory is short, else nothing; ``folder`` is where intermediate results go.

    Raises
    ------
    CryoVesError
        If the disk is too full, which is better known before than after hours.
    """
    free = shutil.disk_usage(folder).free
    if free < need.disk_bytes:
        raise CryoVesError(
            f"The disk of {as_named(folder)} has {bytes_in_words(free)} free, but this needs "
            f"{bytes_in_words(need.disk_bytes)}; make room or choose another output folder."
        )
    available = psutil.virtual_memory().available
    if available < need.memory_bytes:
        return f"Only {bytes_in_words(available)} of memory are free, so it may become slow; close other programs."
    return ""


def estimate(
    shape: tuple[int, int, int],
    voxel_size_nm: float,
    recipe: Recipe,
    engine: str = "auto",
    threads: int = 2,
    *,
    keep_probability: bool = False,
    box_shape: tuple[int, int, int] | None = None,
    relative_work: float = 1.0,
) -> Estimate:
    """What segmenting a tomogram of this shape needs, or only a box of it with its surroundings.

    ``relative_work`` is the network's per voxel, in units of the published one's.
    """
    name = "openvino" if engine == "auto" else engine
    read = part_shape(shape, voxel_size_nm, recipe, REFERENCE_VOXEL_NM, box_shape) if box_shape else shape
    grid = network_grid(read, voxel_size_nm, network_voxel_nm(recipe.input.expected_radius_nm))
    network_voxels = math.prod(grid.shape)
    passes = 4 if recipe.network.flips else 1
    share = math.prod(box_shape) / math.prod(read) if box_shape else 1.0
    network_microseconds = share * CPU_MICROSECONDS[name] * OVERLAP * passes * relative_work
    cpu_seconds = 1e-6 * network_voxels * (network_microseconds + REST_MICROSECONDS)
    in_network = BASE_BYTES[name] - (CHEAP_TILES_BYTES if relative_work < 0.5 else 0.0)
    return Estimate(
        memory_bytes=max(in_network, _in_look(read, voxel_size_nm)),
        disk_bytes=8.0 * network_voxels + (6.0 if keep_probability else 2.0) * math.prod(shape),
        seconds=5.0 + cpu_seconds / max(threads, 1),
    )


def _in_look(shape: Shape, voxel_size_nm: float) -> float:
    blocks = math.prod(shape) / block_edge_px(voxel_size_nm, shape) ** 3
    pixels = shape[1] * shape[2]
    return LOOK_BASE_BYTES + LOOK_BYTES_PER_PIXEL * pixels + LOOK_BYTES_PER_BLOCK * blocks


def duration(seconds: float) -> str:
    """A time in words of sensible precision."""
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
