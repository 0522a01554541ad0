"""How far two people's yes and no agree beyond what chance would give."""

from __future__ import annotations

import math
from collections.abc import Sequence


def cohens_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's κ of two people's answers to the same questions: 1 for the same, 0 for what chance gives.

    ``None`` where it is not defined: without questions, or where both gave one answer throughout.

    References
    ----------
    J. Cohen, Educational and Psychological Measurement 20 (1960), 37–46.
    """
    if not first or (len(set(first)) == 1 and set(first) == set(second)):
        return None
    from sklearn.metrics import cohen_kappa_score  # slow to load, and seldom needed

    kappa = float(cohen_kappa_score(list(first), list(second)))
    return kappa if math.isfinite(kappa) else None
