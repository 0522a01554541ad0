"""What correlation a fit reaches where there is no vesicle: fits at places that the network does not point to.

How well a true vesicle correlates with the model depends on noise and denoising: 0.7 in one tomogram, 0.1 in
another. So no fixed number can say what is too little; fits of decoys in the same tomogram, with the same steps, can.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.population import PopulationFit
from cryoves_app.analysis.radial import membrane_template
from cryoves_app.analysis.shell import GreySource, Shell, View, collect
from cryoves_app.analysis.sphere_fit import Fit, fit_sphere
from cryoves_app.analysis.starts import best_radius
from cryoves_app.domain.arrays import Array
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import FitSettings

_DECOYS = 24
_TRIES = 4000
#: Fewer decoys than this say nothing.
_FEWEST = 6
#: The correlation that a tenth of the decoys reach.
_PERCENTILE = 90
_STEPS = 8
_SMALLEST_NM = 7.0


def decoy_correlation(
    source: GreySource, fit: PopulationFit, taken: Array, settings: FitSettings, progress: Progress
) -> float | None:
    """The correlation that fits reach without a vesicle; ``None`` where there is no room to try.

    Parameters
    ----------
    fit
        The population, whose radii, profile and view the decoys share.
    taken : (n, 4) array
        All candidates, ``z, y, x`` and radius in nm: decoys keep away from them. The radius is that of the network's
        segments, not yet a mid-plane or outer one.
    """
    if not len(fit.spheres):
        return None
    found = []
    for start in _places(source, fit.spheres[:, 3], taken, settings.edge_nm):
        progress.check()
        found.append(_explained(source, start, fit, settings))
    if len(found) < _FEWEST:
        return None
    return float(np.sqrt(max(np.percentile(found, _PERCENTILE), 0.0)))


def _places(source: GreySource, radii: Array, taken: Array, edge_nm: float) -> list[Array]:
    """Random spheres inside the tomogram, of radii as the vesicles have them, that touch no candidate."""
    random = np.random.default_rng(0)
    size = (np.array(source.data.shape) - 1) * source.voxel_size_nm
    tree = cKDTree(taken[:, :3])
    largest = float(taken[:, 3].max())
    places: list[Array] = []
    for _ in range(_TRIES):
        radius = float(random.choice(radii))
        centre = random.random(3) * size
        margin = radius + edge_nm
        if np.any(centre < margin) or np.any(centre > size - margin):
            continue
        near = tree.query_ball_point(centre, margin + largest)
        if any(np.linalg.norm(taken[j, :3] - centre) < margin + taken[j, 3] for j in near):
            continue
        places.append(np.array([*centre, radius]))
        if len(places) == _DECOYS:
            break
    return places


def _explained(source: GreySource, start: Array, fit: PopulationFit, settings: FitSettings) -> float:
    """Share of variance that the population's model explains after the same steps as a candidate's."""
    low = max(0.7 * start[3], _SMALLEST_NM)
    high = max(1.5 * start[3], low + _SMALLEST_NM)
    radius, _ = best_radius(
        source, start[:3], (low, high), membrane_template(), View(), settings.tilt_range_deg
    )
    sphere = np.array([*start[:3], radius])
    for view, profile in ((View(settings.blur_nm), fit.profile), (View(), fit.profile)):
        sphere = fit_sphere(_shell(source, sphere, view, settings), sphere, profile, _STEPS).sphere
    final: Fit = fit_sphere(
        _shell(source, sphere, fit.final_view, settings), sphere, fit.final_profile, _STEPS
    )
    return final.explained if final.scale > 0 else 0.0


def _shell(source: GreySource, sphere: Array, view: View, settings: FitSettings) -> Shell:
    return collect(
        source,
        sphere,
        np.zeros((0, 4)),
        view,
        tilt_range_deg=settings.tilt_range_deg,
        edge_nm=settings.edge_nm,
    )
