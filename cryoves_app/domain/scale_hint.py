"""What the network sees in a tomogram if its voxels have another size than is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScaleHint:
    """How many places look like vesicles in the middle of a tomogram, at the voxel size that is said and another.

    ``better_nm`` is ``None`` where no other size that was tried shows clearly more.
    """

    voxel_size_nm: float
    places: int
    better_nm: float | None = None
    better_places: int = 0
