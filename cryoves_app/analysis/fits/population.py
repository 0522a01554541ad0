"""All vesicles of a tomogram fitted together: each against the profile that they have in common.

A vesicle's own profile cannot tell its radius (profile and radius trade); the population's can. Rounds go from
coarse to fine: first on a slightly blurred view, where no fit locks onto one leaflet; then on the tomogram as it
is; last, if asked for, on a whitened view. What a profile carries of a constant grey value is taken off in each round.
The absolute radius comes at the end from one fit of a bilayer to the profile (see ``mid_plane``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from cryoves_app.analysis.fits.population_rounds import Rounds, clear_of_chance, refit_suspicious
from cryoves_app.analysis.fits.view_choice import choose_view
from cryoves_app.analysis.membrane.mid_plane import (
    REACH_NM,
    MidPlane,
    OwnLeaflets,
    collect_sums,
    measure_mid_plane,
    measure_own_leaflets,
    sharpen_mid_plane,
    sum_shells,
)
from cryoves_app.analysis.membrane.profiles import own_profile
from cryoves_app.analysis.membrane.radial import (
    POSITIONS_NM,
    Profile,
    membrane_template,
    mid_plane_nm,
)
from cryoves_app.analysis.membrane.shell import GreySource, View
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.analysis.membrane.sphere_fit import Fit
from cryoves_app.domain.arrays import Array, Chosen, Indices, MidSpheres
from cryoves_app.domain.membranes import MidPlaneRule
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings

#: Gauss–Newton steps of the first round, which only needs a rough place.
_COARSE_STEPS = 5
#: A round ends the fitting when half of the spheres moved less than this.
_SETTLED_NM = 0.02


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
    shells: Shells = field(repr=False)
    trusted: Chosen
    final_profile: Profile
    final_fits: list[Fit]
    final_shells: Shells = field(repr=False)
    final_view: View = field(default_factory=View)
    mid_plane: MidPlane = field(default_factory=lambda: MidPlane(MidPlaneRule.DARKEST))
    leaflets: OwnLeaflets = field(default_factory=lambda: OwnLeaflets.unknown(0))


def fit_population(
    source: GreySource, starts: MidSpheres, settings: FitSettings, progress: Progress | None = None
) -> PopulationFit:
    """Fit all spheres of a tomogram.

    Parameters
    ----------
    starts : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm, within about 4 nm of the truth. ``n`` may be 0.
    """
    rounds = Rounds.of(source, starts, settings, progress)
    shells, final = _all_rounds(rounds, None)
    values = rounds.profile(shells)
    profile, mid_plane, leaflets = _absolute(rounds, values, shells, final)
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


def fit_apart(source: GreySource, starts: MidSpheres, settings: FitSettings, view: View) -> list[Fit]:
    """The last fits of a population of its own, whose absolute radii nobody asks for.

    Parameters
    ----------
    starts : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    view
        Of the last round, which another population of this tomogram had (its ``final_view``).
    """
    return _all_rounds(Rounds.of(source, starts, settings), view)[1].fits


@dataclass(frozen=True)
class _Final:
    """What the last round saw."""

    profile: Profile
    fits: list[Fit]
    shells: Shells
    view: View


def _all_rounds(rounds: Rounds, known: View | None) -> tuple[Shells, _Final]:
    """From coarse to fine; the shells of the plain view, and the last round, on the view that is known or measured."""
    profile = _coarse_rounds(rounds)
    profile, shells = _fine_rounds(rounds, profile)
    if rounds.settings.refit_rounds:
        refit_suspicious(rounds, shells, profile)
    if rounds.settings.whiten and len(rounds.spheres):
        return shells, _polished(rounds, known or choose_view(rounds))
    return shells, _Final(profile, rounds.fits, shells, View())


def _coarse_rounds(rounds: Rounds) -> Profile:
    """On the blurred view: first against a plain membrane, then against the population's first profile."""
    shells = rounds.shells(View(rounds.settings.blur_nm))
    profile = membrane_template()
    rounds.fit(shells, profile, _COARSE_STEPS)
    profile = rounds.anchor(rounds.profile(shells))
    rounds.fit(shells, profile)
    rounds.drop_faint(shells)
    return profile


def _fine_rounds(rounds: Rounds, profile: Profile) -> tuple[Profile, Shells]:
    shells = rounds.shells(View())
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


def _polished(rounds: Rounds, view: View) -> _Final:
    """The whitened rounds; the fits on the plain view keep what they measured, at the new places."""
    plain, good = rounds.fits, rounds.trusted
    seen = rounds.shells(view, reach_nm=(-REACH_NM, REACH_NM))
    for _ in range(2):
        sharp = Profile(rounds.profile(seen))
        rounds.fit(seen, sharp)
        # vesicles that noise hides on the plain view stand clear of chance here
        good = rounds.trusted = clear_of_chance(good, rounds.fits)
    final = rounds.fits
    rounds.fits = [replace(f, sphere=s) for s, f in zip(rounds.spheres, plain, strict=True)]
    return _Final(sharp, final, seen, view)


def _absolute(
    rounds: Rounds, values: Array, shells: Shells, final: _Final
) -> tuple[Profile, MidPlane, OwnLeaflets]:
    """The absolute radii: first those of all vesicles together, then, from the plain view, one by one."""
    mid_plane = _common_mid_plane(rounds, final)
    off = mid_plane.offset_nm if mid_plane.rule is MidPlaneRule.BILAYER else mid_plane_nm(values)
    profile = rounds.move(values, off)
    own = [own_profile(s, f.sphere) for s, f in zip(shells, rounds.fits, strict=True)]
    leaflets = measure_own_leaflets(mid_plane, POSITIONS_NM, own, rounds.spheres[:, 3])
    rounds.grow(leaflets.offset_nm)
    return profile, replace(mid_plane, offset_nm=off), leaflets


def _common_mid_plane(rounds: Rounds, final: _Final) -> MidPlane:
    """Where the mid-plane is, roughly from the plain view and then from the whitened one."""
    sums = collect_sums(rounds.source, rounds.spheres, rounds.fits, rounds.trusted, rounds.settings)
    known = rounds.settings.defocus_um or None
    rough = measure_mid_plane(sums, known, edges_preserved=rounds.edges_preserved)
    whitening = final.view.whitening
    if whitening is None or rounds.edges_preserved:
        return rough
    return sharpen_mid_plane(rough, sum_shells(final.shells, final.fits, rounds.trusted, whitening), known)
