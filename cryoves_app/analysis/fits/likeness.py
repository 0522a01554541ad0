"""How much a place looks like a population of vesicles that it had no part in.

Fitted together with hundreds of places that are none, a population's profile becomes that of noise. So what may be
chance is fitted with the profile of those that are known, and leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.fits.population import PopulationFit, fit_population
from cryoves_app.analysis.fits.screening import Candidate, screen
from cryoves_app.analysis.membrane.shell import GreySource, Shell, View, collect
from cryoves_app.analysis.membrane.sphere_fit import fit_sphere
from cryoves_app.domain.arrays import Array, MidSpheres, Values
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings

_STEPS = 8


@dataclass(frozen=True)
class Likeness:
    """Correlations with the model of the known vesicles, without unit.

    Attributes
    ----------
    known, places : (n,) arrays
        Of the known vesicles themselves, and of the places' best fits (0 where nothing is fitted), without unit.
    """

    known: Values
    places: Values


def likeness_to(
    source: GreySource,
    known: MidSpheres,
    places: Sequence[Candidate],
    settings: FitSettings,
    progress: Progress,
) -> Likeness:
    """Fit places with the profile of known vesicles.

    Parameters
    ----------
    known : (n, 4) array
        ``z, y, x`` and mid-plane radius in nm.
    """
    fit = fit_population(source, known, settings, progress)
    starts, kept = screen(source, list(places), settings.tilt_range_deg, progress)
    found = np.zeros(len(places))
    for number, (start, index) in enumerate(zip(starts, kept, strict=True)):
        progress.report(number / len(kept))
        found[index] = _root(explained_by(source, start, fit, settings))
    return Likeness(np.array([_root(f.explained) for f in fit.final_fits]), found)


def _root(share: float) -> float:
    return float(np.sqrt(max(share, 0.0)))


def explained_by(source: GreySource, start: Array, fit: PopulationFit, settings: FitSettings) -> float:
    """Share of variance that a population's model explains of a place, after the same steps as of a candidate.

    Parameters
    ----------
    start : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    """
    sphere = start
    for view, profile in ((View(settings.blur_nm), fit.profile), (View(), fit.profile)):
        sphere = fit_sphere(_shell(source, sphere, view, settings), sphere, profile, _STEPS).sphere
    final = fit_sphere(_shell(source, sphere, fit.final_view, settings), sphere, fit.final_profile, _STEPS)
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
