"""A result in numbers and in one sentence."""

from __future__ import annotations

import statistics
from collections import Counter

from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet


def counts(vesicles: VesicleSet) -> dict[str, int]:
    """Vesicles by status; those outside the region are counted apart."""
    inside = Counter(str(v.status) for v in vesicles if v.inside_region is not False)
    outside = sum(v.inside_region is False for v in vesicles)
    return {**{str(s): inside[s] for s in Status}, "outside_region": outside}


def for_export(vesicles: VesicleSet) -> tuple[Vesicle, ...]:
    """The vesicles that go into label volumes and models: accepted, and inside the region if there is one."""
    return tuple(v for v in vesicles.accepted if v.inside_region is not False)


def sentence(vesicles: VesicleSet) -> str:
    """The result in one sentence."""
    if not len(vesicles):
        return "No vesicle was found."
    number = counts(vesicles)
    left_out = [
        f"{number[key]} {word}"
        for key, word in (
            ("outlier", "doubtful"),
            ("rejected", "rejected"),
            ("outside_region", "outside the region"),
        )
        if number[key]
    ]
    found = f"{number['accepted']} {'vesicle' if number['accepted'] == 1 else 'vesicles'}"
    return f"{found} found{_radius(vesicles)}" + (f"; left out: {', '.join(left_out)}." if left_out else ".")


def _radius(vesicles: VesicleSet) -> str:
    radii = [v.radius_nm for v in for_export(vesicles)]
    return f", median radius {statistics.median(radii):.1f} nm" if radii else ""
