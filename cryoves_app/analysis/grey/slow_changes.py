"""How background and contrast of a tomogram change slowly, and how much of that has to be taken off.

Both are followed by fields on cells: first what runs straight over several of them, then what bends more, each only
where it stands out so far that no specimen looks like it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.grey.blocks import BlockScan, block_starts
from cryoves_app.analysis.grey.slow_field import NARROW, WIDE, SlowField, fit_slow_field
from cryoves_app.domain.arrays import BoolMask, Grey

Field = NDArray[np.float64]


#: What stands out less than the first number is left alone, from the second on all of it is taken off.
Span = tuple[float, float]


class _Stage(NamedTuple):
    """One look at what changes slowly.

    ``cell`` is the edge of its cells over the usual one, ``window`` the width of the surroundings in cells. ``span``
    holds where nothing was found before, ``known`` where an earlier stage has found something.
    """

    cell: float
    window: float
    span: Span
    known: Span


#: Edge of a cell, in expected radii.
_CELL_RADII = 2.5
#: The background stands out by its range over the spread of the blocks. Tomograms without a ramp were found at up to
#: 2.5 and 3.9 (FIB-SEM of tissue), a ramp of ±2 SD at 8, waves of ±8 SD at 9.
_BACKGROUND = (
    _Stage(1.0, WIDE, (3.0, 6.0), (3.0, 6.0)),
    *(_Stage(1.0, NARROW, (4.5, 7.0), (1.5, 3.0)),) * 3,
)
#: The strength of the contrast by its range as a ratio. Tomograms that do not fade were found at up to 1.45 in wide
#: windows, 1.55 in narrow ones and 1.75 on small cells; crops of spindles at 1.75 in all. Where it fades, wide windows
#: overshoot at the ends, and that is followed, too.
_STRENGTH = (
    _Stage(1.0, WIDE, (1.8, 2.5), (1.8, 2.5)),
    _Stage(1.0, NARROW, (2.0, 2.8), (1.2, 1.5)),
    *(_Stage(0.5, NARROW, (2.2, 3.0), (1.3, 1.6)),) * 3,
)
#: The share of blocks at either end that does not count in those ranges.
_ENDS = (2, 98)


@dataclass(frozen=True)
class SlowChange:
    """How much something varies over the tomogram, and what is taken off because of it."""

    found: float
    taken: SlowField | None


def cell_blocks(expected_radius_nm: float, block_nm: float) -> int:
    """Edge of the cells of slow changes, in blocks; slow is what varies over many vesicles."""
    return max(1, round(_CELL_RADII * expected_radius_nm / block_nm))


def find_background(scan: BlockScan, usable: BoolMask, cell: int) -> SlowChange:
    """The range of the background ``(z, y, x)`` in units of the level, and as much of it as has to be taken off.

    ``usable`` (bool) tells which blocks count; cells are ``cell`` blocks wide.
    """

    def standing_out(blocks: Grey, field: Field) -> float:
        """Its range over the spread of the blocks: about it, and from each to the next, as geometric mean."""
        rest = (blocks - field)[usable]
        about = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
        return _range(field[usable]) / max(math.sqrt(about * _spread_of_neighbours(blocks, usable)), 1e-9)

    return _follow(scan, scan.mean, usable, cell, _BACKGROUND, standing_out)


def find_strength(scan: BlockScan, usable: BoolMask, cell: int) -> SlowChange:
    """The ratio of the strongest contrast to the weakest, and as much of it, as a logarithm, as has to be evened.

    ``usable`` (bool) tells which blocks ``(z, y, x)`` count; cells are ``cell`` blocks wide.
    """
    lively = np.log(np.maximum(scan.liveliness.mean(axis=0), 1e-6)).astype(np.float32)
    change = _follow(
        scan, lively, usable, cell, _STRENGTH, lambda blocks, field: math.exp(_range(field[usable]))
    )
    return SlowChange(math.exp(change.found), change.taken)


def at_blocks(field: SlowField, scan: BlockScan) -> Field:
    """A field, in its own unit, at the middle of each block ``(z, y, x)``."""
    middle = (scan.edge_px - 1) / 2
    z, y, x = (block_starts(n, scan.edge_px).astype(np.float64) + middle for n in scan.shape)
    return field.at(z, y, x)


def _follow(
    scan: BlockScan,
    blocks: Grey,
    usable: BoolMask,
    cell: int,
    stages: Sequence[_Stage],
    standing_out: Callable[[Grey, Field], float],
) -> SlowChange:
    taken: SlowField | None = None
    found = 0.0
    in_vain: _Stage | None = None
    for stage in stages:
        if stage == in_vain:  # the same look at the same blocks
            continue
        edge = max(round(stage.cell * cell), 1)
        field = fit_slow_field(blocks, usable, scan.shape, scan.edge_px, edge, stage.window)
        everywhere = at_blocks(field, scan)
        found = found or _range(everywhere[usable])
        lowered = field.lowered(float(np.median(everywhere[usable])))
        span = stage.span if taken is None else stage.known
        part = _faded(lowered, standing_out(blocks, everywhere), span)
        in_vain = stage if part is None else None
        if part is not None:
            taken = part if taken is None else taken.plus(part)
            blocks = blocks - at_blocks(part, scan).astype(np.float32)
    if taken is not None:
        found = _range(at_blocks(taken, scan)[usable])
    return SlowChange(found, taken)


def _spread_of_neighbours(blocks: Grey, usable: BoolMask) -> float:
    """The robust standard deviation that differences of neighbouring blocks tell, which nothing slow can raise."""
    steps = []
    for axis in range(3):
        along, known = np.moveaxis(blocks, axis, 0), np.moveaxis(usable, axis, 0)
        steps.append(np.abs(np.diff(along, axis=0))[known[1:] & known[:-1]])
    every = np.concatenate(steps)
    return 1.4826 * float(np.median(every)) / math.sqrt(2) if every.size else 0.0


def _range(values: Field) -> float:
    low, high = np.percentile(values, _ENDS)
    return float(high - low)


def _faded(field: SlowField, found: float, span: Span) -> SlowField | None:
    """The field by the share that its range calls for; ``None`` for nothing of it."""
    share = (found - span[0]) / (span[1] - span[0])
    return field.scaled(min(share, 1.0)) if share > 0 else None
