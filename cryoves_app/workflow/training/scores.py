"""How good a network in training is on tomograms that it never learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.analysis.segmentation.instances import SizeRange, find_segments
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.network.dataset import UNKNOWN_TARGET, Scan
from cryoves_app.network.engines.openvino import OpenVinoEngine
from cryoves_app.network.tiling import predict_volume
from cryoves_app.network.weights import Weights

#: After each epoch central boxes of about so many voxels altogether are looked at; at the end, all of all tomograms.
_VOXELS_PER_EPOCH = 3.2e6
_BOX_DEPTH = 64
_BOX_WIDTH = (64, 160)

_CLOSEST_TO_CERTAIN = 1e-6


class HeldOutScores:
    """Cross-entropy, Dice and object F1 of weights on held-out scans."""

    def __init__(
        self, scans: Sequence[Scan], threads: int, progress: Progress, *, objects: bool = True
    ) -> None:
        self._whole = tuple(scans)
        self._boxes = tuple(_central(scan, _box_shape(len(scans))) for scan in scans)
        self._threads, self._progress, self._objects = threads, progress, objects
        #: Input and probability ``(y, x)`` on the middle plane of the first scan that was looked at last.
        self.glimpse: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def after_epoch(self, weights: Weights) -> dict[str, float]:
        """Mean scores on the central boxes; ``loss`` is cross-entropy plus 1 − Dice."""
        return self._mean(self._boxes, weights)

    def final(self, weights: Weights) -> dict[str, float]:
        """Mean scores on the whole tomograms."""
        return self._mean(self._whole, weights)

    def _mean(self, scans: Sequence[Scan], weights: Weights) -> dict[str, float]:
        engine = OpenVinoEngine(weights, self._threads)
        rows = [self._scores(engine, scan) for scan in scans]
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}

    def _scores(self, engine: OpenVinoEngine, scan: Scan) -> dict[str, float]:
        probability = np.empty(scan.volume.shape, np.float32)
        predict_volume(engine, scan.volume, probability, progress=Progress(token=self._progress.token))
        middle = scan.volume.shape[0] // 2
        if scan is self._boxes[0]:
            self.glimpse = np.array(scan.volume[middle], np.float32), probability[middle].copy()
        known = scan.target != UNKNOWN_TARGET
        probability[~known] = 0
        cross_entropy, dice = _voxel_scores(probability[known], scan.target[known])
        if not self._objects:  # a mask has no vesicles to be counted
            return {"loss": cross_entropy + 1 - dice, "dice": dice}
        f1 = object_f1(probability, scan.spheres_px)
        return {"loss": cross_entropy + 1 - dice, "dice": dice, "f1": f1}


def _box_shape(scans: int) -> tuple[int, int, int]:
    narrowest, widest = _BOX_WIDTH
    width = int(np.clip(np.sqrt(_VOXELS_PER_EPOCH / (scans * _BOX_DEPTH)), narrowest, widest))
    return _BOX_DEPTH, width, width


def _central(scan: Scan, shape: tuple[int, int, int]) -> Scan:
    """The middle of what is known of a scan, with the vesicles whose centres lie in it."""
    known = scan.target != UNKNOWN_TARGET
    low = [
        int(np.clip(_median(known, axis) - most // 2, 0, max(0, n - most)))
        for axis, (n, most) in enumerate(zip(scan.volume.shape, shape, strict=True))
    ]
    box = tuple(slice(a, a + most) for a, most in zip(low, shape, strict=True))
    if not known[box].any():
        return scan
    volume, target = scan.volume[box], scan.target[box]
    moved = scan.spheres_px - np.array([*low, 0])
    inside = np.all((moved[:, :3] >= 0) & (moved[:, :3] < volume.shape), axis=1)
    return Scan(scan.name, volume, target, moved[inside])


def _median(mask: NDArray[np.bool_], axis: int) -> int:
    """The plane across an axis with half of the set voxels on either side."""
    others = tuple(a for a in range(mask.ndim) if a != axis)
    up_to = np.cumsum(np.count_nonzero(mask, axis=others))
    return int(np.searchsorted(up_to, up_to[-1] / 2, side="right"))


def _voxel_scores(probability: NDArray[np.float32], target: NDArray[np.uint8]) -> tuple[float, float]:
    p = np.clip(probability, _CLOSEST_TO_CERTAIN, 1 - _CLOSEST_TO_CERTAIN)
    cross_entropy = -float(np.mean(np.where(target, np.log(p), np.log1p(-p)), dtype=np.float64))
    both = float(np.sum(p * target, dtype=np.float64))
    total = float(np.sum(p * p, dtype=np.float64)) + float(np.count_nonzero(target))
    return cross_entropy, 2 * both / total


def object_f1(probability: NDArray[np.float32], spheres_px: NDArray[np.float64]) -> float:
    """F1 of the candidates of a probability map, before any fit, against the true spheres."""
    true = [Sphere(*row) for row in spheres_px.tolist()]
    volumes = 4 / 3 * np.pi * spheres_px[:, 3] ** 3 if true else np.array([1000.0])
    sizes = SizeRange(0.05 * float(volumes.min()), 2 * float(volumes.max()))
    segments, _ = find_segments(probability, 0.5, sizes)
    found = [Sphere(*s.centre_px, s.radius_px) for s in segments if s.volume_px >= sizes.smallest_px]
    f1 = compare(found, true).f1
    return 1.0 if f1 is None else f1
