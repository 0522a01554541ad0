"""Network input for vesicles much larger than those of training: shrunk so that membranes survive.

A membrane is 5 nm thick however large the vesicle is. At the voxel size at which a vesicle of 100 nm radius looks
as large as the network expects (11 nm), averaging would remove it. So the tomogram is brought to the reference
voxel size first, then each coarse voxel takes the darkest value around it: the membrane stays a dark line about as
thick, in voxels, as the network knows it.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.network_input.preprocess import (
    REFERENCE_VOXEL_NM,
    NetworkGrid,
    nearest_on,
    network_grid,
    prepare_input,
)
from cryoves_app.domain.arrays import Grey, Mask
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray

#: From this ratio to the reference voxel size on, averaging would lose membranes.
COARSE = 3.0
#: Membranes are less dark than this, in standard deviations of the fine grid.
_DARKEST = 8.0


def is_coarse(grid: NetworkGrid, voxel_size_nm: float) -> bool:
    """Whether a tomogram of this voxel size must be shrunk with care to reach a grid."""
    return grid.voxel_size_nm >= COARSE * max(REFERENCE_VOXEL_NM, voxel_size_nm)


def prepare_coarse(
    data: VoxelArray,
    grid: NetworkGrid,
    voxel_size_nm: float,
    out: Grey,
    *,
    smoothing_px: float = 1.0,
    invert: bool = False,
    grey: GreyModel | None = None,
    with_data: Mask | None = None,
    progress: Progress | None = None,
) -> int:
    """As ``preprocess.prepare_input``, with the darkest value in place of the mean.

    Where there is no data the fine grid lies at the background, so that no fill grows into the specimen.

    Parameters
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit.
    grid
        Where the output lies.
    voxel_size_nm
        Of ``data``.
    out : (z, y, x) array
        Of the grid's shape; filled with standard deviations about 0.
    with_data : (z, y, x) array
        Filled with 1 where the grid's voxels hold data, 0 outside.

    Returns
    -------
    int
        How many voxels were not finite.

    Raises
    ------
    CryoVesError
        If no voxel is finite.
    """
    shape = (data.shape[0], data.shape[1], data.shape[2])
    fine_grid = network_grid(shape, voxel_size_nm, max(REFERENCE_VOXEL_NM, voxel_size_nm))
    fine, known = np.empty(fine_grid.shape, np.float32), np.ones(fine_grid.shape, np.uint8)
    bad = prepare_input(
        data,
        fine_grid,
        voxel_size_nm,
        fine,
        smoothing_px=smoothing_px,
        invert=invert,
        grey=grey,
        with_data=known,
        progress=progress,
    )
    if grey is not None and grey.touched:
        np.maximum(fine, -_DARKEST, out=fine)  # else each gold bead becomes a black ball
    step = grid.voxel_size_nm / fine_grid.voxel_size_nm
    darkest = ndimage.minimum_filter(fine, size=2 * round((step - 1) / 2) + 1)
    shrunk = nearest_on(grid, darkest, fine_grid.voxel_size_nm)
    mask = nearest_on(grid, known, fine_grid.voxel_size_nm)
    if with_data is not None:
        with_data[...] = mask
    out[...] = ndimage.gaussian_filter(shrunk, smoothing_px / 2)
    counted = out[mask != 0]
    out -= counted.mean(dtype=np.float64)
    deviation = float(counted.std(dtype=np.float64))
    if deviation > 0:
        out /= deviation
    return bad
