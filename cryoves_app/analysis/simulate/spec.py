"""What a simulated presynaptic terminal holds and how it is imaged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Denoising(StrEnum):
    """The look that the reconstruction is given."""

    NONE = "none"
    GAUSSIAN = "gaussian"
    DIFFUSION = "diffusion"  # edge-preserving, as non-linear anisotropic diffusion leaves it


@dataclass(frozen=True)
class SceneSpec:
    """What stands in the box. Lengths in nm, densities in units of one membrane leaflet."""

    n_vesicles: int = 60
    radius_nm: float = 20.0
    radius_sd_nm: float = 2.5
    large_share: float = 0.06  # of radii drawn from all that is allowed, not around the mean
    ellipticity: float = 1.08  # largest ratio of two axes
    tight_share: float = 0.5  # of vesicles put at most two voxels from another one
    smallest_gap_px: float = 0.5
    cut_by_z_faces: bool = False
    thickness_nm: float = 4.5
    membrane_density: float = 1.0
    density_variation: float = 0.12
    bumps: float = 0.0  # root mean square of the wall's waves of second and third order, in radii
    lumen: float = -0.03  # mean density; below 0 brighter than the cytosol
    lumen_sd: float = 0.02
    filled_share: float = 0.12
    dense_core_share: float = 0.06
    membrane_proteins: float = 8.0  # mean number on a vesicle
    stalks: float = 0.0  # mean number of proteins that stick out of a vesicle by 6 to 12 nm
    connectors: float = 1.5  # mean number between two near vesicles
    tethers: float = 2.0  # mean number of a vesicle near the plasma membrane
    plasma_membrane: bool = True
    any_outline: bool = False  # of the terminal, with neighbours or empty ground, not one sheet and its cleft
    mitochondria: int = 1
    endosomes: int = 1
    tubules: int = 2
    microtubules: int = 2
    actin: int = 12
    ribosomes: int = 6
    aggregates: int = 60  # proteins large enough to be seen singly
    crowding: float = 0.22  # standard deviation of the cytosol's texture
    ice_crystals: int = 0
    gold_beads: int = 0


@dataclass(frozen=True)
class ImagingSpec:
    """The tilt series and what is made of it."""

    tilt_range_deg: float = 60.0
    tilt_step_deg: float = 3.0
    tilt_axis_deg: float = 0.0  # from y towards x
    defocus_nm: float = 5000.0
    phase_shift_rad: float = 0.10  # amplitude contrast, or a phase plate's shift
    ctf_corrected: bool = False  # phases flipped
    deconvolved: bool = False  # phases flipped, and full transfer beyond the first maximum
    resolution_nm: float = 3.5  # full width of the Gaussian that blurs the specimen
    dose_per_angstrom_sq: float = 100.0  # of the whole series
    section_nm: float = 200.0  # thickness that tilting makes longer
    misalignment_nm: float = 0.5  # standard deviation of each view's shift
    cutoff: float = 0.4  # of the back-projection's radial filter, in cycles per voxel
    snr: float = 0.2  # variance of the reconstructed signal over that of the noise
    shading: float = 0.0  # slow grey variation, in standard deviations of the tomogram
    ramp: float = 0.0  # grey ramp from middle to edge, in standard deviations of the tomogram
    border_nm: float = 0.0  # what the reconstruction does not reach, within the planes
    border_grey: int = 0
    denoising: Denoising = Denoising.NONE
    denoising_nm: float = 2.0


@dataclass(frozen=True)
class TerminalSpec:
    """A tomogram of a terminal."""

    shape: tuple[int, int, int] = (80, 192, 192)
    voxel_size_nm: float = 2.2
    scene: SceneSpec = SceneSpec()
    imaging: ImagingSpec = ImagingSpec()
