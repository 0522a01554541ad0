"""What accepted vesicles teach fits by hand: their profile, how their leaflets lie, which edge their radius reaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.membrane.bilayer import (
    LEAST_EXPLAINED,
    USUAL_HALF_NM,
    Bilayer,
    fit_bilayer,
    fit_own_bilayer,
)
from cryoves_app.analysis.membrane.profiles import own_profile
from cryoves_app.analysis.membrane.radial import (
    POSITIONS_NM,
    Profile,
    ProfileSum,
    mid_plane_nm,
    shift_profile,
)
from cryoves_app.analysis.membrane.shell import Shell
from cryoves_app.analysis.membrane.sphere_fit import Fit
from cryoves_app.domain.membranes import RESOLVED_WIDTH_NM
from cryoves_app.domain.recipe_settings import EdgeRule, FitSettings
from cryoves_app.domain.vesicle import HEAD_GROUPS_NM, Origin, Vesicle

#: Radii of so many segmented vesicles say where the mid-plane is.
_FEWEST_SEGMENTED = 3
_SMALLEST_RADIUS_NM = 3.0


def half_thickness_nm(bilayer: Bilayer | None) -> float:
    """Half the usual thickness of a membrane."""
    half = bilayer.half_distance_nm if bilayer else USUAL_HALF_NM
    return half + HEAD_GROUPS_NM / 2


def leaflet_measures(bilayer: Bilayer | None, shell: Shell, fit: Fit) -> dict[str, float | None]:
    """How far apart one vesicle's leaflets are, and what follows; unknown where the image does not tell.

    Parameters
    ----------
    bilayer
        That of the accepted vesicles, if one explains their profile.
    """
    found = None
    if bilayer is not None and bilayer.optics.width_nm <= RESOLVED_WIDTH_NM:
        own, weight = own_profile(shell, fit.sphere)
        radius = float(fit.sphere[3])
        found = fit_own_bilayer(bilayer, POSITIONS_NM, own, weight, radius, free_mid=False)
    distance = None if found is None else 2 * found.half_distance_nm
    return {
        "leaflet_distance_nm": distance,
        "se_leaflet_distance_nm": None if found is None else 2 * found.se_half_distance_nm,
        "membrane_thickness_nm": None if distance is None else distance + HEAD_GROUPS_NM,
    }


def learn_profile(
    collected: ProfileSum, accepted: Sequence[Vesicle], edge_nm: float, defocus_um: float | None
) -> tuple[Profile, Bilayer | None]:
    """The profile of accepted vesicles with its mid-plane at 0, and its bilayer where one explains it.

    Radii that a segmentation measured already lie on the mid-plane; of others the bilayer says by how much they do not.
    """
    values = collected.mean()
    middle = max(float(np.median([v.radius_nm for v in accepted])) - edge_nm, _SMALLEST_RADIUS_NM)
    found = fit_bilayer(POSITIONS_NM, values, collected.weight, middle, defocus_um)
    bilayer = found if found is not None and found.explained >= LEAST_EXPLAINED else None
    if sum(v.origin is Origin.AUTO for v in accepted) >= _FEWEST_SEGMENTED:
        off = 0.0
    else:
        off = bilayer.mid_plane_nm if bilayer else mid_plane_nm(values)
    return Profile(shift_profile(values, off)), bilayer.centred() if bilayer else None


def usual_edge_nm(vesicles: Sequence[Vesicle], settings: FitSettings) -> float:
    """From the mid-plane to the outer edge: the recipe's distance, or what segmented vesicles have."""
    known = [
        v.radius_nm - v.radius_mid_nm
        for v in vesicles
        if v.origin is Origin.AUTO and v.radius_mid_nm is not None
    ]
    if settings.edge_rule is EdgeRule.LEAFLET and known:
        return float(np.median(known))
    return settings.edge_nm
