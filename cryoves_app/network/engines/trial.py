"""A made-up tile on which engines and number formats are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TILE_PX = 32


def trial_tile() -> NDArray[np.float32]:
    """A made-up tile ``(z, y, x)`` in standard deviations: a vesicle in noise, on which engines are compared."""
    axis = np.arange(_TILE_PX, dtype=np.float32) - _TILE_PX / 2
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    noise = np.random.default_rng(0).standard_normal((_TILE_PX,) * 3, dtype=np.float32)
    tile = 0.5 * noise - 3 * np.exp(-(((distance - 9) / 1.5) ** 2))
    return ((tile - tile.mean()) / tile.std()).astype(np.float32)
