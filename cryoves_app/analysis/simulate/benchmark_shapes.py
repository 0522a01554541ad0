"""Where vesicles of very different size, not quite round, stand in the benchmark phantom."""

from __future__ import annotations

import numpy as np

from cryoves_app.analysis.simulate.benchmark_geometry import MARGIN_PX, MAX_DRAWS, Surroundings
from cryoves_app.analysis.simulate.benchmark_spec import BenchmarkSpec
from cryoves_app.analysis.simulate.bodies import Ellipsoid, random_direction, random_ellipsoid
from cryoves_app.analysis.simulate.vesicles import gap_nm
from cryoves_app.domain.arrays import AnyArray


def place_bodies(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    voxel_size_nm: float,
    spec: BenchmarkSpec,
    surroundings: Surroundings | None,
) -> list[Ellipsoid]:
    """Ellipsoids, the largest first (else there would be no room for them), placed as the benchmark's balls are."""
    assert spec.radius_range_nm is not None
    low, high = np.log(spec.radius_range_nm)
    radii = np.sort(np.exp(rng.uniform(low, high, spec.n_vesicles)))[::-1]
    box_nm = (np.array(shape) - 1) * voxel_size_nm
    placed: list[Ellipsoid] = []
    for radius in radii.tolist():
        form = random_ellipsoid(rng, radius, spec.ellipticity)
        for _ in range(MAX_DRAWS // spec.n_vesicles):
            body = _somewhere(rng, form, placed, box_nm, voxel_size_nm, spec)
            if _fits(body, placed, box_nm, voxel_size_nm, spec) and not (
                surroundings and surroundings.collides(body.centre_nm, body.reach_nm)
            ):
                placed.append(body)
                break
    return placed


def _somewhere(
    rng: np.random.Generator,
    form: Ellipsoid,
    others: list[Ellipsoid],
    box_nm: AnyArray,
    voxel_size_nm: float,
    spec: BenchmarkSpec,
) -> Ellipsoid:
    if others and rng.random() < spec.p_cluster:
        beside = others[rng.integers(len(others))]
        direction = random_direction(rng)
        gap = rng.uniform(*spec.gap_px) * voxel_size_nm
        way = beside.support_nm(direction) + form.support_nm(direction) + gap
        return form.moved_to(beside.centre_nm + direction * way)
    edge = form.reach_nm + MARGIN_PX * voxel_size_nm
    return form.moved_to(rng.uniform(edge, np.maximum(box_nm - edge, edge)))


def _fits(
    body: Ellipsoid, others: list[Ellipsoid], box_nm: AnyArray, voxel_size_nm: float, spec: BenchmarkSpec
) -> bool:
    edge = body.reach_nm + MARGIN_PX * voxel_size_nm
    if np.any(body.centre_nm < edge) or np.any(body.centre_nm > box_nm - edge):
        return False
    return all(gap_nm(body, other) >= spec.gap_px[0] * voxel_size_nm - 1e-9 for other in others)
