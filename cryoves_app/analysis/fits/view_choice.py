"""Which view of a tomogram the last rounds of a population's fit look at: how far down power is made equal.

Whitening the weakest frequencies, too, halves the error of centres in tomograms that were smoothed by a linear filter:
it undoes the smoothing. After a filter that is not linear it does harm. What helps shows in the vesicles: each is
fitted to two halves of its voxels, and where the halves agree better, the fit to all of them is better.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cryoves_app.analysis.fits.population_rounds import Rounds
from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shell import Shell, View
from cryoves_app.analysis.membrane.sphere_fit import fit_sphere
from cryoves_app.analysis.membrane.whitening import DEEP_FLOORS, USUAL_FLOOR, PowerSpectrum, measure_power
from cryoves_app.domain.arrays import Array, Indices, MidSphere

#: At most so many vesicles are tried, and fewer than these say nothing.
_MOST, _FEWEST = 40, 6
#: Gauss–Newton steps of a half's fit, which begins at the whole's.
_STEPS = 4
#: The deeper view is taken where halves differ by less than this share of what they differ on the usual one.
_CLEARLY = 0.9
#: Halves share a profile, and a deeper one of fewer vesicles than this is their own noise, too: at 0.81 it did no good.
_MANY, _VERY_CLEARLY = 20, 0.8


def choose_view(rounds: Rounds) -> View:
    """The whitened view on which halves of vesicles agree better, or the plain one where there is no spectrum."""
    source = rounds.source
    spectrum = measure_power(source.data, source.voxel_size_nm, source.median, source.deviation, source.grey)
    if spectrum is None:
        return View()
    usual = View(whitening=spectrum.whitening())
    tried = _spread(np.flatnonzero(rounds.trusted))
    if len(tried) < _FEWEST or rounds.edges_preserved or not _deeper(spectrum):
        return usual
    return _better(rounds, tried, usual, spectrum)


def _better(rounds: Rounds, tried: Indices, usual: View, spectrum: PowerSpectrum) -> View:
    clearly = _CLEARLY if len(tried) >= _MANY else _VERY_CLEARLY
    limit = clearly * half_difference_nm(rounds, tried, usual)
    deeper = (View(whitening=spectrum.whitening(floor)) for floor in _deeper(spectrum))
    return next((view for view in deeper if half_difference_nm(rounds, tried, view) < limit), usual)


def _deeper(spectrum: PowerSpectrum) -> list[float]:
    """The floors below the usual one, deepest first, above which something else than rounding may be left."""
    floors = dict.fromkeys(spectrum.deep_floor(floor) for floor in DEEP_FLOORS)
    return [floor for floor in floors if floor < USUAL_FLOOR]


def _spread(among: Indices) -> Indices:
    """At most ``_MOST`` of the numbers, evenly over all."""
    if len(among) <= _MOST:
        return among
    return among[np.linspace(0, len(among) - 1, _MOST).round().astype(np.intp)]


def half_difference_nm(rounds: Rounds, tried: Indices, view: View) -> float:
    """How far the centres of two halves of a vesicle are apart on a view, on average.

    Parameters
    ----------
    tried : (n,) array
        Numbers of the spheres that are fitted, against a profile of their own; ``rounds`` stays as it is.
    """
    part, shells = rounds.part(tried), rounds.shells(view, tried)
    part.fit(shells, Profile(part.profile(shells)))
    profile = Profile(part.profile(shells))
    apart = [
        _halves_apart(shell, sphere, profile) for shell, sphere in zip(shells, part.spheres, strict=True)
    ]
    return float(np.mean(np.linalg.norm(apart, axis=1)))


def _halves_apart(shell: Shell, sphere: MidSphere, profile: Profile) -> Array:
    """Between the centres ``(3,)`` (nm) fitted to alternate octants of a vesicle's voxels."""
    odd = (shell.z_nm > sphere[0]) ^ (shell.y_nm > sphere[1]) ^ (shell.x_nm > sphere[2])
    halves = [
        fit_sphere(replace(shell, weight=shell.weight * side), sphere, profile, _STEPS).sphere
        for side in (odd, ~odd)
    ]
    return np.asarray((halves[0] - halves[1])[:3])
