"""The files of a Zarr array as the library asks for them, each looked at before the library unpacks it."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from zarr.abc.store import ByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import WrapperStore

from cryoves_app.formats.ome_zarr.arrays import ArrayFacts
from cryoves_app.formats.ome_zarr.packing import TooMuchError, check_unpacked
from cryoves_app.formats.ome_zarr.place import METADATA_NAMES

#: Packings may need more than what they hold; so much more asks for no computer.
_MORE_BYTES = 1 << 26


class GuardedStore(WrapperStore[Store]):
    """Refuses files and chunks that are far larger than the array's metadata say.

    Raises
    ------
    TooMuchError
        On reading one of them.
    """

    def __init__(self, store: Store, facts: ArrayFacts, above: str) -> None:
        """``above`` is where the array lies within the store."""
        super().__init__(store)
        self._facts, self._above = facts, above
        size = facts.dtype.itemsize
        self._most = 2 * math.prod(facts.chunks) * size + _MORE_BYTES
        self._most_stored = 2 * math.prod(facts.files) * size + _MORE_BYTES

    def _with_store(self, store: Store) -> GuardedStore:
        return type(self)(store, self._facts, self._above)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """A file or a part of it, ``None`` where there is none."""
        if key.rpartition("/")[2] in METADATA_NAMES:
            return await super().get(key, prototype, byte_range)
        own = key.removeprefix(f"{self._above}/") if self._above else key
        if self._facts.place.file_size(own) > self._most_stored:
            raise TooMuchError("a chunk is far larger than it should be")
        found = await super().get(key, prototype, byte_range)
        if found is not None:
            for part in self._packed_parts(found.to_bytes(), byte_range):
                check_unpacked(self._facts.packed.kind, part, self._most)
        return found

    def _packed_parts(self, data: bytes, asked: ByteRequest | None) -> Iterator[bytes]:
        """The chunks in what the library gets: one, all of a shard, or none where it is the list of a shard's."""
        packed, facts = self._facts.packed, self._facts
        if not packed.index_bytes:
            yield data
            return
        each = math.prod(n // c for n, c in zip(facts.files, facts.chunks, strict=True)) * packed.index_bytes
        whole = each + packed.index_more
        if asked is None:
            yield from _listed_in(data[-whole:][:each] if packed.index_is_last else data[:each], data)
        elif asked not in (SuffixByteRequest(whole), RangeByteRequest(0, whole)):
            yield data


def _listed_in(index: bytes, data: bytes) -> Iterator[bytes]:
    """By offset and length of each; what is not there has an offset beyond all files."""
    for at, length in struct.iter_unpack("<2Q", index[: len(index) // 16 * 16]):
        yield data[at : at + length]
