"""Connectors and tethers that are drawn, and what is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.analysis.simulate.bodies import segment_distance
from cryoves_app.analysis.simulate.canvas import Canvas, SceneGrid
from cryoves_app.analysis.simulate.filaments import draw_connectors
from cryoves_app.analysis.simulate.scene import DrawnScene, draw_scene
from cryoves_app.analysis.simulate.spec import ImagingSpec, SceneSpec, TerminalSpec
from cryoves_app.analysis.simulate.terminal import simulate_terminal
from cryoves_app.analysis.simulate.tomogram import FilamentKind, SimulatedTomogram
from cryoves_app.domain.progress import Progress

BOX = SceneGrid((50, 90, 90), 3.0)


def drawn(seed: int = 8, **changes: float) -> tuple[Canvas, DrawnScene, np.random.Generator]:
    canvas, rng = Canvas(BOX), np.random.default_rng(seed)
    spec = replace(SceneSpec(n_vesicles=14), **changes)
    return canvas, draw_scene(rng, canvas, spec, lambda body: True, Progress()), rng


def test_telling_of_threads_changes_nothing_that_is_drawn() -> None:
    """Density and random numbers as they were before threads were told of."""
    canvas, _, rng = drawn()
    assert canvas.density.sum(dtype=np.float64) == pytest.approx(79981.15385837099, rel=1e-6)
    assert np.square(canvas.density, dtype=np.float64).sum() == pytest.approx(57484.98323996966, rel=1e-6)
    assert rng.integers(1 << 30) == 103555734


def test_threads_end_at_the_vesicles_they_name() -> None:
    _, scene, _ = drawn(2, n_vesicles=25, connectors=4.0, tethers=6.0)
    kinds = [thread.kind for thread in scene.filaments]
    assert min(kinds.count(kind) for kind in FilamentKind) >= 3
    for thread in scene.filaments:
        start, end = np.array(thread.start_nm), np.array(thread.end_nm)
        assert scene.vesicles[thread.a - 1].body.distance(*start) == pytest.approx(-0.5, abs=0.6)
        assert (thread.b is None) is (thread.kind is FilamentKind.TETHER)
        if thread.b is not None:
            assert thread.a < thread.b
            assert scene.vesicles[thread.b - 1].body.distance(*end) == pytest.approx(-0.5, abs=0.6)
        assert 1.2 <= thread.radius_nm <= 2.4
        assert 0.4 <= thread.density <= 0.8


def test_threads_are_where_they_are_said_to_be() -> None:
    """In an empty box: dense around each axis, and nowhere else."""
    _, scene, _ = drawn(2, n_vesicles=25)
    canvas, rng = Canvas(BOX), np.random.default_rng(3)
    threads = draw_connectors(rng, canvas, SceneSpec(connectors=6.0), scene.vesicles)
    assert len(threads) >= 10
    points = BOX.points(BOX.box((0, 0, 0), BOX.extent_nm))
    beyond = np.full(BOX.shape, np.inf, np.float32)
    for thread in threads:
        axis = np.array(thread.start_nm), np.array(thread.end_nm)
        np.minimum(beyond, segment_distance(*points, *axis) - thread.radius_nm, out=beyond)
    density = threads[0].density
    assert (canvas.density[beyond < 0] > 0.5 * density).all()
    assert (canvas.density[beyond > BOX.voxel_nm] == 0).all()
    assert (beyond < 0).sum() >= 10


def vesicles_lie_inside(tomogram: SimulatedTomogram) -> bool:
    """And tethers end at the membrane, where there are some."""
    shape, size = tomogram.labels.shape, tomogram.voxel_size_nm
    cytoplasm, zone = (rasterise(region, shape, size) > 0 for region in tomogram.regions)
    cut = tomogram.labels[1:-1] > 0
    inside = cytoplasm[1:-1][cut].mean() > 0.99
    assert not (cytoplasm & zone).any() or (cytoplasm & zone).sum() < 0.1 * zone.sum()
    thickness = zone.sum() / (zone.any(axis=1).sum() or 1) * size
    return bool(inside and 3 < thickness < 30)


@pytest.mark.parametrize("tilt_axis_deg", [0.0, 35.0])
def test_threads_lie_at_the_tomograms_vesicles(tilt_axis_deg: float) -> None:
    imaging = ImagingSpec(tilt_step_deg=20.0, tilt_axis_deg=tilt_axis_deg)
    scene = SceneSpec(n_vesicles=10, ellipticity=1.0)
    tomogram = simulate_terminal(TerminalSpec((40, 90, 96), 2.2, scene, imaging), 7)
    assert vesicles_lie_inside(tomogram)
    connectors = [t for t in tomogram.filaments if t.kind is FilamentKind.CONNECTOR]
    assert len(connectors) >= 3
    for thread in connectors:
        assert thread.b is not None
        for number, point in ((thread.a, thread.start_nm), (thread.b, thread.end_nm)):
            sphere = tomogram.spheres[number - 1]
            way = np.linalg.norm(np.subtract(point, sphere.centre_nm))
            assert way == pytest.approx(sphere.radius_nm - 0.5, abs=1e-4)
