"""Fits by hand on the sample, against its truth."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.by_hand.manual_fit import ManualFit, ManualFitter
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume

OFF_PX = 3.0


@pytest.fixture(scope="module")
def volume() -> Volume:
    return open_volume(resource_path("sample", "sample.mrc"))


@pytest.fixture(scope="module")
def truth() -> list[Sphere]:
    return [v.sphere for v in read_vesicles(resource_path("sample", "sample_truth.csv"))]


def beside(sphere: Sphere, voxel_nm: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """A click that misses the centre by three voxels."""
    off = rng.normal(size=3)
    z, y, x = np.array(sphere.centre_nm) + off / np.linalg.norm(off) * OFF_PX * voxel_nm
    return float(z), float(y), float(x)


def disagreement(found: Sphere, true: Sphere) -> float:
    small, large = sorted((found.radius_nm, true.radius_nm))
    return 1 - small / large


def test_thirty_clicks_from_nothing(volume: Volume, truth: list[Sphere]) -> None:
    rng = np.random.default_rng(5)
    fitter = ManualFitter.of(volume, Recipe())
    made: list[Vesicle] = []
    fits: list[ManualFit] = []
    for number, true in enumerate(truth[:30], start=1):
        found = fitter.fit_click(beside(true, volume.voxel_size_nm, rng))
        fits.append(found)
        made.append(Vesicle(number, *found.sphere.centre_nm, found.sphere.radius_nm, correlation=found.score))
        fitter = fitter.with_vesicles(VesicleSet.of(made))
        if number in (3, 10):
            fitter = fitter.learned()
    errors = np.array([f.sphere.distance_nm(t) for f, t in zip(fits, truth, strict=False)])
    assert np.sum(errors < 1.0) >= 29
    assert errors.mean() <= 0.5
    assert np.mean([disagreement(f.sphere, t) for f, t in zip(fits, truth, strict=False)]) <= 0.015
    assert all(f.good for f in fits)
    assert fits[-1].measures["membrane_thickness_nm"] > 0


def test_a_click_into_nothing_is_called_bad(volume: Volume, truth: list[Sphere]) -> None:
    fitter = ManualFitter.of(volume, Recipe())
    known = VesicleSet.of(
        Vesicle(n, *t.centre_nm, t.radius_nm, correlation=0.7) for n, t in enumerate(truth, 1)
    )
    fitter = fitter.with_vesicles(known).learned()
    rng = np.random.default_rng(0)
    size = np.array(volume.shape) * volume.voxel_size_nm
    anywhere = rng.uniform(40, size - 40, (400, 3))
    empty = [p for p in anywhere if min(np.linalg.norm(p - t.centre_nm) for t in truth) > 70]
    verdicts = [fitter.fit_click((float(p[0]), float(p[1]), float(p[2]))).good for p in empty[:10]]
    assert len(verdicts) == 10
    assert sum(verdicts) <= 2


def test_with_the_radius_given_only_the_centre_moves(volume: Volume, truth: list[Sphere]) -> None:
    rng = np.random.default_rng(2)
    fitter = ManualFitter.of(volume, Recipe())
    found = fitter.fit_click(beside(truth[4], volume.voxel_size_nm, rng), truth[4].radius_nm)
    assert found.sphere.radius_nm == pytest.approx(truth[4].radius_nm)
    assert found.sphere.distance_nm(truth[4]) < 1.5


def test_a_sphere_over_two_neighbours_is_split_into_both(volume: Volume, truth: list[Sphere]) -> None:
    pairs = [(a, b) for i, a in enumerate(truth) for b in truth[:i] if a.gap_nm(b) < 4]
    assert pairs
    good = 0
    for a, b in pairs[:6]:
        middle = (np.array(a.centre_nm) + b.centre_nm) / 2
        whole = Sphere(*(float(c) for c in middle), radius_nm=max(a.radius_nm, b.radius_nm) * 1.4)
        fitter = ManualFitter.of(volume, Recipe())
        parts = [f.sphere for f in fitter.split(whole)]
        good += all(min(t.distance_nm(p) for p in parts) < 3 for t in (a, b))
    assert good >= 4


def test_a_shifted_sphere_is_fitted_back(volume: Volume, truth: list[Sphere]) -> None:
    true = truth[7]
    known = VesicleSet.of([Vesicle(1, *true.centre_nm, true.radius_nm)])
    fitter = ManualFitter.of(volume, Recipe()).with_vesicles(known)
    off = Sphere(true.z_nm + 1.5, true.y_nm - 1.5, true.x_nm, true.radius_nm + 1)
    assert fitter.refit(off, (1,)).sphere.distance_nm(true) < 1.0
