"""Candidates to vesicles: the population fit, with all that is measured on its way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.fits.decoys import Searched, decoy_correlation
from cryoves_app.analysis.fits.features import Features, measure
from cryoves_app.analysis.fits.population import PopulationFit, fit_population
from cryoves_app.analysis.fits.screening import Candidate, screen
from cryoves_app.analysis.fits.uncertainty import standard_errors
from cryoves_app.analysis.membrane.bilayer import USUAL_HALF_NM
from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.shapes.shape_measures import MeasuredShape, measure_shapes
from cryoves_app.domain.arrays import Array, Probability
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import EdgeRule, FitSettings
from cryoves_app.domain.vesicle import HEAD_GROUPS_NM, Flag, Vesicle


@dataclass(frozen=True)
class Fitted:
    """Vesicles found in the image, all accepted so far, and how many candidates showed no membrane.

    ``decoy_correlation`` is what fits reach where there is no vesicle (see ``decoys``), ``membranes`` says how the
    mid-plane was found, ``bright_ring`` how far the population's profile rises above its mean level, over the depth of
    the membrane in it.
    """

    vesicles: list[Vesicle]
    screened_out: int
    decoy_correlation: float | None = None
    membranes: MembraneModel = field(default_factory=MembraneModel)
    bright_ring: float | None = None


def fit_candidates(
    source: GreySource,
    candidates: list[Candidate],
    settings: FitSettings,
    progress: Progress | None = None,
    searched: Searched | None = None,
) -> Fitted:
    """Fit spheres to candidates with the default rule.

    The vesicles' ``correlation`` is that of the image with the fitted model, voxel by voxel, on the view of the
    last round; it tells true from false far better than correlations of radial profiles do.
    """
    progress = progress or Progress()
    progress.start("remove")
    starts, kept = screen(source, candidates, settings.tilt_range_deg, progress)
    progress.start("fit")
    fit = fit_population(source, starts, settings, progress)
    progress.start("features")
    errors = standard_errors(
        fit.final_shells,
        np.array([f.sphere for f in fit.final_fits]).reshape(-1, 4),
        fit.final_profile,
        fit.trusted,
        source.voxel_size_nm,
        settings.tilt_range_deg,
    )
    half_nm = thickness_nm(fit) / 2
    features = [
        measure(s, f, fit.profile, source, half_nm) for s, f in zip(fit.shells, fit.fits, strict=True)
    ]
    cut = fit.shells.cut
    vesicles = [
        _vesicle(fit, i, errors[i], features[i], settings, is_cut=bool(cut[i]))
        for i in range(len(fit.spheres))
    ]
    if settings.shape:
        tilt = settings.tilt_range_deg
        shapes = measure_shapes(fit.shells, fit.fits, fit.profile, source.voxel_size_nm, tilt)
        vesicles = [_with_shape(v, s) for v, s in zip(vesicles, shapes, strict=True)]
    split = [candidates[kept[k]].parts > 1 for k in fit.kept]
    vesicles = [v.but(flags=(*v.flags, Flag.SPLIT)) if s else v for v, s in zip(vesicles, split, strict=True)]
    taken = np.array([(*c.centre_nm, c.radius_nm) for c in candidates], float).reshape(-1, 4)
    floor = decoy_correlation(source, fit, taken, settings, progress, searched)
    ring = _bright_ring(fit.profile) if vesicles else None
    membranes = fit.mid_plane.model(fit.leaflets)
    return Fitted(vesicles, len(candidates) - len(vesicles), floor, membranes, ring)


def thickness_nm(fit: PopulationFit) -> float:
    """The usual thickness of the membranes, over which densities are averaged."""
    bilayer = fit.mid_plane.bilayer
    return HEAD_GROUPS_NM + 2 * (bilayer.half_distance_nm if bilayer else USUAL_HALF_NM)


def edge_distance_nm(settings: FitSettings, half_nm: float | None) -> float:
    """From the mid-plane to the outer edge, by the recipe's rule; ``half_nm`` is half the leaflets' distance."""
    if settings.edge_rule is EdgeRule.LEAFLET and half_nm is not None:
        return half_nm + settings.beyond_nm
    return settings.edge_nm


def _bright_ring(profile: Profile) -> float:
    """How far a profile rises above 0, the level of its voxels on average, over the depth of its membrane."""
    depth = float(-profile.values.min())
    return float(profile.values.max()) / depth if depth > 0 else 0.0


def _vesicle(
    fit: PopulationFit,
    at: int,
    errors: Array,
    features: Features,
    settings: FitSettings,
    *,
    is_cut: bool,
) -> Vesicle:
    z, y, x, mid = (float(v) for v in fit.spheres[at])
    se_z, se_y, se_x, se_r = (float(e) if np.isfinite(e) else None for e in errors)
    final = fit.final_fits[at]
    own = _known(2 * fit.leaflets.half_distance_nm[at])
    half = fit.mid_plane.half_distance_nm if own is None else own / 2
    flags = []
    if is_cut:
        flags.append(Flag.FACE)
    if not final.converged:
        flags.append(Flag.NOT_CONVERGED)
    return Vesicle(
        at + 1,
        z,
        y,
        x,
        mid + edge_distance_nm(settings, half),
        radius_mid_nm=mid,
        se_x_nm=se_x,
        se_y_nm=se_y,
        se_z_nm=se_z,
        se_radius_nm=se_r,
        membrane_thickness_nm=None if own is None else own + HEAD_GROUPS_NM,
        membrane_density=features.membrane_density,
        lumen_density=features.lumen_density,
        contrast=features.contrast,
        correlation=float(np.sqrt(max(final.explained, 0.0))),
        flags=tuple(flags),
        leaflet_distance_nm=own,
        se_leaflet_distance_nm=_known(2 * fit.leaflets.se_half_distance_nm[at]),
    )


def _with_shape(vesicle: Vesicle, shape: MeasuredShape | None) -> Vesicle:
    if shape is None or vesicle.radius_mid_nm is None:
        return vesicle
    edge = vesicle.radius_nm - vesicle.radius_mid_nm
    longest, middle, shortest = (float(a) + edge for a in shape.axes.lengths_nm)
    return vesicle.but(
        roundness_nm=shape.roundness_nm,
        sphere_p_value=shape.sphere_p_value,
        long_axis_nm=longest,
        middle_axis_nm=middle,
        short_axis_nm=shortest,
        shape_terms_nm=tuple(round(t, 4) for t in shape.terms.tolist()),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def with_probability(
    vesicles: list[Vesicle], probability: Probability, network_voxel_nm: float
) -> list[Vesicle]:
    """The vesicles with the mean probability inside each sphere; the larger value where one is known already.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1, on the network's grid.
    network_voxel_nm
        Of that grid. The spheres reach to the outer radius.
    """
    return [_with_probability(v, probability, network_voxel_nm) for v in vesicles]


def _with_probability(vesicle: Vesicle, probability: NDArray[np.float32], voxel_nm: float) -> Vesicle:
    z, y, x, radius = vesicle.sphere.to_px(voxel_nm)
    low = np.clip(np.ceil(np.array([z, y, x]) - radius), 0, probability.shape).astype(int)
    high = np.clip(np.floor(np.array([z, y, x]) + radius) + 1, low, probability.shape).astype(int)
    gz, gy, gx = np.ogrid[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    inside = (gz - z) ** 2 + (gy - y) ** 2 + (gx - x) ** 2 <= radius**2
    if not inside.any():
        return vesicle
    box = probability[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    mean = float(box[inside].mean())
    return replace(vesicle, probability=max(mean, vesicle.probability or 0.0))
