"""The contrast: what the image says, when the other one is tried, and which run is kept."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.grey.contrast import (
    ContrastEvidence,
    Support,
    first_contrast,
    is_better,
    is_doubtful,
    measure_contrast,
)
from cryoves_app.domain.recipe_settings import Contrast
from tests.phantoms import benchmark

DARK, BRIGHT = Contrast.DARK, Contrast.BRIGHT
SAYS_DARK, SAYS_BRIGHT = ContrastEvidence(-0.2, -20.0), ContrastEvidence(0.2, 20.0)
SAYS_NOTHING = ContrastEvidence(0.001, 0.3)


def found(membrane: float, count: int = 10) -> Support:
    return Support(membrane, count)


@pytest.mark.parametrize(("sign", "verdict"), [(1, DARK), (-1, BRIGHT)])
def test_the_image_tells(sign: int, verdict: Contrast) -> None:
    grey = benchmark((48, 128, 128), 12, 5).grey.astype(np.float32)
    evidence = measure_contrast(sign * grey / grey.std())
    assert evidence.verdict is verdict
    assert evidence.turned(-1).verdict is not verdict


def test_noise_does_not_tell() -> None:
    noise = np.random.default_rng(1).normal(size=(48, 128, 128)).astype(np.float32)
    assert measure_contrast(noise).verdict is None


@pytest.mark.parametrize(
    ("evidence", "support", "doubtful"),
    [
        (SAYS_DARK, found(100), False),
        (SAYS_DARK, Support(100, 10, bright_ring=1.2), True),
        (SAYS_NOTHING, found(100), True),
        (SAYS_BRIGHT, found(100), True),
    ],
)
def test_bright_membranes_are_never_taken_for_granted(
    evidence: ContrastEvidence, support: Support, doubtful: bool
) -> None:
    assert is_doubtful(evidence, support) is doubtful


@pytest.mark.parametrize(
    ("evidence", "other_is", "other", "first", "better"),
    [
        (SAYS_BRIGHT, DARK, found(90), found(100), False),
        (SAYS_BRIGHT, DARK, found(110), found(100), True),
        (SAYS_BRIGHT, DARK, found(0, 0), found(0, 0), True),
        (SAYS_NOTHING, BRIGHT, found(140), found(100), False),
        (SAYS_NOTHING, BRIGHT, found(160), found(100), True),
        (SAYS_NOTHING, BRIGHT, found(160, 2), found(0, 0), False),
        (SAYS_NOTHING, DARK, found(70), found(100), True),
        (SAYS_NOTHING, DARK, found(60), found(100), False),
        (SAYS_DARK, BRIGHT, found(140), found(100), False),
    ],
)
def test_membranes_are_dark_unless_more_speaks_for_bright(
    evidence: ContrastEvidence, other_is: Contrast, other: Support, first: Support, better: bool
) -> None:
    assert is_better(other, first, evidence, other_is) is better


def test_rings_of_the_wrong_sign_speak_for_nothing() -> None:
    """They are larger than the vesicles, so they may be more membrane."""
    wrong, right = Support(2200.0, 7, 1.4), Support(1300.0, 8, 0.5)
    assert not is_better(wrong, right, SAYS_NOTHING, BRIGHT)
    assert not is_better(wrong, right, SAYS_NOTHING, DARK)
    assert is_better(right, wrong, SAYS_NOTHING, DARK)
    assert is_better(wrong, Support(0.0, 0), SAYS_NOTHING, BRIGHT)


def test_what_the_file_says_counts_where_the_image_says_nothing() -> None:
    assert first_contrast(SAYS_NOTHING, said_to_be_bright=True) is BRIGHT
    assert first_contrast(SAYS_NOTHING, said_to_be_bright=False) is DARK
    assert first_contrast(SAYS_DARK, said_to_be_bright=True) is DARK
