"""Phantoms that several tests look at; each is drawn once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import Ball, Phantom, phantom

#: A lattice of vesicles of different radii, none near another.
RADII = (17.0, 19.0, 20.0, 21.0, 23.0, 18.0, 22.0, 20.5, 19.5, 21.5, 17.5, 22.5)


def lattice(radii: tuple[float, ...] = RADII) -> list[Ball]:
    """Centres 62 nm apart in two layers, off the voxel grid by different amounts."""
    rng = np.random.default_rng(11)
    places = [
        (40.0 + 62 * (k // 6), 40.0 + 62 * (k // 3 % 2), 40.0 + 62 * (k % 3)) for k in range(len(radii))
    ]
    return [(*(np.array(p) + rng.uniform(-3, 3, 3)).tolist(), r) for p, r in zip(places, radii, strict=True)]


@pytest.fixture(scope="session")
def vesicles() -> Phantom:
    """Twelve vesicles at SNR 0.5 in 64 × 64 × 92 voxels of 2.2 nm."""
    return phantom(lattice(), (64, 64, 92))


@pytest.fixture(scope="session")
def touching() -> Phantom:
    """Six pairs whose membranes touch, along x and y; no grain and next to no noise."""
    balls: list[Ball] = []
    for k in range(6):
        z, y, x = 40.0, 60.0 + 100 * (k // 3), 60.0 + 100 * (k % 3)
        along = np.array([0.0, 1.0, 0.0] if k % 2 else [0.0, 0.0, 1.0])
        balls += [(*(np.array([z, y, x]) + s * along * 20).tolist(), 20.0 - s) for s in (-1, 1)]
    return phantom(balls, (37, 102, 148), seed=5, snr=50.0, grain=0.0)
