"""Probability maps to segments: what merged falls apart, what is whole stays whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.analysis.segmentation import instances
from cryoves_app.analysis.segmentation.instances import SizeRange, find_segments
from cryoves_app.analysis.segmentation.probability import logit
from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.progress import CancelToken, Progress

SIZES = SizeRange(100, 12_000)
BASE = 0.8


def map_of(balls: list[tuple[float, float, float, float]], shape: tuple[int, int, int]) -> np.ndarray:
    """A map whose logit falls by one per voxel of depth; 0.8 one voxel outside each surface."""
    z, y, x = np.ogrid[tuple(slice(n) for n in shape)]
    depth = np.full(shape, -20.0)
    for bz, by, bx, radius in balls:
        depth = np.maximum(depth, radius - np.sqrt((z - bz) ** 2 + (y - by) ** 2 + (x - bx) ** 2))
    value = depth + float(logit(BASE)) + 1.0
    return (1 / (1 + np.exp(-value))).astype(np.float32)


def centres(segments: list) -> list[tuple[int, ...]]:
    return sorted(tuple(round(c) for c in s.centre_px) for s in segments)


DIRECTIONS = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1), (1, -1, 1)]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_touching_balls_are_two_in_every_direction(direction: tuple[int, int, int], gap: float) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    pair = [(*(np.array([24.0, 24, 24]) + side * unit * (8.5 + gap / 2)), 8.5) for side in (-1, 1)]
    p = map_of(pair, (49, 49, 49))
    found, components = find_segments(p, BASE, SIZES)
    assert components == 1
    assert [s.parts for s in found] == [2, 2]
    for segment, ball in zip(sorted(found, key=lambda s: s.centre_px), sorted(pair), strict=True):
        assert np.linalg.norm(np.array(segment.centre_px) - ball[:3]) < 1.0
    merged, _ = find_segments(p, BASE, SIZES, split=False)
    assert [s.parts for s in merged] == [1]


@settings(max_examples=20)
@given(st.floats(6, 14), st.floats(20, 24), st.floats(20, 24), st.floats(20, 24))
def test_a_ball_is_one_segment_with_its_own_measures(radius: float, z: float, y: float, x: float) -> None:
    (found,), _ = find_segments(map_of([(z, y, x, radius)], (46, 46, 46)), BASE, SizeRange(100, 20_000))
    np.testing.assert_allclose(found.centre_px, (z, y, x), atol=0.1)
    assert found.radius_px == pytest.approx(radius + 1, abs=0.3)
    assert found.sphericity == pytest.approx(1, abs=0.03)
    assert not found.at_face
    assert found.parts == 1


def test_a_chain_of_balls_falls_into_all_of_them() -> None:
    chain = [(20.0, 20.0, 14.0 + 17 * k, 8.0) for k in range(6)]
    found, components = find_segments(map_of(chain, (41, 41, 120)), BASE, SIZES)
    assert components == 1
    assert centres(found) == [(20, 20, 14 + 17 * k) for k in range(6)]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("inside", [-3.0, 0.0, 4.0])
@pytest.mark.parametrize("at_end", [False, True])
def test_cut_balls_at_faces_are_kept_and_their_centres_estimated(
    axis: int, inside: float, at_end: bool
) -> None:
    """The centroid of half a ball is 3/8 of its radius off; the estimate is within a voxel, cut where it may."""
    ball = [20.0, 20.0, 20.0, 9.0]
    ball[axis] = 39 - inside if at_end else inside
    (found,), _ = find_segments(map_of([tuple(ball)], (40, 40, 40)), BASE, SIZES)
    assert found.at_face
    assert found.parts == 1
    assert np.linalg.norm(np.array(found.centre_px) - ball[:3]) < 1.0


def test_small_segments_are_left_out_and_large_ones_searched() -> None:
    p = map_of([(12, 12, 12, 2.0), (12, 40, 40, 8.0)], (26, 60, 60))
    assert centres(find_segments(p, BASE, SizeRange(300, 9000))[0]) == [(12, 40, 40)]
    assert len(find_segments(p, BASE, SizeRange(50, 9000))[0]) == 2
    largest = 1500  # of a ball that is larger only the core is proposed
    (core,), _ = find_segments(map_of([(20, 20, 20, 12.0)], (41, 41, 41)), BASE, SizeRange(100, largest))
    assert core.volume_px <= largest


@pytest.mark.parametrize("value", [0.0, 1.0, 0.9])
def test_flat_maps_do_no_harm(value: float) -> None:
    found, components = find_segments(np.full((12, 12, 12), value, np.float32), BASE, SizeRange(10, 500))
    assert (len(found), components) == (0, int(value > BASE))


def test_cancel_is_asked_for() -> None:
    token = CancelToken()
    specks = np.zeros((4, 40, 40), np.float32)
    specks[::2, ::2, ::2] = 1.0
    progress = Progress(token=token)
    progress.start("split")
    token.cancel()
    with pytest.raises(Cancelled):
        find_segments(specks, BASE, SIZES, progress)


def test_a_hollow_segment_with_its_depth_peaking_in_a_hole_is_no_trouble() -> None:
    grid = np.indices((24, 24, 60)).astype(float)
    ring = np.zeros((24, 24, 60), np.float32)
    for x in (14, 30, 46):
        distance = np.sqrt((grid[0] - 12) ** 2 + (grid[1] - 12) ** 2 + (grid[2] - x) ** 2)
        ring[(distance < 9) & (distance > 6)] = 0.999
    segments, _ = find_segments(ring, 0.5, SizeRange(50, 1e6))
    assert all(s.volume_px >= 50 for s in segments)


def crowd() -> np.ndarray:
    rng = np.random.default_rng(4)
    return map_of([(*rng.uniform(5, 45, 3), rng.uniform(5, 8)) for _ in range(30)], (50, 50, 50))


@pytest.mark.parametrize("planes", [1, 7, 50])
def test_slabs_give_the_segments_of_the_whole(planes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, count = find_segments(crowd(), BASE, SIZES)
    assert len(whole) > 10
    monkeypatch.setattr(instances, "SLAB_VOXELS", planes * 2500)
    assert find_segments(crowd(), BASE, SIZES) == (whole, count)


def test_vesicles_in_a_component_too_large_for_one_look_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A membrane that the network took for vesicles may run through all of a tomogram."""
    chain = map_of([(20.0, 20.0, 12.0 + 15.5 * k, 8.5) for k in range(7)], (41, 41, 120))
    whole, count = find_segments(chain, BASE, SIZES)
    assert count == 1
    monkeypatch.setattr(instances, "SLAB_VOXELS", 5 * 41 * 120)
    monkeypatch.setattr(instances, "LARGEST_BOX_VOXELS", 20_000)
    assert find_segments(chain, BASE, SIZES) == (whole, 1)
    monkeypatch.setattr(instances, "LARGEST_BOX_VOXELS", 100)
    assert find_segments(chain, BASE, SIZES) == ([], 1)
