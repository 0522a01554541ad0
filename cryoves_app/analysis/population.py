"""All vesicles of a tomogram fitted together: each against the profile that they have in common.

A vesicle's own profile cannot tell its radius (profile and radius trade); the population's can. Rounds go from
coarse to fine: first on a slightly blurred view, where no fit locks onto one leaflet; then on the tomogram as it
is; last, if asked for, on a whitened view. What a profile carries of a constant grey value is taken off in each round.
The absolute radius comes at the end from one fit of a bilayer to the profile (see ``mid_plane``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.distinct import keep_distinct
from cryoves_app.analysis.edge_denoising import preserves_edges
from cryoves_app.analysis.mid_plane import (
    MidPlane,
    OwnLeaflets,
    collect_sums,
    measure_mid_plane,
    measure_own_leaflets,
)
from cryoves_app.analysis.profiles import own_profile
from cryoves_app.analysis.radial import (
    POSITIONS_NM,
    Profile,
    ProfileSum,
    membrane_template,
    mid_plane_nm,
    remove_gauge,
    shift_profile,
    smooth_profile,
)
from cryoves_app.analysis.shell import GreySource, Shell, View, collect, neighbour_lists
from cryoves_app.analysis.sphere_fit import MOST_STEPS, Fit, add_to_profile, fit_sphere
from cryoves_app.analysis.whitening import measure_whitening
from cryoves_app.domain.arrays import Array, Chosen, Indices, MidSpheres
from cryoves_app.domain.membranes import MidPlaneRule
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings

#: Gauss–Newton steps of the first rounds, which only need a rough place, and of the last one.
_COARSE_STEPS = 5
_FINAL_STEPS = 20
#: A round ends the fitting when half of the spheres moved less than this.
_SETTLED_NM = 0.02
#: Light smoothing of the population's profile, in nm.
_PROFILE_SMOOTHING_NM = 0.4
#: Which vesicles make the profile: this share of the 80th percentile of depth and of explained variance.
_TRUSTED_DEPTH = 0.6
_TRUSTED_EXPLAINED = 0.5
#: Candidates below this share of either after the coarse rounds are not fitted further: nothing like a vesicle.
_LEAST_SHARE = 0.35
_SAME = 0.5
#: Below this share of the usual explained variance a vesicle is fitted again, from these starts (z, y, x, radius; nm).
_SUSPICIOUS = 0.6
_OTHER_STARTS = np.array(
    [
        [0, 0, 0, 3],
        [0, 0, 0, -3],
        [0, 0, 4, 0],
        [0, 0, -4, 0],
        [0, 4, 0, 0],
        [0, -4, 0, 0],
        [4, 0, 0, 0],
        [-4, 0, 0, 0],
        [0, 0, 0, 6],
        [0, 0, 0, -6],
    ],
    float,
)
_BETTER = 0.01
#: How often the profile's darkest point is moved to zero.
_ANCHORINGS = 2


@dataclass(frozen=True)
class PopulationFit:
    """Spheres with the profile they share.

    Attributes
    ----------
    spheres : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    kept : (n,) array
        Indices of the starts that were fitted to the end.
    profile, fits, shells
        Of the last round on the view as it is (for evidence): the profile, the fits, and the voxels that they saw.
    trusted : (n,) bool array
        The vesicles that made the profile.
    final_profile, final_fits, final_shells, final_view
        Of the last round of all (whitened or not), which decided the positions.
    mid_plane
        How the absolute radius was found.
    leaflets
        What each vesicle's own profile tells.
    """

    spheres: MidSpheres
    kept: Indices
    profile: Profile
    fits: list[Fit]
    shells: list[Shell] = field(repr=False)
    trusted: Chosen
    final_profile: Profile
    final_fits: list[Fit]
    final_shells: list[Shell] = field(repr=False)
    final_view: View = field(default_factory=View)
    mid_plane: MidPlane = field(default_factory=lambda: MidPlane(MidPlaneRule.DARKEST))
    leaflets: OwnLeaflets = field(default_factory=lambda: OwnLeaflets.unknown(0))


@dataclass
class _Rounds:
    """The state that goes from round to round."""

    source: GreySource
    settings: FitSettings
    spheres: MidSpheres
    fits: list[Fit]
    trusted: Chosen
    kept: Indices
    progress: Progress
    done: int = 0
    anchored: int = 0

    def shells(self, view: View) -> list[Shell]:
        lists = neighbour_lists(self.spheres, self.settings.edge_nm)
        none = np.zeros((0, 4))
        found = []
        for i, sphere in enumerate(self.spheres):
            self.progress.check()
            others = self.spheres[lists[i]] if self.settings.mask_neighbours else none
            found.append(
                collect(
                    self.source,
                    sphere,
                    others,
                    view,
                    tilt_range_deg=self.settings.tilt_range_deg,
                    edge_nm=self.settings.edge_nm,
                )
            )
        return found

    def fit(self, shells: list[Shell], profile: Profile, steps: int = MOST_STEPS) -> None:
        self.fits = [
            fit_sphere(s, start, profile, steps) for s, start in zip(shells, self.spheres, strict=True)
        ]
        self.spheres = np.array([f.sphere for f in self.fits]).reshape(-1, 4)
        self.trusted = trust_fits(self.fits, shells)
        self.done += 1
        self.progress.report(1 - 0.7**self.done)

    def drop_faint(self, shells: list[Shell]) -> None:
        """Leave out candidates that are far too faint, or explained far too little, and doubles of better ones.

        A double must go early: as neighbours the two would mask each other's voxels.
        """
        stay = np.flatnonzero(_reaches(self.fits, shells, _LEAST_SHARE, _LEAST_SHARE))
        explained = np.array([self.fits[i].explained for i in stay])
        stay = stay[keep_distinct(self.spheres[stay], explained, _SAME)]
        self.spheres, self.kept, self.trusted = self.spheres[stay], self.kept[stay], self.trusted[stay]
        self.fits = [self.fits[i] for i in stay]

    def profile(self, shells: list[Shell]) -> Array:
        collected = ProfileSum()
        for shell, fit, good in zip(shells, self.fits, self.trusted, strict=True):
            if good and fit.scale > 0:
                add_to_profile(collected, shell, fit.sphere, fit.scale, fit.offset)
        values = smooth_profile(collected.mean(), _PROFILE_SMOOTHING_NM)
        return remove_gauge(values, self.usual_radius_nm)

    @property
    def usual_radius_nm(self) -> float:
        radii = self.spheres[self.trusted, 3] if self.trusted.any() else self.spheres[:, 3]
        return float(np.median(radii)) if len(radii) else 1.0

    def anchor(self, values: Array) -> Profile:
        """Move the profile's darkest point to zero and the radii with it.

        Done twice, no more: a darkest point that the profile's own slope has moved would move outwards in each round.
        """
        if self.anchored >= _ANCHORINGS:
            return Profile(values)
        self.anchored += 1
        return self.move(values, mid_plane_nm(values))

    def move(self, values: Array, off_nm: float) -> Profile:
        """Move the profile, and let all radii grow by as much."""
        self.grow(np.full(len(self.spheres), off_nm))
        return Profile(shift_profile(values, off_nm))

    def grow(self, by_nm: Array) -> None:
        """Let each radius grow by its own amount."""
        self.spheres = self.spheres.copy()
        self.spheres[:, 3] += by_nm
        self.fits = [replace(f, sphere=s) for s, f in zip(self.spheres, self.fits, strict=True)]


def fit_population(
    source: GreySource, starts: MidSpheres, settings: FitSettings, progress: Progress | None = None
) -> PopulationFit:
    """Fit all spheres of a tomogram.

    Parameters
    ----------
    starts : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm, within about 4 nm of the truth. ``n`` may be 0.
    """
    count = len(starts)
    rounds = _Rounds(
        source,
        settings,
        np.array(starts, float).reshape(count, 4),
        [],
        np.ones(count, bool),
        np.arange(count),
        progress or Progress(),
    )
    profile = _coarse_rounds(rounds)
    profile, shells = _fine_rounds(rounds, profile)
    if settings.refit_rounds:
        _refit_suspicious(rounds, shells, profile)
    final = _Final(profile, rounds.fits, shells, View())
    if settings.whiten and len(rounds.spheres):
        final = _polished(rounds)
    values = rounds.profile(shells)
    profile, mid_plane, leaflets = _absolute(rounds, values, shells)
    return PopulationFit(
        rounds.spheres,
        rounds.kept,
        profile,
        rounds.fits,
        shells,
        rounds.trusted,
        final.profile,
        final.fits,
        final.shells,
        final.view,
        mid_plane,
        leaflets,
    )


@dataclass(frozen=True)
class _Final:
    """What the last round saw."""

    profile: Profile
    fits: list[Fit]
    shells: list[Shell]
    view: View


def _coarse_rounds(rounds: _Rounds) -> Profile:
    """On the blurred view: first against a plain membrane, then against the population's first profile."""
    shells = rounds.shells(View(rounds.settings.blur_nm))
    profile = membrane_template()
    rounds.fit(shells, profile, _COARSE_STEPS)
    profile = rounds.anchor(rounds.profile(shells))
    rounds.fit(shells, profile)
    rounds.drop_faint(shells)
    return profile


