"""From the map to segments: global threshold, splitting by higher and growing by lower ones, removal by shape.

Works on the tomogram's grid, as the published program does. Its oddities that are followed here:

- A segment is split once, and its pieces keep the higher threshold at which it fell apart; specks count as pieces.
- Pieces are numbered 1000 + the segment's number + their own, so that pieces of two segments may share a number.
  Both are then one segment, of hardly any extent, and are dropped.
- Nothing within 10 voxels of a low face is split, because a box that reaches beyond the face comes out empty.
- With the published weights the darkest shell is that of the last threshold tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.network_input.scales import Scale
from cryoves_app.analysis.published.rescaled_map import (
    RescaledMap,
    SegmentVoxels,
    count_joined_by_corners,
    joined_by_faces,
)
from cryoves_app.analysis.segmentation.candidates import Proposal, ball_px
from cryoves_app.analysis.segmentation.threshold import shell_threshold
from cryoves_app.domain.arrays import Array, Indices, Shape
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.domain.run_steps import StepReport

#: Thresholds tried between the recipe's lowest and highest.
_THRESHOLDS = 20
#: Steps by which a segment's threshold rises; each finer one starts a coarser step below 1.
_SPLIT_STEPS = (0.01, 0.001, 0.0001)
_NUMBERED_FROM = 1000
_GROWTH_STEP = 0.025
#: A segment that grows must reach this multiple of the smallest volume.
_GROWN = 4.0

#: Segments by their numbers, in the order of the published program.
Segments = Mapping[int, "LabelledSegment"]


@dataclass(frozen=True)
class LabelledSegment:
    """Voxels ``(n, 3)`` that are taken for one vesicle, in the tomogram's."""

    voxels: SegmentVoxels

    @property
    def volume_px(self) -> int:
        """How many voxels."""
        return len(self.voxels)

    @cached_property
    def low(self) -> Indices:
        """The first voxel along each axis, ``(3,)``."""
        lowest: Indices = self.voxels.min(axis=0)
        return lowest

    @cached_property
    def high(self) -> Indices:
        """One after the last voxel along each axis, ``(3,)``."""
        end: Indices = self.voxels.max(axis=0) + 1
        return end

    @property
    def extent(self) -> float:
        """Share of the bounding box that is filled."""
        return self.volume_px / float(np.prod(self.high - self.low))

    @property
    def centre_px(self) -> Array:
        """The centroid ``(3,)`` in voxels."""
        centre: Array = self.voxels.mean(axis=0)
        return centre

    def mask(self) -> NDArray[np.bool_]:
        """The voxels ``(z, y, x)`` of the bounding box that belong to the segment."""
        mask = np.zeros(self.high - self.low, bool)
        mask[tuple((self.voxels - self.low).T)] = True
        return mask

    def candidate(self, voxel_size_nm: float) -> Candidate:
        """Centroid, and half the longest edge of the box."""
        z, y, x = (float(c) * voxel_size_nm for c in self.centre_px)
        radius_px = float((self.high - self.low).max()) / 2
        return Candidate((z, y, x), radius_px * voxel_size_nm, float(self.volume_px))


class _GreyPlanes:
    """A tomogram's planes, membranes dark; tells how far they were read."""

    def __init__(self, source: GreySource, progress: Progress) -> None:
        self._source, self._progress = source, progress
        z, y, x = source.data.shape
        self.shape: Shape = (z, y, x)

    def __getitem__(self, z: int) -> NDArray[np.float32]:
        self._progress.report(z / self.shape[0])
        low, high = np.array([z, 0, 0]), np.array([z + 1, *self.shape[1:]])
        return self._source.box(low, high)[0]


def find_segments_as_published(
    rescaled: RescaledMap, source: GreySource, scale: Scale, settings: InstanceSettings, progress: Progress
) -> Proposal:
    """Candidates by the published program's rules, or with the recipe ``paper`` by the manuscript's numbers."""
    progress.start("threshold")
    threshold, notes = choose_threshold(rescaled, source, settings, progress)
    segments = label_segments(rescaled, threshold)
    steps = [StepReport("threshold", after=len(segments), note=f"probability above {threshold:.4g}")]
    if settings.split:
        progress.start("split")
        before, segments = segments, split_segments(segments, rescaled, threshold, settings, progress)
        steps.append(StepReport("split", len(before), len(segments)))
    smallest = settings.smallest_fraction * ball_px(scale.expected_radius_nm, rescaled.voxel_size_nm)
    if settings.expand:
        progress.start("expand")
        before = segments
        segments = grow_segments(segments, rescaled, threshold, smallest, settings, progress)
        steps.append(StepReport("expand", len(before), len(segments)))
    kept = remove_segments(segments, smallest, settings)
    steps.append(StepReport("remove", len(segments), len(kept)))
    return Proposal(tuple(s.candidate(rescaled.voxel_size_nm) for s in kept), tuple(steps), notes)


