"""Where things stand in the benchmark phantom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.benchmark_spec import BenchmarkSpec
from cryoves_app.domain.arrays import AnyArray, SpheresPx

#: Placement gives up after this many draws.
MAX_DRAWS = 400_000
#: Voxels between a vesicle's edge and the volume's faces.
MARGIN_PX = 2.0
#: Radii are cut at this many standard deviations.
RADIUS_CUT_SD = 2.5


@dataclass(frozen=True)
class Microtubule:
    """A straight tube along x that drifts in y by ``slope``; nm."""

    y_nm: float
    z_nm: float
    slope: float

    def axis_y_nm(self, x_nm: Any) -> Any:
        """Where its axis lies at an x, or at an array of them."""
        return self.y_nm + self.slope * x_nm


@dataclass(frozen=True)
class Surroundings:
    """Plasma membrane, mitochondrion and microtubules, scaled to the box's edges.

    Attributes
    ----------
    box_nm, mito_centre_nm, mito_axes_nm : (3,) arrays
        ``z, y, x`` in nm; ``mito_axes_nm`` are half axes.
    """

    box_nm: AnyArray
    mito_centre_nm: AnyArray
    mito_axes_nm: AnyArray
    microtubules: tuple[Microtubule, ...]

    @classmethod
    def of(cls, shape: tuple[int, int, int], voxel_size_nm: float) -> Surroundings:
        """The surroundings of a box of so many voxels."""
        box = np.array(shape) * voxel_size_nm
        return cls(
            box_nm=box,
            mito_centre_nm=box * (0.5, 0.80, 0.16),
            mito_axes_nm=box * (0.75, 0.13, 0.11),
            microtubules=(
                Microtubule(0.10 * box[1], 0.35 * box[0], 0.08),
                Microtubule(0.06 * box[1] + 40, 0.65 * box[0], 0.05),
            ),
        )

    def membrane_x_nm(self, z_nm: Any, y_nm: Any) -> Any:
        """The x position of the plasma membrane's mid-plane: a gently waving sheet."""
        depth, height, width = self.box_nm
        wave_y = 0.03 * width * np.sin(2 * np.pi * y_nm / (0.9 * height))
        wave_z = 0.02 * width * np.sin(2 * np.pi * z_nm / (1.3 * depth))
        return 0.90 * width + wave_y + wave_z

    def collides(self, centre_nm: AnyArray, radius_nm: float) -> bool:
        """Whether a ball about ``(3,)`` (``z, y, x``; nm), ``radius_nm`` to its outer edge, would touch any of them."""
        z, y, x = centre_nm
        if x + radius_nm + 8 > self.membrane_x_nm(z, y):
            return True
        scaled = (centre_nm - self.mito_centre_nm) / (self.mito_axes_nm + radius_nm + 18)
        if (scaled**2).sum() < 1:
            return True
        reach = 12.5 + radius_nm + 6
        return any(np.hypot(y - m.axis_y_nm(x), z - m.z_nm) < reach for m in self.microtubules)


def place_balls(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    voxel_size_nm: float,
    spec: BenchmarkSpec,
    surroundings: Surroundings | None,
) -> SpheresPx:
    """Vesicles, placed one after the other at random.

    A share ``p_cluster`` is put beside one that stands already; none come closer than the smallest gap.

    Returns
    -------
    (n, 4) array
        ``z, y, x`` and outer radius, in voxels; fewer than wanted where the box is full.
    """
    balls = np.zeros((spec.n_vesicles, 4))
    placed = 0
    for _ in range(MAX_DRAWS):
        if placed == spec.n_vesicles:
            break
        ball = _draw_ball(rng, shape, voxel_size_nm, spec, balls[:placed])
        if _fits(ball, balls[:placed], shape, spec.gap_px[0]) and not (
            surroundings and surroundings.collides(ball[:3] * voxel_size_nm, ball[3] * voxel_size_nm)
        ):
            balls[placed] = ball
            placed += 1
    return balls[:placed]


def _draw_ball(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    voxel_size_nm: float,
    spec: BenchmarkSpec,
    others: AnyArray,
) -> AnyArray:
    spread = RADIUS_CUT_SD * spec.radius_sd_nm
    drawn_nm = rng.normal(spec.radius_nm, spec.radius_sd_nm)
    radius = float(np.clip(drawn_nm, spec.radius_nm - spread, spec.radius_nm + spread)) / voxel_size_nm
    if len(others) and rng.random() < spec.p_cluster:
        neighbour = others[rng.integers(len(others))]
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        centre = neighbour[:3] + direction * (neighbour[3] + radius + rng.uniform(*spec.gap_px))
    else:
        edge = radius + MARGIN_PX
        centre = rng.uniform(edge, np.asarray(shape) - 1 - edge)
    return np.array([*centre, radius])


def _fits(ball: AnyArray, others: AnyArray, shape: tuple[int, int, int], smallest_gap_px: float) -> bool:
    edge = ball[3] + MARGIN_PX
    if np.any(ball[:3] < edge) or np.any(ball[:3] > np.asarray(shape) - 1 - edge):
        return False
    if not len(others):
        return True
    gaps = np.linalg.norm(others[:, :3] - ball[:3], axis=1) - others[:, 3] - ball[3]
    return bool(gaps.min() >= smallest_gap_px)
