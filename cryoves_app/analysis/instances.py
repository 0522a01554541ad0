"""Probability map to candidates: the tree of components over rising thresholds.

A voxel set is taken for one vesicle when its shape is that of a ball, judged by its second moments; else the
threshold rises and its parts are judged. This is the paper's adaptive splitting with an absolute criterion in
place of the relative one, which merges all where all touch. Only the first labelling touches the whole volume;
everything else happens in the components' boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.segmentation import watershed

from cryoves_app.analysis.probability import LEVEL_STEP, logit_levels
from cryoves_app.domain.arrays import Probability
from cryoves_app.domain.progress import Progress

_Levels = NDArray[np.uint8]

#: A ball has 1; two touching equal balls 0.6; half a ball 0.82; an ellipsoid of axis ratio 1.3 has 0.97.
_BALL = 0.85
_CUT_BALL = 0.75
#: Second moment of a unit cube per axis, which discrete voxels add: it keeps tiny segments comparable.
_VOXEL_MOMENT = 0.25


@dataclass(frozen=True)
class Segment:
    """A connected set of voxels above some threshold, taken for a vesicle.

    ``centre_px`` is the centroid ``(z, y, x)`` on the network's grid, or the estimated centre of the ball that a face
    of the volume cuts; ``volume_px`` is its voxel count,
    ``sphericity`` is 1 for a ball, ``peak_logit`` the largest logit, ``parts`` how many candidates came from
    the same component at the base threshold.
    """

    centre_px: tuple[float, float, float]
    volume_px: int
    sphericity: float
    threshold_logit: float
    peak_logit: float
    at_face: bool
    parts: int = 1

    @property
    def radius_px(self) -> float:
        """Radius of the ball of the same volume."""
        return float((3 * self.volume_px / (4 * np.pi)) ** (1 / 3))


@dataclass(frozen=True)
class SizeRange:
    """Volumes in voxels between which a segment may be one vesicle."""

    smallest_px: float
    largest_px: float


def find_segments(
    probability: Probability,
    base_threshold: float,
    sizes: SizeRange,
    progress: Progress | None = None,
    *,
    split: bool = True,
) -> tuple[list[Segment], int]:
    """Candidates of a probability map, and the number of components at the base threshold.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1; may be memory-mapped, it is read once.
    base_threshold
        Probability above which voxels belong to anything at all.
    split
        Whether to look for several vesicles in one component; off, a component is one candidate or none.
    """
    progress = progress or Progress()
    levels, base_logit = logit_levels(probability, base_threshold)
    labels, count = ndimage.label(levels)
    found: list[Segment] = []
    for index, window in enumerate(ndimage.find_objects(labels), 1):
        if index % 64 == 0:
            progress.report(index / count)
        if _box_volume(window) < sizes.smallest_px:
            continue
        own = np.where(labels[window] == index, levels[window], np.uint8(0))
        corner = tuple(s.start for s in window)
        tree = _Tree(probability.shape, sizes, base_logit, split)
        parts = list(tree.candidates(own, corner, 1))
        found += [_with_parts(p, len(parts)) for p in parts]
    return found, count


def _with_parts(segment: Segment, parts: int) -> Segment:
    return segment if parts == 1 else Segment(**{**segment.__dict__, "parts": parts})


def _box_volume(window: tuple[slice, ...]) -> int:
    return int(np.prod([s.stop - s.start for s in window]))


@dataclass(frozen=True)
class _Tree:
    """Walks down the components of one base component."""

    shape: tuple[int, ...]
    sizes: SizeRange
    base_logit: float
    split: bool

    def candidates(self, levels: _Levels, corner: tuple[int, ...], level: int) -> Iterator[Segment]:
        """Segments of one component, given as levels in its box (0 outside it)."""
        segment = self._segment(levels, corner, level)
        if segment.volume_px < self.sizes.smallest_px:
            return
        fits = segment.volume_px <= self.sizes.largest_px
        if fits and segment.sphericity >= (_CUT_BALL if segment.at_face else _BALL):
            yield segment
            return
        smaller = self._parts(levels, corner, level) if self.split else ()
        parts = [s for part, at in smaller for s in self.candidates(part, at, level + 1)]
        parts = parts or (self._watershed(levels, corner, level) if self.split else [])
        if parts:
            yield from parts
        elif fits:
            yield segment  # irregular, but nothing better inside: the image decides

    def _watershed(self, levels: _Levels, corner: tuple[int, ...], level: int) -> list[Segment]:
        """Parts of a segment that no threshold separates, by the distance to its surface; none if it is one."""
        depth = ndimage.distance_transform_edt(np.pad(levels > 0, 1))[1:-1, 1:-1, 1:-1]
        apart = max(2, int(0.5 * (3 * self.sizes.smallest_px / (4 * np.pi)) ** (1 / 3)))
        peaks = peak_local_max(ndimage.gaussian_filter(depth, 1.0), min_distance=apart, exclude_border=False)
        if len(peaks) < 2:
            return []
        markers = np.zeros(levels.shape, np.int32)
        markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
        labels = watershed(-depth, markers, mask=levels > 0)
        found = []
        for index, window in enumerate(ndimage.find_objects(labels), 1):
            if window is None:  # the smoothed depth peaked in a hole, outside the segment
                continue
            own = np.where(labels[window] == index, levels[window], np.uint8(0))
            at = tuple(c + s.start for c, s in zip(corner, window, strict=True))
            part = self._segment(own, at, level)
            if part.volume_px >= self.sizes.smallest_px and part.sphericity >= _CUT_BALL:
                found.append(part)
        return found if len(found) > 1 else []

    def _parts(
        self, levels: _Levels, corner: tuple[int, ...], level: int
    ) -> Iterator[tuple[_Levels, tuple[int, ...]]]:
        labels, _ = ndimage.label(levels > level)
        for index, window in enumerate(ndimage.find_objects(labels), 1):
            if _box_volume(window) >= self.sizes.smallest_px:
                own = np.where(labels[window] == index, levels[window], np.uint8(0))
                yield own, tuple(c + s.start for c, s in zip(corner, window, strict=True))

    def _segment(self, levels: _Levels, corner: tuple[int, ...], level: int) -> Segment:
        voxels = np.argwhere(levels)
        centre = voxels.mean(axis=0)
        spread = float(((voxels - centre) ** 2).sum() / len(voxels)) + _VOXEL_MOMENT
        ball = (3 * len(voxels) / (4 * np.pi)) ** (2 / 3)
        at_face = any(
            c == 0 or c + n == size for c, n, size in zip(corner, levels.shape, self.shape, strict=True)
        )
        z, y, x = _uncut_centre(centre + corner, corner, levels.shape, self.shape)
        return Segment(
            (z, y, x),
            len(voxels),
            float(0.6 * ball / spread),
            self.base_logit + (level - 1) * LEVEL_STEP,
            self.base_logit + (int(levels.max()) - 0.5) * LEVEL_STEP,
            at_face,
        )


def _uncut_centre(
    centroid: NDArray[np.float64], corner: tuple[int, ...], box: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[float, float, float]:
    """The centre of the ball of which one face shows only a part: half a ball's centroid is 3/8 of a radius off.

    The box of what shows has the ball's (or its largest section's) width along the face and a height ``h`` from it:
    for a height above half the width the centre lies that half below the top, else the cap's geometry says where.
    """
    centre = centroid.copy()
    starts = [c == 0 for c in corner]
    ends = [c + n == size for c, n, size in zip(corner, box, shape, strict=True)]
    cut = [axis for axis in range(3) if starts[axis] != ends[axis]]
    if len(cut) == 1:
        axis = cut[0]
        half = max(n for other, n in enumerate(box) if other != axis) / 2
        height = float(box[axis])
        radius = half if height >= half else (height**2 + half**2) / (2 * height)
        top = box[axis] - 0.5 if starts[axis] else shape[axis] - box[axis] - 0.5
        centre[axis] = top - radius if starts[axis] else top + radius
    z, y, x = (float(c) for c in centre)
    return z, y, x
