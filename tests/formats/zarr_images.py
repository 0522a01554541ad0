"""OME-Zarr images as other programs write them, made with the library ``zarr``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

AXES = [{"name": n, "type": "space", "unit": "angstrom"} for n in "zyx"]


def write_image(
    folder: Path,
    data: NDArray[Any],
    *,
    voxel: float = 14.69,
    version: int = 3,
    unit: str | None = "angstrom",
    levels: int = 1,
    chunks: tuple[int, ...] = (8, 16, 16),
    translation: tuple[float, float, float] | None = None,
    **more: Any,
) -> Path:
    """An image of version 0.4 (Zarr 2) or 0.5 (Zarr 3), each level half as fine as the one before."""
    for level in range(levels):
        part = data[:: 2**level, :: 2**level, :: 2**level]
        zarr.create_array(folder / str(level), data=part, zarr_format=version, chunks=chunks, **more)
    axes = [{"name": n, "type": "space", **({"unit": unit} if unit else {})} for n in "zyx"]
    datasets = [_dataset(level, voxel * 2**level, translation) for level in range(levels)]
    describe(folder, {"axes": axes, "datasets": datasets}, version)
    return folder


def _dataset(level: int, voxel: float, translation: tuple[float, float, float] | None) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"type": "scale", "scale": [voxel] * 3}]
    if translation:
        steps.append({"type": "translation", "translation": list(translation)})
    return {"path": str(level), "coordinateTransformations": steps}


def describe(folder: Path, multiscale: dict[str, Any], version: int = 3) -> None:
    """The metadata of the group."""
    folder.mkdir(parents=True, exist_ok=True)
    if version == 2:
        (folder / ".zgroup").write_text('{"zarr_format": 2}')
        (folder / ".zattrs").write_text(json.dumps({"multiscales": [{"version": "0.4", **multiscale}]}))
        return
    ome = {"ome": {"version": "0.5", "multiscales": [multiscale]}}
    (folder / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": ome}))


def zipped(folder: Path) -> Path:
    """The folder as a zip file beside it."""
    return Path(shutil.make_archive(str(folder), "zip", folder))


def grey(shape: tuple[int, int, int] = (20, 40, 50)) -> NDArray[np.float32]:
    """Voxels of which each differs from the others."""
    return np.random.default_rng(4).permutation(np.prod(shape)).reshape(shape).astype(np.float32)
