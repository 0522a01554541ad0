"""Fits by hand (method, section 7): from a click, from centre and rim, from points on the rim, again, one into two.

A click is a few voxels off, which is more than the least-squares fit can bridge, so a coarse search comes first, for
the place where the radial average looks most like a membrane. The profile to compare with is a plain membrane until
vesicles are accepted, then their own average.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from cryoves_app.analysis.by_hand.learned_profile import (
    half_thickness_nm,
    leaflet_measures,
    learn_profile,
    usual_edge_nm,
)
from cryoves_app.analysis.by_hand.manual_start import CLIMB_STEPS_NM, StartSearch
from cryoves_app.analysis.fits.features import measure
from cryoves_app.analysis.grey.contrast import first_contrast
from cryoves_app.analysis.grey.quick import quick_contrast, quick_level
from cryoves_app.analysis.membrane.bilayer import Bilayer
from cryoves_app.analysis.membrane.profiles import known_part, own_profile
from cryoves_app.analysis.membrane.radial import (
    OUTSIDE_NM,
    Profile,
    ProfileSum,
    membrane_template,
    mid_plane_nm,
    shift_profile,
)
from cryoves_app.analysis.membrane.shell import SLACK_NM, GreySource, Shell, View, collect
from cryoves_app.analysis.membrane.sphere_fit import Fit, add_to_profile, fit_sphere, linearise
from cryoves_app.analysis.membrane.sphere_points import rim_distance_nm, sphere_through
from cryoves_app.analysis.network_input.preprocess import sample_voxels
from cryoves_app.domain.arrays import Array, MidSphere, MidSpheres, Points, ProfileValues
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import Contrast
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume

#: Radii that are tried, as shares of the usual one.
RADIUS_RANGE = (0.55, 1.6)
#: The profile is averaged over at most this many accepted vesicles, and used from this many on.
MOST_IN_PROFILE, FEWEST_IN_PROFILE = 40, 3
#: A fit counts as good from this share of the median correlation of accepted vesicles on.
GOOD_SHARE = 0.6
GOOD_CORRELATION = 0.3
#: Without a population, the centre is fitted this often against the vesicle's own profile.
OWN_ROUNDS = 3
#: A fit that ends this far from the points that a person set on the rim is another vesicle.
RIM_REACH_NM = 5.0


@dataclass(frozen=True)
class ManualFit:
    """A fitted sphere (outer radius), how well the image supports it (0–1), and what was measured on it."""

    sphere: Sphere
    score: float
    good: bool
    measures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Others:
    """Vesicles that are not rejected, their mid-plane spheres ``(n, 4)``, and how far outside these the edge is; nm."""

    vesicles: tuple[Vesicle, ...] = ()
    spheres: MidSpheres = field(default_factory=lambda: np.zeros((0, 4)))
    edge_nm: float | None = None


def _contrast(volume: Volume, recipe: Recipe) -> Contrast:
    """The recipe's contrast, or what the image says of it."""
    asked = recipe.input.contrast
    if asked is not Contrast.AUTO:
        return asked
    return first_contrast(quick_contrast(volume.data, volume.voxel_size_nm), volume.info.is_inverted)


