"""All numbers of the benchmark phantom, and its presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class BenchmarkSpec:
    """All numbers of the phantom; lengths in nm, densities in units of one membrane leaflet."""

    n_vesicles: int = 90
    radius_nm: float = 20.0
    radius_sd_nm: float = 2.0
    radius_range_nm: tuple[float, float] | None = (
        None  # in place of mean and SD: any size is as likely as its double
    )
    ellipticity: float = 1.0  # largest ratio of two axes
    p_cluster: float = 0.75
    gap_px: tuple[float, float] = (1.0, 3.0)
    thickness_nm: float = 4.5
    leaflet_nm: float = 2.0
    fringe: float = 0.35
    lumen: float = -0.05
    filled_share: float = 0.1
    filled_density: float = 0.25
    distractors: bool = True
    n_blobs: int = 250
    grain: float = 0.25
    lowpass_nm: float = 4.0
    defocus_nm: float = 6000.0
    ctf: bool = True
    tilt_range_deg: float = 60.0
    snr: float = 0.5
    denoise_nm: float = 2.2
    grey_sd: float = 1500.0


#: As membranes of real vesicles look: one broad dip, the lumen clearly brighter than the cytosol, hardly a fringe.
_REAL_LOOK = BenchmarkSpec(lumen=-0.25, fringe=0.1, lowpass_nm=8.0, denoise_nm=4.0)

BENCHMARK_SPECS: Mapping[str, BenchmarkSpec] = {
    "benchmark-easy": BenchmarkSpec(),
    "benchmark-hard": BenchmarkSpec(snr=0.05, lowpass_nm=5.0),
    "benchmark-real-look": _REAL_LOOK,
    "benchmark-real-look-hard": replace(_REAL_LOOK, snr=0.05),
    "benchmark-wide": BenchmarkSpec(n_vesicles=60, radius_range_nm=(12.0, 60.0), ellipticity=1.15),
}
