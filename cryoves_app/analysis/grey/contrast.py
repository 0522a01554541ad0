"""Whether dense matter is dark or bright in a tomogram: asked of the image itself, and of what was found in it.

Membranes and proteins are thin and dense; what lies between them is wide and light. So on a scale of a few nanometres
the grey values of a tomogram reach farther to the side of dense matter, whatever the noise, and the third moment of the
image less its surroundings has the sign of the contrast. Noise alone has none. Measured on simulated tomograms of all
presets (signal to noise down to 0.05), on a cryo-ET crop, on FIB-SEM of a synapse and on crops of spindles: -0.03 to
-1.2 at 5 to 90 standard errors where dense matter is dark, and below 0.01 for noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.vesicle import Status, Vesicle

#: Width of the surroundings that are taken off, in voxels of the network (about 30 nm).
_AROUND_PX = 13
#: The image is looked at in tiles of about this edge, in one plane of so many (half as many of a small one), and in no
#: more voxels than this.
_TILE_PX = 48
_EVERY, _SMALL = 4, 1_000_000
_MOST_VOXELS = 4_000_000
#: Values beyond this do not count more, so that gold alone decides nothing.
_LIMIT = 6.0
#: A skewness below the first, or less than the second in standard errors, decides nothing.
_LEAST_SKEWNESS, _LEAST_ERRORS = 0.015, 4.0
_FEWEST_TILES = 4
_MOSTLY_DATA = 0.9


@dataclass(frozen=True)
class ContrastEvidence:
    """What the image says: the skewness of its fine structure, and how many standard errors that is."""

    skewness: float
    errors: float

    @property
    def verdict(self) -> Contrast | None:
        """Dark or bright membranes; ``None`` where the image does not tell."""
        if abs(self.skewness) < _LEAST_SKEWNESS or abs(self.errors) < _LEAST_ERRORS:
            return None
        return Contrast.DARK if self.skewness < 0 else Contrast.BRIGHT

    def turned(self, sign: int) -> ContrastEvidence:
        """The evidence of the same image turned, where ``sign`` is -1."""
        return ContrastEvidence(sign * self.skewness, sign * self.errors)


def measure_contrast(image: NDArray[Any], with_data: NDArray[np.uint8] | None = None) -> ContrastEvidence:
    """The evidence of a network's input ``(z, y, x)``, in standard deviations.

    ``with_data`` is 1 where its voxels hold data, else 0; tiles that do not almost everywhere are left out.
    """
    moments = []
    step = max(_EVERY if image.size > _SMALL else _EVERY // 2, round(image.size / _MOST_VOXELS))
    for k in range(step // 2 if image.shape[0] > step else 0, image.shape[0], step):
        known = None if with_data is None else np.asarray(with_data[k])
        moments += third_moments(np.asarray(image[k], np.float32), known)
    return evidence_of(moments)


def evidence_of(moments: Sequence[float]) -> ContrastEvidence:
    """The evidence of third moments of tiles."""
    if len(moments) < _FEWEST_TILES:
        return ContrastEvidence(float(np.mean(moments)) if moments else 0.0, 0.0)
    mean, error = float(np.mean(moments)), float(np.std(moments, ddof=1)) / len(moments) ** 0.5
    return ContrastEvidence(mean, mean / error if error > 0 else 0.0)


def third_moments(plane: NDArray[np.float32], with_data: NDArray[np.uint8] | None = None) -> list[float]:
    """The standardised third moment of each tile of a plane ``(y, x)`` less its surroundings.

    The plane is in any unit; ``with_data`` is 1 where its voxels hold data, else 0.
    """
    fine = plane - ndimage.uniform_filter(plane, _AROUND_PX, mode="reflect")
    found = []
    for rows in _cut(fine.shape[0]):
        for columns in _cut(fine.shape[1]):
            tile = (rows, columns)
            if with_data is not None and with_data[tile].mean() < _MOSTLY_DATA:
                continue
            values = fine[tile] - fine[tile].mean()
            deviation = float(values.std())
            if deviation > 0:
                values = np.clip(values / np.float32(deviation), -_LIMIT, _LIMIT)
                found.append(float(np.mean(values * values * values, dtype=np.float64)))
    return found


def _cut(length: int) -> list[slice]:
    """An axis in pieces of about the tiles' edge."""
    ends = np.linspace(0, length, max(round(length / _TILE_PX), 1) + 1).round().astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


#: Profiles of the vesicles found with the wrong sign are bright beyond the dark ring that was fitted, by more than this
#: share of its depth.
_BRIGHT_RING = 0.9
#: Fewer vesicles than this do not speak for a sign.
_FEW = 3
#: The other sign must be supported so much better to be taken.
_BETTER = 1.5


@dataclass(frozen=True)
class Support:
    """What a run with one sign found: ``membrane`` in nm², weighed by likeness, of ``count`` vesicles.

    ``bright_ring`` is the height of the bright ring around them over the depth of the dark one.
    """

    membrane: float
    count: int
    bright_ring: float | None = None

    @property
    def contradicts(self) -> bool:
        """Whether the vesicles look like those that the wrong sign shows."""
        return self.bright_ring is not None and self.bright_ring > _BRIGHT_RING

    @classmethod
    def of(cls, vesicles: Sequence[Vesicle], bright_ring: float | None) -> Support:
        """What the accepted ones of a run's vesicles say."""
        accepted = [v for v in vesicles if v.status is Status.ACCEPTED]
        membrane = sum(v.radius_nm**2 * max(v.correlation or 0.0, 0.0) for v in accepted)
        return cls(membrane, len(accepted), bright_ring)


def first_contrast(evidence: ContrastEvidence, said_to_be_bright: bool) -> Contrast:
    """The contrast that a run starts with; where the image does not tell, what the file says, or dark."""
    return evidence.verdict or (Contrast.BRIGHT if said_to_be_bright else Contrast.DARK)


def is_doubtful(evidence: ContrastEvidence, found: Support) -> bool:
    """Whether the other contrast should be tried, too, after a run with the first.

    Bright membranes are so rare that they are never taken for granted.
    """
    return evidence.verdict is not Contrast.DARK or found.contradicts


def is_better(other: Support, first: Support, evidence: ContrastEvidence, other_is: Contrast) -> bool:
    """Whether a run with the other contrast is the one to keep.

    Where the image speaks for one contrast, the vesicles must not contradict it; where it does not, and membranes would
    be bright, they must speak clearly. Measured on simulated tomograms, the right contrast finds 1.6 to 8 times as much
    membrane; with a network that bears any look the wrong one may find as much, around rings of the wrong size.
    """
    both_found = min(other.count, first.count) >= _FEW
    if evidence.verdict is None and both_found and other.contradicts != first.contradicts:
        return first.contradicts
    if evidence.verdict is Contrast.BRIGHT:
        return other.membrane >= first.membrane
    needed = _BETTER if other_is is Contrast.BRIGHT or evidence.verdict is Contrast.DARK else 1 / _BETTER
    return other.count >= _FEW and other.membrane > needed * first.membrane


def other_contrast(contrast: Contrast) -> Contrast:
    """Bright for dark, and dark for bright."""
    return Contrast.DARK if contrast is Contrast.BRIGHT else Contrast.BRIGHT
