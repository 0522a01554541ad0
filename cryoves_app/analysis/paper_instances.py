"""Probability map to candidates as the manuscript has it: global threshold, adaptive splitting, expansion, removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.candidates import Proposal, ball_px
from cryoves_app.analysis.scales import Scale
from cryoves_app.analysis.screening import Candidate
from cryoves_app.analysis.threshold import shell_threshold
from cryoves_app.domain.arrays import Grey, Probability
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import InstanceSettings
from cryoves_app.domain.run_steps import StepReport

#: Thresholds tried between the recipe's lowest and highest.
_THRESHOLDS = 20
#: Steps by which the threshold of one segment rises or falls, one after the other.
_SPLIT_STEPS = (0.01, 0.001, 0.0001)
_EXPAND_STEP = 0.01


@dataclass(frozen=True)
class _Piece:
    """A segment in its box: the mask, and where the box lies in the volume."""

    mask: NDArray[np.bool_]
    corner: tuple[int, int, int]
    threshold: float

    @property
    def volume_px(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def extent(self) -> float:
        """Share of the bounding box that is filled; the mask fills its box in every direction."""
        return self.volume_px / self.mask.size

    def candidate(self, voxel_size_nm: float) -> Candidate:
        """Centroid, and half the longest edge of the box."""
        centre = np.argwhere(self.mask).mean(axis=0) + self.corner
        z, y, x = (float(c) * voxel_size_nm for c in centre)
        return Candidate((z, y, x), max(self.mask.shape) / 2 * voxel_size_nm, float(self.volume_px))


def find_candidates_by_paper(
    probability: Probability,
    image: Grey,
    voxel_size_nm: float,
    scale: Scale,
    settings: InstanceSettings,
    progress: Progress,
) -> Proposal:
    """Candidates by the manuscript's rules; with the recipe ``published`` by those of the published program.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1, on the network's grid.
    image : (z, y, x) array
        The network's input on that grid, in standard deviations: its dark membranes tell the global threshold.
    voxel_size_nm
        Of the network's grid.
    """
    progress.start("threshold")
    threshold, notes = _threshold(probability, image, settings)
    pieces = list(_components(np.asarray(probability) > threshold, (0, 0, 0), threshold))
    steps = [StepReport("threshold", after=len(pieces), note=f"probability above {threshold:.4g}")]
    if settings.split:
        split = _split_all(pieces, probability, settings, progress)
        steps.append(StepReport("split", len(pieces), len(split)))
        pieces = split
    smallest = settings.smallest_fraction * ball_px(scale.expected_radius_nm, voxel_size_nm)
    if settings.expand:
        grown = [_expanded(p, probability, smallest, settings.threshold_low) for p in pieces]
        steps.append(StepReport("expand", len(pieces), len(grown)))
        pieces = grown
    kept = [
        p
        for p in pieces
        if p.volume_px >= smallest and settings.extent_low <= p.extent <= settings.extent_high
    ]
    steps.append(StepReport("remove", len(pieces), len(kept)))
    return Proposal(tuple(p.candidate(voxel_size_nm) for p in kept), tuple(steps), notes)


def _threshold(
    probability: NDArray[np.float32], image: NDArray[np.float32], settings: InstanceSettings
) -> tuple[float, tuple[Note, ...]]:
    if settings.threshold:
        return settings.threshold, ()
    tried = np.linspace(settings.threshold_low, settings.threshold_high, _THRESHOLDS)
    found = shell_threshold(probability, image, tried)
    if found is None:
        sentence = "The probability is nowhere above the lowest threshold."
        return settings.threshold_low, (Note(NoteKind.THRESHOLD, sentence),)
    value = min(found.value * settings.threshold_coefficient, 0.999999)
    sentence = f"The best threshold ({found.value:.4g}) is at the edge of the range that was tried."
    return value, (Note(NoteKind.THRESHOLD, sentence),) if found.at_edge else ()


def _components(mask: NDArray[np.bool_], corner: tuple[int, int, int], threshold: float) -> Iterator[_Piece]:
    labels, _ = ndimage.label(mask)
    for index, window in enumerate(ndimage.find_objects(labels), 1):
        z, y, x = (c + s.start for c, s in zip(corner, window, strict=True))
        yield _Piece(labels[window] == index, (z, y, x), threshold)


def _split_all(
    pieces: list[_Piece], probability: NDArray[np.float32], settings: InstanceSettings, progress: Progress
) -> list[_Piece]:
    if not pieces:
        return []
    volumes = np.array([p.volume_px for p in pieces])
    score = (volumes - volumes.mean()) / max(volumes.std(), 1e-9)
    result: list[_Piece] = []
    for i, (piece, z) in enumerate(zip(pieces, score, strict=True)):
        progress.report(i / len(pieces))
        merged = z > settings.split_volume_z and piece.extent < settings.split_extent
        if merged and not _near_face(piece, probability.shape, settings.skip_faces_px):
            result += _split(piece, probability)
        else:
            result.append(piece)
    return result


def _near_face(piece: _Piece, shape: tuple[int, ...], distance: int) -> bool:
    return distance > 0 and any(
        c < distance or c + n > size - distance
        for c, n, size in zip(piece.corner, piece.mask.shape, shape, strict=True)
    )


def _split(piece: _Piece, probability: NDArray[np.float32]) -> list[_Piece]:
    """Raise the threshold inside one segment until it falls apart; the segment itself if it never does."""
    box = tuple(slice(c, c + n) for c, n in zip(piece.corner, piece.mask.shape, strict=True))
    own = np.where(piece.mask, probability[box], 0)
    for step in _SPLIT_STEPS:
        for threshold in np.arange(piece.threshold + step, 1 - step / 2, step):
            parts = list(_components(own > threshold, piece.corner, float(threshold)))
            if len(parts) > 1:
                return parts
            if not parts:
                break
    return [piece]


def _expanded(piece: _Piece, probability: NDArray[np.float32], smallest: float, lowest: float) -> _Piece:
    """Lower the threshold around a small segment until it is large enough, or the lowest one is reached."""
    if piece.volume_px >= smallest:
        return piece
    reach = int(np.ceil(smallest ** (1 / 3))) + 2
    low = [max(c - reach, 0) for c in piece.corner]
    high = [
        min(c + n + reach, size)
        for c, n, size in zip(piece.corner, piece.mask.shape, probability.shape, strict=True)
    ]
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    around = np.asarray(probability[box])
    seed = tuple(np.argwhere(piece.mask)[0] + np.array(piece.corner) - low)
    for threshold in np.arange(piece.threshold - _EXPAND_STEP, lowest - _EXPAND_STEP / 2, -_EXPAND_STEP):
        labels, _ = ndimage.label(around > threshold)
        if not labels[seed]:
            continue
        grown = labels == labels[seed]
        if np.count_nonzero(grown) >= smallest:
            window = ndimage.find_objects(grown.astype(np.int8))[0]
            z, y, x = (a + s.start for a, s in zip(low, window, strict=True))
            return _Piece(grown[window], (z, y, x), float(threshold))
    return piece
