"""Oriented points in files of other programs, read by others where there is one."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import starfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.copick.picks import PickNames, read_picks, write_oriented_picks
from cryoves_app.formats.oriented import (
    OrientedPoints,
    read_motive_list,
    read_motive_particles,
    write_motive_list,
    write_oriented_dynamo,
    write_oriented_star,
)
from cryoves_app.formats.tables.star import StarGrid

Reader = Callable[[Path, OrientedPoints, StarGrid], NDArray[Any]]
GRID = StarGrid("TS_01", (100, 200, 300), 1.5, binning=4.0)
POINTS = OrientedPoints(
    np.array([[15.0, 30.0, 45.0], [75.3, 150.1, 225.2]]),
    np.array([[10.0, 20, 30], [-40, 50, -60]]),
    np.array([7, 9]),
)


def test_relion_5_counts_in_angstrom_from_the_middle(tmp_path: Path) -> None:
    write_oriented_star(tmp_path / "p.star", POINTS, GRID)
    table = starfile.read(tmp_path / "p.star")
    assert list(table["rlnTomoName"]) == ["TS_01", "TS_01"]
    assert list(table.iloc[0, 1:4]) == pytest.approx([450 - 2250, 300 - 1500, 150 - 750])
    assert table[["rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi"]].to_numpy() == pytest.approx(POINTS.angles)
    assert list(table["cryovesVesicleId"]) == [7, 9]


def test_relion_4_counts_in_unbinned_pixels(tmp_path: Path) -> None:
    write_oriented_star(tmp_path / "p.star", POINTS, GRID, 4)
    table = starfile.read(tmp_path / "p.star")
    assert list(table.iloc[0, 1:4]) == pytest.approx([120, 80, 40])
    assert table["rlnTomoTiltSeriesPixelSize"][0] == pytest.approx(3.75)


def test_dynamo_counts_voxels_from_1(tmp_path: Path) -> None:
    write_oriented_dynamo(tmp_path / "p.tbl", POINTS, 1.5, tomogram=3)
    rows = np.loadtxt(tmp_path / "p.tbl")
    assert rows.shape == (2, 35)
    assert list(rows[0, [0, 6, 7, 8, 19, 20, 23, 24, 25]]) == [1, 10, 20, 30, 3, 7, 31, 21, 11]


def test_a_motive_list_is_an_em_file_of_20_rows(tmp_path: Path) -> None:
    write_motive_list(tmp_path / "p.em", POINTS, 1.5, tomogram=3)
    content = (tmp_path / "p.em").read_bytes()
    assert (content[0], content[3]) == (6, 5)
    assert struct.unpack("<3i", content[4:16]) == (20, 2, 1)
    rows = np.frombuffer(content[512:], "<f4").reshape(2, 20)
    assert list(rows[0, [3, 4, 5, 7, 8, 9, 16, 17, 18]]) == [1, 3, 7, 31, 21, 11, 10, 30, 20]
    assert rows[1, 7:10] + rows[1, 10:13] == pytest.approx([225.2 / 1.5 + 1, 150.1 / 1.5 + 1, 75.3 / 1.5 + 1])
    back = read_motive_list(tmp_path / "p.em", 1.5)
    assert back.places == pytest.approx(POINTS.places, abs=1e-4)
    assert back.angles == pytest.approx(POINTS.angles)
    assert list(back.vesicles) == [7, 9]


_coordinates, _degrees = st.floats(0, 6000), st.floats(-180, 180)
MANY = st.lists(
    st.tuples(*[_coordinates] * 3, *[_degrees] * 3, st.integers(1, 1 << 24)), min_size=1, max_size=9
).map(np.array)
SIZE = st.floats(0.3, 3)


def found_in_star(path: Path, points: OrientedPoints, grid: StarGrid) -> NDArray[Any]:
    write_oriented_star(path, points, grid)
    table = starfile.read(path)
    columns = [
        *(f"rlnCenteredCoordinate{a}Angst" for a in "ZYX"),
        *(f"rlnAngle{a}" for a in ("Rot", "Tilt", "Psi")),
    ]
    rows = table[[*columns, "cryovesVesicleId"]].to_numpy(float)
    rows[:, :3] = rows[:, :3] / (10 * grid.voxel_size_nm) + np.array(grid.shape) / 2
    return rows


def found_in_table(path: Path, points: OrientedPoints, grid: StarGrid) -> NDArray[Any]:
    write_oriented_dynamo(path, points, grid.voxel_size_nm)
    rows = np.loadtxt(path, ndmin=2)
    return np.column_stack([rows[:, [25, 24, 23]] - 1, rows[:, [6, 7, 8, 20]]])


def found_in_list(path: Path, points: OrientedPoints, grid: StarGrid) -> NDArray[Any]:
    write_motive_list(path, points, grid.voxel_size_nm)
    rows = np.frombuffer(path.read_bytes()[512:], "<f4").reshape(-1, 20).astype(float)
    return np.column_stack([rows[:, [9, 8, 7]] + rows[:, [12, 11, 10]] - 1, rows[:, [16, 18, 17, 5]]])


@pytest.mark.parametrize("read", [found_in_star, found_in_table, found_in_list])
@settings(max_examples=40, deadline=None)
@given(rows=MANY, size=SIZE)
def test_any_points_are_found_by_others(
    tmp_path_factory: pytest.TempPathFactory, read: Reader, rows: NDArray[Any], size: float
) -> None:
    points = OrientedPoints(rows[:, :3], rows[:, 3:6], rows[:, 6].astype(int))
    found = read(tmp_path_factory.getbasetemp() / "any", points, StarGrid("TS_01", (100, 200, 300), size))
    assert np.abs(found[:, :3] - rows[:, :3] / size).max() < 0.01
    assert np.abs(found[:, 3:6] - rows[:, 3:6]).max() < 1e-3
    assert found[:, 6].tolist() == rows[:, 6].tolist()


def test_a_motive_list_refuses_ids_that_it_would_round(tmp_path: Path) -> None:
    points = OrientedPoints(POINTS.places, POINTS.angles, np.array([7, (1 << 24) + 1]))
    with pytest.raises(CryoVesError, match="counts up to 16777216 only"):
        write_motive_list(tmp_path / "p.em", points, 1.5)
    assert not (tmp_path / "p.em").exists()


@pytest.mark.parametrize("content", [b"", b"\6\0\0\5" + struct.pack("<3i", 20, 1 << 30, 1), b"x" * 600])
def test_what_is_no_motive_list_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.em").write_bytes(content)
    with pytest.raises(CryoVesError):
        read_motive_list(tmp_path / "p.em", 1.0)


def test_copick_has_the_rotation_as_a_matrix(tmp_path: Path) -> None:
    write_oriented_picks(tmp_path / "a.json", POINTS, PickNames("cryoves", "1", "surface", "TS_01"))
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["trust_orientation"] is True
    first = found["points"][0]
    assert (first["location"], first["instance_id"]) == ({"x": 450, "y": 300, "z": 150}, 7)
    matrix = np.array(first["transformation_"])
    assert np.linalg.det(matrix) == pytest.approx(1)
    theta, psi = np.deg2rad([20, 30])
    assert matrix[:3, 2] == pytest.approx(
        [np.sin(psi) * np.sin(theta), -np.cos(psi) * np.sin(theta), np.cos(theta)]
    )
    assert len(read_picks(tmp_path / "a.json")) == 2


@pytest.mark.parametrize(("row", "value"), [(5, np.inf), (5, 1e20), (8, np.nan), (17, -np.inf)])
def test_a_motive_list_with_impossible_numbers_is_one_sentence(
    tmp_path: Path, row: int, value: float
) -> None:
    path = tmp_path / "v.em"
    write_motive_list(path, OrientedPoints(np.ones((3, 3)), np.ones((3, 3)), np.arange(1, 4)), 2.0)
    values = np.fromfile(path, "<f4", offset=512).reshape(3, 20)
    values[1, row] = value
    path.write_bytes(path.read_bytes()[:512] + values.tobytes())
    with pytest.raises(CryoVesError, match="without a usable place or object"):
        read_motive_list(path, 2.0)


@pytest.mark.parametrize(("machine", "order"), [(6, "<"), (5, ">"), (3, ">")])
@pytest.mark.parametrize(("kind", "number"), [(5, "f4"), (9, "f8")])
def test_motive_lists_of_other_computers(
    tmp_path: Path, machine: int, order: str, kind: int, number: str
) -> None:
    rows = np.zeros((2, 20))
    rows[:, 3], rows[:, 4], rows[:, 7:10], rows[:, 10:13] = (
        [7, 9],
        [1, 3],
        [[11, 21, 31]] * 2,
        [[0.5, 0, -0.25]] * 2,
    )
    rows[:, 13:16] = np.nan  # rows 14 to 16 are free
    header = bytes((machine, 0, 0, kind)) + struct.pack(f"{order}3i", 20, 2, 1)
    (tmp_path / "p.em").write_bytes(header.ljust(512, b"\0") + rows.astype(order + number).tobytes())
    found = read_motive_particles(tmp_path / "p.em", 2.0)
    assert (list(found.ids), list(found.tomograms)) == ([7, 9], [1, 3])
    assert found.places == pytest.approx(np.array([[59.5, 40, 21]] * 2))