def _fine_rounds(rounds: _Rounds, profile: Profile) -> tuple[Profile, list[Shell]]:
    shells: list[Shell] = []
    for _ in range(max(1, rounds.settings.rounds)):
        before = rounds.spheres
        shells = rounds.shells(View())
        profile = rounds.anchor(rounds.profile(shells))
        rounds.fit(shells, profile)
        moved = np.linalg.norm(rounds.spheres - before, axis=1)
        if not len(moved) or np.median(moved) < _SETTLED_NM:
            break
    profile = rounds.anchor(rounds.profile(shells))
    return profile, shells


def _refit_suspicious(rounds: _Rounds, shells: list[Shell], profile: Profile) -> None:
    """Fit those that look least like the population again, from elsewhere, and keep what explains more.

    A fit that locked onto a neighbour's membrane, or onto the wrong radius, is found that way.
    """
    doubtful = np.flatnonzero(~_reaches(rounds.fits, shells, 0.0, _SUSPICIOUS))
    for i in doubtful.tolist():
        rounds.progress.check()
        for step in _OTHER_STARTS[: rounds.settings.refit_rounds]:
            again = fit_sphere(shells[i], rounds.spheres[i] + step, profile)
            if again.explained > rounds.fits[i].explained + _BETTER and again.scale > 0:
                rounds.fits[i] = again
                rounds.spheres[i] = again.sphere


