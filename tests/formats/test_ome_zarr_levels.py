"""Levels of an image as choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.formats.ome_zarr.levels import (
    MOST_PROPOSED,
    OfferedLevel,
    levels_around,
    levels_to_choose,
    proposed_level,
)
from cryoves_app.formats.volume_file import open_volume
from tests.formats.zarr_images import grey, write_image, zipped


@pytest.mark.parametrize("kind", ["folder", ".zip", ".ozx"])
@pytest.mark.parametrize("version", [2, 3])
def test_levels_are_listed_as_they_open(tmp_path: Path, kind: str, version: int) -> None:
    path = write_image(tmp_path / "b12.zarr", grey(), levels=3, version=version)
    if kind != "folder":
        path = zipped(path).rename(tmp_path / f"other{kind}")
    levels = levels_to_choose(path)
    assert [level.path for level in levels] == [path, path / "1", path / "2"]
    assert [level.is_meant for level in levels] == [True, False, False]
    for number, level in enumerate(levels):
        volume = open_volume(level.path)
        assert (volume.shape, volume.info.level) == (level.shape, (number, 3))
        assert level.voxel_nm == pytest.approx((volume.info.header_voxel_size_nm,) * 3)
    assert levels[1].words == ("1", "29.38 Å", "25 × 20 × 10", "0.005")


def test_a_path_of_one_level_asks_nothing_but_knows_its_neighbours(tmp_path: Path) -> None:
    path = write_image(tmp_path / "b12.zarr", grey(), levels=3)
    assert levels_to_choose(path / "1") == ()
    around = levels_around(path / "1")
    assert [level.path for level in around] == [path, path / "1", path / "2"]
    assert [level.is_meant for level in around] == [False, True, False]
    assert [replace(level, is_meant=False) for level in around] == [
        replace(level, is_meant=False) for level in levels_around(path)
    ]
    assert len(levels_to_choose(write_image(tmp_path / "one.zarr", grey()))) == 1
    (tmp_path / "a.mrc").write_bytes(b"x")
    assert levels_to_choose(tmp_path / "a.mrc") == ()


def test_levels_that_cannot_be_read_are_not_offered_and_unknown_sizes_are_said(tmp_path: Path) -> None:
    path = write_image(tmp_path / "b12.zarr", grey(), levels=3, unit=None)
    (path / "1" / "zarr.json").unlink()
    levels = levels_to_choose(path)
    assert [level.name for level in levels] == ["0", "2"]
    assert levels[0].words[1] == "not known"


def test_the_finest_that_is_not_too_large_is_proposed() -> None:
    def of(*edges: int) -> list[OfferedLevel]:
        return [OfferedLevel(Path(str(n)), str(n), (n, n, n), None) for n in edges]

    assert proposed_level(of(4000, 2000, 1000, 500)) == 2
    assert proposed_level(of(500, 250)) == 0
    assert proposed_level(of(8000, 4000, 2000)) == 2
    heavy, *coarser = of(900, 450)
    assert proposed_level([replace(heavy, slice_bytes=600_000_000), *coarser]) == 1
    assert proposed_level([replace(heavy, slice_bytes=600_000_000)]) == 0
    assert of(1000)[0].voxels == MOST_PROPOSED
