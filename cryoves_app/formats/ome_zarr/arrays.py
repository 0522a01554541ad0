"""What a Zarr array says of itself, checked before the library touches it: shape, chunks, numbers, codecs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.formats.ome_zarr.codecs import (
    Packed,
    codec_name,
    listed,
    packed_by_new,
    packed_by_old,
    part_of,
)
from cryoves_app.formats.ome_zarr.place import Place

_KINDS = "iufb"
#: Chunks are unpacked as a whole, and so many may be needed for one slice.
_LARGEST_CHUNK_BYTES, _MOST_CHUNKS = 1 << 30, 200_000
_LONGEST_AXIS = 1 << 24
_COPIES = 2
#: A slice that takes more memory is told of.
MOST_SLICE_BYTES = 250_000_000


@dataclass(frozen=True)
class ArrayFacts:
    """An array as its metadata describe it; shapes in voxels, with all axes.

    ``chunks`` are unpacked one at a time; ``files`` hold one each, or many in a shard.
    """

    place: Place
    shape: tuple[int, ...]
    files: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    separator: str
    prefix: str  # of the names of chunks
    packed: Packed

    @property
    def grid(self) -> tuple[int, ...]:
        """Files along each axis."""
        return tuple(-(-n // c) for n, c in zip(self.shape, self.files, strict=True))

    @property
    def slice_bytes(self) -> int:
        """Memory that looking at a slice takes: the library holds a chunk twice while it unpacks it."""
        chunk = math.prod(min(c, n) for c, n in zip(self.chunks, self.shape, strict=True))
        return (_COPIES * chunk + math.prod(self.shape[-2:])) * self.dtype.itemsize

    def chunk_name(self, index: tuple[int, ...]) -> str:
        """The name of a file below the array."""
        return self.prefix + self.separator.join(map(str, index))


def read_array_facts(place: Place) -> ArrayFacts:
    """What the metadata say.

    Raises
    ------
    CryoVesError
        If there is no array, it cannot be one of numbers, or its sizes cannot be true.
    """
    found = place.metadata("zarr.json")
    if found.get("node_type") == "array":
        facts = _version_3(place, found)
    elif old := place.metadata(".zarray"):
        facts = _version_2(place, old)
    else:
        raise CryoVesError(f"{place.name} is no Zarr array; its level may be missing.")
    _check_sizes(facts)
    return facts


def _version_2(place: Place, found: JsonObject) -> ArrayFacts:
    packed = packed_by_old(place, found)
    dtype = _dtype(place, found.get("dtype"))
    separator = "/" if found.get("dimension_separator") == "/" else "."
    shape, chunks = (_numbers(place, found.get(key)) for key in ("shape", "chunks"))
    return ArrayFacts(place, shape, chunks, chunks, dtype, separator, "", packed)


def _version_3(place: Place, found: JsonObject) -> ArrayFacts:
    codecs = listed(found.get("codecs"))
    packed = packed_by_new(place, codecs)
    grid, keys = part_of(found, "chunk_grid"), part_of(found, "chunk_key_encoding")
    if grid.get("name") != "regular":
        raise CryoVesError(f"{place.name} is cut into chunks of different sizes, which is not understood.")
    files = _numbers(place, part_of(grid, "configuration").get("chunk_shape"))
    shards = [part_of(c, "configuration") for c in codecs if codec_name(c, "name") == "sharding_indexed"]
    chunks = _numbers(place, shards[0].get("chunk_shape")) if shards else files
    old_keys = keys.get("name") == "v2"
    said = part_of(keys, "configuration").get("separator", "." if old_keys else "/")
    separator = "." if said == "." else "/"
    shape, dtype = _numbers(place, found.get("shape")), _dtype(place, found.get("data_type"))
    prefix = "" if old_keys else f"c{separator}"
    return ArrayFacts(place, shape, files, chunks, dtype, separator, prefix, packed)


def _check_sizes(facts: ArrayFacts) -> None:
    name = facts.place.name
    if not len(facts.shape) == len(facts.chunks) == len(facts.files) or not 3 <= len(facts.shape) <= 5:
        raise CryoVesError(f"{name} has {len(facts.shape)} axes; a tomogram has z, y and x.")
    if max(facts.shape) > _LONGEST_AXIS:
        raise CryoVesError(
            f"{name} says that it is {' × '.join(map(str, facts.shape))} voxels large, which cannot be."
        )
    chunk_bytes = math.prod(facts.chunks) * facts.dtype.itemsize
    if chunk_bytes > _LARGEST_CHUNK_BYTES:
        raise CryoVesError(
            f"{name} is cut into chunks of {bytes_in_words(float(chunk_bytes))}, each of which has to be unpacked as a "
            "whole; write it anew in smaller ones."
        )
    in_a_slice = math.prod(-(-n // c) for n, c in zip(facts.shape[-2:], facts.chunks[-2:], strict=True))
    if in_a_slice > _MOST_CHUNKS:
        raise CryoVesError(
            f"{name} is cut into {in_a_slice} chunks per slice, too many to be read; write it anew in larger ones."
        )


def _dtype(place: Place, said: object) -> np.dtype[Any]:
    try:
        dtype = np.dtype(said) if isinstance(said, str) and len(said) < 20 else None
    except TypeError:
        dtype = None
    if dtype is None or dtype.kind not in _KINDS or dtype.itemsize > 8:
        raise CryoVesError(f"{place.name} holds no plain numbers but “{str(said)[:60]}”, which was not read.")
    return dtype


def _numbers(place: Place, values: object) -> tuple[int, ...]:
    numbers = tuple(values) if isinstance(values, list) else ()
    if not numbers or any(type(n) is not int or n < 1 for n in numbers):
        raise CryoVesError(f"The Zarr metadata of {place.name} give no usable shape: {str(values)[:60]}.")
    return numbers
