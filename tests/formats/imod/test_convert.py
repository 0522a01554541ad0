from __future__ import annotations

import math
from pathlib import Path

import imodmodel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Flag, Origin, Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import (
    ObjectRole,
    contour_object,
    contours_from_object,
    guess_role,
    model_of,
    region_from_object,
    vesicles_from_object,
)
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import (
    ImageReference,
    ImodContour,
    ImodModel,
    ImodObject,
    ModelFlag,
    ObjectFlag,
)
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model

VOXEL_NM = 1.469


def tomogram(
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0), header_nm: float | None = VOXEL_NM
) -> VolumeInfo:
    return VolumeInfo((300, 960, 928), np.dtype("f4"), VOXEL_NM, origin, header_voxel_size_nm=header_nm)


OUTLINE = Region(
    "cell", RegionKind.CYTOPLASM, (Contour(((3.0, 10.0, 20.0), (3.0, 10.0, 40.0), (3.0, 30.0, 40.0))),)
)
ZONE = Region(
    "active zone", RegionKind.ACTIVE_ZONE, (Contour(((3.0, 10.0, 20.0), (4.0, 11.5, 22.25)), closed=False),)
)
VESICLES = [
    Vesicle(4, z_nm=30.0, y_nm=20.0, x_nm=10.0, radius_nm=20.5),
    Vesicle(211, z_nm=300.25, y_nm=200.125, x_nm=1000.0, radius_nm=18.0),
]


def through_file(tmp_path: Path, model: ImodModel) -> ImodModel:
    write_model(tmp_path / "m.mod", model)
    return read_model(tmp_path / "m.mod")


@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (120.0, -340.5, 11.0)])
def test_vesicles_and_regions_come_back_to_their_voxels(
    tmp_path: Path, origin: tuple[float, float, float]
) -> None:
    info = tomogram(origin)
    model = through_file(tmp_path, model_of(info, VESICLES, [ZONE, OUTLINE]))
    frame = ModelFrame.of(model, info)
    cell, zone, spheres = model.objects
    assert [o.name for o in model.objects] == ["cell", "active zone", "vesicles"]
    assert region_from_object(cell, RegionKind.CYTOPLASM, frame).contours == OUTLINE.contours
    assert contours_from_object(zone, frame) == ZONE.contours
    back = vesicles_from_object(spheres, frame, VOXEL_NM).vesicles
    assert [v.id for v in back] == [4, 211]
    for mine, theirs in zip(VESICLES, back, strict=True):
        assert theirs.sphere.distance_nm(mine.sphere) < 0.001
        assert theirs.radius_nm == pytest.approx(mine.radius_nm, abs=1e-4)
        assert theirs.origin is Origin.IMPORTED
        assert theirs.flags == (Flag.NOT_FITTED,)


