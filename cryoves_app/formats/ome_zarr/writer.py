"""Writes OME-Zarr images and labels: slab by slab, with coarser levels, colours and properties."""

from __future__ import annotations

import colorsys
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.volume import VolumeInfo

#: Version of OME-Zarr → of Zarr.
VERSIONS = {"0.4": 2, "0.5": 3}
#: Voxels of a chunk along z, y and x; slabs are as thick.
CHUNK = (32, 256, 256)
#: Levels are made until the longest edge is no longer than this.
_SMALLEST_EDGE = 256
#: Turning hues by this share of the circle keeps neighbouring numbers apart in colour.
_GOLDEN = 0.618034


@dataclass(frozen=True)
class LabelProperties:
    """What is known of one label: its number in the volume and values by name, which JSON can hold."""

    label: int
    values: Mapping[str, str | int | float | bool | None]


def write_ome_zarr_image(
    folder: Path,
    slabs: Iterable[NDArray[Any]],
    dtype: np.dtype[Any],
    info: VolumeInfo,
    *,
    version: str = "0.4",
    name: str = "",
    is_labels: bool = False,
) -> None:
    """Writes a tomogram or map as a new group, with levels that average 2 × 2 × 2 voxels, of labels every second.

    Parameters
    ----------
    slabs : arrays (z, y, x)
        Grey values or other units; they follow each other along z, each ``CHUNK[0]`` thick but for the last.
    info
        Of the volume as a whole: shape, voxel size and origin.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    _write(folder, slabs, dtype, info, version, name, is_labels=is_labels)


def write_ome_zarr_labels(
    image: Path,
    slabs: Iterable[NDArray[Any]],
    info: VolumeInfo,
    properties: Sequence[LabelProperties],
    *,
    version: str = "0.4",
    name: str = "vesicles",
) -> None:
    """Writes labels into an image's group ``labels``, with levels of every second voxel.

    Parameters
    ----------
    slabs : arrays (z, y, x)
        Objects' numbers, 0 outside; as thick as an image's.
    properties
        What is told of each label besides its colour.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    group = image / "labels"
    _describe(group, {"labels": [name]}, version)
    folder = group / name
    multiscale = _write(folder, slabs, np.dtype(np.uint16), info, version, name, is_labels=True)
    told = {
        "colors": [{"label-value": p.label, "rgba": label_colour(p.label)} for p in properties],
        "properties": [{"label-value": p.label, **p.values} for p in properties],
        "source": {"image": "../../"},
    }
    old = {"version": version} if version == "0.4" else {}
    _describe(folder, {"multiscales": [multiscale], "image-label": {**old, **told}}, version)


def label_colour(label: int) -> list[int]:
    """Red, green, blue and opacity, 0 to 255; labels that follow each other differ clearly."""
    red, green, blue = colorsys.hsv_to_rgb(label * _GOLDEN % 1.0, 0.65, 0.95)
    return [round(255 * red), round(255 * green), round(255 * blue), 255]


def _write(
    folder: Path,
    slabs: Iterable[NDArray[Any]],
    dtype: np.dtype[Any],
    info: VolumeInfo,
    version: str,
    name: str,
    *,
    is_labels: bool,
) -> dict[str, Any]:
    """The arrays of all levels and the group's metadata, which are returned."""
    shapes = _level_shapes(info.shape)
    array = _new_array(folder / "0", shapes[0], dtype, version)
    start = 0
    for slab in slabs:
        array[start : start + len(slab)] = slab
        start += len(slab)
    for number, shape in enumerate(shapes[1:], 1):
        coarser = _new_array(folder / str(number), shape, dtype, version)
        _reduce(array, coarser, is_labels=is_labels)
        array = coarser
    multiscale = _multiscale(info, len(shapes), version, name, is_labels=is_labels)
    _describe(folder, {"multiscales": [multiscale]}, version)
    return multiscale


def _level_shapes(shape: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    shapes = [shape]
    while max(shapes[-1]) > _SMALLEST_EDGE and min(shapes[-1]) > 1:
        z, y, x = (-(-n // 2) for n in shapes[-1])
        shapes.append((z, y, x))
    return shapes


def _new_array(folder: Path, shape: tuple[int, int, int], dtype: np.dtype[Any], version: str) -> Any:
    import zarr  # slow to load, and only needed for these

    folder.parent.mkdir(parents=True, exist_ok=True)
    old = VERSIONS[version] == 2
    keys = {"name": "v2", "separator": "/"} if old else {"name": "default", "separator": "/"}
    return zarr.create_array(
        folder,
        shape=shape,
        chunks=tuple(min(c, n) for c, n in zip(CHUNK, shape, strict=True)),
        dtype=dtype,
        zarr_format=VERSIONS[version],
        fill_value=0,
        chunk_key_encoding=keys,
        dimension_names=None if old else ["z", "y", "x"],
    )


def _reduce(fine: Any, coarse: Any, *, is_labels: bool) -> None:
    """A level of half as many voxels along each axis, slab by slab."""
    depth = CHUNK[0]
    for start in range(0, coarse.shape[0], depth):
        slab = np.asarray(fine[2 * start : 2 * (start + depth)])
        coarse[start : start + depth] = slab[::2, ::2, ::2] if is_labels else _averaged(slab)


def _averaged(slab: NDArray[Any]) -> NDArray[Any]:
    """Means of 2 × 2 × 2 voxels; an odd end counts twice."""
    values = np.pad(slab, [(0, n % 2) for n in slab.shape], mode="edge")
    z, y, x = (n // 2 for n in values.shape)
    means = values.reshape(z, 2, y, 2, x, 2).mean(axis=(1, 3, 5), dtype=np.float32)
    return np.rint(means).astype(slab.dtype) if slab.dtype.kind in "iu" else means.astype(slab.dtype)


def _multiscale(info: VolumeInfo, levels: int, version: str, name: str, *, is_labels: bool) -> dict[str, Any]:
    voxel = angstrom_from_nm(info.voxel_size_nm) if info.voxel_size_nm else None
    unit = {"unit": "angstrom"} if voxel else {}
    origin = tuple(reversed(info.origin_angstrom))
    found: dict[str, Any] = {"version": version} if version == "0.4" else {}
    return {
        **found,
        "name": name,
        "axes": [{"name": axis, "type": "space", **unit} for axis in "zyx"],
        "datasets": [_dataset(k, voxel or 1.0, origin, is_labels=is_labels) for k in range(levels)],
    }


def _dataset(level: int, voxel: float, origin: tuple[float, ...], *, is_labels: bool) -> dict[str, Any]:
    """A level's transformations; the middle of its first voxel lies in the middle of those it stands for."""
    factor = 2**level
    shift = 0.0 if is_labels else (factor - 1) / 2 * voxel
    return {
        "path": str(level),
        "coordinateTransformations": [
            {"type": "scale", "scale": [voxel * factor] * 3},
            {"type": "translation", "translation": [start + shift for start in origin]},
        ],
    }


def _describe(folder: Path, attributes: Mapping[str, Any], version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if VERSIONS[version] == 2:
        (folder / ".zgroup").write_text(json.dumps({"zarr_format": 2}), encoding="utf-8")
        (folder / ".zattrs").write_text(json.dumps(attributes), encoding="utf-8")
        return
    group = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {"ome": {"version": version, **attributes}},
    }
    (folder / "zarr.json").write_text(json.dumps(group), encoding="utf-8")
