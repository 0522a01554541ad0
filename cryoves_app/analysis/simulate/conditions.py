"""Which terminals and microscopes: at random for training, in a fixed grid for testing."""

from __future__ import annotations

from typing import Any

import numpy as np

from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec, SceneSpec, TerminalSpec

#: Box in nm; the smaller one keeps tomograms with small voxels affordable.
BOX_NM, SMALL_BOX_NM = (180.0, 420.0, 420.0), (150.0, 320.0, 320.0)
FINE_VOXEL_NM = 1.45
#: Vesicles in the large box at ordinary density.
N_PER_BOX = 60
#: Of training tomograms, to teach what is no vesicle.
EMPTY_SHARE = 0.04

#: The test grid: fixed before any model was trained, never to be trained or tuned on.
GRID_VOXELS_NM = (1.0, 1.5, 2.2, 2.5)
GRID_SNRS = (0.05, 0.2, 0.5)
GRID_FIRST_SEED = 40_000
GRID_SIZE = len(GRID_VOXELS_NM) * len(GRID_SNRS)


def training_spec(seed: int) -> TerminalSpec:
    """Conditions drawn from a seed, so that a row of seeds makes a varied training set."""
    rng = np.random.default_rng([seed, 1])
    voxel_nm = round(float(np.exp(rng.uniform(np.log(1.0), np.log(2.5)))), 3)
    box = SMALL_BOX_NM if voxel_nm < FINE_VOXEL_NM else BOX_NM
    share = float(np.prod(box) / np.prod(BOX_NM))
    scene = _training_scene(rng, share)
    # A few look like electron microscopy without a wedge: serial block faces, ion beam milling.
    imaging = _block_face_imaging(rng) if rng.random() < 0.06 else _training_imaging(rng)
    return TerminalSpec(box_shape(box, voxel_nm), voxel_nm, scene, imaging)


def grid_spec(number: int) -> TerminalSpec:
    """Tomogram ``number`` (0 to 11) of the test grid; its seed is ``GRID_FIRST_SEED + number``.

    Voxel size × SNR; every other one with strong uncorrected contrast transfer, half of them denoised.
    """
    voxel_nm = GRID_VOXELS_NM[number // len(GRID_SNRS)]
    snr = GRID_SNRS[number % len(GRID_SNRS)]
    strong = number % 2 == 0
    denoised = number // 2 % 2 == 0
    denoising = (Denoising.DIFFUSION if strong else Denoising.GAUSSIAN) if denoised else Denoising.NONE
    imaging = ImagingSpec(
        defocus_nm=6500.0 if strong else 3500.0,
        ctf_corrected=not strong,
        snr=snr,
        shading=0.2,
        denoising=denoising,
        tilt_step_deg=3.0 if strong else 2.0,
        tilt_axis_deg=(0.0, 12.0, 90.0)[number % 3],
    )
    scene = SceneSpec(tight_share=0.65, ice_crystals=1, gold_beads=2)
    return TerminalSpec(box_shape(BOX_NM, voxel_nm), voxel_nm, scene, imaging)


def box_shape(box_nm: tuple[float, float, float], voxel_nm: float) -> tuple[int, int, int]:
    """Even numbers of voxels that fill a box."""
    z, y, x = (2 * round(edge / voxel_nm / 2) for edge in box_nm)
    return z, y, x


def _training_scene(rng: np.random.Generator, share: float) -> SceneSpec:
    def several(mean: Any) -> int:
        return int(rng.poisson(mean * share))

    return SceneSpec(
        n_vesicles=int(N_PER_BOX * share * rng.uniform(0.3, 1.9)) * int(rng.random() > EMPTY_SHARE),
        radius_nm=float(rng.choice([rng.uniform(17, 24), rng.uniform(15, 34)])),
        radius_sd_nm=float(rng.uniform(1.2, 3.5)),
        large_share=float(rng.uniform(0, 0.15)),
        ellipticity=float(rng.uniform(1.0, 1.15)),
        tight_share=float(rng.uniform(0.2, 0.8)),
        smallest_gap_px=float(rng.choice([0.0, 0.5, 1.0])),
        cut_by_z_faces=bool(rng.random() < 0.35),
        thickness_nm=float(rng.uniform(3.6, 5.6)),
        membrane_density=float(rng.uniform(0.7, 1.3)),
        density_variation=float(rng.uniform(0.03, 0.2)),
        filled_share=float(rng.uniform(0, 0.3)),
        dense_core_share=float(rng.choice([0.0, rng.uniform(0, 0.2)])),
        membrane_proteins=float(rng.uniform(0, 14)),
        connectors=float(rng.uniform(0, 2.5)),
        tethers=float(rng.uniform(0, 3)),
        plasma_membrane=bool(rng.random() < 0.8),
        mitochondria=several(0.9),
        endosomes=several(1.5),
        tubules=several(2.5),
        microtubules=several(rng.choice([1.5, 8.0])),
        actin=several(14),
        ribosomes=several(8),
        aggregates=several(rng.uniform(10, 160)),
        crowding=float(rng.uniform(0.08, 0.4)),
        ice_crystals=several(0.8),
        gold_beads=several(rng.choice([0.0, 2.5])),
    )


def _training_imaging(rng: np.random.Generator) -> ImagingSpec:
    strong = rng.random() < 0.5
    phase_plate = not strong and rng.random() < 0.35
    return ImagingSpec(
        tilt_range_deg=float(rng.choice([60.0, rng.uniform(48, 66)])),
        tilt_step_deg=float(rng.choice([2.0, 3.0])),
        tilt_axis_deg=float(rng.choice([0.0, 0.0, 90.0, rng.uniform(-90, 90)])),
        defocus_nm=float(rng.uniform(4500, 8500) if strong else rng.uniform(800, 4500)),
        phase_shift_rad=float(rng.uniform(0.9, 1.6) if phase_plate else rng.uniform(0.07, 0.15)),
        ctf_corrected=not strong,
        resolution_nm=float(rng.uniform(2.0, 5.0)),
        dose_per_angstrom_sq=float(rng.uniform(60, 160)),
        section_nm=float(rng.uniform(120, 300)),
        misalignment_nm=float(rng.uniform(0, 1.0)),
        cutoff=float(rng.uniform(0.25, 0.48)),
        snr=float(np.exp(rng.uniform(np.log(0.05), np.log(0.6)))),
        shading=float(rng.uniform(0, 0.5)),
        **_training_denoising(rng),
    )


def _training_denoising(rng: np.random.Generator) -> dict[str, Any]:
    look = Denoising(rng.choice([Denoising.NONE, Denoising.NONE, Denoising.GAUSSIAN, Denoising.DIFFUSION]))
    return {"denoising": look, "denoising_nm": float(rng.uniform(1.2, 3.0))}


def _block_face_imaging(rng: np.random.Generator) -> ImagingSpec:
    return ImagingSpec(
        tilt_range_deg=84.0,
        tilt_step_deg=4.0,
        defocus_nm=300.0,
        phase_shift_rad=float(np.pi / 2),
        ctf_corrected=True,
        resolution_nm=float(rng.uniform(5, 8)),
        misalignment_nm=0.2,
        snr=float(rng.uniform(0.3, 2.0)),
        shading=float(rng.uniform(0, 0.4)),
        denoising=Denoising.GAUSSIAN,
        denoising_nm=float(rng.uniform(1.5, 3.0)),
    )