def test_independent_reader_finds_half_pixel_and_radii(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", model_of(tomogram((5.0, 6.0, -7.0)), VESICLES))
    seen = imodmodel.ImodModel.from_file(tmp_path / "m.mod")
    (item,) = seen.objects
    assert item.header.name.rstrip("\0") == "vesicles"
    assert item.header.flags.scattered
    assert item.header.pdrawsize == round((20.5 + 18) / 2 / VOXEL_NM)
    assert [c.points.shape for c in item.contours] == [(1, 3), (1, 3)]
    for vesicle, found in zip(VESICLES, item.contours, strict=True):
        x, y, z = (getattr(vesicle, f"{a}_nm") / VOXEL_NM for a in "xyz")
        np.testing.assert_allclose(found.points[0], (x + 0.5, y + 0.5, z), rtol=1e-6)
        np.testing.assert_allclose(found.point_sizes, [vesicle.radius_nm / VOXEL_NM], rtol=1e-6)
    assert seen.minx.ctrans == (-5.0, -6.0, 7.0)


def test_active_zones_get_the_usual_tube() -> None:
    item = contour_object("az", ZONE.contours)
    tubes = [
        region_from_object(item, RegionKind.ACTIVE_ZONE, ModelFrame(), size).tube_nm
        for size in (None, 1.5, 4.0)
    ]
    assert tubes == [8.0, 8.0, 12.0]


def frame_of(info: VolumeInfo, reference: ImageReference | None, **changes) -> ModelFrame:
    values = {"size_px": (928, 960, 300), "objects": (), "reference": reference} | changes
    return ModelFrame.of(ImodModel(**values), info)


POINT = np.array([[10.5, 20.5, 30.0]], dtype="f4")


def test_model_of_another_origin_is_shifted() -> None:
    # the model was made where the image's origin, in IMOD's sign, was -100; here it is -114.69
    frame = frame_of(tomogram((114.69, 0.0, 0.0)), ImageReference((14.69,) * 3, (-100.0, 0.0, 0.0)))
    np.testing.assert_allclose(frame.voxels(POINT), [[30, 20, 9]])


@pytest.mark.parametrize(
    "reference",
    [None, ImageReference((0.0, 1.0, 1.0), (5.0,) * 3), ImageReference((14.69,) * 3, (math.nan,) * 3)],
)
def test_model_without_usable_reference_is_taken_as_it_is(reference: ImageReference | None) -> None:
    np.testing.assert_allclose(frame_of(tomogram((50.0, 0, 0)), reference).voxels(POINT), [[30, 20, 10]])


def test_flipped_model_is_turned_back() -> None:
    flipped = np.array([[10.5, 30.0, 20.5]], dtype="f4")
    frame = frame_of(tomogram(), None, flags=ModelFlag.USUAL | ModelFlag.FLIPPED)
    np.testing.assert_allclose(frame.voxels(flipped), [[30, 20, 10]])


def test_model_of_another_binning_is_scaled_by_voxel_edges() -> None:
    # drawn on twice finer voxels: fine voxels 20 and 21 make up voxel 10, its centre lies between them
    fine = np.array([[21.0, 41.0, 60.5]], dtype="f4")
    reference = ImageReference((7.345,) * 3, (0.0,) * 3)
    frame = frame_of(tomogram(), reference, size_px=(1856, 1920, 600))
    np.testing.assert_allclose(frame.voxels(fine), [[30, 20, 10]])
    assert frame.scale == pytest.approx(0.5)


def test_scale_is_not_touched_on_the_same_grid_or_an_unknown_one() -> None:
    reference = ImageReference((1.0,) * 3, (0.0,) * 3)
    assert frame_of(tomogram(), reference).scale == 1
    assert frame_of(tomogram(header_nm=None), reference, size_px=(1, 2, 3)).scale == 1


def test_unknown_voxel_size_is_one_sentence() -> None:
    with pytest.raises(CryoVesError, match="voxel size"):
        model_of(VolumeInfo((3, 4, 5), np.dtype("f4")), VESICLES)


def test_points_without_size_need_a_radius() -> None:
    item = ImodObject("p", (ImodContour(POINT),), ObjectFlag.SCATTERED)
    with pytest.raises(CryoVesError, match="without a size"):
        vesicles_from_object(item, ModelFrame(), 2.0)
    (vesicle,) = vesicles_from_object(item, ModelFrame(), 2.0, default_radius_nm=20).vesicles
    assert vesicle.sphere.centre_nm == (60.0, 40.0, 20.0)
    assert vesicle.radius_nm == 20


def test_missing_and_repeated_ids_are_numbered_on() -> None:
    size = np.array([5.0], dtype="f4")
    contours = tuple(ImodContour(POINT, size, label) for label in ("7", "", "7", "no"))
    item = ImodObject("v", contours, ObjectFlag.SCATTERED)
    assert [v.id for v in vesicles_from_object(item, ModelFrame(), 2.0).vesicles] == [7, 8, 9, 10]


@pytest.mark.parametrize("label", ["9" * 5000, "9223372036854775807", "2000000001", "0", "-3", "1.0", "٣"])
def test_labels_that_are_no_ids_are_numbered_on(label: str) -> None:
    size = np.array([5.0], dtype="f4")
    item = ImodObject(
        "v", (ImodContour(POINT, size, label), ImodContour(POINT, size, "7")), ObjectFlag.SCATTERED
    )
    assert [v.id for v in vesicles_from_object(item, ModelFrame(), 2.0).vesicles] == [8, 7]


def test_a_closed_line_through_many_places_is_a_list_of_them() -> None:
    """3dmod's objects are closed unless somebody says otherwise."""
    places = np.random.default_rng(1).uniform(0, 100, (20, 3)).astype("f4")
    item = ImodObject("v", (ImodContour(places),))
    found = vesicles_from_object(item, ModelFrame(), 2.0, default_radius_nm=20)
    assert [v.radius_nm for v in found.vesicles] == [20] * 20
    with pytest.raises(CryoVesError, match="without a size"):
        vesicles_from_object(item, ModelFrame(), 2.0)


def test_what_was_decided_about_outlines_is_told() -> None:
    outer = [ring for x in (30.0, 60.0) for ring in rings_of_ball((20.0, 30.0, x), 10.4, 20)]
    inner = rings_of_ball((20.0, 30.0, 30.0), 7.0, 20)
    short = Contour(((1.0, 2.0, 3.0), (1.0, 2.0, 4.0)))
    notes = vesicles_from_object(contour_object("v", [*outer, *inner, short]), ModelFrame(), 2.0).notes
    assert notes == (
        "Outlined once: 2 of 2 vesicles of “v”; that circle is taken as the widest.",
        "Left out, on the inner side of a membrane: 1 contour of “v”.",
        "Left out, with fewer than three points: 1 contour of “v”.",
    )


def rings_of_ball(centre: tuple[float, float, float], radius: float, step: int = 1) -> list[Contour]:
    z0, y0, x0 = centre
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rings = []
    for z in range(0, 60, step):
        if abs(z - z0) < radius - 0.5:
            r = math.sqrt(radius**2 - (z - z0) ** 2)
            rings.append(
                Contour(tuple((float(z), y0 + r * math.sin(a), x0 + r * math.cos(a)) for a in angles))
            )
    return rings


@given(step=st.integers(1, 3), seed=st.integers(0, 1000))
def test_hand_drawn_outlines_become_spheres(step: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # stacked over each other and side by side, a voxel apart
    centres = [(12.0, 30.0, 30.0), (35.0, 30.0, 31.0), (14.0, 30.0, 52.0), (12.5, 51.5, 30.0)]
    contours = [ring for centre in centres for ring in rings_of_ball(centre, 10.4, step)]
    order = rng.permutation(len(contours))
    item = contour_object("vesicle", [contours[i] for i in order])
    found = vesicles_from_object(item, ModelFrame(), 2.0).vesicles
    assert len(found) == len(centres)
    for centre in centres:
        nearest = min(found, key=lambda v, c=centre: math.dist(v.sphere.centre_nm, [2 * a for a in c]))
        assert math.dist(nearest.sphere.centre_nm, [2 * a for a in centre]) < 0.01
        assert nearest.radius_nm == pytest.approx(20.8, abs=0.01)


def test_many_outlines_stay_apart() -> None:
    contours = [
        ring for y in range(10) for x in range(20) for ring in rings_of_ball((20.0, 30.0 * y, 30.0 * x), 10.4)
    ]
    assert len(vesicles_from_object(contour_object("v", contours), ModelFrame(), 2.0).vesicles) == 200


@pytest.mark.parametrize(
    ("item", "role"),
    [
        (ImodObject("Vesicles 2", (ImodContour(POINT),)), ObjectRole.VESICLES),
        (ImodObject("AZ", (ImodContour(POINT),)), ObjectRole.ACTIVE_ZONE),
        (ImodObject("cell outline", (ImodContour(POINT),)), ObjectRole.CYTOPLASM),
        (ImodObject("mitochondrion", (ImodContour(POINT),)), ObjectRole.ORGANELLE),
        (ImodObject("vesicles", ()), ObjectRole.IGNORE),
        (ImodObject("", (ImodContour(POINT),), ObjectFlag.SCATTERED), ObjectRole.VESICLES),
        (ImodObject("", (ImodContour(POINT),), ObjectFlag.OPEN), ObjectRole.ACTIVE_ZONE),
        (ImodObject("", (ImodContour(POINT),)), ObjectRole.CYTOPLASM),
    ],
)
def test_guess_of_an_objects_role(item: ImodObject, role: ObjectRole) -> None:
    assert guess_role(item) is role


def test_real_vesicle_models(shared_data: Path) -> None:
    folder = shared_data / "imod_models"
    model = read_model(folder / "vesicles_lichter.mod")
    info = VolumeInfo((549, 3109, 2686), np.dtype("f4"), 1.55)
    counts = [len(vesicles_from_object(o, ModelFrame.of(model, info), 1.55).vesicles) for o in model.objects]
    assert counts == [111, 9]
    assert [guess_role(o) for o in model.objects] == [ObjectRole.VESICLES] * 2
    zone = read_model(folder / "az_lichter.mod")
    assert guess_role(zone.objects[0]) is ObjectRole.ACTIVE_ZONE
    sized = read_model(folder / "point_sizes_example.mod")
    first = vesicles_from_object(sized.objects[0], ModelFrame(), 1.0).vesicles
    np.testing.assert_allclose([v.radius_nm for v in first], sized.objects[0].contours[0].radii_px)
