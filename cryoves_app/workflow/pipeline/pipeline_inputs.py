"""What a pipeline's inputs are known by in the cache, and where on the network's grid something is looked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.network_input.preprocess import NetworkGrid, nearest_planes_on
from cryoves_app.domain.arrays import Mask
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.ome_zarr.identity import look_at_zarr
from cryoves_app.storage.mapped import released_planes
from cryoves_app.workflow.pipeline.step_cache import key_of


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


def mask_key(mask: RunMask | None) -> str:
    """A mask by its voxels; empty without one."""
    return "" if mask is None else key_of(mask.shape, hashlib.sha256(mask.edges.data).hexdigest())


def write_mask_on_grid(
    out: Mask, mask: RunMask, grid: NetworkGrid, voxel_size_nm: float, with_data: Mask | None
) -> None:
    """The mask on the network's grid, by nearest voxel, and 0 where there is no data.

    Parameters
    ----------
    out : (z, y, x) array
        Written to: 1 inside, 0 outside, on the grid. It may be mapped from a file.
    voxel_size_nm
        Of the mask.
    with_data : (z, y, x) array or None
        On the grid; 0 where there is no data, None where there is some everywhere.
    """
    inside = nearest_planes_on(grid, mask, voxel_size_nm)
    for z, (plane, target) in enumerate(zip(inside, released_planes(out), strict=True)):
        target[...] = plane if with_data is None else plane & (with_data[z] != 0)
