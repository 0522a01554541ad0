"""Terminals for teaching outlines: of any shape, among other cells or on empty ground, seen with much about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.conditions import BOX_NM, box_shape
from cryoves_app.analysis.simulate.spec import TerminalSpec
from cryoves_app.analysis.simulate.varied import varied_spec

#: Wide enough for most terminals to be seen whole.
_BOX_NM = (240.0, 800.0, 800.0)
_VOXELS_NM = (2.2, 4.0)
#: Where no vesicle is, nobody could tell which cell is the terminal.
_VESICLES = (35, 180)


def outlined_spec(seed: int) -> TerminalSpec:
    """The conditions of ``varied_spec``, in a large box with an outline at random."""
    spec = varied_spec(seed)
    rng = np.random.default_rng([seed, 4])
    voxel_nm = round(float(rng.uniform(*_VOXELS_NM)), 3)
    larger = float(np.prod(_BOX_NM) / np.prod(BOX_NM))
    several: dict[str, Any] = {
        name: int(rng.poisson(larger * mean))
        for name, mean in (
            ("mitochondria", 0.7), ("endosomes", 0.8), ("tubules", 1.5), ("microtubules", 2.0), ("actin", 8.0),
            ("ribosomes", 5.0), ("aggregates", 40.0), ("ice_crystals", 0.3), ("gold_beads", 0.5),
        )
    }  # fmt: skip
    scene = replace(spec.scene, any_outline=True, n_vesicles=int(rng.integers(*_VESICLES)), **several)
    return TerminalSpec(box_shape(_BOX_NM, voxel_nm), voxel_nm, scene, spec.imaging)
