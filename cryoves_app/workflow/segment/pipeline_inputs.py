"""What a pipeline's inputs are known by in the cache, and how a mask reaches the network's grid."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.network_input.preprocess import NetworkGrid, nearest_on
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.ome_zarr.identity import look_at_zarr
from cryoves_app.workflow.segment.step_cache import key_of


def identify_tomogram(volume: Volume) -> JsonObject:
    """What tells one tomogram from another: its file as it is now, or its voxels if it has none."""
    path = volume.info.path
    if path is None:
        voxels = hashlib.sha256(np.ascontiguousarray(volume.data).data).hexdigest()
        return {
            "voxels": voxels,
            "type": str(volume.data.dtype),
            "shape": volume.shape,
            "voxel": volume.voxel_size_nm,
        }
    folder = look_at_zarr(Path(path))
    state = Path(path).stat()
    part = {"corner": volume.info.corner_px, "shape": volume.shape}
    return {
        "path": path,
        "size": state.st_size if folder is None else folder.digest,
        "time": state.st_mtime_ns if folder is None else folder.written,
        "voxel": volume.voxel_size_nm,
        **part,
    }


def mask_key(mask: NDArray[np.uint8] | None) -> str:
    """A mask by its voxels; empty without one."""
    return "" if mask is None else key_of(mask.shape, np.packbits(mask != 0).tobytes().hex())


def mask_on_grid(
    mask: NDArray[np.uint8] | None, grid: NetworkGrid, voxel_size_nm: float
) -> NDArray[np.uint8] | None:
    """The mask on the network's grid, by nearest voxel."""
    return None if mask is None else nearest_on(grid, mask, voxel_size_nm)
