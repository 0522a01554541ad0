"""Profiles of single vesicles and of a population, on a phantom of our own."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.by_hand.manual_fit import ManualFitter
from cryoves_app.analysis.membrane.profiles import profile_band, search_band_nm, second_derivative
from cryoves_app.analysis.membrane.radial import MID_PLANE_REACH_NM, POSITIONS_NM, mid_plane_nm
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo

VOXEL_NM = 2.0
EDGE_NM = Recipe().fit.edge_nm
ONE, OTHER = Sphere(60.0, 60.0, 50.0, 20.0), Sphere(60.0, 60.0, 93.0, 20.0)


def phantom(*spheres: Sphere, inside: float = 0.0) -> Volume:
    """Dark membranes at the spheres' mid-planes, in the form of the model; the last sphere is filled with a grey."""
    z, y, x = np.indices((60, 60, 80)) * VOXEL_NM
    data = np.zeros(z.shape)
    for sphere in spheres:
        away = np.sqrt((z - sphere.z_nm) ** 2 + (y - sphere.y_nm) ** 2 + (x - sphere.x_nm) ** 2)
        middle = sphere.radius_nm - EDGE_NM
        data -= middle / np.maximum(away, 1.0) * np.exp(-0.5 * ((away - middle) / 2.0) ** 2)
    data += np.where(away < spheres[-1].radius_nm, inside, 0.0)
    return Volume(VolumeInfo(data.shape, np.dtype(np.float32), VOXEL_NM), data.astype(np.float32))


def known(*spheres: Sphere) -> VesicleSet:
    return VesicleSet.of(Vesicle(n, *s.centre_nm, s.radius_nm) for n, s in enumerate(spheres, 1))


def test_a_membrane_is_where_its_sphere_says() -> None:
    profile = ManualFitter.of(phantom(ONE), Recipe()).own_profile(ONE)
    assert mid_plane_nm(profile) == pytest.approx(0.0, abs=0.1)
    low, high = search_band_nm(Recipe())
    assert (low + high) / 2 == pytest.approx(-EDGE_NM)
    assert high - low == pytest.approx(2 * MID_PLANE_REACH_NM)


def test_a_neighbour_is_not_seen_in_a_profile() -> None:
    dark, bright = (phantom(ONE, OTHER, inside=grey) for grey in (-20.0, 20.0))
    # of one scale, so that only what the neighbour's voxels do is compared
    fitters = [ManualFitter.of(dark, Recipe()).with_vesicles(known(ONE, OTHER))]
    source = fitters[0].source
    fitters.append(
        ManualFitter(type(source)(bright.data, VOXEL_NM, source.median, source.deviation), Recipe())
    )
    fitters[1] = fitters[1].with_vesicles(known(ONE, OTHER))
    apart = [fitter.own_profile(ONE, (1,)) for fitter in fitters]
    np.testing.assert_array_equal(*apart)
    mixed = [fitter.own_profile(ONE, (1, 2)) for fitter in fitters]
    assert not np.array_equal(*mixed)


def test_where_the_tomogram_ends_nothing_is_known() -> None:
    outside = Sphere(-500.0, 0.0, 0.0, 20.0)
    assert np.isnan(ManualFitter.of(phantom(ONE), Recipe()).own_profile(outside)).all()


def test_a_fitter_stays_what_it_was() -> None:
    fitter = ManualFitter.of(phantom(ONE), Recipe())
    before = (fitter.profile, fitter.others, fitter.usual_radius_nm)
    spheres = [ONE, *(Sphere(60.0, 60.0, 50.0 + n, 24.0) for n in (0.5, 1.0, 1.5))]
    told = fitter.with_vesicles(known(*spheres))
    taught = told.learned()
    assert (fitter.profile, fitter.others, fitter.usual_radius_nm) == before
    assert (told.usual_radius_nm, told.is_learned) == (24.0, False)
    assert taught.is_learned
    assert taught.with_vesicles(known(ONE)).is_learned
    assert not taught.with_vesicles(known(ONE)).learned().is_learned  # too few for an average


def test_a_band_lies_around_its_mean_and_leaves_out_what_is_not_known() -> None:
    flat = [np.full(len(POSITIONS_NM), float(n)) for n in range(11)]
    flat[3][0] = np.nan
    for profile in flat:
        profile[-1] = np.nan
    band = profile_band(flat)
    assert (band.low[1], band.mean[1], band.high[1]) == pytest.approx((1.0, 5.0, 9.0))
    assert band.mean[0] == pytest.approx(5.2)
    assert np.isnan([band.low[-1], band.mean[-1], band.high[-1]]).all()
    with pytest.raises(ValueError, match="at least one"):
        profile_band([])


def test_the_second_derivative_of_a_dark_membrane_is_largest_in_its_middle() -> None:
    bend = second_derivative(-np.exp(-0.5 * ((POSITIONS_NM - 1.25) / 2.0) ** 2))
    assert POSITIONS_NM[int(np.nanargmax(bend))] == pytest.approx(1.25, abs=0.25)
    assert np.isnan(second_derivative(np.full(len(POSITIONS_NM), np.nan))).all()
