"""What looks wrong in vesicles from another file, in sentences: nobody sees it among hundreds of spheres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.fits.distinct import MOST_OVERLAP, keep_distinct
from cryoves_app.domain.arrays import Array, Shape
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo


def doubts_about(vesicles: Sequence[Vesicle], info: VolumeInfo) -> tuple[str, ...]:
    """Sentences about vesicles outside of the tomogram and about those that lie in one another."""
    if not vesicles or info.voxel_size_nm is None:
        return ()
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in vesicles])
    return (*_outside(spheres, info.shape, info.voxel_size_nm), *_overlaps(spheres))


def _outside(spheres: Array, shape: Shape, voxel_size_nm: float) -> tuple[str, ...]:
    ends = (np.array(shape) - 0.5) * voxel_size_nm
    centres = spheres[:, :3]
    count = int(((centres < -0.5 * voxel_size_nm) | (centres > ends)).any(axis=1).sum())
    if not count:
        return ()
    return (
        f"Outside of the tomogram: {count} of {len(spheres)} vesicles; do their coordinates belong to another "
        "tomogram, binning or voxel size?",
    )


def _overlaps(spheres: Array) -> tuple[str, ...]:
    count = len(spheres) - len(keep_distinct(spheres, spheres[:, 3], MOST_OVERLAP))
    if not count:
        return ()
    return (
        f"Sharing most of their volume with another one: {count} of {len(spheres)} vesicles; do some stand twice?",
    )
