"""From a probability map to candidates in nm, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.network_input.scales import scales
from cryoves_app.analysis.segmentation.candidates import Proposal, ball_px, find_candidates
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InputSettings, InstanceSettings

VOXEL = 2.2
SHAPE = (30, 50, 70)


def probability(balls_px: list[tuple[float, float, float, float]]) -> np.ndarray:
    z, y, x = np.ogrid[tuple(slice(n) for n in SHAPE)]
    logit = np.full(SHAPE, -20.0)
    for a, b, c, r in balls_px:
        logit = np.maximum(logit, 2.4 + r - np.sqrt((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2))
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def proposed(p: np.ndarray, **settings: object) -> Proposal:
    scale, _ = scales(InputSettings(), VOXEL)
    return find_candidates(p, p, VOXEL, scale, InstanceSettings(**settings), Progress())


PAIR = [(15.0, 25.0, 20.0, 8.0), (15.0, 25.0, 36.5, 8.0)]


def test_candidates_come_in_nm_with_counts() -> None:
    result = proposed(probability(PAIR))
    assert [(s.name, s.before, s.after) for s in result.steps] == [
        ("threshold", None, 1),
        ("split", 1, 2),
    ]
    for candidate, ball in zip(sorted(result.candidates, key=lambda c: c.centre_nm), PAIR, strict=True):
        assert np.linalg.norm(np.array(candidate.centre_nm) - np.array(ball[:3]) * VOXEL) < 2
        assert candidate.radius_nm == pytest.approx(ball[3] * VOXEL, rel=0.25)
        assert candidate.parts == 2


def test_without_splitting_the_pair_is_one() -> None:
    result = proposed(probability(PAIR), split=False)
    assert len(result.candidates) == 1


def test_small_segments_are_left_out_only_if_the_recipe_says_so() -> None:
    p = probability([(15.0, 25.0, 20.0, 8.0), (15.0, 25.0, 50.0, 2.5)])
    assert len(proposed(p, smallest_fraction=0.2).candidates) == 1
    assert len(proposed(p, smallest_fraction=0.0).candidates) == 2


def test_a_threshold_set_by_hand_is_taken() -> None:
    p = probability([PAIR[0]]) * np.float32(0.7)
    assert not proposed(p).candidates
    assert len(proposed(p, threshold=0.3).candidates) == 1


def test_a_small_speck_is_worth_less_than_a_vesicle() -> None:
    found = proposed(probability([PAIR[0], (15.0, 25.0, 50.0, 3.0)])).candidates
    large, small = sorted(found, key=lambda c: -c.radius_nm)
    assert small.evidence < 0.5 * large.evidence


def test_voxels_of_a_ball() -> None:
    z, y, x = np.ogrid[-12:13, -12:13, -12:13]
    assert ball_px(22.0, 2.2) == pytest.approx((z**2 + y**2 + x**2 <= 100).sum(), rel=0.01)


def test_a_coarser_scale_leaves_small_segments_to_the_finer_one() -> None:
    p = probability([(15.0, 25.0, 20.0, 8.0), (15.0, 25.0, 50.0, 2.0)])
    _, coarse = scales(InputSettings(), VOXEL)
    found = find_candidates(p, p, 2 * VOXEL, coarse, InstanceSettings(), Progress()).candidates
    assert [c.left_below_nm for c in found] == [30.0]
    assert found[0].radius_nm == pytest.approx(16 * VOXEL, rel=0.25)