def _polished(rounds: _Rounds) -> _Final:
    """The whitened rounds; the fits on the plain view keep what they measured, at the new places."""
    plain, good = rounds.fits, rounds.trusted
    source = rounds.source
    whitening = measure_whitening(
        source.data, source.voxel_size_nm, source.median, source.deviation, source.grey
    )
    view = View(whitening=whitening)
    seen = rounds.shells(view)
    for _ in range(2):
        sharp = Profile(rounds.profile(seen))
        rounds.fit(seen, sharp)
        rounds.trusted = good
    final = rounds.fits
    rounds.fits = [replace(f, sphere=s) for s, f in zip(rounds.spheres, plain, strict=True)]
    return _Final(sharp, final, seen, view)


def _absolute(rounds: _Rounds, values: Array, shells: list[Shell]) -> tuple[Profile, MidPlane, OwnLeaflets]:
    """The absolute radii, from the plain view: first those of all vesicles together, then one by one."""
    sums = collect_sums(rounds.source, rounds.spheres, rounds.fits, rounds.trusted, rounds.settings)
    known = rounds.settings.defocus_um or None
    mid_plane = measure_mid_plane(sums, known, edges_preserved=preserves_edges(rounds.source))
    off = mid_plane.offset_nm if mid_plane.rule is MidPlaneRule.BILAYER else mid_plane_nm(values)
    profile = rounds.move(values, off)
    own = [own_profile(s, f.sphere) for s, f in zip(shells, rounds.fits, strict=True)]
    leaflets = measure_own_leaflets(mid_plane, POSITIONS_NM, own, rounds.spheres[:, 3])
    rounds.grow(leaflets.offset_nm)
    return profile, replace(mid_plane, offset_nm=off), leaflets


def trust_fits(fits: list[Fit], shells: list[Shell]) -> Chosen:
    """Which fits are good enough to shape the profile: deep and well explained, not cut by a face.

    Falls back to all with a dark membrane where that would leave none.

    Returns
    -------
    (n,) bool array
        One for each fit.
    """
    whole = np.array([not s.cut for s in shells], bool)
    good = _reaches(fits, shells, _TRUSTED_DEPTH, _TRUSTED_EXPLAINED)
    return good & whole if (good & whole).any() else good


def _reaches(
    fits: list[Fit], shells: list[Shell], depth_share: float, explained_share: float
) -> NDArray[np.bool_]:
    """Which fits have a dark membrane and reach these shares of the usual depth and explained variance.

    Usual is the 80th percentile of those that no face cuts, or of all where a face cuts every one.
    """
    depth = np.array([f.scale for f in fits])
    explained = np.array([f.explained for f in fits])
    dark = depth > 0
    whole = dark & np.array([not s.cut for s in shells], bool)
    reference = whole if whole.any() else dark
    if not reference.any():
        return dark
    deep = depth > depth_share * np.percentile(depth[reference], 80)
    clear = explained > explained_share * np.percentile(explained[reference], 80)
    return np.asarray(dark & deep & clear)
