"""How far two people's yes and no agree beyond what chance would give."""

from __future__ import annotations

from collections.abc import Sequence


def cohens_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's κ of two people's answers to the same questions: 1 for the same, 0 for what chance gives.

    ``None`` where it is not defined: without questions, or where both gave one answer throughout.

    References
    ----------
    J. Cohen, Educational and Psychological Measurement 20 (1960), 37–46.
    """
    if not first:
        return None
    yes, also = sum(first) / len(first), sum(second) / len(second)
    by_chance = yes * also + (1 - yes) * (1 - also)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)
