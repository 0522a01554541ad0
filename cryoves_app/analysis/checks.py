"""Checks after a run: each a sentence that says what is odd and what to do about it."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Flag, Status, Vesicle

#: Share of outliers above which the run as a whole is in doubt.
_MANY_OUTLIERS = 0.5
#: A median radius beyond these multiples of the expected one points to a wrong voxel size.
_RADIUS_RATIO = (0.5, 2.0)
_FEW = 5


def check_result(vesicles: list[Vesicle], recipe: Recipe) -> tuple[Note, ...]:
    """Notes on a finished run."""
    found = [v for v in vesicles if v.status is Status.ACCEPTED]
    sentences = {
        NoteKind.OUTLIERS: _outliers(vesicles, found),
        NoteKind.RADIUS: _radius(found, recipe),
        NoteKind.CONTRAST: _contrast(vesicles),
        NoteKind.FACES: _faces(found),
        NoteKind.OVERLAPS: _overlaps(found),
    }
    return tuple(Note(kind, sentence) for kind, sentence in sentences.items() if sentence)


def _outliers(vesicles: list[Vesicle], found: list[Vesicle]) -> str:
    share = 1 - len(found) / len(vesicles) if vesicles else 0.0
    if share <= _MANY_OUTLIERS or len(vesicles) < _FEW:
        return ""
    return f"{share:.0%} of the candidates are outliers: check the voxel size, the contrast and the model."


def _radius(found: list[Vesicle], recipe: Recipe) -> str:
    if len(found) < _FEW:
        return ""
    median = float(np.median([v.radius_nm for v in found]))
    expected = recipe.input.expected_radius_nm
    if _RADIUS_RATIO[0] <= median / expected <= _RADIUS_RATIO[1]:
        return ""
    return (
        f"The median radius is {median:.0f} nm where {expected:.0f} nm were expected: "
        "check the voxel size, or set the expected radius."
    )


def _contrast(vesicles: list[Vesicle]) -> str:
    known = [v.contrast for v in vesicles if v.contrast is not None]
    if len(known) < _FEW or np.mean(np.array(known) < 0) <= 0.5:
        return ""
    return "Membranes look brighter than their surroundings: the contrast may be inverted; try the recipe's “invert”."


def _faces(found: list[Vesicle]) -> str:
    cut = sum(Flag.FACE in v.flags for v in found)
    return f"{cut} vesicles are cut by a face of the tomogram." if cut else ""


def _overlaps(found: list[Vesicle]) -> str:
    over = sum(Flag.OVERLAP in v.flags for v in found)
    return f"{over} accepted vesicles overlap another one." if over else ""
