"""Places of which the network is sure and where the image shows too little for a fit: told, not passed over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import Note, NoteKind

#: The network is sure of a candidate with this share of the evidence that the surest tenth has.
_SURE, _SUREST = 0.3, 0.9
#: So many are worth a sentence, and this share of what was fitted.
_FEWEST, _SHARE = 4, 0.2


def faint_note(
    candidates: Sequence[Candidate], fitted: Sequence[Sphere], voxel_size_nm: float
) -> tuple[Note, ...]:
    """A note where many candidates of which the network is sure came to nothing beside those that were fitted."""
    lost = [c for c in _sure(candidates) if not any(_is_inside(c, sphere) for sphere in fitted)]
    if not fitted or len(lost) < max(_FEWEST, _SHARE * len(fitted)):
        return ()
    slices = [c.centre_nm[0] / voxel_size_nm for c in lost]
    sentence = (
        f"Left out, since their membranes are far fainter than those of the others: {len(lost)} places of which the "
        f"network is sure (in slices {min(slices):.0f} to {max(slices):.0f}). If contrast fades over the tomogram, "
        "segment the faint part by itself (a box)."
    )
    return (Note(NoteKind.FAINT, sentence),)


def _sure(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of usual size: what only a coarser scale sees is another matter."""
    usual = [c for c in candidates if c.left_below_nm == 0]
    if not usual:
        return []
    evidence = np.array([c.evidence for c in usual])
    least = _SURE * np.median(evidence[evidence >= np.quantile(evidence, _SUREST)])
    return [c for c in usual if c.evidence > least]


def _is_inside(candidate: Candidate, sphere: Sphere) -> bool:
    return bool(np.linalg.norm(np.subtract(candidate.centre_nm, sphere.centre_nm)) < sphere.radius_nm)