def choose_threshold(
    rescaled: RescaledMap, source: GreySource, settings: InstanceSettings, progress: Progress
) -> tuple[float, tuple[Note, ...]]:
    """The recipe's threshold, or else the one whose inner shell is darkest, with what there is to say of it."""
    if settings.threshold:
        return settings.threshold, ()
    tried = np.linspace(settings.threshold_low, settings.threshold_high, _THRESHOLDS)
    found = shell_threshold(rescaled, _GreyPlanes(source, progress), tried)
    if found is None:
        sentence = "The probability is nowhere above the lowest threshold."
        return settings.threshold_low, (Note(NoteKind.THRESHOLD, sentence),)
    value = min(found.value * settings.threshold_coefficient, 0.999999)
    sentence = f"The best threshold ({found.value:.4g}) is at the edge of the range that was tried."
    return value, (Note(NoteKind.THRESHOLD, sentence),) if found.at_edge else ()


def label_segments(rescaled: RescaledMap, threshold: float) -> dict[int, LabelledSegment]:
    """The parts of the map above a threshold, numbered from 1."""
    return {number: LabelledSegment(v) for number, v in enumerate(rescaled.components(threshold), 1)}


def split_segments(
    segments: Segments,
    rescaled: RescaledMap,
    threshold: float,
    settings: InstanceSettings,
    progress: Progress,
) -> dict[int, LabelledSegment]:
    """The segments, those that are large and of little extent replaced by what a higher threshold parts them into."""
    volumes = np.array([s.volume_px for s in segments.values()], float)
    scores = (volumes - volumes.mean()) / max(volumes.std(), 1e-9) if len(volumes) else volumes
    found: dict[int, list[SegmentVoxels]] = defaultdict(list)
    for i, ((number, segment), score) in enumerate(zip(segments.items(), scores, strict=True)):
        progress.report(i / len(segments))
        large = score > settings.split_volume_z and segment.extent < settings.split_extent
        pieces: list[SegmentVoxels] = []
        if large and not np.any(segment.low < settings.skip_faces_px):
            pieces = _pieces(segment, rescaled, threshold)
        for k, piece in enumerate(pieces, 1):
            found[_NUMBERED_FROM + number + k].append(piece)
        if not pieces:
            found[number].append(segment.voxels)
    return {number: LabelledSegment(np.concatenate(found[number])) for number in sorted(found)}


def _pieces(segment: LabelledSegment, rescaled: RescaledMap, threshold: float) -> list[SegmentVoxels]:
    """What is left of a segment at the lowest threshold at which it falls apart; nothing if it never does."""
    own = np.where(segment.mask(), rescaled.box(segment.low, segment.high), 0)
    for higher in _rising_thresholds(threshold):
        if count_joined_by_corners(own > higher) > 1:
            return [piece + segment.low for piece in joined_by_faces(own > higher)]
    return []


def _rising_thresholds(threshold: float) -> Iterator[float]:
    start = threshold
    for step in _SPLIT_STEPS:
        yield from np.arange(start, 1, step)
        start = 1 - step


def grow_segments(
    segments: Segments,
    rescaled: RescaledMap,
    threshold: float,
    smallest_px: float,
    settings: InstanceSettings,
    progress: Progress,
) -> dict[int, LabelledSegment]:
    """The segments, with those below the smallest volume at the threshold that lets them grow well beyond it.

    The manuscript describes the step without numbers; these are the published program's, which has it switched off.
    What grows takes voxels from others, and those that do not grow enough stay as they are.
    """
    grown = dict(segments)
    for i, (number, segment) in enumerate(segments.items()):
        progress.report(i / len(segments))
        if segment.volume_px >= smallest_px:
            continue
        larger = _grown(segment, rescaled, threshold, smallest_px, settings.threshold_low)
        if larger is not None:
            grown = _without(grown, larger, rescaled.shape)
            grown[number] = larger
    return grown


def _grown(
    segment: LabelledSegment, rescaled: RescaledMap, threshold: float, smallest_px: float, lowest: float
) -> LabelledSegment | None:
    needed = _GROWN * smallest_px
    reach = int(np.ceil(2 * (0.75 * needed / np.pi) ** (1 / 3)))
    low, high = np.maximum(segment.low - reach, 0), np.minimum(segment.high + reach, rescaled.shape)
    around = rescaled.box(low, high)
    at = tuple(np.rint(segment.centre_px).astype(np.intp) - low)
    if around[at] <= lowest:
        return None
    for lower in np.arange(threshold - _GROWTH_STEP, lowest, -_GROWTH_STEP):
        labels, _ = ndimage.label(around > lower, np.ones((3, 3, 3)))
        if labels[at] and np.count_nonzero(own := labels == labels[at]) >= needed:
            return LabelledSegment(np.argwhere(own) + low)
    return None


def _without(segments: Segments, other: LabelledSegment, shape: Shape) -> dict[int, LabelledSegment]:
    """What the segments keep where another one takes its voxels."""
    taken = np.ravel_multi_index(tuple(other.voxels.T), shape)
    left = {}
    for number, segment in segments.items():
        if np.all(segment.low < other.high) and np.all(other.low < segment.high):
            own = np.ravel_multi_index(tuple(segment.voxels.T), shape)
            segment = LabelledSegment(segment.voxels[~np.isin(own, taken)])
        if segment.volume_px:
            left[number] = segment
    return left


def remove_segments(
    segments: Segments, smallest_px: float, settings: InstanceSettings
) -> list[LabelledSegment]:
    """Those that are left without the too small ones and those of too little or too much extent."""
    return [
        s
        for s in segments.values()
        if s.volume_px >= smallest_px and settings.extent_low <= s.extent <= settings.extent_high
    ]
