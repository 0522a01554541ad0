"""Checks after a run: each a note that says what is odd and what to do about it."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.domain.wording import counted

#: Share of outliers above which the run as a whole is in doubt.
_MANY_OUTLIERS = 0.5
#: A median radius beyond these multiples of the expected one contradicts it.
_RADIUS_RATIO = (0.7, 1.5)
#: Factors by which voxel sizes are wrong, and how near a ratio of radii must come to one.
_USUAL_FACTORS = (2.0, 4.0, 10.0)
_NEAR = 0.25
_FEW = 5


def check_result(vesicles: list[Vesicle], recipe: Recipe) -> tuple[Note, ...]:
    """What is odd about a finished run."""
    found = [v for v in vesicles if v.status is Status.ACCEPTED]
    notes = (
        _outliers(vesicles, found),
        _radius(found, recipe),
        _contrast(vesicles),
        _faces(found),
        _overlaps(found),
    )
    return tuple(n for n in notes if n)


def _outliers(vesicles: list[Vesicle], found: list[Vesicle]) -> Note | None:
    share = 1 - len(found) / len(vesicles) if vesicles else 0.0
    if share <= _MANY_OUTLIERS or len(vesicles) < _FEW:
        return None
    sentence = (
        f"{share:.0%} of the candidates are outliers: check the voxel size, the contrast and the model."
    )
    return Note(NoteKind.OUTLIERS, sentence)


def _radius(found: list[Vesicle], recipe: Recipe) -> Note | None:
    """Radii that contradict the expected one, with the likely reason."""
    if len(found) < _FEW:
        return None
    median = float(np.median([v.radius_nm for v in found]))
    expected = recipe.input.expected_radius_nm
    ratio = median / expected
    if _RADIUS_RATIO[0] <= ratio <= _RADIUS_RATIO[1]:
        return None
    factor = _usual_factor(ratio)
    sentence = (
        f"The median radius is {_nm(median)} where {_nm(expected)} were expected. {_likely_reason(ratio, factor)} "
        f"If the voxel size is right, set the expected radius to about {_nm(median)}."
    )
    return Note(NoteKind.RADIUS, sentence)


def _usual_factor(ratio: float) -> float | None:
    """The factor by which the voxel size would be wrong, if the ratio comes near to a usual one."""
    size = max(ratio, 1 / ratio)
    near = [f for f in _USUAL_FACTORS if abs(size / f - 1) < _NEAR]
    return near[0] if near else None


def _likely_reason(ratio: float, factor: float | None) -> str:
    small = "small" if ratio < 1 else "large"
    if factor is None:
        return f"Is the voxel size too {small}, or are these other vesicles?"
    of = "the unbinned tomogram" if ratio < 1 else "a binned tomogram"
    return f"Is the voxel size {factor:.0f} times too {small}, for instance that of {of}?"


def _nm(length: float) -> str:
    return f"{length:.0f} nm" if length >= 19.5 else f"{length:.1f} nm".replace(".0 nm", " nm")


def _contrast(vesicles: list[Vesicle]) -> Note | None:
    known = [v.contrast for v in vesicles if v.contrast is not None]
    if len(known) < _FEW or np.mean(np.array(known) < 0) <= 0.5:
        return None
    return Note(
        NoteKind.CONTRAST_DOUBTFUL,
        "Membranes look brighter than their surroundings: try the recipe's other contrast (--contrast).",
    )


def _faces(found: list[Vesicle]) -> Note | None:
    cut = sum(Flag.FACE in v.flags for v in found)
    if not cut:
        return None
    are = "is" if cut == 1 else "are"
    sentence = (
        f"{counted(cut, 'vesicle')} {are} cut by a face of the tomogram, or by a part of it without data."
    )
    return Note(NoteKind.FACES, sentence)


def _overlaps(found: list[Vesicle]) -> Note | None:
    over = sum(Flag.OVERLAP in v.flags for v in found)
    if not over:
        return None
    overlap = "overlaps" if over == 1 else "overlap"
    return Note(NoteKind.OVERLAPS, f"{counted(over, 'accepted vesicle')} {overlap} another one.")
