"""Lengths: nm in the domain, ångström in file headers, voxels only at arrays."""

import numpy as np
from numpy.typing import ArrayLike

ANGSTROM_PER_NM = 10.0
#: No place or size of a file is larger, in voxels or ångström: squares of much larger ones are no numbers any more.
_LARGEST = float(1 << 31)

#: Voxel sizes outside this range are doubtful for a cellular tomogram (1.469 typed for 14.69 is common).
PLAUSIBLE_VOXEL_NM = (0.4, 5.0)


def nm_from_angstrom(length_angstrom: float) -> float:
    return length_angstrom / ANGSTROM_PER_NM


def angstrom_from_nm(length_nm: float) -> float:
    return length_nm * ANGSTROM_PER_NM


def are_lengths(values: ArrayLike) -> bool:
    """Whether all numbers of a file can be places or sizes, in any unit: finite, and not beyond all measure."""
    return bool((np.abs(np.asarray(values, float)) < _LARGEST).all())


def voxel_size_is_plausible(voxel_size_nm: float | None) -> bool:
    """Whether a voxel size can be used without asking: known, finite, 0.4–5 nm and not IMOD's default of 1 Å."""
    if voxel_size_nm is None:
        return False
    low, high = PLAUSIBLE_VOXEL_NM
    return low <= voxel_size_nm <= high
