"""Probability map to candidates: the tree of components over rising thresholds.

A voxel set is taken for one vesicle when its shape is that of a ball, judged by its second moments; else the
threshold rises and its parts are judged. This is the paper's adaptive splitting with an absolute criterion in
place of the relative one, which merges all where all touch. Only the first labelling touches the whole volume, in
slabs; everything else happens in the components' boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.segmentation import watershed

from cryoves_app.analysis.segmentation.components import Components, Slabs, find_components, find_parents
from cryoves_app.analysis.segmentation.probability import LEVEL_STEP, logit, logit_levels
from cryoves_app.domain.arrays import BoolMask, Probability, Window
from cryoves_app.domain.progress import Progress

_Levels = NDArray[np.uint8]

#: How much of a map is looked at at once: voxels of a slab, and of the box of one component.
SLAB_VOXELS, LARGEST_BOX_VOXELS = 1 << 23, 1 << 26

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
        0 to 1; it may lie in a file, and is read in slabs, and once more where something is found.
    base_threshold
        Probability above which voxels belong to anything at all.
    split
        Whether to look for several vesicles in one component; off, a component is one candidate or none.
    """
    search = _Search(_Levelled(probability, base_threshold), sizes, progress or Progress(), split)
    return search.run()


@dataclass(frozen=True)
class _Levelled:
    """A probability map in levels, read in slabs or boxes."""

    probability: Probability
    base_threshold: float

    def slabs(self, level: int, progress: Progress) -> Slabs:
        """Where the map reaches a level."""
        depth = max(1, SLAB_VOXELS // int(np.prod(self.probability.shape[1:])))

        def read() -> Iterator[tuple[int, BoolMask]]:
            for start in range(0, self.probability.shape[0], depth):
                progress.check()
                yield start, self.box((slice(start, start + depth),)) >= level

        return read

    def box(self, window: Window) -> _Levels:
        return logit_levels(np.asarray(self.probability[window]), self.base_threshold)[0]

    def component(self, window: Window, first: NDArray[np.intp], level: int) -> _Levels:
        """The levels of the component that reaches a level at a voxel, in its box, 0 outside it."""
        levels = self.box(window)
        labels, _ = ndimage.label(levels >= level)
        own = labels[tuple(first - [s.start for s in window])]
        return np.where(labels == own, levels, np.uint8(0))


@dataclass
class _Search:
    """The walk through a map's components, from the base threshold on.

    A component whose box is too large to be looked at as a whole is no vesicle, but may hold some: its parts at the
    next level are looked for slab by slab.
    """

    levelled: _Levelled
    sizes: SizeRange
    progress: Progress
    split: bool

    def run(self) -> tuple[list[Segment], int]:
        components = self._at(1)
        count = len(components)
        found: list[list[Segment]] = [[] for _ in range(count)]
        base = wanted = np.arange(count)
        level = 1
        while len(wanted):
            large = [i for i in wanted.tolist() if components.box_volume(i) > LARGEST_BOX_VOXELS]
            for done, i in enumerate(wanted.tolist()):
                if done % 64 == 63:
                    self.progress.report(done / len(wanted))
                if self.sizes.smallest_px <= components.box_volume(i) <= LARGEST_BOX_VOXELS:
                    found[base[i]] += self._candidates(components, i, level)
            if not large or not self.split:
                break
            finer = self._at(level + 1)
            parents = find_parents(self.levelled.slabs(level, self.progress), components, finer)
            components, base, level = finer, base[parents], level + 1
            wanted = np.flatnonzero(np.isin(parents, large))
        return [_with_parts(s, len(parts)) for parts in found for s in parts], count

    def _at(self, level: int) -> Components:
        return find_components(self.levelled.slabs(level, self.progress))

    def _candidates(self, components: Components, number: int, level: int) -> list[Segment]:
        window = components.window(number)
        own = self.levelled.component(window, components.first[number], level)
        shape, base_logit = self.levelled.probability.shape, float(logit(self.levelled.base_threshold))
        tree = _Tree(shape, self.sizes, base_logit, self.split)
        return list(tree.candidates(own, tuple(s.start for s in window), level))


def _with_parts(segment: Segment, parts: int) -> Segment:
    return segment if parts == 1 else replace(segment, parts=parts)


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
