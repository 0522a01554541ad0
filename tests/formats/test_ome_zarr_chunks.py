"""Chunks of OME-Zarr images: read when they are touched, once, together; missing, damaged and large ones."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import numpy as np
import psutil
import pytest
import zarr

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.ome_zarr.chunks import ChunkedArray
from cryoves_app.formats.volume_file import open_volume
from tests.formats.zarr_images import AXES, describe, grey, write_image, zipped
from tests.limited import needs_limit, under_limit


def test_of_ten_gigabytes_one_slice_reads_the_chunks_it_lies_in(tmp_path: Path) -> None:
    shape, chunks = (1024, 1600, 1600), (64, 200, 200)
    array = zarr.create_array(
        tmp_path / "big.zarr" / "0", shape=shape, chunks=chunks, dtype="f4", fill_value=0
    )
    array[512:576, :400, :200] = 3.0
    scale = {"type": "scale", "scale": [10.0] * 3}
    describe(
        tmp_path / "big.zarr",
        {"axes": AXES, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]},
    )
    before = psutil.Process().memory_info().rss
    volume = open_volume(tmp_path / "big.zarr")
    assert isinstance(volume.data, ChunkedArray)
    assert volume.data.chunks_read == 0
    image = volume.data[520]
    assert volume.data.chunks_read == 2  # of the 64 in the slice, the others are not there
    assert (image[:400, :200].min(), image[400:].max(), image[:, 200:].max()) == (3.0, 0, 0)
    assert np.array_equal(volume.data[521], image)  # from what was unpacked
    assert volume.data.chunks_read == 2
    assert psutil.Process().memory_info().rss - before < 500e6
    (note,) = [w for w in volume.info.warnings if "chunks" in w]
    assert "are not there" in note
    assert "fill value" in note


def test_chunks_that_are_unpacked_together_are_those_of_one_after_another(
    tmp_path: Path,
) -> None:
    data = grey((40, 70, 90))
    there = open_volume(write_image(tmp_path / "a.zarr", data, chunks=(16, 16, 16))).data
    for key in ((3,), (slice(None), 7), (slice(None), slice(None), 80), (slice(30, 3, -3), slice(5, 60), 2)):
        assert np.array_equal(there[key], data[key])
    damaged = open_volume(tmp_path / "a.zarr")
    next((tmp_path / "a.zarr" / "0").rglob("1/2/3")).write_bytes(b"damaged")
    with pytest.raises(CryoVesError, match="could not be unpacked: the chunk 1/2/3 is damaged"):
        np.asarray(damaged.data)
    assert np.array_equal(damaged.data[5], data[5])


def test_what_several_ask_for_is_unpacked_once(tmp_path: Path) -> None:
    """The views, the picture of the start page and the contrast want the same chunks at the same time."""
    data = grey((40, 70, 90))
    there = open_volume(write_image(tmp_path / "a.zarr", data, chunks=(16, 16, 16))).data
    assert isinstance(there, ChunkedArray)
    keys = [
        (20,),
        (slice(None), 20),
        (slice(None), slice(None), 20),
        (20,),
        (slice(16, 32), slice(0, 32)),
    ] * 3
    with ThreadPoolExecutor(len(keys)) as pool:
        found = list(pool.map(there.__getitem__, keys))
    for key, block in zip(keys, found, strict=True):
        assert np.array_equal(block, data[key])
    assert (
        there.chunks_read == 5 * 6 + 2 * 6 + 2 * 4
    )  # those of the second and third plane that the others do not have


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.parametrize("dtype", ["i2", "f4", "bool"])
def test_chunks_that_are_not_there_hold_the_fill_value(
    tmp_path: Path, version: int, is_zipped: bool, dtype: str
) -> None:
    fill = {"i2": -7, "f4": float("nan"), "bool": True}[dtype]
    array = zarr.create_array(
        tmp_path / "a.zarr" / "0", shape=(20, 30, 33), chunks=(8, 16, 16), dtype=dtype, fill_value=fill,
        zarr_format=version,
        chunk_key_encoding={"name": "v2", "separator": "/"} if version == 2 else None,
    )  # fmt: skip
    array[8:16, 16:, 32:] = 0
    expected = array[:]
    datasets = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [10.0] * 3}]}]
    describe(tmp_path / "a.zarr", {"axes": AXES, "datasets": datasets}, version)
    path = zipped(tmp_path / "a.zarr") if is_zipped else tmp_path / "a.zarr"
    data = open_volume(path).data
    assert isinstance(data, ChunkedArray)
    for _again in range(2):
        np.testing.assert_array_equal(data[:], expected.astype(data.dtype))
    assert data.chunks_read == 1


def with_large_chunks(folder: Path, levels: int) -> Path:
    """An image that says its chunks are 256 MB large, of which none is there."""
    path = write_image(folder, grey(), levels=levels, version=3)
    described = json.loads((path / "0" / "zarr.json").read_text())
    described["shape"] = [512, 512, 1024]
    described["chunk_grid"]["configuration"]["chunk_shape"] = [256, 512, 512]
    (path / "0" / "zarr.json").write_text(json.dumps(described))
    return path


@pytest.mark.parametrize(
    ("levels", "advice"), [(2, "the level 1 (29.38 Å) takes little"), (1, "little take files with")]
)
def test_large_chunks_are_told_before_any_is_unpacked(tmp_path: Path, levels: int, advice: str) -> None:
    volume = open_volume(with_large_chunks(tmp_path / "large.zarr", levels))
    (note,) = [text for text in volume.info.warnings if "large chunks" in text]
    assert "a slice takes 539 MB" in note
    assert advice in note
    assert volume.data.chunks_read == 0  # type: ignore[attr-defined]


def test_chunks_beyond_the_free_memory_are_refused_before_any_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_large_chunks(tmp_path / "large.zarr", 2)
    free = psutil.virtual_memory()._replace(available=300_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(
        CryoVesError, match=r"one takes 539 MB of memory, and 300 MB are free\. Open a coarser level"
    ):
        open_volume(path)
    assert open_volume(path / "1").shape == (10, 20, 25)


@needs_limit
def test_a_chunk_for_which_there_is_no_room_is_not_damaged(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.zarr", np.ones((64, 512, 512), np.float32), chunks=(64, 512, 512))
    script = f"""
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage
from cryoves_app.formats.volume_file import open_volume

data = open_volume({str(path)!r}).data
def attempt():
    try:
        print(data[3].shape)
    except CryoVesError as error:
        print(error)
    except Exception as error:
        print("no memory" if is_shortage(error) else repr(error))
"""
    assert under_limit(f"{script}\nleave(1 << 30)\nattempt()") == ["(512, 512)"]
    assert under_limit(f"{script}\nleave(32 << 20)\nattempt()") == ["no memory"]


def test_a_chunk_that_asks_for_more_than_any_computer_has_is_damaged(tmp_path: Path) -> None:
    data = open_volume(write_image(tmp_path / "a.zarr", grey((8, 8, 8)), chunks=(4, 8, 8))).data
    assert isinstance(data, ChunkedArray)

    class Endless:
        def __getitem__(self, _window: object) -> NoReturn:
            raise MemoryError("Unable to allocate 1.00 PiB")

    data._kept._source = Endless()
    with pytest.raises(CryoVesError, match="the chunk 1/0/0 is damaged"):
        data[7]
