"""Volumes at distances from an active zone, and the share of them in vesicles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cryoves_app.analysis.study.occupancy import BandSpace, band_spaces
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.pools import Band

BANDS = (Band("near", 0, 40), Band("far", 40, 100))


def flat_zone(shape: tuple[int, int, int], at: int) -> np.ndarray:
    zone = np.zeros(shape, np.uint8)
    zone[:, :, at] = 1
    return zone


def test_slabs_beside_a_flat_zone() -> None:
    """Voxels of 4 nm: 9 layers are nearer than 40 nm (4 to 36), 15 from 40 to 96 on one side."""
    shape = (20, 20, 40)
    near, far = band_spaces([], None, flat_zone(shape, 0), BANDS, 4.0)
    assert near == BandSpace(9 * 400 * 64.0, 0.0)
    assert far == BandSpace(15 * 400 * 64.0, 0.0)


def test_a_region_limits_the_space() -> None:
    shape = (20, 20, 40)
    region = np.zeros(shape, np.uint8)
    region[:10, :, 2:] = 1
    near, _ = band_spaces([], region, flat_zone(shape, 0), BANDS, 4.0)
    assert near.volume_nm3 == 8 * 200 * 64.0


def test_spheres_fill_their_share_also_where_the_space_is_sampled() -> None:
    """Half of a sphere lies on either side of 40 nm, less what the voxels of 1 nm round."""
    shape = (100, 100, 200)
    spheres = [Sphere(50, 50, 39.5, 20.0), Sphere(50, 50, 150, 20.0)]
    near, far = band_spaces(spheres, None, flat_zone(shape, 0), BANDS, 1.0)
    half = 2 / 3 * math.pi * 20**3
    assert near.volume_nm3 == pytest.approx(39 * 1e4, rel=0.06)
    assert near.occupied_nm3 == pytest.approx(half, rel=0.06)
    assert far.occupied_nm3 == pytest.approx(half, rel=0.06)
    assert near.occupancy == pytest.approx(half / 39e4, rel=0.06)


def test_overlapping_spheres_fill_no_place_twice() -> None:
    zone = flat_zone((50, 50, 50), 0)
    one = band_spaces([Sphere(25, 25, 25, 10.0)], None, zone, BANDS, 1.0)
    assert band_spaces([Sphere(25, 25, 25, 10.0)] * 3, None, zone, BANDS, 1.0) == one


def test_without_a_zone_there_is_no_space() -> None:
    nothing = band_spaces([Sphere(1, 1, 1, 1.0)], None, np.zeros((5, 5, 5), np.uint8), BANDS, 1.0)
    assert nothing == [BandSpace(0.0, 0.0)] * 2
    assert nothing[0].occupancy is None
