"""A project as OME-Zarr: tomogram, vesicles as labels, the network's map; read back before it counts as saved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.formats.ome_zarr.reader import open_ome_zarr
from cryoves_app.formats.ome_zarr.writer import (
    CHUNK,
    LabelProperties,
    write_ome_zarr_image,
    write_ome_zarr_labels,
)
from cryoves_app.storage.sentences import writing
from cryoves_app.workflow.export.export_material import Material
from cryoves_app.workflow.export.kept_map import map_slices
from cryoves_app.workflow.segment.results import paint_slabs

_LABELS = "labels/vesicles"
#: Where in the image the probabilities are.
MAP = "probability"
_MAP_TYPE = np.dtype(np.float32)
#: Kinds of numbers that the writer keeps; others become float32.
_KEPT = ("u1", "i1", "u2", "i2", "f4")


def export_zarr(material: Material, path: Path, progress: Progress) -> None:
    """Writes the image with levels, and into it the labels and, as an image of its own, the map that was kept.

    Raises
    ------
    CryoVesError
        If it reads back differently.
    """
    data, info, version = material.volume.data, material.volume.info, material.options.zarr_version
    dtype = data.dtype if data.dtype.str[1:] in _KEPT else np.dtype(np.float32)
    slabs = _told(_slabs(data, dtype), info.shape[0], progress, 0.0)
    labels = _told(label_slabs(material), info.shape[0], progress, 0.4)
    properties = [_properties(vesicle) for vesicle in material.vesicles]
    with writing(path):
        write_ome_zarr_image(path, slabs, dtype, info, version=version, name=material.name)
        write_ome_zarr_labels(path, labels, info, properties, version=version)
        if material.map.values is not None:
            values = _told(_map_slabs(material), info.shape[0], progress, 0.8)
            write_ome_zarr_image(path / MAP, values, _MAP_TYPE, info, version=version, name=MAP)
    _read_back(path, material, dtype, progress)


def _slabs(data: VoxelArray, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
    for start in range(0, data.shape[0], CHUNK[0]):
        yield np.asarray(data[start : start + CHUNK[0]]).astype(dtype, copy=False)


def _map_slabs(material: Material) -> Iterator[NDArray[np.float32]]:
    """The map's slices on the tomogram's grid, in slabs as thick as chunks."""
    if material.map.values is not None:
        slices = map_slices(material.map.values, material.volume.with_voxel_size(material.voxel_nm))
        while slab := list(islice(slices, CHUNK[0])):
            yield np.stack(slab)


def label_slabs(material: Material) -> Iterator[NDArray[np.uint16]]:
    """Painted slabs ``(z, y, x)``, joined or cut to the thickness of chunks."""
    rest = np.zeros((0, *material.volume.shape[1:]), np.uint16)
    shapes = material.options.shapes
    for slab in paint_slabs(material.vesicles, material.voxel_nm, material.volume.shape, shapes=shapes):
        rest = np.concatenate([rest, slab]) if len(rest) else slab
        while len(rest) >= CHUNK[0]:
            yield rest[: CHUNK[0]]
            rest = rest[CHUNK[0] :]
    if len(rest):
        yield rest


def _told(
    slabs: Iterator[NDArray[Any]], depth: int, progress: Progress, first: float
) -> Iterator[NDArray[Any]]:
    """The slabs, with the share that is done; writing each stops when asked to."""
    done = 0
    for slab in slabs:
        progress.report(first + (0.4 if first < 0.8 else 0.1) * done / depth)
        yield slab
        done += len(slab)


def _properties(vesicle: Vesicle) -> LabelProperties:
    values: dict[str, str | int | float | bool | None] = {
        "id": vesicle.id,
        "x_nm": round(vesicle.x_nm, 4),
        "y_nm": round(vesicle.y_nm, 4),
        "z_nm": round(vesicle.z_nm, 4),
        "radius_nm": round(vesicle.radius_nm, 4),
        "status": vesicle.status.value,
        "origin": vesicle.origin.value,
        "reviewed": vesicle.reviewed,
        "pool": vesicle.pool or None,
        "tags": ";".join(vesicle.tags) or None,
    }
    return LabelProperties(vesicle.label or 0, values)


def _read_back(path: Path, material: Material, dtype: np.dtype[Any], progress: Progress) -> None:
    image, labels = open_ome_zarr(path), open_ome_zarr(path / _LABELS)
    pairs: list[tuple[VoxelArray, Iterator[NDArray[Any]]]] = [
        (image.data, _slabs(material.volume.data, dtype)),
        (labels.data, label_slabs(material)),
    ]
    if material.map.values is not None:
        pairs.append((open_ome_zarr(path / MAP).data, _map_slabs(material)))
    for number, (found, written) in enumerate(pairs):
        start = 0
        for slab in written:
            progress.report(0.9 + 0.03 * number)
            if not np.array_equal(found[start : start + len(slab)], slab, equal_nan=slab.dtype.kind == "f"):
                raise CryoVesError(
                    f"{path.name} did not read back as it was written, so nothing was saved; is the disk sound?"
                )
            start += len(slab)
