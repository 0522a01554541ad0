"""Operations of the network, counted by hand."""

from __future__ import annotations

import pytest

from cryoves_app.network.architecture import Architecture
from cryoves_app.network.operations import operations_per_voxel


def test_a_network_of_one_level_counted_by_hand() -> None:
    """Two convolutions down, two in the middle at an eighth of the voxels, two up, and the head."""
    down = 27 * (1 * 4 + 4 * 4)
    middle = 27 * (4 * 8 + 8 * 4) / 8
    up = 27 * ((4 + 4) * 4 + 4 * 4)
    assert operations_per_voxel(Architecture(1, 4)) == pytest.approx(2 * (down + middle + up + 4))


def test_a_folded_network_computes_at_an_eighth_of_the_places() -> None:
    plain, folded = (operations_per_voxel(Architecture(2, 16, fold)) for fold in (1, 2))
    first_and_last = 27 * (8 - 1) * 16 + 16 * (8 - 1)  # eight channels in and out
    assert folded == pytest.approx((plain + 2 * first_and_last) / 8)
