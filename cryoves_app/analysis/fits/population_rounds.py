"""The rounds of a population's fit: all spheres of a tomogram, each fitted against the profile that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.better_group import better_group
from cryoves_app.analysis.fits.distinct import keep_distinct
from cryoves_app.analysis.membrane.edge_denoising import preserves_edges
from cryoves_app.analysis.membrane.radial import (
    Profile,
    ProfileSum,
    mid_plane_nm,
    remove_gauge,
    shift_profile,
    smooth_profile,
)
from cryoves_app.analysis.membrane.shell import (
    FIT_REACH_NM,
    GreySource,
    Shell,
    View,
    collect,
    neighbour_lists,
)
from cryoves_app.analysis.membrane.shells import Shells
from cryoves_app.analysis.membrane.sphere_fit import MOST_STEPS, Fit, add_to_profile, fit_sphere
from cryoves_app.domain.arrays import Array, Chosen, Indices, MidSpheres
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings

#: Light smoothing of the population's profile, in nm.
_PROFILE_SMOOTHING_NM = 0.4
#: Which vesicles make the profile: this share of the 80th percentile of depth and of explained variance.
_TRUSTED_DEPTH = 0.6
_TRUSTED_EXPLAINED = 0.5
#: Where fewer than this are vesicles that percentile is one of chance, and the better of two groups is trusted.
_MOST = 0.5
#: Fewer than this shape no profile.
_FEWEST = 5
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


@dataclass
class Rounds:
    """The state that goes from round to round.

    Attributes
    ----------
    spheres : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    fits
        One for each sphere, of the last round.
    trusted : (n,) bool array
        The vesicles that make the profile.
    kept : (n,) array
        Indices of the starts that are still fitted.
    done, anchored
        How many rounds, and how often the profile was moved to its darkest point.
    """

    source: GreySource
    settings: FitSettings
    spheres: MidSpheres
    fits: list[Fit]
    trusted: Chosen
    kept: Indices
    progress: Progress
    done: int = 0
    anchored: int = 0

    @classmethod
    def of(
        cls,
        source: GreySource,
        starts: MidSpheres,
        settings: FitSettings,
        progress: Progress | None = None,
    ) -> Rounds:
        """Before the first round; ``starts`` are ``(n, 4)``: ``z, y, x`` and mid-plane radius in nm."""
        count = len(starts)
        spheres = np.array(starts, float).reshape(count, 4)
        return cls(
            source,
            settings,
            spheres,
            [],
            np.ones(count, bool),
            np.arange(count),
            progress or Progress(),
        )

    def part(self, only: Indices) -> Rounds:
        """Some of the spheres ``(n,)`` by number, to be fitted further on their own; these stay as they are."""
        fits = [self.fits[i] for i in only]
        return replace(
            self,
            spheres=self.spheres[only],
            fits=fits,
            trusted=self.trusted[only],
            kept=self.kept[only],
            progress=Progress(),
        )

    @cached_property
    def edges_preserved(self) -> bool:
        """Whether the tomogram was denoised by a filter that is not linear."""
        return preserves_edges(self.source)

    def shells(
        self, view: View, only: Indices | None = None, reach_nm: tuple[float, float] = FIT_REACH_NM
    ) -> Shells:
        """The voxels around each sphere where it is now, as the view shows them, without those of its neighbours.

        ``only`` are the numbers ``(n,)`` of the spheres that are wanted; all without it. ``reach_nm`` is how far the
        shells reach inside (negative) and outside the mid-plane.
        """
        spheres = self.spheres.copy()
        lists = neighbour_lists(spheres, self.settings.edge_nm, reach_nm[1])
        wanted = range(len(spheres)) if only is None else only.tolist()

        def cut_out(number: int) -> Shell:
            self.progress.check()
            at = wanted[number]
            return collect(
                self.source,
                spheres[at],
                spheres[lists[at]] if self.settings.mask_neighbours else np.zeros((0, 4)),
                view,
                tilt_range_deg=self.settings.tilt_range_deg,
                edge_nm=self.settings.edge_nm,
                reach_nm=reach_nm,
            )

        return Shells(cut_out, len(wanted), scratch=self.source.scratch)

    def fit(self, shells: Shells, profile: Profile, steps: int = MOST_STEPS) -> None:
        """Fit each sphere to its shell, from where it is, in at most so many steps."""
        self.fits = [
            fit_sphere(s, start, profile, steps) for s, start in zip(shells, self.spheres, strict=True)
        ]
        self.spheres = np.array([f.sphere for f in self.fits]).reshape(-1, 4)
        self.trusted = trust_fits(self.fits, shells)
        self.done += 1
        self.progress.report(1 - 0.7**self.done)

    def drop_faint(self, shells: Shells) -> None:
        """Leave out candidates that are far too faint, or explained far too little, and doubles of better ones.

        A double must go early: as neighbours the two would mask each other's voxels.
        """
        stay = np.flatnonzero(_reaches(self.fits, shells, _LEAST_SHARE, _LEAST_SHARE))
        explained = np.array([self.fits[i].explained for i in stay])
        stay = stay[keep_distinct(self.spheres[stay], explained, _SAME)]
        self.spheres, self.kept, self.trusted = self.spheres[stay], self.kept[stay], self.trusted[stay]
        self.fits = [self.fits[i] for i in stay]

    def profile(self, shells: Shells) -> Array:
        """The profile that the trusted spheres share.

        Returns
        -------
        (p,) array
            In standard deviations, at ``radial.POSITIONS_NM``.
        """
        collected = ProfileSum()
        for i in np.flatnonzero(self.trusted).tolist():
            fit = self.fits[i]
            if fit.scale > 0:
                add_to_profile(collected, shells[i], fit.sphere, fit.scale, fit.offset)
        values = smooth_profile(collected.mean(), _PROFILE_SMOOTHING_NM)
        return remove_gauge(values, self.usual_radius_nm)

    @property
    def usual_radius_nm(self) -> float:
        """Median mid-plane radius of the trusted spheres, or of all."""
        radii = self.spheres[self.trusted, 3] if self.trusted.any() else self.spheres[:, 3]
        return float(np.median(radii)) if len(radii) else 1.0

    def anchor(self, values: Array) -> Profile:
        """Move the profile's darkest point to zero and the radii with it.

        Done twice, no more: a darkest point that the profile's own slope has moved would move outwards in each round.

        Parameters
        ----------
        values : (p,) array
            In standard deviations, at ``radial.POSITIONS_NM``.
        """
        if self.anchored >= _ANCHORINGS:
            return Profile(values)
        self.anchored += 1
        return self.move(values, mid_plane_nm(values))

    def move(self, values: Array, off_nm: float) -> Profile:
        """Move the profile, a ``(p,)`` array in standard deviations, and let all radii grow by as much (nm)."""
        self.grow(np.full(len(self.spheres), off_nm))
        return Profile(shift_profile(values, off_nm))

    def grow(self, by_nm: Array) -> None:
        """Let each mid-plane radius grow by its own amount: ``(n,)``, in nm."""
        self.spheres = self.spheres.copy()
        self.spheres[:, 3] += by_nm
        self.fits = [replace(f, sphere=s) for s, f in zip(self.spheres, self.fits, strict=True)]


def refit_suspicious(rounds: Rounds, shells: Shells, profile: Profile) -> None:
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


def clear_of_chance(good: Chosen, fits: list[Fit]) -> Chosen:
    """Those of the good fits ``(n,)`` that belong to the vesicles, where these are a clear minority; all elsewhere.

    Returns
    -------
    (n,) bool array
        One for each fit.
    """
    correlations = np.sqrt([max(f.explained, 0.0) if f.scale > 0 else 0.0 for f in fits])
    better = correlations > better_group(correlations)
    is_minority = better.sum() < _MOST * len(fits)
    return good & better if is_minority and (good & better).sum() >= _FEWEST else good


def trust_fits(fits: list[Fit], shells: Shells) -> Chosen:
    """Which fits are good enough to shape the profile: deep and well explained, not cut by a face.

    Falls back to all with a dark membrane where that would leave none.

    Returns
    -------
    (n,) bool array
        One for each fit.
    """
    whole = ~shells.cut
    good = clear_of_chance(_reaches(fits, shells, _TRUSTED_DEPTH, _TRUSTED_EXPLAINED), fits)
    return good & whole if (good & whole).any() else good


def _reaches(
    fits: list[Fit], shells: Shells, depth_share: float, explained_share: float
) -> NDArray[np.bool_]:
    """Which fits have a dark membrane and reach these shares of the usual depth and explained variance.

    Usual is the 80th percentile of those that no face cuts, or of all where a face cuts every one.
    """
    depth = np.array([f.scale for f in fits])
    explained = np.array([f.explained for f in fits])
    dark = depth > 0
    whole = dark & ~shells.cut
    reference = whole if whole.any() else dark
    if not reference.any():
        return dark
    deep = depth > depth_share * np.percentile(depth[reference], 80)
    clear = explained > explained_share * np.percentile(explained[reference], 80)
    return np.asarray(dark & deep & clear)
