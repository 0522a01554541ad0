"""The absolute radius: one fit of the bilayer model per tomogram, and per vesicle where the blur allows.

Sphere fits leave one thing open: profile and radius trade, so all radii may be off by the same amount. What the
population's profile says about its mid-plane settles that; how sure it is, the jackknife tells. Where leaflets are
resolved, fits of vesicles whose bilayers differ in thickness end at one leaflet or the other, so each gets a mid-plane
and a leaflet distance of its own; where they are not, a vesicle's own profile is too noisy to tell, and would make
radii worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from cryoves_app.analysis.membrane.bilayer import (
    LEAST_EXPLAINED,
    Bilayer,
    fit_bilayer,
    fit_own_bilayer,
    refit_bilayer,
)
from cryoves_app.analysis.membrane.radial import STEP_NM, ProfileSum
from cryoves_app.analysis.membrane.shell import GreySource, View, collect, neighbour_lists
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.analysis.membrane.sphere_fit import Fit, add_to_profile
from cryoves_app.analysis.membrane.whitening import Whitening
from cryoves_app.domain.arrays import Array, Chosen, MidSpheres
from cryoves_app.domain.membranes import RESOLVED_WIDTH_NM, TRANSFER_WIDTH_NM, MembraneModel, MidPlaneRule
from cryoves_app.domain.recipe_settings import FitSettings

#: The profile reaches farther than the fits' does, so that the fringes of the contrast transfer are on it.
REACH_NM = 14.0
POSITIONS_NM: Array = np.arange(-REACH_NM, REACH_NM + STEP_NM / 2, STEP_NM)
#: At most so many vesicles make the profile; so many groups are left out in turn for the standard error.
_MOST = 90
_GROUPS = 5
_FEWEST_FOR_ERROR = 3
#: Below this blur (full width, nm) each vesicle has a mid-plane of its own.
OWN_MID_PLANE_WIDTH_NM = 3.5
#: The model is believed if it lies this near to the darkest point; on the whitened view, this near to the rough one.
_FARTHEST_NM = 4.5
_FARTHEST_FROM_ROUGH_NM = 0.5


@dataclass(frozen=True)
class MidPlane:
    """Where the mid-plane of the population's profile lies, and what its membranes look like.

    Attributes
    ----------
    offset_nm
        By how much all radii must grow.
    se_nm
        Its standard error; ``None`` with too few vesicles.
    bilayer
        The model that was fitted, its mid-plane at 0; ``None`` where it explains nothing.
    vesicles
        How many made the profile.
    edges_preserved
        Whether the tomogram was denoised in a way that no blur explains (see ``edge_denoising``).
    """

    rule: MidPlaneRule
    offset_nm: float = 0.0
    se_nm: float | None = None
    bilayer: Bilayer | None = None
    vesicles: int = 0
    edges_preserved: bool = False

    @property
    def resolves_leaflets(self) -> bool:
        """Whether the image tells how far apart leaflets are."""
        return self.bilayer is not None and self.bilayer.optics.width_nm <= RESOLVED_WIDTH_NM

    @property
    def half_distance_nm(self) -> float | None:
        """Half the distance between leaflets, where the image tells it."""
        return self.bilayer.half_distance_nm if self.bilayer and self.resolves_leaflets else None

    def model(self, leaflets: OwnLeaflets) -> MembraneModel:
        """What goes into the run record."""
        if self.bilayer is None:
            return MembraneModel(vesicles=self.vesicles)
        optics, half = self.bilayer.optics, self.half_distance_nm
        sharp = optics.width_nm <= TRANSFER_WIDTH_NM
        return MembraneModel(
            self.rule,
            self.vesicles,
            self.se_nm,
            None if half is None else 2 * half,
            optics.width_nm,
            optics.transfer if sharp else None,
            optics.defocus_um if sharp and optics.defocus_um else None,
            bool(np.any(leaflets.offset_nm)),
            self.edges_preserved,
        )


@dataclass(frozen=True)
class OwnLeaflets:
    """What each vesicle's own profile tells.

    Attributes
    ----------
    offset_nm : (n,) array
        By how much its mid-plane radius must grow beside the others; 0 where that cannot be told.
    half_distance_nm : (n,) array
        Half its leaflets' distance; NaN where that cannot be told.
    se_half_distance_nm : (n,) array
        The standard error of that.
    """

    offset_nm: Array
    half_distance_nm: Array
    se_half_distance_nm: Array

    @classmethod
    def unknown(cls, count: int) -> OwnLeaflets:
        """Of so many vesicles, none of which tells anything."""
        return cls(np.zeros(count), np.full(count, np.nan), np.full(count, np.nan))


@dataclass(frozen=True)
class Sums:
    """Wide profiles of the vesicles that make the population's, one by one, and their usual radius.

    ``whitening`` is that of the view on which they were taken.
    """

    parts: list[ProfileSum] = field(repr=False)
    radius_nm: float
    whitening: Whitening | None = None

    def total(self, without: int = -1) -> ProfileSum:
        """The sum; of several groups one may be left out."""
        total = ProfileSum(POSITIONS_NM)
        for number, part in enumerate(self.parts):
            if without < 0 or number % _GROUPS != without:
                total = total.plus(part)
        return total


def collect_sums(
    source: GreySource, spheres: MidSpheres, fits: list[Fit], trusted: Chosen, settings: FitSettings
) -> Sums:
    """Wide profiles of the trusted vesicles on the view as it is.

    Parameters
    ----------
    spheres : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    fits
        Of the same vesicles, for scale and offset.
    trusted : (n,) bool array
        The vesicles that count.
    """
    chosen = _chosen(fits, trusted)
    lists = neighbour_lists(spheres, settings.edge_nm, REACH_NM)
    none = np.zeros((0, 4))
    parts = []
    for i in chosen:
        shell = collect(
            source,
            spheres[i],
            spheres[lists[i]] if settings.mask_neighbours else none,
            View(),
            tilt_range_deg=settings.tilt_range_deg,
            edge_nm=settings.edge_nm,
            reach_nm=(-REACH_NM, REACH_NM),
        )
        parts.append(ProfileSum(POSITIONS_NM))
        add_to_profile(parts[-1], shell, spheres[i], fits[i].scale, fits[i].offset)
    return Sums(parts, float(np.median(spheres[chosen, 3])) if chosen else 0.0)


def sum_shells(shells: Shells, fits: list[Fit], trusted: Chosen, whitening: Whitening) -> Sums:
    """Wide profiles of the trusted vesicles on a whitened view.

    Parameters
    ----------
    shells, fits
        Of that view; the shells reach ``REACH_NM`` to either side of the mid-plane.
    trusted : (n,) bool array
        The vesicles that count.
    """
    chosen = _chosen(fits, trusted)
    parts = [ProfileSum(POSITIONS_NM) for _ in chosen]
    for part, i in zip(parts, chosen, strict=True):
        add_to_profile(part, shells[i], fits[i].sphere, fits[i].scale, fits[i].offset)
    radius = float(np.median([fits[i].sphere[3] for i in chosen])) if chosen else 0.0
    return Sums(parts, radius, whitening)


def _chosen(fits: list[Fit], trusted: Chosen) -> list[int]:
    """At most ``_MOST`` of the trusted vesicles, evenly over all."""
    chosen = [int(i) for i in np.flatnonzero(trusted) if fits[i].scale > 0]
    return chosen[:: -(-len(chosen) // _MOST) or 1]


def sharpen_mid_plane(rough: MidPlane, sums: Sums, defocus_um: float | None = None) -> MidPlane:
    """The mid-plane from profiles on the whitened view, near where the plain view shows it.

    Blur makes a bright layer beside the membrane look like a mid-plane farther off; whitening undoes the blur as far
    as noise allows. Whitened profiles swing to either side of a membrane, so that another swing may look like it: the
    place is looked for near the rough one only, which stays where the sharper one is far from it or explains too
    little.
    Leaflets and optics stay as the plain view shows them, on which each vesicle's own are measured.

    Parameters
    ----------
    rough
        As ``measure_mid_plane`` finds it.
    sums
        As ``sum_shells`` collects them.
    defocus_um
        The defocus, where it is known.
    """
    if rough.bilayer is None or not sums.parts:
        return rough
    near = replace(rough.bilayer, mid_plane_nm=rough.offset_nm)
    total = sums.total()
    found = fit_bilayer(
        POSITIONS_NM, total.mean(), total.weight, sums.radius_nm, defocus_um, sums.whitening, near
    )
    if found is None or found.explained < LEAST_EXPLAINED:
        return rough
    if abs(found.mid_plane_nm - rough.offset_nm) > _FARTHEST_FROM_ROUGH_NM:
        return rough
    return replace(
        rough,
        offset_nm=found.mid_plane_nm,
        se_nm=_jackknife(sums, found, defocus_um),
        vesicles=len(sums.parts),
    )


def measure_mid_plane(
    sums: Sums, defocus_um: float | None = None, *, edges_preserved: bool = False
) -> MidPlane:
    """Fit the bilayer model to a population's profile; where it fails the darkest point stays.

    ``edges_preserved`` says that the tomogram shows edge-preserving denoising, and is passed on.
    """
    count = len(sums.parts)
    if not count:
        return MidPlane(MidPlaneRule.DARKEST)
    total = sums.total()
    found = fit_bilayer(POSITIONS_NM, total.mean(), total.weight, sums.radius_nm, defocus_um)
    if found is None or found.explained < LEAST_EXPLAINED or abs(found.mid_plane_nm) > _FARTHEST_NM:
        return MidPlane(MidPlaneRule.DARKEST, vesicles=count)
    return MidPlane(
        MidPlaneRule.BILAYER,
        found.mid_plane_nm,
        _jackknife(sums, found, defocus_um),
        found.centred(),
        count,
        edges_preserved,
    )


def _jackknife(sums: Sums, found: Bilayer, defocus_um: float | None) -> float | None:
    """Standard error of the mid-plane from fits that leave out one group of vesicles each."""
    groups = min(_GROUPS, len(sums.parts))
    if groups < _FEWEST_FOR_ERROR:
        return None
    places = []
    for group in range(groups):
        part = sums.total(without=group)
        again = refit_bilayer(
            found, POSITIONS_NM, part.mean(), part.weight, sums.radius_nm, defocus_um, sums.whitening
        )
        if again is not None:
            places.append(again.mid_plane_nm)
    spread = np.array(places) - np.mean(places)
    return float(np.sqrt((len(places) - 1) / len(places) * np.sum(spread**2)))


def measure_own_leaflets(
    mid_plane: MidPlane, positions_nm: Array, profiles: list[tuple[Array, Array]], radii_nm: Array
) -> OwnLeaflets:
    """Leaflet distances, and where leaflets are resolved also mid-planes, vesicle by vesicle.

    Parameters
    ----------
    positions_nm : (p,) array
        Distances from the population's mid-plane in nm.
    profiles : n pairs of (p,) arrays
        Each vesicle's own profile and its weights there, of any unit.
    radii_nm : (n,) array
        Mid-plane radii in nm.
    """
    bilayer = mid_plane.bilayer
    unknown = OwnLeaflets.unknown(len(profiles))
    if bilayer is None or not mid_plane.resolves_leaflets:
        return unknown
    free = bilayer.optics.width_nm < OWN_MID_PLANE_WIDTH_NM
    rows = np.full((len(profiles), 4), np.nan)
    for row, (values, weight), radius in zip(rows, profiles, radii_nm, strict=True):
        own = fit_own_bilayer(bilayer, positions_nm, values, weight, float(radius), free_mid=free)
        if own is not None:
            row[:] = (
                own.mid_plane_nm,
                own.half_distance_nm,
                own.se_half_distance_nm,
                own.se_mid_plane_nm,
            )
    offset = rows[:, 0] if free and _varies(rows[:, 1], rows[:, 2]) else np.zeros(len(rows))
    return OwnLeaflets(np.nan_to_num(offset), rows[:, 1], rows[:, 2])


def _varies(values: Array, errors: Array) -> bool:
    """Whether values scatter more than their errors let them."""
    known = np.isfinite(values) & np.isfinite(errors)
    if known.sum() < _FEWEST_FOR_ERROR:
        return False
    spread = 1.4826 * np.median(np.abs(values[known] - np.median(values[known])))
    return bool(spread > np.median(errors[known]))
