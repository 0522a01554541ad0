"""What the network learns from: tomograms on its own grid, their targets, and patches cut from both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import Grey, Mask, Shape, SpheresPx
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network.augment import Augmentation, augment_patch, widen_box

#: The paper's patches hold more than 1000 vesicle voxels of 32³; the same share of any other edge.
PAPER_SHARE = 1000 / 32**3

#: Targets end this far inside a vesicle's outer edge: at the mid-plane of its membrane, where a tomogram is darkest.
#: Vesicles whose outer edges touch are then still two voxels apart.
MEMBRANE_INSET_NM = 2.25

#: In a target: nobody knows what is there. Nothing is learned from such voxels, and nothing is scored there.
UNKNOWN_TARGET = 2

_MOST_DRAWS = 200

#: Number of a scan, and the first voxel of a patch in it.
PatchPlace = tuple[int, NDArray[np.int64]]


class PatchRule(StrEnum):
    """Where patches are cut."""

    PAPER = "paper"  # the same patches in every epoch, each with more than 3 % vesicle
    FRESH = "fresh"  # new ones in every epoch, most of them at a vesicle, some anywhere


@dataclass(frozen=True)
class Scan:
    """One tomogram of a dataset on the network's grid.

    Attributes
    ----------
    volume : (z, y, x) array
        As for prediction, in standard deviations about 0; may be memory-mapped.
    target : (z, y, x) array
        1 in vesicles, 0 elsewhere, ``UNKNOWN_TARGET`` where nobody knows; may be memory-mapped.
    spheres_px : (n, 4) array
        The vesicles, ``z, y, x`` and outer radius in voxels.

    Raises
    ------
    CryoVesError
        If volume and target differ in shape.
    """

    name: str
    volume: NDArray[Any] = field(repr=False)
    target: Mask = field(repr=False)
    spheres_px: SpheresPx = field(repr=False, default_factory=lambda: np.empty((0, 4)))

    def __post_init__(self) -> None:
        if self.volume.shape != self.target.shape:
            raise CryoVesError(
                f"“{self.name}”: the labels have the shape {_text(self.target.shape)} and the tomogram "
                f"{_text(self.volume.shape)}; they must be the same."
            )


def _text(shape: Sequence[int]) -> str:
    return " × ".join(str(n) for n in shape)


def target_from_spheres(spheres_px: SpheresPx, shape: tuple[int, int, int], inset_px: float) -> Mask:
    """What the network shall answer for known vesicles.

    Parameters
    ----------
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in voxels.
    shape
        Of the grid, in voxels.
    inset_px
        How far inside the outer radius a target ends.

    Returns
    -------
    (z, y, x) array
        1 inside, 0 outside.
    """
    target = np.zeros(shape, np.uint8)
    for z, y, x, radius in np.asarray(spheres_px, float).reshape(-1, 4):
        inner = radius - inset_px
        low = [max(0, int(np.ceil(c - inner))) for c in (z, y, x)]
        high = [min(n, int(np.floor(c + inner)) + 1) for c, n in zip((z, y, x), shape, strict=True)]
        if any(a >= b for a, b in zip(low, high, strict=True)):
            continue
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        grid = np.ogrid[box]
        squared = sum((g - c) ** 2 for g, c in zip(grid, (z, y, x), strict=True))
        target[box] |= squared <= inner**2
    return target


def target_from_labels(labels: NDArray[Any], inset_px: float) -> Mask:
    """1 where a voxel is at least ``inset_px`` inside its own label, 0 elsewhere.

    Parameters
    ----------
    labels : (z, y, x) array
        Vesicles' numbers, filled to the outer edge; 0 outside.
    inset_px
        How far inside that edge a target ends.

    Returns
    -------
    (z, y, x) array
        1 inside, 0 outside.
    """
    inside = labels > 0
    if inset_px <= 0:
        return inside.astype(np.uint8)
    for axis in range(3):
        here, there = np.moveaxis(labels, axis, 0)[:-1], np.moveaxis(labels, axis, 0)[1:]
        border = here != there
        np.moveaxis(inside, axis, 0)[:-1][border] = False
        np.moveaxis(inside, axis, 0)[1:][border] = False
    # Half a voxel beyond the labels' own edge lies the border that the inset is counted from.
    if inset_px > 1:
        inside = ndimage.distance_transform_edt(inside) > inset_px - 1
    return inside.astype(np.uint8)


@dataclass(frozen=True)
class PatchSettings:
    """How patches are cut: cubes, or less thick where ``depth_px`` says so."""

    edge_px: int = 32
    per_epoch: int = 860
    batch: int = 4
    rule: PatchRule = PatchRule.FRESH
    vesicle_share: float = 0.7
    depth_px: int | None = None

    @property
    def shape(self) -> Shape:
        """Of a patch, ``z, y, x`` in voxels."""
        return self.depth_px or self.edge_px, self.edge_px, self.edge_px


class PatchSource:
    """Batches of patches, the same ones for the same seed and epoch.

    Raises
    ------
    CryoVesError
        If there is no tomogram, none is large enough, or none holds a vesicle.
    """

    def __init__(
        self,
        scans: Sequence[Scan],
        settings: PatchSettings,
        seed: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        if not scans:
            raise CryoVesError("The dataset is empty: it holds no tomogram with vesicles to learn from.")
        self._scans = [s for s in scans if np.all(np.greater_equal(s.volume.shape, settings.shape))]
        if not self._scans:
            raise CryoVesError(
                f"All tomograms are smaller than a patch of {settings.edge_px} voxels; choose smaller patches."
            )
        self._settings, self._seed, self._augmentation = settings, seed, augmentation
        self._vesicles = [_some_of(scan.target == 1) for scan in self._scans]
        self._known = [
            _some_of(scan.target != UNKNOWN_TARGET) if (scan.target == UNKNOWN_TARGET).any() else None
            for scan in self._scans
        ]
        self._with_vesicles = [i for i, inside in enumerate(self._vesicles) if len(inside)]
        if not self._with_vesicles:
            raise CryoVesError("All patches are background: no tomogram of the dataset holds a vesicle.")
        self._fixed = self._paper_places() if settings.rule is PatchRule.PAPER else None

    @property
    def batches_per_epoch(self) -> int:
        """How many batches ``epoch`` gives; the last one may be smaller."""
        return -(-self._settings.per_epoch // self._settings.batch)

    def epoch(self, number: int) -> Iterator[tuple[Grey, Grey]]:
        """The batches of one epoch.

        Yields
        ------
        grey, target : (n, z, y, x, 1) arrays
            The network's input in standard deviations, and 0 to 1; above 1 where nothing is known.
        """
        rng = np.random.default_rng([self._seed, 1, number])
        places = self._places(rng)
        size = self._settings.batch
        for start in range(0, len(places), size):
            pairs = [self._patch(place, rng) for place in places[start : start + size]]
            grey, target = (np.stack(arrays)[..., None] for arrays in zip(*pairs, strict=True))
            yield grey, target

    def _places(self, rng: np.random.Generator) -> list[PatchPlace]:
        if self._fixed is not None:
            return [self._fixed[i] for i in rng.permutation(len(self._fixed))]
        return [self._fresh_place(rng) for _ in range(self._settings.per_epoch)]

    def _fresh_place(self, rng: np.random.Generator) -> PatchPlace:
        return self._place_in(range(len(self._scans)), rng)

    def _place_in(self, scans: Sequence[int], rng: np.random.Generator) -> PatchPlace:
        """At a vesicle of one of these scans, or anywhere in them."""
        with_vesicles = [n for n in self._with_vesicles if n in scans]
        if with_vesicles and rng.random() < self._settings.vesicle_share:
            scan = int(rng.choice(with_vesicles))
            centre = rng.choice(self._vesicles[scan])
            return self._cut(scan, centre - rng.integers(0, self._settings.shape))
        scan = scans[int(rng.integers(len(scans)))]
        known = self._known[scan]
        if known is None:
            return self._cut(scan, rng.integers(0, self._scans[scan].volume.shape))
        return self._cut(scan, rng.choice(known) - np.array(self._settings.shape) // 2)

    def _cut(self, scan: int, corner: NDArray[np.int64]) -> PatchPlace:
        """A patch with its corner there, moved into the scan where it would leave it."""
        return scan, np.clip(corner, 0, np.array(self._scans[scan].volume.shape) - self._settings.shape)

    def _paper_places(self) -> list[PatchPlace]:
        rng = np.random.default_rng([self._seed, 0])
        return [self._paper_place(rng) for _ in range(self._settings.per_epoch)]

    def _paper_place(self, rng: np.random.Generator) -> PatchPlace:
        shape = self._settings.shape
        for _ in range(_MOST_DRAWS):
            scan, corner = self._fresh_place(rng)
            if np.mean(self._scans[scan].target[_box(corner, shape)] == 1) > PAPER_SHARE:
                return scan, corner
        raise CryoVesError(
            "Patches with enough vesicle in them are too rare in this dataset for the paper's rule; "
            "train with fresh patches instead."
        )

    def _patch(
        self, place: PatchPlace, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        scan, corner = self._scans[place[0]], place[1]
        shape = self._settings.shape
        if self._augmentation is None:
            box = _box(corner, shape)
            return np.asarray(scan.volume[box], np.float32), np.asarray(scan.target[box], np.float32)
        box, pads = widen_box(corner, shape, scan.volume.shape, self._augmentation)
        grey = np.pad(np.asarray(scan.volume[box], np.float32), pads, mode="reflect")
        target = np.pad(np.asarray(scan.target[box], np.float32), pads, mode="reflect")
        return augment_patch(grey, target, shape, self._augmentation, rng)


def _box(corner: NDArray[np.int64], shape: Shape) -> tuple[slice, ...]:
    return tuple(slice(int(c), int(c) + length) for c, length in zip(corner, shape, strict=True))


def _some_of(mask: NDArray[np.bool_], most: int = 20_000) -> NDArray[np.int64]:
    """Positions of set voxels, at most so many, evenly picked."""
    flat = np.flatnonzero(mask)
    return np.stack(np.unravel_index(flat[:: max(1, len(flat) // most)], mask.shape), axis=1)
