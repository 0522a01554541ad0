"""The look at a tomogram's grey values before anything is computed from them: two passes over small blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.beads import BeadLimits, find_beads
from cryoves_app.analysis.grey.blocks import (
    BlockScan,
    GreyLevel,
    block_edge_px,
    grey_level,
    scan_blocks,
)
from cryoves_app.analysis.grey.model import DATA, EMPTY, MIXED, EmptyPlaces, GreyFacts, GreyModel
from cryoves_app.analysis.grey.no_data import Emptiness, find_empty_blocks
from cryoves_app.analysis.grey.slab import outside_of_slab
from cryoves_app.analysis.grey.slow_changes import at_blocks, cell_blocks, find_background, find_strength
from cryoves_app.analysis.grey.slow_field import SlowField, fit_slow_field
from cryoves_app.domain.arrays import BoolMask, Grey
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray

#: Voxels farther from the median than so many times the 5th or 95th percentile are wild (13 SD for Gaussian noise).
_WILD = 8.0
#: About so many voxels of so many planes are looked at for percentiles and deviation.
_SAMPLED, _PLANES = 300_000, 12
#: In mixed blocks voxels farther from the background than this share of the contrast are fill.
_MIXED_REACH = 0.75
_AROUND = np.ones((3, 3, 3), bool)


def survey_grey(
    data: VoxelArray, voxel_size_nm: float, expected_radius_nm: float, progress: Progress | None = None
) -> GreyModel | None:
    """Find out where a tomogram holds data and on what scale; ``None`` where every voxel has the same value or none.

    Parameters
    ----------
    data : (z, y, x) array
        Raw grey in its own type; it may lie in a file, and is read about once.
    expected_radius_nm
        Of the vesicles: what varies over many of them is slow, and what is smaller than one is not missing.
    """
    level = grey_level(data)
    if level is None:
        return None
    scan = scan_blocks(
        data, block_edge_px(voxel_size_nm, (data.shape[0], data.shape[1], data.shape[2])), level, progress
    )
    empty = find_empty_blocks(scan, expected_radius_nm, voxel_size_nm)
    usual = float(np.median(scan.mean[~empty.blocks]))  # the first guess may lie in a fill
    scan, empty = scan.recentred(usual), replace(empty, fills=empty.fills - usual)
    cell = cell_blocks(expected_radius_nm, scan.edge_px * voxel_size_nm)
    mixed = empty.around
    if empty.blocks.any():
        sure = ~empty.blocks & ~mixed
        mixed = _with_soft_edges(scan, empty, fit_slow_field(scan.mean, sure, scan.shape, scan.edge_px, cell))
    usable = ~empty.blocks & ~mixed
    if not usable.any():
        usable = ~empty.blocks
    outside = outside_of_slab(scan.mean, scan.liveliness.mean(axis=0), usable)
    if (usable & ~outside).any():
        usable = usable & ~outside
    background, strength = find_background(scan, usable, cell), find_strength(scan, usable, cell)
    model = GreyModel(
        scan.level,
        scan.shape,
        _places(scan, empty, mixed),
        background.taken,
        strength.taken,
        (-np.inf, np.inf),
        True,
        replace(
            _facts(scan, usable, float(empty.blocks.mean()), background.found, strength.found),
            outside_share=float((outside & ~empty.blocks).mean()),
        ),
    )
    specimen = ~outside
    return _with_beads(_with_limits(model, data, scan, specimen), data, scan, voxel_size_nm, specimen)


def _facts(
    scan: BlockScan, usable: BoolMask, empty_share: float, background_range: float, strength_ratio: float
) -> GreyFacts:
    level = scan.level
    return GreyFacts(
        lowest=_raw(level, float(scan.low[usable].min())),
        highest=_raw(level, float(scan.high[usable].max())),
        median=level.middle,
        deviation=level.spread,
        empty_share=empty_share,
        bad=scan.bad,
        background_range=background_range,
        strength_ratio=strength_ratio,
    )


def _places(scan: BlockScan, empty: Emptiness, mixed: BoolMask) -> EmptyPlaces:
    kinds = np.where(empty.blocks, EMPTY, np.where(mixed, MIXED, DATA)).astype(np.uint8)
    return EmptyPlaces(scan.edge_px, kinds, empty.fills, _MIXED_REACH * empty.contrast, scan.constant)


def _with_soft_edges(scan: BlockScan, empty: Emptiness, background: SlowField) -> BoolMask:
    """The blocks beside empty ones, and from there on those that lie far from the background."""
    far = np.abs(scan.mean - at_blocks(background, scan)) > empty.contrast
    around = empty.around
    soft = ndimage.binary_propagation(around, _AROUND, mask=around | (far & ~empty.blocks))
    if soft.sum() > around.sum():
        soft = ndimage.binary_dilation(soft, _AROUND)
    return np.asarray(soft & ~empty.blocks, bool)


def _raw(level: GreyLevel, value: float) -> float:
    """A raw grey value, as exact as single precision is."""
    return float(f"{level.middle + level.spread * value:.7g}")


def _with_limits(model: GreyModel, data: VoxelArray, scan: BlockScan, specimen: BoolMask) -> GreyModel:
    """The model with what it believes of voxels that hold data, and whether it changes anything."""
    some = _sample(model, data, specimen)
    if not some.size or some.min() == some.max():
        return model
    dark, middle, bright = (float(v) for v in np.percentile(some, (5, 50, 95)))
    low, high = middle - _WILD * (middle - dark), middle + _WILD * (bright - middle)
    wild = bool(scan.low.min() < low or scan.high.max() > high)
    deviation = float(np.clip(some, low, high).std(dtype=np.float64))
    flat = model.background is None and model.strength is None
    facts = replace(
        model.facts,
        median=_raw(model.level, middle),
        deviation=model.level.spread * deviation,
        background_range=model.facts.background_range / deviation,
        wild=wild,
    )
    touched = wild or not flat or not model.empty.are_nowhere or scan.bad > 0
    return replace(model, limits=(low, high), touched=touched, facts=facts)


def _with_beads(
    model: GreyModel, data: VoxelArray, scan: BlockScan, voxel_size_nm: float, specimen: BoolMask
) -> GreyModel:
    """The model with the gold beads, which do not count in its deviation, where there are any."""
    some = _sample(model, data, specimen)
    if not some.size or some.min() == some.max():
        return model
    limits, middle = BeadLimits.of(some), np.median(some)

    def read(low: NDArray[np.intp], high: NDArray[np.intp]) -> Grey:
        part = data[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        values, empty = model.flattened(part, low.tolist())
        values[~np.isfinite(values) if empty is None else empty | ~np.isfinite(values)] = middle
        return values

    beads = find_beads(scan, limits, read, voxel_size_nm)
    if not len(beads):
        return model
    usual = some[~limits.beyond(some)]
    deviation = model.level.spread * float(np.clip(usual, *model.limits).std(dtype=np.float64))
    facts = replace(model.facts, deviation=deviation, beads=len(beads))
    return replace(model, beads=beads, facts=facts, touched=True)


def _sample(model: GreyModel, data: VoxelArray, specimen: BoolMask) -> NDArray[np.float32]:
    """Voxels of the specimen from planes spread over the tomogram, as the model flattens them."""
    layers, rows, columns = (
        np.minimum(np.arange(n) // model.empty.edge_px, blocks - 1)
        for n, blocks in zip(model.shape, specimen.shape, strict=True)
    )
    wanted = (model.empty.blocks != EMPTY) & specimen
    with_data = np.flatnonzero(wanted.any(axis=(1, 2))[layers] & ~model.empty.planes[0])
    if not len(with_data):
        return np.zeros(0, np.float32)
    planes = with_data[np.unique(np.linspace(0, len(with_data) - 1, _PLANES).round().astype(int))]
    step = max(1, round((len(planes) * data.shape[1] * data.shape[2] / _SAMPLED) ** 0.5))
    found = []
    for k in planes:
        inside = specimen[layers[k]][np.ix_(rows[::step], columns[::step])]
        found.append(_flat(model, data[k : k + 1], k)[0, ::step, ::step][inside])
    some = np.concatenate(found)
    return some[np.isfinite(some)]


def _flat(model: GreyModel, raw: NDArray[Any], k: int) -> NDArray[np.float32]:
    """A plane as the model flattens it, in units of the level; NaN where there is no data."""
    values, empty = model.flattened(raw, (k, 0, 0))
    if empty is not None:
        values[empty] = np.nan
    return values
