"""Projecting a volume at several tilts about y, and smearing projections back.

Both are sparse matrices on x-z planes, the same for every y, so that one product does all planes.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from cryoves_app.domain.arrays import AnyArray


def tilt_angles_deg(tilt_range_deg: float, step_deg: float) -> AnyArray:
    """Angles ``(n,)`` in degrees from minus to plus the range, symmetric about 0."""
    n_side = int(tilt_range_deg / step_deg + 1e-9)
    return step_deg * np.arange(-n_side, n_side + 1)


def detector_weights(
    depth: int, width: int, centre_zx: tuple[float, float], detector: int, angles_deg: AnyArray
) -> sparse.csr_array:
    """Share that each voxel of an x-z plane has in each detector pixel of each view.

    Parameters
    ----------
    depth, width
        Size of the plane in voxels.
    centre_zx
        The voxel position (may be fractional) that the tilt axis goes through.
    detector
        Detector pixels of one view; the axis falls onto its middle, ``(detector - 1) / 2``.
    angles_deg : (angles,) array
        Tilts.

    Returns
    -------
    csr_array
        ``(depth * width, len(angles) * detector)``: rows are voxels in ``(z, x)`` order. Its transpose
        projects, it smears back; linear interpolation in both.
    """
    z = (np.arange(depth) - centre_zx[0])[:, None]
    x = (np.arange(width) - centre_zx[1])[None, :]
    theta = np.deg2rad(angles_deg)
    at = x[..., None] * np.cos(theta) + z[..., None] * np.sin(theta) + (detector - 1) / 2
    left = np.floor(at).astype(np.int32)
    right_share = (at - left).astype(np.float32)
    columns = np.stack([left, left + 1], axis=-1)
    shares = np.stack([1 - right_share, right_share], axis=-1)
    shares[(columns < 0) | (columns >= detector)] = 0
    view = (np.arange(len(theta), dtype=np.int32) * detector)[None, None, :, None]
    columns = np.clip(columns, 0, detector - 1) + view
    row_length = 2 * len(theta)
    starts = np.arange(depth * width + 1, dtype=np.int32) * row_length
    return sparse.csr_array(
        (shares.reshape(-1), columns.reshape(-1), starts), shape=(depth * width, len(theta) * detector)
    )


def project(volume: AnyArray, angles_deg: AnyArray) -> AnyArray:
    """Line integrals of a volume, tilted about the y axis through its middle.

    Parameters
    ----------
    volume : (z, y, x) array
        Of any unit.
    angles_deg : (angles,) array
        Tilts.

    Returns
    -------
    (angles, y, x) float32 array
        Sums along the beam, in the volume's unit times voxels.
    """
    depth, height, width = volume.shape
    middle = ((depth - 1) / 2, (width - 1) / 2)
    planes = np.ascontiguousarray(volume.transpose(0, 2, 1)).reshape(depth * width, height)
    views = np.empty((len(angles_deg), height, width), np.float32)
    for view, angle in zip(views, angles_deg, strict=True):
        weights = detector_weights(depth, width, middle, width, np.array([angle]))
        view[...] = (weights.T @ planes).T
    return views


def back_project(
    views: AnyArray, angles_deg: AnyArray, depth: int, width: int, rows: slice | AnyArray = slice(None)
) -> AnyArray:
    """Smear views back into a volume; the axis goes through the middle of both.

    Parameters
    ----------
    views : (angles, y, x) array
        Of any unit.
    angles_deg : (angles,) array
        Tilts.
    depth, width
        Voxels of the volume along z and x.
    rows : slice or (n,) array
        The numbers of the y that are wanted.

    Returns
    -------
    (z, y, x) float32 array
        In the views' unit.
    """
    detector = views.shape[2]
    chosen = np.ascontiguousarray(views[:, rows].transpose(0, 2, 1)).reshape(len(angles_deg) * detector, -1)
    volume = np.empty((depth, chosen.shape[1], width), np.float32)
    for z in range(depth):
        offset = ((depth - 1) / 2 - z, (width - 1) / 2)
        weights = detector_weights(1, width, offset, detector, angles_deg)
        volume[z] = (weights @ chosen).T
    return volume
