"""TIFF stacks: mapped where they lie uncompressed, unpacked by page otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.atomic import replacing
from cryoves_app.formats.mapped import map_array, remove_quietly, remove_with, temporary_file

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_NM_PER_UNIT = {
    "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0,
    "å": 0.1, "a": 0.1, "angstrom": 0.1, "ångström": 0.1, "\\u00c5": 0.1,
    "µm": 1e3, "um": 1e3, "μm": 1e3, "micron": 1e3, "microns": 1e3, "micrometer": 1e3, "\\u00b5m": 1e3,
    "mm": 1e6, "cm": 1e7,
}  # fmt: skip
_AXIS_TOLERANCE = 0.01


def open_tiff(path: str | os.PathLike[str]) -> Volume:
    """Maps a TIFF stack; ``voxel_size_nm`` comes from ImageJ's or OME's spacing, or is ``None``.

    Raises
    ------
    CryoVesError
        If the file is no grey 3-D stack, is damaged, or has voxels that are not cubes.
    """
    name = str(path)
    try:
        with tifffile.TiffFile(path) as tif:
            series = tif.series[0]
            shape = _volume_shape(series, name)
            voxel_size = _voxel_size_nm(tif, name)
            data = _voxels(tif, series, shape)
    except CryoVesError:
        raise
    except Exception as error:  # a broken file can fail anywhere inside the decoder
        raise CryoVesError(
            f"{name} is a TIFF file that could not be read; it is damaged or cut short."
        ) from error
    info = VolumeInfo(
        shape=shape,
        dtype=data.dtype,
        voxel_size_nm=voxel_size,
        path=name,
        header_voxel_size_nm=voxel_size,
    )
    return Volume(info, data)


def write_tiff_labels(
    path: str | os.PathLike[str], labels: NDArray[np.integer[Any]], info: VolumeInfo
) -> None:
    """Writes labels as a uint16 ImageJ stack with its spacing in nm."""
    if labels.size and (labels.min() < 0 or labels.max() > np.iinfo(np.uint16).max):
        raise CryoVesError("There are more labels than a label file can hold (65535).")
    metadata: dict[str, Any] = {"axes": "ZYX"}
    resolution = None
    if info.voxel_size_nm:
        metadata |= {"unit": "nm", "spacing": info.voxel_size_nm}
        resolution = (1 / info.voxel_size_nm, 1 / info.voxel_size_nm)
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            labels.astype(np.uint16, copy=False),
            imagej=True,
            metadata=metadata,
            resolution=resolution,
        )


def _volume_shape(series: Any, name: str) -> tuple[int, int, int]:
    if "S" in series.axes:
        raise CryoVesError(f"{name} holds colours; a grey tomogram is needed.")
    lengths = [n for n in series.shape if n != 1]
    if len(lengths) < 3:
        raise CryoVesError(f"{name} is a single image, not a tomogram.")
    if len(lengths) > 3:
        raise CryoVesError(f"{name} has {len(lengths)} dimensions; a single tomogram has three.")
    if series.dtype.kind not in "iuf":
        raise CryoVesError(f"{name} holds no grey values but {series.dtype}.")
    z, y, x = lengths
    return z, y, x


def _voxels(tif: tifffile.TiffFile, series: Any, shape: tuple[int, int, int]) -> NDArray[Any]:
    if series.dataoffset is not None:
        dtype = np.dtype(series.dtype).newbyteorder(tif.byteorder)
        return map_array(Path(tif.filehandle.path), dtype, shape, series.dataoffset)
    unpacked = temporary_file("unpacked")
    try:
        series.asarray(out=str(unpacked))
        data = map_array(unpacked, np.dtype(series.dtype), shape, 0)
    except Exception:
        remove_quietly(unpacked)
        raise
    remove_with(data, unpacked)
    return data


def _voxel_size_nm(tif: tifffile.TiffFile, name: str) -> float | None:
    sizes = _ome_sizes(tif) if tif.is_ome else _imagej_sizes(tif)
    if sizes is None or min(sizes) <= 0:
        return None
    if max(sizes) > min(sizes) * (1 + _AXIS_TOLERANCE):
        x, y, z = (f"{size:.4g}" for size in sizes)
        raise CryoVesError(
            f"{name} has voxels that are not cubes ({x} × {y} × {z} nm in x, y, z); "
            "resample it to one voxel size, or correct its spacing."
        )
    return sizes[0]


def _imagej_sizes(tif: tifffile.TiffFile) -> tuple[float, float, float] | None:
    metadata = tif.imagej_metadata or {}
    scale = _NM_PER_UNIT.get(str(metadata.get("unit", "")).strip().lower())
    tags = tif.pages.first.tags
    if scale is None or "spacing" not in metadata or "XResolution" not in tags or "YResolution" not in tags:
        return None
    per_x, per_y = (_ratio(tags[f"{axis}Resolution"].value) for axis in "XY")
    if per_x <= 0 or per_y <= 0:
        return None
    return scale / per_x, scale / per_y, scale * abs(float(metadata["spacing"]))


def _ratio(value: tuple[int, int]) -> float:
    numerator, denominator = value
    return numerator / denominator if denominator else 0.0


def _ome_sizes(tif: tifffile.TiffFile) -> tuple[float, float, float] | None:
    described: Any = tifffile.xml2dict(tif.ome_metadata or "")
    image = described.get("OME", {}).get("Image", {})
    pixels = (image[0] if isinstance(image, list) else image).get("Pixels", {})
    sizes = []
    for axis in "XYZ":
        scale = _NM_PER_UNIT.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")).strip().lower())
        if scale is None or f"PhysicalSize{axis}" not in pixels:
            return None
        sizes.append(scale * float(pixels[f"PhysicalSize{axis}"]))
    return sizes[0], sizes[1], sizes[2]
