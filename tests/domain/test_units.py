from __future__ import annotations

import pytest

from cryoves_app.domain.units import are_lengths


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -float("inf"), 1e308, -3e9])
def test_what_no_place_can_be(strange: float) -> None:
    assert are_lengths([[0.0, -40.5], [1e6, 2e9]])
    assert are_lengths([])
    assert not are_lengths([[0.0, 1.0], [strange, 2.0]])
