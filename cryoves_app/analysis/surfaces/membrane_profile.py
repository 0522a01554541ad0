"""What grey values across a membrane tell: its width, where its edges lie, and whether a bright fringe is beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.surfaces.membrane_sheet import MembraneSheet
from cryoves_app.domain.arrays import Array, BoolMask

#: Offsets at which the profile is looked at, in nm.
OFFSETS_NM = np.arange(-24.0, 24.25, 0.5)
#: Beside the membrane a fringe is looked for, and beyond it what grey values are without one.
_FRINGE_NM, _PLAIN_NM = (3.0, 12.0), (14.0, 24.0)
#: A membrane is this wide, whatever blur or noise makes of it.
_WIDTHS_NM = (4.0, 14.0)
#: Of the membrane's depth: from here on a fringe is told.
CLEAR_FRINGE = 0.25


@dataclass(frozen=True)
class MembraneProfile:
    """Mean grey values across a membrane.

    Attributes
    ----------
    grey : (n,) array
        At ``OFFSETS_NM`` from the mid-plane, above 0 on the terminal's side.
    inner_nm, outer_nm
        From the mid-plane to where grey values are half-way back, on the terminal's side and on the other.
    fringe
        How much brighter it is beside the membrane, on the terminal's side, than further away, as a share of the
        membrane's depth; 0 where it is not.
    """

    grey: Array
    inner_nm: float
    outer_nm: float
    fringe: float

    @property
    def width_nm(self) -> float:
        """From edge to edge."""
        return self.inner_nm + self.outer_nm

    @property
    def has_fringe(self) -> bool:
        """Whether the fringe is as clear as one that an uncorrected contrast transfer leaves."""
        return self.fringe >= CLEAR_FRINGE


def membrane_profile(sheet: MembraneSheet, inside: int, used: BoolMask | None = None) -> MembraneProfile:
    """The mean profile of a sheet.

    Parameters
    ----------
    inside
        1 if the terminal lies where the sheet's normals point to, -1 if on the other side.
    used : (z, n) bool array
        The places that count; all if left out.
    """
    across = sheet.flattened(inside * OFFSETS_NM).astype(np.float64)
    grey = across[used].mean(axis=0) if used is not None and used.any() else across.mean(axis=(0, 1))
    middle = int(np.abs(OFFSETS_NM).argmin())
    near = np.abs(OFFSETS_NM) <= 3.0
    lowest = float(grey[near].min())
    inner, outer = _half_way(grey[middle:], lowest), _half_way(grey[middle::-1], lowest)
    return MembraneProfile(grey, inner, outer, _fringe(grey, lowest))


def _half_way(grey: Array, lowest: float) -> float:
    """From the mid-plane to where grey values have risen half the way to the brightest beside it, in nm."""
    step = float(OFFSETS_NM[1] - OFFSETS_NM[0])
    brightest = float(grey[: round(_FRINGE_NM[1] / step)].max())
    risen = np.flatnonzero(grey >= (lowest + brightest) / 2)
    risen = risen[risen > 0]
    width = risen[0] * step if len(risen) else _WIDTHS_NM[0] / 2
    return float(np.clip(width, _WIDTHS_NM[0] / 2, _WIDTHS_NM[1] / 2))


def _fringe(grey: Array, lowest: float) -> float:
    plain = float(grey[_between(*_PLAIN_NM)].mean())
    depth = plain - lowest
    return max(0.0, (float(grey[_between(*_FRINGE_NM)].max()) - plain) / depth) if depth > 0 else 0.0


def _between(low_nm: float, high_nm: float) -> BoolMask:
    return np.asarray((low_nm <= OFFSETS_NM) & (high_nm >= OFFSETS_NM))
