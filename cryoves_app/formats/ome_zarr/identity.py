"""Tells one Zarr image from another without reading all of it: metadata, and chunks from all over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cryoves_app.formats.ome_zarr.arrays import ArrayFacts, read_array_facts
from cryoves_app.formats.ome_zarr.image import find_image
from cryoves_app.formats.ome_zarr.place import METADATA_NAMES, zarr_place

_CHUNKS, _CHUNK_BYTES = 64, 1 << 14


@dataclass(frozen=True)
class ZarrSeen:
    """The bytes of the chunks that were looked at, a hash of them and of the metadata, and when they were written."""

    size: int
    digest: str
    written: int


def look_at_zarr(path: Path) -> ZarrSeen | None:
    """What tells a Zarr folder from others as it is now; ``None`` where a path is none, or a single file.

    Raises
    ------
    CryoVesError
        If its metadata cannot be understood.
    """
    place = zarr_place(path) if path.is_dir() or path.name in METADATA_NAMES else None
    if place is None:
        return None
    image = find_image(place)
    node = image.levels[0].place if image is not None else place
    digest, size, written = hashlib.sha256(), 0, 0
    for folder in dict.fromkeys((place.store / place.inner, node.store / node.inner)):
        for name in METADATA_NAMES:
            if (folder / name).is_file():
                digest.update((folder / name).read_bytes())
                written = max(written, (folder / name).stat().st_mtime_ns)
    facts = read_array_facts(node)
    for file in _some_chunks(facts):
        try:
            known = os.stat(file)  # noqa: PTH116 - many of them
        except OSError:
            digest.update(b"-")
            continue
        with file.open("rb") as stream:
            digest.update(stream.read(_CHUNK_BYTES))
        digest.update(str(known.st_size).encode())
        size += known.st_size
        written = max(written, known.st_mtime_ns)
    return ZarrSeen(size, digest.hexdigest(), written)


def missing_share(facts: ArrayFacts) -> float:
    """The share of chunks that are not there, judged by some from all over."""
    place = facts.place
    some = [facts.chunk_name(index) for index in _some_indices(facts)]
    return sum(not place.has(name) for name in some) / len(some)


def _some_chunks(facts: ArrayFacts) -> Iterator[Path]:
    folder = facts.place.store / facts.place.inner
    return (folder / facts.chunk_name(index) for index in _some_indices(facts))


def _some_indices(facts: ArrayFacts) -> list[tuple[int, ...]]:
    """The first and last chunk, and others at even distances in between, without a list of all."""
    grid = facts.grid
    total = int(np.prod(grid, dtype=object))
    count = min(total, _CHUNKS)
    numbers = dict.fromkeys(k * (total - 1) // max(count - 1, 1) for k in range(count))
    return [_unravelled(number, grid) for number in numbers]


def _unravelled(number: int, grid: tuple[int, ...]) -> tuple[int, ...]:
    found = []
    for n in reversed(grid):
        number, here = divmod(number, n)
        found.append(here)
    return tuple(reversed(found))
