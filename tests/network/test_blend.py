"""Weights between two networks, and which of them are kept."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.weights import Weights, blend, random_weights

SMALL = Architecture(filters=2, fold=2)


def numbers(weights: Weights) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.concatenate([a.ravel() for _, layer in weights for a in layer.arrays()])


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_each_number_lies_so_far_between(share: float) -> None:
    old, new = random_weights(SMALL, 1), random_weights(SMALL, 2)
    between = (1 - share) * numbers(old) + share * numbers(new)
    assert numbers(blend(old, new, share)) == pytest.approx(between, abs=1e-6)


def test_networks_of_other_shape_cannot_be_blended() -> None:
    with pytest.raises(ValueError, match="one architecture"):
        blend(random_weights(SMALL, 1), random_weights(Architecture(filters=4, fold=2), 1), 0.5)
