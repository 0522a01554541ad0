"""What an object is used for decides what its lines mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import ObjectRole, regions_model
from cryoves_app.formats.imod.frame import points_of
from cryoves_app.formats.imod.model import ImodContour, ImodModel, ImodObject, ObjectFlag
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.workflow.importing.importing import import_parts, import_vesicle_file, parts_of_models
from cryoves_app.workflow.importing.regions import load_region

INFO = VolumeInfo((24, 40, 50), np.dtype("i2"), 2.0, header_voxel_size_nm=2.0)


def square(z: float, closed: bool = True) -> Contour:
    return Contour(((z, 5.5, 6.5), (z, 5.5, 40.5), (z, 30.5, 40.5), (z, 30.5, 6.5)), closed)


def side(y: float, closed: bool = True) -> Contour:
    return Contour(((3.5, y, 6.5), (3.5, y, 40.5), (20.5, y, 40.5), (20.5, y, 6.5)), closed)


def model(
    path: Path, name: str, *contours: Contour, flags: int = 0, more: tuple[ImodObject, ...] = ()
) -> Path:
    lines = tuple(ImodContour(points_of(np.array(c.points_px)), is_open=not c.closed) for c in contours)
    plain = regions_model(INFO, ())
    write_model(path, replace(plain, objects=(ImodObject(name, lines, flags), *more)))
    return path


def whole(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(INFO.shape, np.uint8)
    mask[slice(*z), slice(*y), slice(*x)] = 1
    return mask


def test_an_open_outline_is_closed_where_it_is_a_region(tmp_path: Path) -> None:
    path = model(tmp_path / "m.mod", "cell", *(square(float(z)) for z in range(4, 21)), flags=ObjectFlag.OPEN)
    loaded = load_region(path, RegionKind.CYTOPLASM, INFO)
    np.testing.assert_array_equal(loaded.mask, whole((4, 21), (6, 31), (7, 41)))
    assert loaded.warnings[0] == "Closed by a straight line from end to end: 17 open lines of “cell”."
    (part,) = parts_of_models([path])
    found = import_parts({part: ObjectRole.ORGANELLE}, INFO)
    assert found.regions[0].kind is RegionKind.ORGANELLE
    np.testing.assert_array_equal(rasterise(found.regions[0], INFO.shape, 2.0), loaded.mask)
    assert found.notes == loaded.warnings


def test_an_active_zone_keeps_its_lines(tmp_path: Path) -> None:
    path = model(tmp_path / "m.mod", "az", *(square(float(z)) for z in range(4, 21)), flags=ObjectFlag.OPEN)
    loaded = load_region(path, RegionKind.ACTIVE_ZONE, INFO)
    assert all(not contour.closed for contour in loaded.regions[0].contours)
    assert not loaded.mask[10, 18, 24]
    assert loaded.warnings == ()


def test_an_object_of_another_name_is_told(tmp_path: Path) -> None:
    path = model(tmp_path / "m.mod", "cell outline", *(square(float(z)) for z in range(4, 21)))
    loaded = load_region(path, RegionKind.ACTIVE_ZONE, INFO)
    assert "The active zone is taken from “cell outline”, whose name says something else." in loaded.warnings
    assert load_region(path, RegionKind.CYTOPLASM, INFO).warnings == ()


@pytest.mark.parametrize("closed", [True, False])
def test_outlines_in_side_view_are_filled_there(tmp_path: Path, closed: bool) -> None:
    flags = 0 if closed else ObjectFlag.OPEN
    path = model(tmp_path / "m.mod", "cell", *(side(float(y)) for y in range(5, 30, 4)), flags=flags)
    loaded = load_region(path, RegionKind.CYTOPLASM, INFO)
    np.testing.assert_array_equal(loaded.mask, whole((4, 21), (5, 30), (7, 41)))
    assert "in side view (constant y)" in loaded.warnings[-1]
    np.testing.assert_array_equal(rasterise(loaded.regions[0], INFO.shape, 2.0), loaded.mask)


def test_a_zone_in_side_view_is_continued_between_its_lines(tmp_path: Path) -> None:
    lines = [Contour(((3.0, y, 20.0), (20.0, y, 20.0)), closed=False) for y in (5.0, 15.0, 25.0)]
    loaded = load_region(
        model(tmp_path / "m.mod", "az", *lines, flags=ObjectFlag.OPEN), RegionKind.ACTIVE_ZONE, INFO
    )
    assert loaded.mask[3:21, 5:26, 20].all()
    assert not loaded.mask[:, 30:].any()
    assert "side view" in loaded.warnings[0]


def test_lines_that_enclose_nothing_are_told(tmp_path: Path) -> None:
    line = Contour(((4.0, 5.0, 6.0), (4.0, 9.0, 6.0)))
    with pytest.raises(CryoVesError, match=r"“cell” of m\.mod has no line of at least 3 points"):
        load_region(model(tmp_path / "m.mod", "cell", line), RegionKind.CYTOPLASM, INFO)
    loaded = load_region(model(tmp_path / "n.mod", "cell", line, square(4.0)), RegionKind.CYTOPLASM, INFO)
    assert loaded.warnings[0] == "Left out, with too few points: 1 line of “cell”."


def test_a_region_beyond_the_tomogram_is_told(tmp_path: Path) -> None:
    for contour in (square(90.0), side(90.0)):
        with pytest.raises(CryoVesError, match="covers no voxel"):
            load_region(model(tmp_path / "m.mod", "cell", contour), RegionKind.CYTOPLASM, INFO)


def test_scattered_points_are_no_region(tmp_path: Path) -> None:
    path = model(tmp_path / "m.mod", "spots", square(4.0), flags=ObjectFlag.SCATTERED)
    (part,) = parts_of_models([path])
    with pytest.raises(CryoVesError, match="scattered points"):
        import_parts({part: ObjectRole.CYTOPLASM}, INFO)


def test_points_without_a_place_are_left_out_and_told(tmp_path: Path) -> None:
    points = points_of(np.array([square(4.0).points_px[0], *square(4.0).points_px[1:], (4.0, np.nan, 3.0)]))
    far = ImodContour(np.array([[1e38, 1, 1], [1, 2, 3]], dtype="f4"), np.array([5, 6], dtype="f4"))
    objects = (
        ImodObject("cell", (ImodContour(points),)),
        ImodObject("vesicles", (far,), ObjectFlag.SCATTERED),
    )
    write_model(
        tmp_path / "m.mod", ImodModel((50, 40, 24), objects, reference=regions_model(INFO, ()).reference)
    )
    loaded = load_region(tmp_path / "m.mod", RegionKind.CYTOPLASM, INFO)
    np.testing.assert_array_equal(loaded.mask[4], whole((4, 5), (6, 31), (7, 41))[4])
    assert "Left out, without a usable place: 2 points of m.mod." in loaded.warnings
    found = import_vesicle_file(tmp_path / "m.mod", INFO)
    assert [v.radius_nm for v in found.vesicles] == [12.0]
    assert "Left out, without a usable place: 2 points of m.mod." in found.notes


def test_regions_keep_what_was_drawn_on_slices(tmp_path: Path) -> None:
    """Contours that lie on slices are not touched, to the last point."""
    drawn = Region("cell", RegionKind.CYTOPLASM, tuple(square(float(z)) for z in range(4, 21)))
    path = model(tmp_path / "m.mod", "cell", *drawn.contours)
    (region,) = load_region(path, RegionKind.CYTOPLASM, INFO).regions
    assert region.contours == drawn.contours
