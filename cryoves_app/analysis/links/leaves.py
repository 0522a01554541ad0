"""Links over rising thresholds: segments that touch exactly two boundaries, each where it first appears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.domain.arrays import AnyArray, BoolMask, Indices
from cryoves_app.domain.progress import Progress


@dataclass(frozen=True)
class Leaf:
    """A segment at the threshold at which it appears, with no other one inside.

    Attributes
    ----------
    threshold
        Grey value up to which its voxels are dark enough.
    ends
        The two boundaries' places in ``LinkField.ids``, from 1, the lower one first.
    voxels : (n,) array
        Places in the field's flattened arrays, in rising order.
    """

    threshold: float
    ends: tuple[int, int]
    voxels: Indices = field(repr=False)


@dataclass(frozen=True)
class SegmentLevel:
    """The segments of one threshold that touch exactly two boundaries.

    Attributes
    ----------
    components : (z, y, x) int32 array
        Connected components of the voxels that are dark enough, from 1.
    ends : (c + 1, 2) array
        The numbers of each component's two boundaries; zeros where it is no such segment.
    """

    threshold: float
    components: AnyArray = field(repr=False)
    ends: Indices = field(repr=False)

    @property
    def is_segment(self) -> BoolMask:
        """``(c + 1,)``: for each component's number whether it touches exactly two boundaries."""
        return self.ends[:, 0] > 0


def rising(thresholds: Sequence[float]) -> tuple[float, ...]:
    """Thresholds in rising order, each once."""
    return tuple(sorted({float(t) for t in thresholds}))


def find_leaves(
    space: LinkField, thresholds: Sequence[float], progress: Progress | None = None
) -> list[Leaf]:
    """All leaves, from the lowest threshold to the highest, those of one threshold by their first voxels.

    Parameters
    ----------
    space
        Where to look.
    thresholds
        Grey values in any order.

    Raises
    ------
    Cancelled
        When the user stopped it.
    """
    watched = progress or Progress()
    seen = np.zeros(space.region.size, bool)
    found: list[Leaf] = []
    steps = rising(thresholds)
    for number, threshold in enumerate(steps):
        watched.report(number / len(steps), f"threshold {threshold:g}")
        found += _new_leaves(segment_level(space, threshold), seen)
    return found


def segment_level(space: LinkField, threshold: float) -> SegmentLevel:
    """Segments of the region's voxels that are at most as bright as a threshold.

    The threshold is rounded to the precision of grey values that are floating point numbers, so that a voxel as
    bright as it counts.
    """
    grey = space.grey
    limit = grey.dtype.type(threshold) if grey.dtype.kind == "f" else threshold
    components, count = ndimage.label(space.region & (grey <= limit))
    touching = components.reshape(-1)[space.sites.voxels].astype(np.int64)
    many = len(space.ids) + 1
    pairs = np.unique((touching * many + space.sites.boundaries)[touching > 0])
    of, boundary = pairs // many, pairs % many
    ends = np.zeros((count + 1, 2), np.intp)
    two = np.bincount(of, minlength=count + 1)[of] == 2
    ends[of[two][::2]] = boundary[two].reshape(-1, 2)
    return SegmentLevel(threshold, components, ends)


def _new_leaves(level: SegmentLevel, seen: BoolMask) -> list[Leaf]:
    """Segments without a voxel of an earlier one; ``seen`` takes up all segments' voxels."""
    flat = level.components.reshape(-1)
    voxels = np.flatnonzero(level.is_segment[flat])
    numbers = flat[voxels]
    is_old = np.zeros(len(level.ends), bool)
    is_old[numbers[seen[voxels]]] = True
    seen[voxels] = True
    fresh = ~is_old[numbers]
    voxels, numbers = voxels[fresh], numbers[fresh]
    order = np.argsort(numbers, kind="stable")
    voxels, numbers = voxels[order], numbers[order]
    starts = np.flatnonzero(np.diff(numbers, prepend=0))
    return [
        Leaf(level.threshold, (int(a), int(b)), own)
        for (a, b), own in zip(
            level.ends[numbers[starts]], np.split(voxels, starts[1:]) if len(starts) else (), strict=True
        )
    ]
