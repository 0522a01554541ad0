"""Gold beads are told from what else is dark, and left out of deviation, fits and decoys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.grey.beads import bead_voxels
from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.membrane.shell import GreySource, View, collect

SHAPE = (44, 72, 80)
VOXEL = 2.2
PLACES = np.array([[12.0, 20, 20], [30.0, 50, 60], [22.0, 40, 30], [30.3, 22.4, 61.7]])


def specimen() -> np.ndarray:
    random = np.random.default_rng(1)
    soft = ndimage.gaussian_filter(random.normal(size=SHAPE), 2.0)
    values = soft / soft.std() + random.normal(size=SHAPE)
    return (30 * values / values.std()).astype(np.float32)


def with_balls(data: np.ndarray, places: np.ndarray, radius_px: float, grey: float) -> np.ndarray:
    z, y, x = np.indices(data.shape, sparse=True)
    ball = np.zeros(data.shape, bool)
    for a, b, c in places:
        ball |= (z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 <= radius_px**2
    return data + np.float32(grey) * ndimage.gaussian_filter(ball.astype(np.float32), 0.7)


def surveyed(data: np.ndarray, voxel_nm: float = VOXEL) -> GreyModel:
    model = survey_grey(data, voxel_nm, 20.0)
    assert model is not None
    return model


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("radius_nm", [4.0, 5.0, 7.5])
def test_each_bead_is_found_with_its_fringe_and_nothing_else(sign: int, radius_nm: float) -> None:
    plain = specimen()
    model = surveyed(with_balls(plain, PLACES, radius_nm / VOXEL, sign * 500))
    assert model.facts.beads == len(model.beads) == len(PLACES)
    away = np.linalg.norm(model.beads[:, None, :3] - PLACES[None], axis=2)
    assert away.min(axis=1).max() < 0.6
    assert away.min(axis=0).max() < 0.6
    assert (model.beads[:, 3] * VOXEL > radius_nm + 1).all()
    assert (model.beads[:, 3] * VOXEL < radius_nm + 6).all()
    assert model.touched
    assert model.facts.deviation == pytest.approx(surveyed(plain).facts.deviation, rel=0.03)


@pytest.mark.parametrize(
    ("places", "radius_px", "grey"),
    [
        (PLACES, 2.3, -60),  # no darker than the specimen
        (np.array([[22.0, 36, 40]]), 9.0, -500),  # too large
        (np.array([[22.0, 36, 0.0]]), 2.3, -500),  # at a face
    ],
)
def test_what_is_no_bead_is_left_alone(places: np.ndarray, radius_px: float, grey: float) -> None:
    model = surveyed(with_balls(specimen(), places, radius_px, grey))
    assert model.facts.beads == 0
    assert model.beads.shape == (0, 4)


def test_hot_pixels_are_no_beads() -> None:
    data = specimen()
    for z, y, x in PLACES.astype(int):
        data[z, y, x] = -3000
    assert surveyed(data).facts.beads == 0


def test_a_dark_rod_is_no_bead() -> None:
    data = specimen()
    data[20:23, 30:33, 15:65] -= 400
    assert surveyed(data).facts.beads == 0


def test_beads_are_kept_with_the_model() -> None:
    model = surveyed(with_balls(specimen(), PLACES, 2.3, -500))
    again = GreyModel.from_arrays(model.to_arrays())
    np.testing.assert_array_equal(again.beads, model.beads)
    assert again.facts == model.facts


@settings(max_examples=20)
@given(st.tuples(*[st.integers(0, n - 12) for n in SHAPE]))
def test_a_box_knows_its_part_of_the_beads(corner: tuple[int, int, int]) -> None:
    beads = np.column_stack([PLACES, [4.0, 5.5, 3.0, 4.5]])
    whole = bead_voxels(beads, np.zeros(3, np.intp), SHAPE)
    assert whole is not None
    part = bead_voxels(beads, np.array(corner), (12, 10, 11))
    z, y, x = corner
    np.testing.assert_array_equal(
        np.zeros((12, 10, 11), bool) if part is None else part, whole[z : z + 12, y : y + 10, x : x + 11]
    )


def test_fits_do_not_see_beads_and_no_vesicle_counts_as_cut_by_one() -> None:
    data = with_balls(specimen(), PLACES[:1], 2.3, -500)
    model = surveyed(data)
    source = GreySource(data, VOXEL, model.facts.median, model.facts.deviation, grey=model)
    low, high = np.array([4, 10, 10]), np.array([24, 34, 34])
    box = source.read(low, high)
    hidden = box.empty
    assert hidden is not None
    assert hidden[12 - 4, 20 - 10, 20 - 10]
    assert box.no_data is None
    near = np.array([22 * VOXEL, 36 * VOXEL, 40 * VOXEL, 25.0])
    on_rim = np.array([12 * VOXEL + 18, 20 * VOXEL + 8, 20 * VOXEL + 14, 22.0])
    for sphere in (near, on_rim):
        shell = collect(source, sphere, np.zeros((0, 4)), View(), tilt_range_deg=90.0, edge_nm=2.25)
        assert shell.grey.min() > -6
        assert not shell.cut
