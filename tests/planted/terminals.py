"""Terminals whose connectors and tethers are known: looks, and how strong the noise is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from cryoves_app.analysis.simulate.spec import ImagingSpec, SceneSpec, TerminalSpec

SNRS = (0.2, 0.5, 1.0, 2.0)
#: Seeds that judge; others are there to improve on.
FIRST_SEED = 7300
_SHAPE, _VOXEL_NM = (72, 168, 168), 2.2
_SCENE = SceneSpec(n_vesicles=40, tubules=1, microtubules=1, actin=8, aggregates=40)


class Look(StrEnum):
    """How a terminal is imaged, and what its membranes look like."""

    NO_CTF = "no CTF"
    FRINGES = "CTF"  # 5 µm of defocus that nobody corrected: bright fringes beside membranes
    REAL = "real look"  # one broad dip, bright lumina, a crowd: what membranes of real tomograms look like


@dataclass(frozen=True)
class Terminal:
    """One tomogram: a cell of the grid, and its seed."""

    look: Look
    snr: float
    seed: int
    has_threads: bool = True

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.look.name.lower()}_{self.snr:g}_{self.seed}"

    @property
    def spec(self) -> TerminalSpec:
        """What is simulated."""
        scene, imaging = _LOOKS[self.look]
        if not self.has_threads:
            scene = replace(scene, connectors=0.0, tethers=0.0)
        return TerminalSpec(_SHAPE, _VOXEL_NM, scene, replace(imaging, snr=self.snr))


_LOOKS = {
    # A transfer of 1 at all frequencies: in focus, with a phase plate that turns by a quarter.
    Look.NO_CTF: (_SCENE, ImagingSpec(defocus_nm=0.0, phase_shift_rad=float(np.pi / 2))),
    Look.FRINGES: (_SCENE, ImagingSpec(defocus_nm=5000.0, ctf_corrected=False)),
    Look.REAL: (
        replace(
            _SCENE, lumen=-0.3, lumen_sd=0.04, ellipticity=1.2, bumps=0.03, stalks=1.0, crowding=0.35, large_share=0.1
        ),
        ImagingSpec(defocus_nm=3500.0, deconvolved=True, resolution_nm=7.0),
    ),
}  # fmt: skip


def grid(
    seeds: int, first: int, looks: Sequence[Look], snrs: Sequence[float], *, has_threads: bool = True
) -> Iterator[Terminal]:
    """All cells, so many seeds each; no two tomograms have the same seed, and so the same vesicles."""
    number = first
    for look in looks:
        for snr in snrs:
            for _ in range(seeds):
                yield Terminal(look, snr, number, has_threads)
                number += 1
