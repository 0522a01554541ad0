"""Terminals and microscopes for training that reach beyond what real tomograms show.

A real membrane is one broad dip, its lumen brighter than the cytosol, with hardly a fringe; real vesicles are uneven,
carry proteins and lie in a crowd. Conditions are drawn so widely that these lie inside.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cryoves_app.analysis.simulate.conditions import training_spec
from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec, SceneSpec, TerminalSpec

#: Of tomograms, to teach what is no vesicle: none of them, and much else.
_EMPTY_SHARE = 0.1
#: Times as many organelles and particles stand where no vesicle does.
_EMPTY_CLUTTER = 2


def varied_spec(seed: int) -> TerminalSpec:
    """The conditions of ``training_spec``, made wider."""
    spec = training_spec(seed)
    rng = np.random.default_rng([seed, 2])
    scene = _wider_scene(rng, spec.scene)
    if rng.random() < _EMPTY_SHARE:
        scene = _without_vesicles(scene)
    return replace(spec, scene=scene, imaging=_wider_imaging(rng, spec.imaging))


def _wider_scene(rng: np.random.Generator, scene: SceneSpec) -> SceneSpec:
    return replace(
        scene,
        ellipticity=float(rng.choice([1.0, rng.uniform(1.0, 1.4)])),
        bumps=float(rng.choice([0.0, rng.uniform(0, 0.06)])),
        lumen=float(rng.uniform(-0.45, 0.05)),
        lumen_sd=float(rng.uniform(0, 0.05)),
        stalks=float(rng.choice([0.0, rng.uniform(0, 3)])),
        crowding=float(rng.uniform(0.08, 0.7)),
        large_share=float(rng.uniform(0, 0.25)),
    )


def _without_vesicles(scene: SceneSpec) -> SceneSpec:
    more = {
        name: _EMPTY_CLUTTER * getattr(scene, name) + 1
        for name in ("mitochondria", "endosomes", "tubules", "microtubules", "ribosomes", "gold_beads")
    }
    return replace(scene, n_vesicles=0, **more)


def _wider_imaging(rng: np.random.Generator, imaging: ImagingSpec) -> ImagingSpec:
    transfer = rng.random()
    wide = replace(
        imaging,
        resolution_nm=float(rng.uniform(2.0, 9.0)),
        deconvolved=bool(transfer < 0.5),
        # where low frequencies come through whole, there is hardly a fringe
        phase_shift_rad=float(rng.uniform(0.5, 1.5)) if transfer < 0.25 else imaging.phase_shift_rad,
        snr=float(np.exp(rng.uniform(np.log(0.03), np.log(0.6)))),
        ramp=float(rng.choice([0.0, 0.0, rng.uniform(0, 1.0)])),
    )
    if rng.random() < 0.15:
        wide = replace(
            wide, border_nm=float(rng.uniform(8, 50)), border_grey=int(rng.choice([0, -6000, 6000]))
        )
    if rng.random() < 0.4:
        wide = replace(wide, denoising=Denoising.GAUSSIAN, denoising_nm=float(rng.uniform(1.2, 5.0)))
    return wide
