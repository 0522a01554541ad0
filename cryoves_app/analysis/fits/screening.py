"""A first look at candidates in the image: which of them have anything like a membrane around them.

The network sees many vesicles where there is only something round and dark. One radial average per candidate tells
most of them apart at a cost of about a millisecond, and gives the radius from which the fit starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.distinct import keep_distinct
from cryoves_app.analysis.membrane.radial import membrane_template
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.membrane.starts import best_start
from cryoves_app.domain.arrays import Array, Chosen, MidSpheres
from cryoves_app.domain.progress import Progress

#: Share of the usual membrane signal that a candidate needs to be fitted at all.
_NEEDED = 0.08
#: The fit's radius is looked for between these multiples of the radius of the segment.
_RADIUS_LOW, _RADIUS_HIGH = 0.7, 1.7
_SMALLEST_NM = 7.0
#: The candidates of which the network is surest (this share) say what is usual.
_SUREST = 0.1
#: Starts that share this much of their volume are one vesicle, seen at two scales or in two segments.
_SAME = 0.5


@dataclass(frozen=True)
class Candidate:
    """A place where the network sees a vesicle. Lengths in nm; ``evidence`` ranks candidates, largest first.

    ``uncertainty_nm`` says how far off the centre may be. Where the image shows a mid-plane radius below
    ``left_below_nm`` the candidate is left to those of a finer scale.
    """

    centre_nm: tuple[float, float, float]
    radius_nm: float
    evidence: float
    parts: int = 1
    uncertainty_nm: float = 0.0
    left_below_nm: float = 0.0


def screen(
    source: GreySource, candidates: list[Candidate], tilt_range_deg: float, progress: Progress
) -> tuple[MidSpheres, list[int]]:
    """The candidates worth fitting.

    Parameters
    ----------
    candidates
        With the radius of their segments in nm.

    Returns
    -------
    starts : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    kept : list of int
        Their indices in ``candidates``.
    """
    profile = membrane_template()
    starts = np.zeros((len(candidates), 4))
    signal = np.zeros(len(candidates))
    for i, candidate in enumerate(candidates):
        progress.report(i / len(candidates))
        centre = np.array(candidate.centre_nm)
        low = max(_RADIUS_LOW * candidate.radius_nm, _SMALLEST_NM)
        high = max(_RADIUS_HIGH * candidate.radius_nm, low + 5)
        starts[i], gain = best_start(
            source, centre, (low, high), profile, tilt_range_deg, candidate.uncertainty_nm
        )
        signal[i] = gain / starts[i, 3] ** 2
    left_below = np.array([c.left_below_nm for c in candidates])
    kept = _kept(signal, np.array([c.evidence for c in candidates]), left_below == 0)
    kept = kept[starts[kept, 3] >= left_below[kept]]
    kept = kept[keep_distinct(starts[kept], signal[kept], _SAME)]
    return starts[kept], [int(i) for i in kept]


def _kept(signal: Array, evidence: Array, usual: Chosen) -> NDArray[np.intp]:
    """Those with enough signal; candidates of the usual size say how much that is, where there are any."""
    if not len(signal):
        return np.zeros(0, np.intp)
    usual = usual if usual.any() else ~usual
    surest = usual & (evidence >= np.quantile(evidence[usual], 1 - _SUREST))
    return np.flatnonzero(signal > _NEEDED * np.median(signal[surest]))
