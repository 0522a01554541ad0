"""Probabilities spread within membranes and hardly through them."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.geometry.membrane_vote import vote_within_membranes

SHAPE = (12, 48, 48)


def cell(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A round cell with a dark wall, and which voxels lie within."""
    _, y, x = np.indices(SHAPE)
    away = np.hypot(y - 24, x - 24)
    image = np.random.default_rng(1).normal(0, noise, SHAPE) - 3.0 * np.exp(-0.5 * ((away - 15) / 0.8) ** 2)
    return image.astype(np.float32), away < 15


def test_few_sure_voxels_speak_for_their_cell() -> None:
    image, inside = cell(noise=0.5)
    said = np.full(
        SHAPE, 0.45, np.float32
    )  # nobody knows, but for a corner of the cell and some of the ground
    said[:, 20:28, 12:20] = 0.95
    said[:, 4:10, 4:40] = 0.05
    found = vote_within_membranes(said, image) >= 0.5
    assert np.mean((said >= 0.5) == inside) < 0.85
    assert np.mean(found == inside) > 0.97


def test_a_border_beside_the_membrane_moves_onto_it() -> None:
    image, inside = cell(noise=0.3)
    said = np.where(np.roll(inside, 5, axis=2), 0.9, 0.1).astype(np.float32)
    found = vote_within_membranes(said, image) >= 0.5
    assert np.mean(found != inside) < 0.4 * np.mean((said >= 0.5) != inside)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_what_all_say_stays(value: float) -> None:
    told: list[float] = []
    said = np.full(SHAPE, value, np.float32)
    found = vote_within_membranes(said, cell()[0], told.append)
    np.testing.assert_allclose(found, value, atol=1e-4)
    assert all(0 <= share < 1 for share in told)


def test_a_tomogram_of_one_plane_is_no_exception() -> None:
    image, inside = cell()
    found = vote_within_membranes(np.where(inside, 0.8, 0.2).astype(np.float32)[:1], image[:1])
    assert found.shape == (1, 48, 48)
    assert np.isfinite(found).all()
