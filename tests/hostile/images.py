"""OME-Zarr images of strangers: shapes that lie, chunks that unpack to much, paths and packed folders that escape."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import google_crc32c

from tests.formats.zarr_images import AXES, describe, grey, write_image, zipped
from tests.fuzz.folders import as_tomogram
from tests.hostile.case import Case

#: What a bomb unpacks to.
_MUCH = 1 << 31
_SHAPE, _DAMAGED = "usable shape|cannot be|axes|plain numbers|too many|unpacked as a whole", "damaged"


def _image(folder: Path, version: int = 2) -> Path:
    return write_image(folder / "a.zarr", grey(), version=version)


def _changed(**changes: object) -> Callable[[Path], Path]:
    """The description of the array says something else."""

    def make(folder: Path) -> Path:
        path = _image(folder)
        file = path / "0" / ".zarray"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
        return path

    return make


def _described(text: str, name: str = ".zattrs") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = _image(folder)
        (path / name).write_text(text)
        return path

    return make


def _dataset(**more: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = _image(folder, 3)
        describe(path, {"axes": AXES, "datasets": [{"path": "0", **more}]})
        return path

    return make


def _scaled(*scale: object) -> Callable[[Path], Path]:
    return _dataset(coordinateTransformations=[{"type": "scale", "scale": list(scale)}])


LIES: dict[str, Case] = {
    f"zarr that says {changes}": Case(_changed(**changes), as_tomogram, _SHAPE)
    for changes in (
        {"shape": [20, 40, -3]}, {"shape": [0, 40, 50]}, {"shape": [20, 40, 1 << 60]}, {"shape": [10**30] * 3},
        {"shape": [20.5, 40, 50]}, {"shape": ["20", "40", "50"]}, {"shape": [True] * 3}, {"shape": {}},
        {"shape": [2] * 2000}, {"shape": [20, 40]}, {"chunks": [1, 1, 0]}, {"chunks": [8, 16]},
        {"chunks": [1 << 40] * 3}, {"shape": [1 << 24] * 3, "chunks": [1, 1, 1]},
        {"shape": [9999] * 3, "chunks": [9999] * 3}, {"dtype": "|O"}, {"dtype": "<c16"}, {"dtype": "<U90000000"},
        {"dtype": [["a", "<f4"]]}, {"dtype": "<f4," * 3}, {"dtype": None},
    )
} | {
    "zarr packed with pickle": Case(_changed(filters=[{"id": "pickle"}]), as_tomogram, "packed with"),
    "zarr packed with what nobody knows": Case(_changed(compressor={"id": "x" * 9999}), as_tomogram, "packed with"),
    "zarr filled with a list": Case(_changed(fill_value=[1, 2]), as_tomogram, "a.zarr"),
    "zarr that says it has millions of planes": Case(_changed(shape=[1 << 24, 40, 50]), as_tomogram),
    "zarr of a thousand million voxels that are not there": Case(_changed(shape=[9999, 2000, 2000]), as_tomogram),
}  # fmt: skip

PATHS: dict[str, Case] = {
    f"zarr with a level {said!r}": Case(
        _dataset(path=said), as_tomogram, "not one inside it|cannot be understood"
    )
    for said in ("../b.zarr", "/etc", "a/../../b", "..", "c:\\x", "", 7, "a//b", "0\0", "x/" * 9999)
} | {
    "zarr of a size of nothing": Case(_scaled(0, 0, 0), as_tomogram),
    "zarr of a negative size": Case(_scaled(-1, -1, -1), as_tomogram),
    "zarr of a size that is none": Case(_scaled(float("nan"), 1, 1), as_tomogram, "cannot be understood"),
    "zarr of a size beyond all numbers": Case(_scaled(1e300, 1, 1), as_tomogram, "cannot be understood"),
    "zarr of a size in words": Case(_scaled("ten", "ten", "ten"), as_tomogram, "cannot be understood"),
    "zarr of absurdly many levels": Case(
        _described(
            json.dumps({"multiscales": [{"axes": AXES, "datasets": [{"path": f"{n}"} for n in range(50_000)]}]})
        ),
        as_tomogram,
    ),
    "zarr described without end of nesting": Case(_described('{"a":' * 900_000), as_tomogram, "be understood"),
    "zarr described at length": Case(_described('{"a": "' + "a" * (17 << 20) + '"}'), as_tomogram, "be understood"),
}  # fmt: skip


def _filled(name: str, **packing: object) -> Callable[[Path], Path]:
    """A chunk is what a packer makes of far more than it should hold."""

    def make(folder: Path) -> Path:
        path = _changed(compressor={"id": name, **packing}, filters=None)(folder)
        (path / "0" / "0.0.0").write_bytes(_bomb(name))
        return path

    return make


@cache
def _bomb(name: str) -> bytes:
    piece, count = bytes(1 << 24), _MUCH >> 24
    if name in ("gzip", "zlib"):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31 if name == "gzip" else 15)
        return b"".join(packer.compress(piece) for _ in range(count)) + packer.flush()
    if name == "bz2":
        return bz2.compress(piece) * count
    if name == "lzma":
        return lzma.compress(piece) * count
    if name == "blosc":  # a header that says so, before nothing
        return bytes((2, 1, 0x21, 4)) + struct.pack("<3i", _MUCH - 100, 1 << 18, 64) + bytes(48)
    if name == "lz4":
        return struct.pack("<i", _MUCH - 1) + bytes(64)
    # zstd: a frame that says how large it is, of blocks that repeat one byte 128 KiB each
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", _MUCH)
    block = (1 << 17) << 3 | 1 << 1
    blocks = [struct.pack("<I", block | (n == (_MUCH >> 17) - 1))[:3] + b"\0" for n in range(_MUCH >> 17)]
    return frame + b"".join(blocks)


BOMBS: dict[str, Case] = {
    f"zarr of {name} that unpacks to much": Case(_filled(name), as_tomogram, _DAMAGED)
    for name in ("gzip", "zlib", "bz2", "lzma", "blosc", "lz4", "zstd")
}


def _shards(folder: Path) -> Path:
    """The index at the end of a shard points far beyond it."""
    path = write_image(folder / "a.zarr", grey(), version=3, shards=(16, 32, 32))
    shard = path / "0" / "c" / "0" / "0" / "0"
    raw = shard.read_bytes()
    shard.write_bytes(raw[: len(raw) // 2] + b"\x7f" * (len(raw) - len(raw) // 2))
    return path


def _bomb_in_shards(folder: Path) -> Path:
    """Each chunk within a shard is a bomb; the index is right."""
    codecs: Any = {"compressors": {"name": "gzip", "configuration": {"level": 5}}}
    path = write_image(folder / "a.zarr", grey(), version=3, shards=(8, 16, 16), **codecs)
    bomb = _bomb("gzip")
    index = struct.pack("<2Q", 0, len(bomb))
    (path / "0" / "c" / "0" / "0" / "0").write_bytes(
        bomb + index + struct.pack("<I", google_crc32c.value(index))
    )
    return path


def _twice(folder: Path) -> Path:
    """Packed, and packed once more: the outer one unpacks to little, the inner one to much."""
    path = _image(folder, 3)
    file = path / "0" / "zarr.json"
    found = json.loads(file.read_text())
    pack = {"name": "gzip", "configuration": {"level": 5}}
    found["codecs"] = [{"name": "bytes", "configuration": {"endian": "little"}}, pack, pack, pack]
    file.write_text(json.dumps(found))
    (path / "0" / "c" / "0" / "0" / "0").write_bytes(gzip.compress(gzip.compress(_bomb("gzip"))))
    return path


def _zip_bomb(name: str, method: int) -> Callable[[Path], Path]:
    """A member of a zipped image unpacks to much."""

    def make(folder: Path) -> Path:
        path = zipped(_image(folder))
        with (
            zipfile.ZipFile(path) as old,
            zipfile.ZipFile(path.with_name("b.zip"), "w", method, allowZip64=True) as new,
        ):
            for member in old.infolist():
                if member.is_dir():
                    continue
                with new.open(member.filename, "w", force_zip64=True) as stream:
                    if member.filename != name:
                        stream.write(old.read(member.filename))
                        continue
                    for _ in range(_MUCH >> 24):
                        stream.write(bytes(1 << 24))
        return path.with_name("b.zip")

    return make


def _zip_escaping(folder: Path) -> Path:
    """Members that would lie elsewhere if anybody unpacked them."""
    path = zipped(_image(folder))
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("../escaped", "/escaped", "0/../../escaped", "..\\escaped"):
            archive.writestr(name, "x")
    return path


def _zip_of_level_outside(folder: Path) -> Path:
    describe(_image(folder), {"axes": AXES, "datasets": [{"path": "../0"}]}, 2)
    path = zipped(folder / "a.zarr")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../0/.zarray", (folder / "a.zarr" / "0" / ".zarray").read_text())
    return path


def _linked_level(folder: Path) -> Path:
    path = _image(folder)
    describe(path, {"axes": AXES, "datasets": [{"path": "circle"}]}, 2)
    (path / "circle").symlink_to("circle")
    return path


PACKED: dict[str, Case] = {
    "zarr of shards that point beyond themselves": Case(_shards, as_tomogram, _DAMAGED),
    "zarr of shards of bombs": Case(_bomb_in_shards, as_tomogram, _DAMAGED),
    "zarr that is packed again and again": Case(_twice, as_tomogram, "packed several times|damaged"),
    "zipped zarr with a description that unpacks to much": Case(
        _zip_bomb(".zattrs", zipfile.ZIP_DEFLATED), as_tomogram, "be understood"
    ),
    "zipped zarr with a chunk that unpacks to much": Case(
        _zip_bomb("0/0.0.0", zipfile.ZIP_DEFLATED), as_tomogram, _DAMAGED
    ),
    "zipped zarr with members elsewhere": Case(_zip_escaping, as_tomogram),
    "zipped zarr with a level elsewhere": Case(_zip_of_level_outside, as_tomogram, "not one inside it"),
    "zarr with a level that is a link to itself": Case(_linked_level, as_tomogram, "a.zarr"),
}
IMAGES = {**LIES, **PATHS, **BOMBS, **PACKED}
