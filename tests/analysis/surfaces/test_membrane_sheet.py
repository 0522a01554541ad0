"""A membrane found from two clicks, on wavy membranes in noise whose place is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.analysis.surfaces.membrane_profile import membrane_profile
from cryoves_app.analysis.surfaces.membrane_sheet import MembraneSheet, membrane_sheet
from cryoves_app.analysis.surfaces.rim import clear_slices, proposed_rim
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from tests.analysis.surfaces.wavy_membrane import WavyMembrane

PHANTOM = WavyMembrane()
Z = 16


def found(phantom: WavyMembrane = PHANTOM, off_nm: float = 0.0, *, side: bool = True) -> MembraneSheet:
    clicks = np.array([phantom.click(Z, 18, off_nm), phantom.click(Z, 92, off_nm)])
    terminal = phantom.terminal if side else None
    return membrane_sheet(phantom.grey, clicks, Z, phantom.voxel_nm, terminal_px=terminal)


@pytest.fixture(scope="module")
def sheet() -> MembraneSheet:
    return found()


def inside(sheet: MembraneSheet) -> int:
    return -1 if sheet.normal[:, 0].mean() > 0 else 1


def test_it_follows_the_membrane_on_all_slices(sheet: MembraneSheet) -> None:
    errors = PHANTOM.errors_nm(sheet.points_px())
    assert sheet.height_px.shape[0] == PHANTOM.shape[0]
    assert np.abs(errors).mean() < 1.0
    assert np.quantile(np.abs(errors), 0.95) < 2.5
    assert abs(errors.mean()) < 0.5
    assert sheet.points_px()[Z, [0, -1], 1] == pytest.approx([18, 92], abs=2)


@pytest.mark.parametrize(("off_nm", "side"), [(4.0, False), (-4.0, False), (12.0, True)])
def test_clicks_beside_it_mean_it(off_nm: float, side: bool) -> None:
    """Those in the middle of the cleft, where the terminal's side is known."""
    errors = PHANTOM.errors_nm(found(off_nm=off_nm, side=side).points_px())
    assert np.abs(errors).mean() < 1.0


def test_strong_noise_costs_little() -> None:
    errors = WavyMembrane(noise=2.0).errors_nm(found(WavyMembrane(noise=2.0)).points_px())
    assert np.abs(errors).mean() < 2.0


def test_a_border_without_data_is_no_membrane() -> None:
    phantom = replace(PHANTOM, noise=0.3)
    grey = phantom.grey
    grey[:, 60:] = 5.0  # 15 to 25 nm beyond the mid-plane, and a far stronger edge
    clicks = np.array([phantom.click(Z, 18), phantom.click(Z, 92)])
    sheet = membrane_sheet(grey, clicks, Z, phantom.voxel_nm)
    assert np.abs(phantom.errors_nm(sheet.points_px())).mean() < 1.0


def test_voxels_that_are_no_numbers_do_no_harm() -> None:
    grey = PHANTOM.grey
    grey[:, 10:14, 30:34] = np.nan
    grey[Z, 44:48, 50:53] = np.inf  # on the membrane itself
    clicks = np.array([PHANTOM.click(Z, 18), PHANTOM.click(Z, 92)])
    sheet = membrane_sheet(grey, clicks, Z, PHANTOM.voxel_nm)
    assert np.abs(PHANTOM.errors_nm(sheet.points_px())).mean() < 1.0


@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("shape", [(1, 60, 60), (3, 20, 40)])
def test_a_volume_without_any_membrane_has_a_sheet_that_is_not_clear(
    shape: tuple[int, int, int], value: float
) -> None:
    grey = np.full(shape, value, np.float32)
    sheet = membrane_sheet(grey, np.array([[10.0, 2.0], [10.0, 36.0]]), 0, 2.2)
    assert np.isfinite(sheet.height_px).all()
    assert sheet.strength.max() == 0.0


def test_the_profile_tells_width_and_edges(sheet: MembraneSheet) -> None:
    """The wall is a Gaussian of √6 nm: half of its depth lies 2.9 nm from the middle."""
    profile = membrane_profile(sheet, inside(sheet))
    assert (profile.inner_nm, profile.outer_nm) == pytest.approx((2.9, 2.9), abs=0.8)
    assert profile.fringe < 0.15
    assert not profile.has_fringe


def test_a_bright_fringe_on_the_terminals_side_is_recognised() -> None:
    fringed = found(WavyMembrane(fringe=0.5))
    assert membrane_profile(fringed, inside(fringed)).fringe == pytest.approx(0.5, abs=0.15)
    assert membrane_profile(fringed, inside(fringed)).has_fringe


def test_a_rim_is_proposed_where_vesicles_are(sheet: MembraneSheet) -> None:
    rng = np.random.default_rng(0)
    x, z = rng.uniform(30, 50, 12), rng.uniform(8, 20, 12)
    near = np.column_stack([z, PHANTOM.surface(z, x) - 18, x, np.full(12, 9.0)])
    beyond = np.column_stack([z, PHANTOM.surface(z, x) + 25, x + 35, np.full(12, 9.0)])  # of the other cell
    rim = proposed_rim(sheet, np.vstack([near, beyond]), inside(sheet))
    assert rim is not None
    places = np.argwhere(rim)
    assert places[:, 0].mean() == pytest.approx(14, abs=4)
    assert sheet.points_px()[places[:, 0], places[:, 1], 1].mean() == pytest.approx(40, abs=6)
    assert 0.02 < rim.mean() < 0.7
    assert proposed_rim(sheet, beyond, inside(sheet)) is None


def test_slices_without_a_membrane_are_left_out() -> None:
    phantom = WavyMembrane(noise=1.0)
    grey = phantom.grey
    grey[24:] = np.random.default_rng(3).normal(0, 0.5, grey[24:].shape)
    clicks = np.array([phantom.click(Z, 18), phantom.click(Z, 92)])
    clear = np.flatnonzero(clear_slices(membrane_sheet(grey, clicks, Z, phantom.voxel_nm)))
    assert clear[0] == 0
    assert 20 <= clear[-1] <= 29


def test_what_cannot_be_is_refused() -> None:
    grey = PHANTOM.grey
    with pytest.raises(CryoVesError, match="lie 9 nm apart"):
        membrane_sheet(grey, np.array([[45.0, 20], [45, 24]]), Z, 2.2)
    with pytest.raises(CryoVesError, match="outside of the tomogram"):
        membrane_sheet(grey, np.array([[45.0, 20], [45, 140]]), Z, 2.2)
    with pytest.raises(CryoVesError, match="outside of the tomogram"):
        membrane_sheet(grey, np.array([[45.0, 20], [45, 90]]), 99, 2.2)
    stopped = Progress()
    stopped.token.cancel()
    with pytest.raises(Cancelled):
        membrane_sheet(grey, np.array([[45.0, 20], [45, 90]]), Z, 2.2, progress=stopped)
