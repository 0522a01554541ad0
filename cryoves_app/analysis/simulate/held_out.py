"""Two looks that no network is trained on: crowded and noisy, and everything but vesicles."""

from __future__ import annotations

from cryoves_app.analysis.simulate.conditions import BOX_NM, GRID_VOXELS_NM, box_shape
from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec, SceneSpec, TerminalSpec

_CROWDED_SNRS = (0.05, 0.1, 0.2)
#: 0.3 µm³.
_EMPTY_BOX_NM = (250.0, 1095.0, 1095.0)
_EMPTY_VOXEL_NM = 2.2


def crowded_spec(seed: int) -> TerminalSpec:
    """Uneven vesicles with bright lumina, wall at wall in a dense cytosol, in noise and blur.

    Twelve seeds in a row hold all voxel sizes of the test grid with three ratios of signal and noise.
    """
    number = seed % (len(GRID_VOXELS_NM) * len(_CROWDED_SNRS))
    voxel_nm = GRID_VOXELS_NM[number // len(_CROWDED_SNRS)]
    scene = SceneSpec(
        n_vesicles=110, tight_share=0.85, ellipticity=1.25, bumps=0.04, lumen=-0.2, lumen_sd=0.04, stalks=1.0,
        membrane_proteins=10, connectors=2.5, crowding=0.4, aggregates=150, ribosomes=10, actin=20,
    )  # fmt: skip
    imaging = ImagingSpec(
        defocus_nm=4500.0,
        ctf_corrected=True,
        deconvolved=number % 2 == 0,
        resolution_nm=(4.0, 6.0, 7.5)[number // 2 % 3],
        snr=_CROWDED_SNRS[number % len(_CROWDED_SNRS)],
        shading=0.3,
        denoising=Denoising.GAUSSIAN if number % 2 == 0 else Denoising.NONE,
    )
    return TerminalSpec(box_shape(BOX_NM, voxel_nm), voxel_nm, scene, imaging)


def no_vesicles_spec(seed: int) -> TerminalSpec:
    """Organelles, filaments and particles in 0.3 µm³, and not one vesicle."""
    scene = SceneSpec(
        n_vesicles=0, mitochondria=6, endosomes=10, tubules=14, microtubules=14, actin=90, ribosomes=80,
        aggregates=700, ice_crystals=4, gold_beads=8,
    )  # fmt: skip
    imaging = ImagingSpec(snr=(0.05, 0.2, 0.5)[seed % 3], ctf_corrected=seed % 2 == 0, shading=0.2)
    return TerminalSpec(box_shape(_EMPTY_BOX_NM, _EMPTY_VOXEL_NM), _EMPTY_VOXEL_NM, scene, imaging)
