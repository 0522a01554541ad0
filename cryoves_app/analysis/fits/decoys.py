"""What correlation a fit reaches where there is no vesicle: fits at places that the network does not point to.

How well a true vesicle correlates with the model depends on noise and denoising: 0.7 in one tomogram, 0.1 in
another. So no fixed number can say what is too little; fits of decoys in the same tomogram, with the same steps, can.

Candidates are the best of many places, so decoys are too: of hundreds of places, those that look most like a membrane.
With few candidates the profile is made of them, and any of them resembles it; then decoys are fitted as a population of
their own, and the second best of several such populations counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.fits.likeness import explained_by
from cryoves_app.analysis.fits.population import PopulationFit, fit_apart
from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.analysis.membrane.radial import membrane_template
from cryoves_app.analysis.membrane.shell import GreySource, View
from cryoves_app.analysis.membrane.starts import best_radius
from cryoves_app.domain.arrays import AnyArray, Array, Probability
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings

#: So many places are looked at, and so many of them, those most like a membrane, are fitted.
_PLACES, _DECOYS = 200, 24
_TRIES = 20_000
#: Fewer decoys than this say nothing.
_FEWEST = 6
#: The correlation that a tenth of the decoys reach.
_PERCENTILE = 90
#: Fewer vesicles than this make a profile of their own noise.
_SELF_MADE = 10
_FEWEST_GROUPS = 3
#: A decoy with a larger share of empty voxels around it would fit fills.
_EMPTY_SHARE = 0.02
_SMALLEST_NM = 7.0
#: Where the network's probability exceeds this, a vesicle may have been missed.
_UNSEEN = 0.1


@dataclass(frozen=True)
class Searched:
    """Where the network looked, and what it saw.

    A decoy must not be a vesicle that was missed: it lies where the network looked and saw nothing.

    Attributes
    ----------
    maps : pairs of a (z, y, x) array and a voxel size
        Probabilities, 0 to 1, on the network's grids.
    mask : (z, y, x) array or None
        On the tomogram's grid, 1 inside; None where it looked everywhere.
    voxel_size_nm
        Of the tomogram.
    """

    maps: tuple[tuple[Probability, float], ...] = ()
    mask: AnyMask | None = None
    voxel_size_nm: float = 1.0

    def rules_out(self, place: Array) -> bool:
        """Whether a sphere lies where the network did not look, or saw something.

        Parameters
        ----------
        place : (4,) array
            ``z, y, x`` and mid-plane radius in nm.
        """
        if self.mask is not None and not _at(self.mask, place[:3] / self.voxel_size_nm):
            return True
        return any(_around(p, place, voxel) > _UNSEEN for p, voxel in self.maps)


def _at(volume: AnyMask, place_px: Array) -> AnyArray:
    z, y, x = np.clip(np.rint(place_px), 0, np.array(volume.shape) - 1).astype(int)
    return volume[z, y, x]


def _around(probability: Probability, place: Array, voxel_nm: float) -> float:
    """The largest probability about the centre, as far out as half the radius."""
    low = np.clip((place[:3] - place[3] / 2) / voxel_nm, 0, np.array(probability.shape) - 1).astype(int)
    high = np.clip((place[:3] + place[3] / 2) / voxel_nm + 1, low + 1, probability.shape).astype(int)
    return float(probability[low[0] : high[0], low[1] : high[1], low[2] : high[2]].max())


def decoy_correlation(
    source: GreySource,
    fit: PopulationFit,
    taken: Array,
    settings: FitSettings,
    progress: Progress,
    searched: Searched | None = None,
) -> float | None:
    """The correlation that fits reach without a vesicle; ``None`` where there is no room to try.

    Parameters
    ----------
    fit
        The population, whose radii, profile and view the decoys share.
    taken : (n, 4) array
        All candidates, ``z, y, x`` and radius in nm: decoys keep away from them. The radius is that of the network's
        segments, not yet a mid-plane or outer one.
    searched
        Where the network looked and what it saw, if it did.
    """
    if not len(fit.spheres):
        return None
    places = _places(source, fit.spheres[:, 3], taken, settings.edge_nm, searched or Searched())
    starts = _starts(source, places, settings, progress)
    if len(starts) < _FEWEST:
        return None
    if len(fit.spheres) < _SELF_MADE:
        return _of_populations(source, starts, fit, settings, progress)
    found = []
    for start in starts[:_DECOYS]:
        progress.check()
        found.append(explained_by(source, start, fit, settings))
    return float(np.sqrt(max(np.percentile(found, _PERCENTILE), 0.0)))


def _of_populations(
    source: GreySource, starts: Array, fit: PopulationFit, settings: FitSettings, progress: Progress
) -> float | None:
    """The best correlation in populations of decoys as large as that of the candidates, but for the best of these.

    Places come in the order of how much they look like a membrane, so vesicles that were missed stand together in the
    first population, and reach what vesicles reach.
    """
    best = []
    size = len(fit.spheres)
    for group in range(max(_DECOYS // size, _FEWEST_GROUPS)):
        progress.check()
        some = starts[group * size : (group + 1) * size]
        if len(some) < size:
            break
        fits = fit_apart(source, some, settings, fit.final_view)
        best.append(max((f.explained for f in fits if f.scale > 0), default=0.0))
    if not best:
        return None
    counted = sorted(best)[-2] if len(best) > 1 else best[0]
    return float(np.sqrt(max(counted, 0.0)))


def _starts(source: GreySource, places: list[Array], settings: FitSettings, progress: Progress) -> Array:
    """Decoys ``(n, 4)`` (``z, y, x``, mid-plane radius; nm), those first that look most like a membrane."""
    found, gains = [], []
    for place in places:
        progress.check()
        low = max(0.7 * place[3], _SMALLEST_NM)
        high = max(1.5 * place[3], low + _SMALLEST_NM)
        radius, gain = best_radius(
            source, place[:3], (low, high), membrane_template(), View(), settings.tilt_range_deg
        )
        found.append([*place[:3], radius])
        gains.append(gain / radius**2)
    order = np.argsort(gains)[::-1]
    return np.array(found, float).reshape(-1, 4)[order]


def _places(
    source: GreySource, radii: Array, taken: Array, edge_nm: float, searched: Searched
) -> list[Array]:
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
        place = np.array([*centre, radius])
        if searched.rules_out(place):
            continue
        if _partly_empty(source, centre, margin):
            continue
        places.append(place)
        if len(places) == _PLACES:
            break
    return places


def _partly_empty(source: GreySource, centre: Array, reach_nm: float) -> bool:
    """Whether there is no data in a part of the box around a sphere."""
    low = np.maximum(np.ceil((centre - reach_nm) / source.voxel_size_nm), 0).astype(np.intp)
    high = (np.floor((centre + reach_nm) / source.voxel_size_nm) + 1).astype(np.intp)
    empty = source.read(low, high).empty
    return empty is not None and bool(empty.mean() > _EMPTY_SHARE)
