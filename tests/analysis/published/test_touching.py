"""Spheres that touch are made smaller."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.published.touching import shrink_touching

SPHERES = st.lists(st.tuples(*[st.integers(0, 30)] * 3, st.integers(1, 15)), max_size=12)


def shrunk(*rows: tuple[float, float, float, int]) -> list[int]:
    table = np.array(rows, float).reshape(-1, 4)
    return shrink_touching(table[:, :3], table[:, 3].astype(np.intp)).tolist()


def test_a_pair_shares_its_distance_less_a_voxel_each() -> None:
    assert shrunk((0, 0, 0, 10), (0, 0, 19, 10)) == [8, 8]
    assert shrunk((0, 0, 0, 12), (0, 0, 17.2, 6)) == [11, 5]
    assert shrunk((0, 0, 0, 10), (0, 0, 20, 10)) == [9, 9]  # touching is too near
    assert shrunk((0, 0, 0, 10), (0, 0, 20.1, 10)) == [10, 10]


def test_none_is_changed_twice_in_a_round() -> None:
    """The middle one gives way to the first; its second neighbour shrinks for what the middle one was."""
    assert shrunk((0, 0, 0, 10), (0, 0, 19, 10), (0, 0, 38, 10)) == [8, 8, 8]


@given(SPHERES)
def test_in_the_end_none_touch_and_none_has_grown(rows: list[tuple[int, int, int, int]]) -> None:
    table = np.array(rows, float).reshape(-1, 4)
    found = np.array(shrunk(*rows), int)
    assert (found <= table[:, 3]).all()
    left = found > 0
    apart = np.linalg.norm(table[left, None, :3] - table[None, left, :3], axis=2)
    sums = found[left][:, None] + found[left][None]
    assert (apart > sums)[~np.eye(left.sum(), dtype=bool)].all()
