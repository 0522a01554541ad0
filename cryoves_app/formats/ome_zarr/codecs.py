"""How the chunks of a Zarr array are packed, by its metadata: only what gives plain numbers, and packs once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.formats.ome_zarr.packing import PACKINGS
from cryoves_app.formats.ome_zarr.place import Place

#: What gives back plain numbers besides. Others may run what lies in the file (pickle), or are no numbers.
_CODECS = frozenset(
    {"shuffle", "bitround", "fixedscaleoffset", "delta", "crc32", "crc32c", "bytes", "transpose"}
    | {"sharding_indexed", "adler32", "packbits", "quantize", *PACKINGS}
)
_SHARDS, _CHECKSUM = "sharding_indexed", "crc32c"


@dataclass(frozen=True)
class Packed:
    """How a chunk lies in its file: what unpacks it, if anything, and where a shard lists its chunks.

    ``index_bytes`` is the length of that list for each chunk, and ``index_more`` what follows it; 0 without shards.
    """

    kind: str = ""
    index_bytes: int = 0
    index_more: int = 0
    index_is_last: bool = True


def packed_by_old(place: Place, found: JsonObject) -> Packed:
    """By the metadata of Zarr 2: filters, and a compressor at last.

    Raises
    ------
    CryoVesError
        If it is packed in a way that is not unpacked here.
    """
    codecs = [codec for codec in (*listed(found.get("filters")), found.get("compressor")) if codec]
    names = [codec_name(codec, "id") for codec in codecs]
    return Packed(_only_packer(place, names, names))


def packed_by_new(place: Place, codecs: Sequence[Any]) -> Packed:
    """By the list of codecs of Zarr 3, of which shards have two more.

    Raises
    ------
    CryoVesError
        If it is packed in a way that is not unpacked here.
    """
    names = _names_inside(codecs)
    shard = next((part_of(c, "configuration") for c in codecs if codec_name(c, "name") == _SHARDS), None)
    if shard is None:
        return Packed(_only_packer(place, names, names))
    chain = [codec_name(codec, "name") for codec in listed(shard.get("codecs"))]
    index = [codec_name(codec, "name") for codec in listed(shard.get("index_codecs"))]
    return Packed(
        _only_packer(place, names, chain),
        16,
        4 * (_CHECKSUM in index),
        shard.get("index_location", "end") != "start",
    )


def _only_packer(place: Place, names: Sequence[str], chain: Sequence[str]) -> str:
    """What unpacks a chunk; ``chain`` are the codecs of chunks, the last of which is undone first."""
    plain = [name.removeprefix("numcodecs.") for name in names]
    if unknown := [name for name, known in zip(names, plain, strict=True) if known not in _CODECS]:
        raise CryoVesError(
            f"{place.name} is packed with “{unknown[0][:60]}”, which is not unpacked here: only what gives plain "
            "numbers is. Write it anew with Blosc, Zstandard or gzip."
        )
    packers = [name for name in plain if name in PACKINGS]
    outer = [name.removeprefix("numcodecs.") for name in chain if name != _CHECKSUM][-1:]
    if len(packers) > 1 or packers != [name for name in outer if name in PACKINGS]:
        raise CryoVesError(
            f"{place.name} is packed several times over, or in an unusual order, and was not unpacked. Write it anew "
            "with Blosc, Zstandard or gzip."
        )
    return packers[0] if packers else ""


def _names_inside(codecs: Sequence[Any], depth: int = 0) -> list[str]:
    """The codecs, and those within shards."""
    if depth > 4:
        return ["codecs within codecs"]
    names = []
    for codec in codecs:
        inner = part_of(codec, "configuration") if isinstance(codec, dict) else {}
        parts = [*listed(inner.get("codecs")), *listed(inner.get("index_codecs"))]
        names += [codec_name(codec, "name"), *_names_inside(parts, depth + 1)]
    return names


def codec_name(codec: object, key: str) -> str:
    """What a codec is called, under a key or by itself."""
    return str(codec.get(key)) if isinstance(codec, dict) else str(codec)


def listed(value: object) -> list[Any]:
    """A list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def part_of(values: object, key: str) -> JsonObject:
    """An object within an object, or an empty one where there is none."""
    part = values.get(key) if isinstance(values, dict) else None
    return part if isinstance(part, dict) else {}