@dataclass(frozen=True)
class ManualFitter:
    """Fits single vesicles of one tomogram on its own grid, fast enough to follow the mouse.

    It never changes, so several threads may use it: what it knows of the vesicles comes in by ``with_vesicles`` and
    ``learned``, which give another one.
    """

    source: GreySource
    recipe: Recipe
    profile: Profile = field(default_factory=membrane_template)
    is_learned: bool = False
    bilayer: Bilayer | None = None
    others: _Others = field(default_factory=_Others)

    @classmethod
    def of(cls, volume: Volume, recipe: Recipe) -> Self:
        """Knows nothing but the tomogram's grey values."""
        median, deviation = quick_level(volume.data, sample_voxels(volume.data))
        sign = -1.0 if _contrast(volume, recipe) is Contrast.BRIGHT else 1.0
        return cls(GreySource(volume.data, volume.voxel_size_nm, median, deviation, sign), recipe)

    # -- what is known of the others

    def with_vesicles(self, vesicles: VesicleSet) -> Self:
        """The vesicles as they are now: neighbours are left out of fits, rejected ones don't count."""
        present = tuple(v for v in vesicles if v.status is not Status.REJECTED)
        edge = usual_edge_nm(present, self.recipe.fit)
        rows = [(v.z_nm, v.y_nm, v.x_nm, v.radius_nm - edge) for v in present]
        return replace(self, others=_Others(present, np.array(rows, dtype=float).reshape(-1, 4), edge))

    def learned(self) -> Self:
        """With the profile of accepted vesicles averaged; takes some milliseconds for each of them."""
        others = self.others
        accepted = [i for i, v in enumerate(others.vesicles) if v.status is Status.ACCEPTED]
        if len(accepted) < FEWEST_IN_PROFILE:
            return replace(self, profile=membrane_template(), is_learned=False, bilayer=None)
        collected = ProfileSum()
        for i in accepted[:: max(1, len(accepted) // MOST_IN_PROFILE)]:
            shell = self._shell(others.spheres[i], (others.vesicles[i].id,), View())
            fit = fit_sphere(shell, others.spheres[i], self.profile)
            if fit.scale > 0:
                add_to_profile(collected, shell, others.spheres[i], fit.scale, fit.offset)
        if not collected.mean().any():
            return self
        known = self.recipe.fit.defocus_um or None
        profile, bilayer = learn_profile(
            collected, [others.vesicles[i] for i in accepted], self._edge_nm, known
        )
        return replace(self, profile=profile, is_learned=True, bilayer=bilayer)

    @property
    def _edge_nm(self) -> float:
        return self.recipe.fit.edge_nm if self.others.edge_nm is None else self.others.edge_nm

    @property
    def usual_radius_nm(self) -> float:
        """The median outer radius of accepted vesicles, else the expected one."""
        radii = [v.radius_nm for v in self.others.vesicles if v.status is Status.ACCEPTED]
        return (
            float(np.median(radii))
            if len(radii) >= FEWEST_IN_PROFILE
            else self.recipe.input.expected_radius_nm
        )

    # -- fits

    def fit_click(self, centre_nm: tuple[float, float, float], radius_nm: float | None = None) -> ManualFit:
        """The vesicle near a point ``(z, y, x)``; with an outer radius given, only its centre is searched."""
        edge = self._edge_nm
        start = self._climb(np.array(centre_nm, dtype=float), None if radius_nm is None else radius_nm - edge)
        return self._fitted(start, (), fixed_radius=radius_nm is not None)

    def refit(self, sphere: Sphere, leave_out: Iterable[int] = ()) -> ManualFit:
        """A sphere fitted again from where it is; ``leave_out`` are ids that are no neighbours."""
        return self._fitted(self._mid_sphere(sphere), tuple(leave_out))

    def measure(self, sphere: Sphere, leave_out: Iterable[int] = ()) -> dict[str, Any]:
        """What the image shows at a sphere, without moving it; nothing where it lies outside the tomogram."""
        place = self._mid_sphere(sphere)
        shell = self._shell(place, tuple(leave_out), View())
        model = linearise(shell, place, self.profile)
        if model is None:
            return {}
        fit, profile = Fit(place, model.scale, model.offset, model.explained, 0.0, True), self.profile
        if not self.is_learned:
            anchored, profile = _anchored(shell, fit)
            model = linearise(shell, anchored.sphere, profile) or model
            fit = replace(fit, scale=model.scale, offset=model.offset, explained=model.explained)
        return self._result(shell, fit, profile).measures

    def own_profile(self, sphere: Sphere, leave_out: Iterable[int] = ()) -> ProfileValues:
        """The radial profile at a sphere in the form that is fitted.

        Parameters
        ----------
        sphere
            Outer radius.
        leave_out
            Ids that are no neighbours.

        Returns
        -------
        (p,) array
            At ``POSITIONS_NM``, in standard deviations of the tomogram's grey values; NaN where it is unknown.
        """
        place = self._mid_sphere(sphere)
        return known_part(*own_profile(self._shell(place, tuple(leave_out), View()), place))

    def fit_rim(self, points_nm: Points) -> tuple[Sphere, ManualFit] | None:
        """The sphere through points, and the vesicle there.

        The least-squares sphere is refined from where it is. Points of one slice leave the height of the centre open,
        so the climb from there is tried too; the better of the two that keep to the points is taken.

        Parameters
        ----------
        points_nm : (n, 3) array
            Three or more points ``z, y, x`` in nm on the outer edge.

        Returns
        -------
        tuple of Sphere and ManualFit, or None
            Both with outer radii; None for points on a line.
        """
        sphere = sphere_through(points_nm)
        if sphere is None:
            return None
        fits = [self.refit(sphere), self.fit_click(sphere.centre_nm)]
        near = [f for f in fits if rim_distance_nm(f.sphere, points_nm) < RIM_REACH_NM]
        return sphere, max(near or fits[:1], key=lambda f: f.score)

    def split(self, sphere: Sphere, leave_out: Iterable[int] = ()) -> list[ManualFit]:
        """Two spheres where one was: along the direction in which two membranes fit best."""
        whole = self._mid_sphere(sphere)
        radius = min(self.usual_radius_nm - self._edge_nm, whole[3])
        local = self._search(whole[:3], self._reach_nm + whole[3])
        starts = local.best_pair(whole[:3], radius, (RADIUS_RANGE[0] * radius, 1.2 * radius))
        return [self._fitted(s, tuple(leave_out), beside=starts[1 - n][None]) for n, s in enumerate(starts)]

    def _mid_sphere(self, sphere: Sphere) -> MidSphere:
        return np.array([*sphere.centre_nm, max(sphere.radius_nm - self._edge_nm, 3.0)])

    @property
    def _reach_nm(self) -> float:
        """How far around a click the climb may look."""
        return RADIUS_RANGE[1] * self.usual_radius_nm + 6.0 + CLIMB_STEPS_NM[0] * 2

    def _climb(self, centre: Array, radius_mid_nm: float | None) -> MidSphere:
        """The place near a point at which a membrane of some radius explains most."""
        usual = self.usual_radius_nm - self._edge_nm
        radii = (RADIUS_RANGE[0] * usual, RADIUS_RANGE[1] * usual)
        if radius_mid_nm is not None:
            radii = (radius_mid_nm, radius_mid_nm)
        return self._search(centre, self._reach_nm + (radius_mid_nm or 0.0)).climb(centre, radii)

    def _search(self, centre: Array, reach_nm: float) -> StartSearch:
        return StartSearch.of(self.source, self.profile, self.recipe.fit, centre, reach_nm)

    def _fitted(
        self,
        start: MidSphere,
        leave_out: tuple[int, ...],
        *,
        fixed_radius: bool = False,
        beside: MidSpheres | None = None,
    ) -> ManualFit:
        settings = self.recipe.fit
        blurred = self._shell(start, leave_out, View(settings.blur_nm), beside)
        sphere = fit_sphere(blurred, start, self.profile, fixed_radius=fixed_radius).sphere
        shell = self._shell(sphere, leave_out, View(), beside)
        fit = fit_sphere(shell, sphere, self.profile, fixed_radius=fixed_radius)
        profile = self.profile
        for _ in range(0 if self.is_learned or fixed_radius else OWN_ROUNDS):
            fit, profile = _anchored(shell, fit)
            fit = fit_sphere(shell, fit.sphere, profile, fixed_radius=True)
        return self._result(shell, fit, profile)

    def _result(self, shell: Shell, fit: Fit, profile: Profile) -> ManualFit:
        z, y, x, mid = (float(v) for v in fit.sphere)
        features = measure(shell, fit, profile, self.source, half_thickness_nm(self.bilayer))
        score = float(np.sqrt(max(fit.explained, 0.0)))
        measures = {
            "radius_mid_nm": mid,
            **leaflet_measures(self.bilayer, shell, fit),
            "membrane_density": features.membrane_density,
            "lumen_density": features.lumen_density,
            "contrast": features.contrast,
            "correlation": score,
        }
        good = fit.scale > 0 and score >= self._good_score()
        return ManualFit(Sphere(z, y, x, mid + self._edge_nm), score, good, measures)

    def _good_score(self) -> float:
        accepted = (v for v in self.others.vesicles if v.status is Status.ACCEPTED)
        known = [v.correlation for v in accepted if v.correlation is not None]
        return GOOD_SHARE * float(np.median(known)) if len(known) >= FEWEST_IN_PROFILE else GOOD_CORRELATION

    def _shell(
        self, sphere: MidSphere, leave_out: tuple[int, ...], view: View, beside: MidSpheres | None = None
    ) -> Shell:
        settings = self.recipe.fit
        others = self._neighbours(sphere, leave_out)
        if beside is not None:
            others = np.vstack([others, beside])
        return collect(
            self.source,
            sphere,
            others,
            view,
            tilt_range_deg=settings.tilt_range_deg,
            edge_nm=self._edge_nm,
        )

    def _neighbours(self, sphere: MidSphere, leave_out: tuple[int, ...]) -> MidSpheres:
        """Other vesicles in reach; those whose centre lies inside are the same one, not neighbours."""
        others = self.others
        if not len(others.spheres):
            return others.spheres
        distance = np.linalg.norm(others.spheres[:, :3] - sphere[:3], axis=1)
        near = distance < sphere[3] + others.spheres[:, 3] + OUTSIDE_NM + SLACK_NM + self._edge_nm
        apart = distance > sphere[3]
        named = ~np.isin([v.id for v in others.vesicles], leave_out)
        return np.asarray(others.spheres[near & apart & named])


def _anchored(shell: Shell, fit: Fit) -> tuple[Fit, Profile]:
    """Without a population: the radius moved to the mid-plane of the vesicle's own profile."""
    own, weight = own_profile(shell, fit.sphere)
    if not weight.any() or fit.scale <= 0:
        return fit, membrane_template()
    off = mid_plane_nm(own)
    sphere = fit.sphere + np.array([0.0, 0.0, 0.0, off])
    moved = Fit(sphere, fit.scale, fit.offset, fit.explained, fit.moved_nm, fit.converged)
    return moved, Profile(shift_profile(own, off))
