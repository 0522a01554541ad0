"""Checks after a run: each a note that says what is odd and what to do about it."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.domain.units import angstrom_from_nm
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


def check_result(vesicles: list[Vesicle], recipe: Recipe, hint: ScaleHint | None = None) -> tuple[Note, ...]:
    """What is odd about a finished run; ``hint`` tells of other voxel sizes, if they were tried."""
    found = [v for v in vesicles if v.status is Status.ACCEPTED]
    notes = (
        _outliers(vesicles, found),
        _radius(found, recipe, hint),
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


def radius_contradicts(vesicles: list[Vesicle], recipe: Recipe) -> bool:
    """Whether the radii that were found are far from the expected one."""
    found = [v for v in vesicles if v.status is Status.ACCEPTED]
    if len(found) < _FEW:
        return False
    ratio = _median_radius_nm(found) / recipe.input.expected_radius_nm
    return not _RADIUS_RATIO[0] <= ratio <= _RADIUS_RATIO[1]


def _median_radius_nm(found: list[Vesicle]) -> float:
    return float(np.median([v.radius_nm for v in found]))


def _radius(found: list[Vesicle], recipe: Recipe, hint: ScaleHint | None) -> Note | None:
    """Radii that contradict the expected one, with the likely reason."""
    if not radius_contradicts(found, recipe):
        return None
    median, expected = _median_radius_nm(found), recipe.input.expected_radius_nm
    start = f"The median radius is {_nm(median)} where {_nm(expected)} were expected"
    if hint is not None and hint.better_nm is not None:
        return Note(NoteKind.RADIUS, f"{start}; {scale_sentence(hint, recipe)}.")
    reason = (
        f"{_likely_reason(median / expected)} If it is right, set the expected radius to about {_nm(median)}."
    )
    return Note(NoteKind.RADIUS, f"{start}. {reason}")


def _likely_reason(ratio: float) -> str:
    """A question about the voxel size, if the radii are off by a usual factor."""
    small = "small" if ratio < 1 else "large"
    size = max(ratio, 1 / ratio)
    near = [f for f in _USUAL_FACTORS if abs(size / f - 1) < _NEAR]
    if not near:
        return f"Is the voxel size too {small}?"
    of = "the unbinned tomogram" if ratio < 1 else "a binned tomogram"
    return f"Is the voxel size {near[0]:.0f} times too {small}, for instance that of {of}?"


def scale_sentence(hint: ScaleHint, recipe: Recipe) -> str:
    """What the network sees at another voxel size, and what that means; without a capital and full stop."""
    assert hint.better_nm is not None
    said, better = angstrom_from_nm(hint.voxel_size_nm), angstrom_from_nm(hint.better_nm)
    radius = recipe.input.expected_radius_nm * hint.voxel_size_nm / hint.better_nm
    return (
        f"with voxels of {better:.4g} instead of {said:.4g} Å the network sees {hint.better_places} vesicles in the "
        f"middle of the tomogram (now {hint.places}): is the voxel size right (--voxel-size)? If it is, set the "
        f"expected radius to about {_nm(radius)}"
    )


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
