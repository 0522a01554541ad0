"""Which part of a membrane is the active zone: as far as the stroke goes, or where vesicles and cleft are densest."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from cryoves_app.analysis.surfaces.membrane_sheet import MembraneSheet
from cryoves_app.domain.arrays import Array, BoolMask, SpheresPx

#: Vesicles whose membrane is nearer than this speak for a zone; what lies further away has nothing to do with it.
_NEAR_NM = 60.0
#: Over which they are counted.
_BLUR_NM = 35.0
#: From this share of the densest place on a place belongs to the zone.
_DENSE_SHARE = 0.4
#: The cleft, from the mid-plane outwards.
_CLEFT_NM = np.arange(8.0, 18.5, 1.0)
#: Below this a slice has no ridge to speak of: noise alone gives about 1 along the best way.
_CLEAR = 1.2


def clear_slices(sheet: MembraneSheet) -> BoolMask:
    """Slices ``(z,)`` bool in a row around the stroke's, on which the membrane is seen."""
    seen = ndi.uniform_filter1d(np.median(sheet.strength, axis=1), 5, mode="nearest") >= _CLEAR
    seen[sheet.seed] = True
    parts, _ = ndi.label(seen)
    return np.asarray(parts == parts[sheet.seed])


def proposed_rim(sheet: MembraneSheet, spheres_px: SpheresPx, inside: int) -> BoolMask | None:
    """Where vesicles are densest over the membrane and the cleft is densest behind it.

    Parameters
    ----------
    spheres_px : (n, 4) array
        Vesicles: ``z, y, x`` and outer radius in voxels.
    inside
        1 if the terminal lies where the sheet's normals point to, -1 if on the other side.

    Returns
    -------
    (z, n) bool array
        One connected part; None where no vesicle is near.
    """
    near = _over_the_sheet(sheet, spheres_px, inside)
    if not near.any():
        return None
    sigma = (_BLUR_NM / sheet.voxel_nm, _BLUR_NM / sheet.step_nm)
    density = ndi.gaussian_filter(near, sigma, mode="nearest")
    score = density / density.max() + 0.25 * _cleft_density(sheet, inside, sigma)
    dense = (score >= _DENSE_SHARE * score.max()) & clear_slices(sheet)[:, None]
    parts, count = ndi.label(dense)
    if not count:
        return None
    weight = ndi.sum_labels(near, parts, np.arange(1, count + 1))
    return np.asarray(parts == 1 + int(np.argmax(weight)))


def _over_the_sheet(sheet: MembraneSheet, spheres_px: SpheresPx, inside: int) -> Array:
    """Vesicles near the membrane, each at the place ``(z, n)`` beneath it; nearer ones count more."""
    near = np.zeros(sheet.height_px.shape)
    points = sheet.points_px()
    for z, y, x, radius in spheres_px:
        row = int(np.clip(round(z), 0, len(points) - 1))
        away = np.array([y, x]) - points[row]
        place = int(np.hypot(*away.T).argmin())
        height = inside * float(away[place] @ sheet.normal[place])
        gap_nm = (float(np.hypot(*away[place])) - radius) * sheet.voxel_nm
        if height > 0 and gap_nm < _NEAR_NM:
            near[row, place] += 1 - max(gap_nm, 0.0) / _NEAR_NM
    return near


def _cleft_density(sheet: MembraneSheet, inside: int, sigma: tuple[float, float]) -> Array:
    """How dark the cleft is beside its own mean, -1 to 1, over each place ``(z, n)``."""
    cleft = -sheet.flattened(-inside * _CLEFT_NM).mean(axis=2).astype(np.float64)
    smooth = ndi.gaussian_filter(cleft, [s / 2 for s in sigma], mode="nearest")
    spread = float(smooth.std()) or 1.0
    return np.asarray(np.clip((smooth - smooth.mean()) / (2 * spread), -1.0, 1.0))
