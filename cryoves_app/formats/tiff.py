"""TIFF stacks: read where they lie uncompressed, unpacked plane by plane otherwise."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import tifffile
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.file_array import FileArray, Layout
from cryoves_app.formats.mrc import check_labels
from cryoves_app.formats.temporary import check_room, remove_temporary_file, temporary_file
from cryoves_app.formats.tiff_directories import MAGIC, check_directories
from cryoves_app.formats.tiff_metadata import imagej_fields, imagej_sizes_nm, ome_root, ome_sizes_nm
from cryoves_app.formats.tiff_stacks import Stack, choose_volume
from cryoves_app.formats.voxel_size import one_size, sizes_that_differ
from cryoves_app.storage.replacing import replacing

__all__ = ["MAGIC", "open_tiff", "write_tiff_label_slabs", "write_tiff_labels"]

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what it finds odd is told in our own words

_WHITE_IS_ZERO = 0
#: Kinds of files that tifffile reads in other ways than page by page; as such none holds a tomogram.
_NOT_SPECIAL = {f"is_{kind}": False for kind in ("lsm", "scanimage", "ndpi", "nih", "stk")}


def open_tiff(path: str | os.PathLike[str], name: str | None = None) -> Volume:
    """Opens the largest grey volume of a TIFF file.

    ``voxel_size_nm`` comes from ImageJ's or OME's spacing, or is ``None``.

    Parameters
    ----------
    path
        The file.
    name
        What sentences call it, if that is another.

    Raises
    ------
    CryoVesError
        If the file holds no grey 3-D stack, is damaged, or is compressed in a way that is not known.
    """
    source, called = Path(path), name or str(path)
    with reading(called, "a TIFF file"):
        with source.open("rb") as stream:
            count = check_directories(stream, source.stat().st_size, called)
        with tifffile.TiffFile(source, **_NOT_SPECIAL) as tif:
            pages = [tif.pages.get(k) for k in range(count)]
            stack, note = choose_volume(pages, called)
            data = _voxels(source, tif, stack, called)
            return Volume(_info(stack, pages[0], data, called, note), data)


def write_tiff_labels(
    path: str | os.PathLike[str], labels: NDArray[np.integer[Any]], info: VolumeInfo
) -> None:
    """Writes labels as a uint16 ImageJ stack with its spacing in nm.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers, 0 outside.

    Raises
    ------
    CryoVesError
        If a label does not fit, or the file cannot be written.
    """
    write_tiff_label_slabs(path, [labels], info, labels.shape)


def write_tiff_label_slabs(
    path: str | os.PathLike[str],
    slabs: Iterable[NDArray[np.integer[Any]]],
    info: VolumeInfo,
    shape: tuple[int, ...] | None = None,
) -> None:
    """As ``write_tiff_labels``, from slabs.

    Parameters
    ----------
    slabs : arrays (z, y, x)
        Objects' numbers; they follow each other along z.
    shape
        Of all slabs together, in voxels; that of ``info`` if not given.

    Raises
    ------
    CryoVesError
        If a label does not fit, or the file cannot be written.
    """
    metadata: dict[str, Any] = {"axes": "ZYX"}
    resolution = None
    if info.voxel_size_nm:
        metadata |= {"unit": "nm", "spacing": info.voxel_size_nm}
        resolution = (1 / info.voxel_size_nm, 1 / info.voxel_size_nm)
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            (plane.astype(np.uint16) for slab in slabs for plane in check_labels(slab)),
            shape=shape or info.shape,
            dtype=np.uint16,
            imagej=True,
            metadata=metadata,
            resolution=resolution,
        )


def _info(stack: Stack, first: Any, data: FileArray, name: str, note: str) -> VolumeInfo:
    sizes = _sizes_nm(stack, first)
    is_inverted = int(stack.pages[0].photometric) == _WHITE_IS_ZERO
    notes = [note] if note else []
    if stack.is_mask:
        notes.append("The file holds only 0 and 1: a mask or labels, no grey values.")
    elif is_inverted:
        notes.append("The file says that its lowest values are white, so dense matter has high values in it.")
    return VolumeInfo(
        shape=data.shape,
        dtype=data.dtype,
        voxel_size_nm=one_size(sizes),
        path=name,
        warnings=tuple(notes),
        header_voxel_size_nm=one_size(sizes),
        header_sizes_nm=sizes_that_differ(sizes),
        is_inverted=is_inverted and not stack.is_mask,
    )


def _sizes_nm(stack: Stack, first: Any) -> tuple[float, float, float] | None:
    root = ome_root(first.description)
    if root is not None:
        return ome_sizes_nm(root, stack.ome_image or 0)
    page = stack.pages[0]
    fields = imagej_fields(page.description) or imagej_fields(first.description)
    return imagej_sizes_nm(fields, _per_unit(page, "XResolution"), _per_unit(page, "YResolution"))


def _per_unit(page: Any, tag: str) -> float:
    """Pixels per unit of length; 0 where the page does not say."""
    value = page.tags[tag].value if tag in page.tags else None
    if not isinstance(value, tuple) or len(value) != 2 or not value[1]:
        return 0.0
    return float(value[0]) / float(value[1])


def _voxels(path: Path, tif: Any, stack: Stack, name: str) -> FileArray:
    if all(_is_plain(page) for page in stack.pages):
        dtype = stack.dtype.newbyteorder(tif.byteorder)
        layout = _layout(stack, dtype)
        found = path.stat().st_size
        if found < layout.end:
            raise CryoVesError(f"{name} is cut short: {layout.end} bytes expected, {found} found.")
        return FileArray(path, layout, name)
    return _unpacked(stack, name)


def _is_plain(page: Any) -> bool:
    """Whether a page's voxels lie in the file as they are."""
    return bool(
        page.is_contiguous
        and page.bitspersample >= 8
        and page.compression == 1
        and page.predictor == 1
        and page.fillorder == 1
    )


