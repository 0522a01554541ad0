"""What stands in a scene, and where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.analysis.simulate.bodies import Ellipsoid, random_rotation, segment_distance
from cryoves_app.analysis.simulate.canvas import Canvas, Membrane, SceneGrid, draw_membrane
from cryoves_app.analysis.simulate.conditions import (
    GRID_FIRST_SEED,
    GRID_SIZE,
    grid_spec,
    training_spec,
)
from cryoves_app.analysis.simulate.filaments import Tubes
from cryoves_app.analysis.simulate.organelles import draw_plasma_membrane
from cryoves_app.analysis.simulate.scene import draw_scene
from cryoves_app.analysis.simulate.spec import Denoising, SceneSpec
from cryoves_app.analysis.simulate.vesicles import gap_nm, place_vesicles
from cryoves_app.domain.progress import Progress

BOX = SceneGrid((60, 90, 90), 2.5)


def anywhere(body: Ellipsoid) -> bool:
    return True


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), gap=st.sampled_from([0.0, 0.5, 1.0]), ellipticity=st.floats(1.0, 1.15))
def test_vesicles_never_come_closer_than_allowed(seed: int, gap: float, ellipticity: float) -> None:
    spec = SceneSpec(n_vesicles=20, smallest_gap_px=gap, ellipticity=ellipticity, tight_share=0.8)
    placed = place_vesicles(np.random.default_rng(seed), Canvas(BOX), spec, np.empty((0, 3)), anywhere)
    bodies = [v.body for v in placed]
    assert len(bodies) >= 5
    gaps = [gap_nm(a, b) for i, a in enumerate(bodies) for b in bodies[:i]]
    assert min(gaps) >= gap * BOX.voxel_nm - 1e-6
    assert all(b.axes_nm.max() / b.axes_nm.min() <= ellipticity + 1e-9 for b in bodies)
    assert all(15 - 1e-6 <= b.radius_nm <= 40 + 1e-6 for b in bodies)


def test_tight_vesicles_stand_within_two_voxels() -> None:
    spec = SceneSpec(n_vesicles=20, tight_share=0.9)
    placed = place_vesicles(np.random.default_rng(1), Canvas(BOX), spec, np.empty((0, 3)), anywhere)
    bodies = [v.body for v in placed]
    nearest = [min(gap_nm(a, b) for b in bodies if b is not a) for a in bodies]
    assert np.mean(np.array(nearest) <= 2 * BOX.voxel_nm + 1e-6) > 0.6


def test_ellipsoid_distance_and_support_agree_with_sampling() -> None:
    rng = np.random.default_rng(4)
    body = Ellipsoid(np.zeros(3), np.array([18.0, 20.0, 21.5]), random_rotation(rng))
    directions = rng.normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    surface = (directions * body.axes_nm) @ body.frame
    np.testing.assert_allclose(body.distance(*surface.T), 0, atol=1e-4)
    outside = surface * 1.1
    exact = np.array([np.linalg.norm(surface - p, axis=1).min() for p in outside])
    assert np.median(np.abs(body.distance(*outside.T) - exact)) < 0.5
    for direction in directions[:20]:
        assert body.support_nm(direction) == pytest.approx((surface @ direction).max(), abs=0.5)
    assert body.sphere.radius_nm == pytest.approx((18 * 20 * 21.5) ** (1 / 3))


def test_membrane_has_two_leaflets_at_its_thickness() -> None:
    distance = np.linspace(-12, 6, 1801)
    profile = Membrane(5.0, leaflet_sd_nm=0.8).profile(distance, 0.1)
    peaks = distance[1:-1][
        (profile[1:-1] > profile[:-2]) & (profile[1:-1] > profile[2:]) & (profile[1:-1] > 0.5)
    ]
    np.testing.assert_allclose(peaks, [-4.0, -1.0], atol=0.15)


def test_coarse_voxels_hold_as_much_matter() -> None:
    masses = []
    for voxel_nm in (0.8, 2.5):
        canvas = Canvas(SceneGrid((int(80 / voxel_nm),) * 3, voxel_nm))
        ball = Ellipsoid.ball((40, 40, 40), 22.0)
        draw_membrane(canvas, ball.distance, np.full(3, 18.0), np.full(3, 62.0), Membrane(4.5))
        masses.append(canvas.density.sum() * voxel_nm**3)
    assert masses[0] == pytest.approx(masses[1], rel=0.03)


def test_joined_tubes_have_no_wall_between_them() -> None:
    canvas = Canvas(SceneGrid((30, 30, 60), 2.0))
    tubes = Tubes(canvas)
    tubes.add(np.array([[30.0, 30, 10], [30.0, 30, 60], [30.0, 30, 110]]), 14.0)
    tubes.draw_wall(Membrane(4.5))
    middle = canvas.density[15, 15, 8:52]
    assert np.abs(middle).max() < 0.05
    assert canvas.density[15, :, 30].max() > 0.5
    tubes.draw_solid(1.0)
    assert canvas.density[15, 15, 30] == pytest.approx(0, abs=0.05)


def test_segment_distance() -> None:
    start, end = np.array([0.0, 0, 0]), np.array([0.0, 0, 10])
    z, y, x = np.array([0.0, 3, 0]), np.array([2.0, 0, 0]), np.array([5.0, -4, 13])
    np.testing.assert_allclose(segment_distance(z, y, x, start, end), [2, 5, 3])


def test_nothing_stands_behind_the_plasma_membrane() -> None:
    canvas, spec, rng = Canvas(BOX), SceneSpec(n_vesicles=15, tight_share=0.3), np.random.default_rng(8)
    sheet = draw_plasma_membrane(rng, canvas, spec).sheet
    placed = place_vesicles(rng, canvas, spec, np.empty((0, 3)), anywhere)
    bodies = [v.body for v in placed if np.all((v.body.centre_nm > 0) & (v.body.centre_nm < BOX.extent_nm))]
    assert len(bodies) >= 5
    assert all(sheet.distance(*b.centre_nm) < -b.radius_nm for b in bodies)


def test_a_whole_scene_is_finite_and_its_vesicles_are_hollow() -> None:
    canvas = Canvas(BOX)
    spec = SceneSpec(n_vesicles=10, mitochondria=1, filled_share=0.0, dense_core_share=0.0)

    def inside(body: Ellipsoid) -> bool:
        return bool(np.all((body.centre_nm > 20) & (body.centre_nm < BOX.extent_nm - 20)))

    placed = draw_scene(np.random.default_rng(8), canvas, spec, inside, Progress()).vesicles
    assert len(placed) == 10
    assert np.isfinite(canvas.density).all()
    for vesicle in placed:
        z, y, x = np.round(vesicle.body.centre_nm / BOX.voxel_nm).astype(int)
        lumen = canvas.density[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3]
        assert abs(lumen.mean()) < 0.3
        assert not canvas.cytosol[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3].any()


@pytest.mark.parametrize("seed", range(20_000, 20_040))
def test_training_conditions_lie_in_their_ranges(seed: int) -> None:
    spec = training_spec(seed)
    assert 1.0 <= spec.voxel_size_nm <= 2.5
    assert 0.05 <= spec.imaging.snr <= 2.0
    assert 1.0 <= spec.scene.ellipticity <= 1.15
    assert spec == training_spec(seed)
    assert 140 < spec.shape[0] * spec.voxel_size_nm < 190


def test_the_grid_is_what_was_agreed() -> None:
    specs = [grid_spec(n) for n in range(GRID_SIZE)]
    assert GRID_FIRST_SEED == 40_000
    assert {(s.voxel_size_nm, s.imaging.snr) for s in specs} == {
        (v, r) for v in (1.0, 1.5, 2.2, 2.5) for r in (0.05, 0.2, 0.5)
    }
    assert sum(not s.imaging.ctf_corrected for s in specs) == 6
    assert sum(s.imaging.denoising is not Denoising.NONE for s in specs) == 6
    assert all(s.scene.n_vesicles >= 40 and s.scene.gold_beads and s.scene.mitochondria for s in specs)
