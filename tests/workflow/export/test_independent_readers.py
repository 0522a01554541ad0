"""Every format that holds vesicles, written by an export and read by somebody else's reader: places, radii and ids."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cryoves_app.domain.export_formats import FORMAT_KEYS
from cryoves_app.domain.vesicle import Vesicle

from .independent_readers import EXACT, SHAPE, VOXEL_NM, Found, export, px

VESICLES = (
    Vesicle(3, 29.3817, 41.2345, 60.0001, 17.25),
    Vesicle(41, 22.0, 81.7771, 25.5, 15.0625),
    Vesicle(1070, 31.4159, 71.7, 104.98765, 18.98765),
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All formats at once."""
    return export(tmp_path_factory.mktemp("all"), VESICLES, FORMAT_KEYS)


def check(key: str, found: Found, vesicles: Sequence[Vesicle]) -> None:
    assert sorted(found) == sorted(v.id for v in vesicles)
    for vesicle in vesicles:
        place, radius = found[vesicle.id]
        assert np.abs(np.subtract(place, px(*vesicle.sphere.centre_nm))).max() < 0.01, (key, vesicle.id)
        if radius is not None:
            assert radius == pytest.approx(vesicle.radius_nm, abs=0.01 * VOXEL_NM), (key, vesicle.id)
    if key == "dynamo":  # has no column for it
        assert {radius for _, radius in found.values()} == {None}


@pytest.mark.parametrize("key", EXACT)
def test_others_find_places_radii_and_ids(out: Path, key: str) -> None:
    check(key, EXACT[key](out), VESICLES)


def _within(length: int) -> st.SearchStrategy[float]:
    return st.floats(0, (length - 1) * VOXEL_NM)


#: Anywhere in the tomogram, over one another and cut by its faces, under any ids.
ANY = st.lists(
    st.builds(
        Vesicle,
        st.integers(1, 1_000_000),
        _within(SHAPE[0]),
        _within(SHAPE[1]),
        _within(SHAPE[2]),
        st.floats(5, 40),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda v: v.id,
)


@settings(max_examples=4, deadline=None, phases=[Phase.generate])  # each takes a second
@given(ANY)
def test_others_find_any_vesicles(vesicles: list[Vesicle]) -> None:
    keys = [key for key in EXACT if key != "stl"]  # bodies over one another, without names
    folder = Path(tempfile.mkdtemp())
    try:
        written = export(folder, vesicles, keys)
        for key in keys:
            check(key, EXACT[key](written), vesicles)
    finally:
        shutil.rmtree(folder)


def labels_mrc(out: Path) -> NDArray[Any]:
    with mrcfile.open(out / "TS_001_labels.mrc") as file:
        return np.array(file.data)


def labels_pyto(out: Path) -> NDArray[Any]:
    with mrcfile.open(out / "TS_001_pyto" / "3d" / "labels.mrc") as file:
        return np.array(file.data)


VOXELS: dict[str, Callable[[Path], NDArray[Any]]] = {
    "labels": labels_mrc,
    "tiff": lambda out: tifffile.imread(out / "TS_001_labels.tif"),
    "zarr": lambda out: np.asarray(
        zarr.open_array(out / "TS_001.zarr" / "labels" / "vesicles" / "0", mode="r")
    ),
    "pyto": labels_pyto,
}


@pytest.mark.parametrize("key", VOXELS)
def test_voxels_are_those_of_the_spheres(out: Path, key: str) -> None:
    """Labels are numbers of voxels: each is the vesicle's where its middle lies within the radius."""
    labels, numbers = VOXELS[key](out), range(10, 13)
    with (out / "TS_001_vesicles.csv").open(encoding="utf-8") as stream:
        by_label = {int(r["label"]): int(r["id"]) for r in csv.DictReader(stream)}
    assert by_label == dict(zip(numbers, (v.id for v in VESICLES), strict=True))
    grid = np.indices(SHAPE).transpose(1, 2, 3, 0) * VOXEL_NM
    for number, vesicle in zip(numbers, VESICLES, strict=True):
        away = np.linalg.norm(grid - vesicle.sphere.centre_nm, axis=-1)
        assert np.array_equal(labels == number, away <= vesicle.radius_nm)


def test_no_format_is_left_out() -> None:
    assert {*EXACT, *VOXELS} == set(FORMAT_KEYS)