def _layout(stack: Stack, dtype: np.dtype[Any]) -> Layout:
    depth, rows, columns = stack.shape
    starts = [int(page.dataoffsets[0]) for page in stack.pages]
    if len(starts) == depth:
        return Layout(dtype, starts, rows, columns)
    return Layout.contiguous(dtype, (depth, rows, columns), starts[0])


def _unpacked(stack: Stack, name: str) -> FileArray:
    """A temporary file with the voxels, removed with the array."""
    _check_unpacking(stack, name)
    dtype = stack.dtype.newbyteorder("=")
    depth, rows, columns = stack.shape
    plain = temporary_file("unpacked")
    try:
        with plain.open("wb") as stream:
            for values in _decoded(stack, name):
                stream.write(np.ascontiguousarray(values, dtype).data)
        data = FileArray(plain, Layout.contiguous(dtype, (depth, rows, columns), 0), name)
    except BaseException:
        remove_temporary_file(plain)
        raise
    data.remove_at_end(plain)
    return data


def _decoded(stack: Stack, name: str) -> Iterator[NDArray[Any]]:
    expected = stack.voxels // len(stack.pages)
    for page in stack.pages:
        try:
            values = page.asarray()
        except ImportError as error:  # a codec that this installation lacks
            raise _unknown_compression(page, name) from error
        if values.size != expected:
            raise ValueError("an image of another size than its directory says")
        yield values


def _check_unpacking(stack: Stack, name: str) -> None:
    page = stack.pages[0]
    if page.compression not in tifffile.TIFF.DECOMPRESSORS:
        raise _unknown_compression(page, name)
    whole = stack.voxels * stack.dtype.itemsize
    if whole // len(stack.pages) > psutil.virtual_memory().available // 2:
        raise MemoryError
    check_room(whole, f"Unpacking {name}")


def _unknown_compression(page: Any, name: str) -> CryoVesError:
    kind = getattr(page.compression, "name", page.compression)
    return CryoVesError(
        f"{name} is compressed in a way that CryoVes cannot unpack ({kind}); save it uncompressed, or with LZW or "
        "Deflate, in Fiji for instance."
    )
