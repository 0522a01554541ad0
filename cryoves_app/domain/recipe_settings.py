"""The parameters of a run, section by section: each with its default, range, unit and help.

Forms of the window, command line and run record are made from these dataclasses, so a parameter is declared once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


def parameter(
    default: Any,
    help_text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    advanced: bool = True,
) -> Any:
    """A dataclass field that carries what a form needs to show it."""
    metadata = {"help": help_text, "low": low, "high": high, "unit": unit, "advanced": advanced}
    return field(default=default, metadata=metadata)


class Normalisation(StrEnum):
    """How grey values are brought to one scale."""

    ROBUST = "robust"  # without borders, ramps and wild voxels, where there are any
    PLAIN = "plain"  # mean and standard deviation of all voxels
    PUBLISHED = "published"  # the same on the published program's grid, in whole numbers


class Contrast(StrEnum):
    """What membranes look like against their surroundings."""

    AUTO = "auto"  # measured
    DARK = "dark"
    BRIGHT = "bright"


class MatchLook(StrEnum):
    """Whether the network sees the tomogram with the noise and blur that it learned from."""

    OFF = "off"
    AUTO = "auto"  # both are tried on a box in the middle, and what finds more is kept
    ON = "on"


class FaceMode(StrEnum):
    """What the network sees beyond the tomogram's faces."""

    ZERO = "zero"
    MIRROR = "mirror"


class SplitRule(StrEnum):
    """Which segments are taken for several vesicles."""

    SHAPE = "shape"  # absolute: how far from one ball, against the expected size
    EXTENT = "extent"  # the paper: volume z-score and extent


class FitRule(StrEnum):
    """How a segment becomes a sphere."""

    POPULATION = "population"  # sub-voxel least squares against the population's radial profile
    CORRELATION = "correlation"  # the paper: radial profile and cross-correlation
    PUBLISHED = "published"  # the same as the published program does it


class EdgeRule(StrEnum):
    """Where the outer edge of a membrane is taken."""

    FIXED = "fixed"  # a fixed distance outside the mid-plane
    LEAFLET = "leaflet"  # outside the middle of the outer leaflet, wherever that lies


class OutlierRule(StrEnum):
    """What makes a vesicle an outlier."""

    EVIDENCE = "evidence"  # contrast, correlation and robust Mahalanobis p-value
    P_VALUE = "p_value"  # the paper: p below a cut
    DISTANCE = "distance"  # the published program: un-squared distance and rank correlation


@dataclass(frozen=True)
class InputSettings:
    """How a tomogram becomes the network's input (method, section 1)."""

    expected_radius_nm: float = parameter(
        20.0,
        "Typical outer radius of the vesicles; sets the network's voxel size.",
        low=5.0,
        high=150.0,
        unit="nm",
        advanced=False,
    )
    smallest_radius_nm: float = parameter(
        0.0,
        "Smallest radius to look for; 0 means half the expected one.",
        low=0.0,
        high=150.0,
        unit="nm",
    )
    largest_radius_nm: float = parameter(
        0.0,
        "Largest radius to look for; 0 means twice the expected one. A wide range runs at several scales.",
        low=0.0,
        high=200.0,
        unit="nm",
    )
    look_larger: bool = parameter(
        True,
        "Look on a coarser grid, too: for vesicles near the largest radius, and to tell of larger ones.",
    )
    smoothing_px: float = parameter(
        1.0,
        "Standard deviation of the Gaussian applied on the network's grid; 0 is off.",
        low=0.0,
        high=4.0,
        unit="voxels",
    )
    contrast: Contrast = parameter(
        Contrast.AUTO,
        "What membranes look like; auto measures it, and says so where they are bright.",
        advanced=False,
    )
    normalisation: Normalisation = parameter(
        Normalisation.ROBUST,
        "Whether borders without data, ramps of grey and wild voxels are taken out before the grey values are "
        "brought to one scale; plain takes all voxels as they are, published also has the published program's grid and "
        "whole numbers.",
    )
    match_look: MatchLook = parameter(
        MatchLook.OFF,
        "Whether the network sees the tomogram with the grey values and spectrum that it learned from, as its card "
        "records them; auto tries both on a box in the middle and keeps what the fits support better. Experimental.",
    )


@dataclass(frozen=True)
class NetworkSettings:
    """How the probability map is computed (method, section 3)."""

    face_mode: FaceMode = parameter(FaceMode.MIRROR, "What the network sees beyond the tomogram's faces.")
    face_padding_px: int = parameter(
        4,
        "Width of the mirrored rim at the faces; it removes false blobs there.",
        low=0,
        high=32,
        unit="voxels",
    )
    context_px: int = parameter(
        16,
        "Context around each tile, in the network's own blocks of voxels: 24 is exact; with 16 one voxel in 100 000 "
        "differs (in 3 000 for networks on single voxels), and no sphere does.",
        low=8,
        high=32,
        unit="voxels",
    )
    flips: bool = parameter(
        False, "Average over mirrored copies: four times slower, slightly better in noise."
    )


@dataclass(frozen=True)
class InstanceSettings:
    """How the probability map becomes candidates (method, section 4)."""

    threshold: float = parameter(
        0.0,
        "Probability above which a voxel belongs to a vesicle; 0 finds it from the membrane's darkness.",
        low=0.0,
        high=0.99999,
        advanced=False,
    )
    threshold_low: float = parameter(0.8, "Lowest threshold that is tried.", low=0.01, high=0.999)
    threshold_high: float = parameter(0.9999, "Highest threshold that is tried.", low=0.5, high=0.999999)
    threshold_coefficient: float = parameter(
        1.0, "Factor on the threshold that was found.", low=0.5, high=1.5
    )
    split: bool = parameter(True, "Separate segments that hold several vesicles.")
    split_rule: SplitRule = parameter(SplitRule.SHAPE, "Which segments are taken for several vesicles.")
    split_volume_z: float = parameter(
        1.0, "Volume z-score above which segments may be split (paper).", low=-10, high=10
    )
    split_extent: float = parameter(
        0.25, "Extent below which a large segment is split (paper).", low=0.0, high=1.0
    )
    expand: bool = parameter(True, "Lower the threshold for segments that are too small.")
    smallest_fraction: float = parameter(
        0.05,
        "Segments below this share of the expected volume are left out.",
        low=0.0,
        high=1.0,
    )
    extent_low: float = parameter(
        0.0, "Smallest extent (volume / bounding box) that is kept.", low=0.0, high=1.0
    )
    extent_high: float = parameter(1.0, "Largest extent that is kept.", low=0.0, high=1.0)
    skip_faces_px: int = parameter(
        0,
        "Segments this close to the first slice, row or column are never split (published program: 10).",
        low=0,
        high=50,
        unit="voxels",
    )


@dataclass(frozen=True)
class FitSettings:
    """How candidates become spheres (method, section 5)."""

    rule: FitRule = parameter(FitRule.POPULATION, "How a segment becomes a sphere.")
    rounds: int = parameter(10, "Largest number of rounds.", low=1, high=50)
    margin_px: int = parameter(
        2, "Margin around the sphere in the paper's fit.", low=1, high=10, unit="voxels"
    )
    blur_nm: float = parameter(
        1.5,
        "Blur of the first round, so that a fit does not lock onto one leaflet.",
        low=0.0,
        high=5.0,
        unit="nm",
    )
    tilt_range_deg: float = parameter(
        60.0,
        "Largest tilt angle; directions in the missing wedge count less. 90: no wedge.",
        low=20.0,
        high=90.0,
        unit="°",
        advanced=False,
    )
    mask_neighbours: bool = parameter(True, "Leave out voxels that belong to other vesicles.")
    whiten: bool = parameter(True, "Polish the fit, whitened by the tomogram's power spectrum.")
    refit_rounds: int = parameter(10, "How often a suspicious vesicle is fitted again.", low=0, high=20)
    edge_nm: float = parameter(
        2.25,
        "Distance from the membrane's mid-plane to its outer edge.",
        low=0.0,
        high=6.0,
        unit="nm",
    )
    edge_rule: EdgeRule = parameter(
        EdgeRule.FIXED,
        "Whether the outer edge lies that far outside the mid-plane, or beyond the outer leaflet that was measured.",
    )
    beyond_nm: float = parameter(
        1.0,
        "With the rule “leaflet”: distance from the middle of the outer leaflet to the outer edge.",
        low=0.0,
        high=3.0,
        unit="nm",
    )
    shape: bool = parameter(True, "Measure how far each vesicle departs from a sphere.")
    defocus_um: float = parameter(
        0.0,
        "Defocus of the tilt series, where it is known; 0 finds it from the membranes.",
        low=0.0,
        high=12.0,
        unit="µm",
    )
    search_again: bool = parameter(
        False,
        "Look again with the mean profile of the vesicles that were accepted, for more that look like them: for a look "
        "that the network does not know, such as much noise. Experimental.",
    )


@dataclass(frozen=True)
class OutlierSettings:
    """Which vesicles are doubtful (method, section 6)."""

    rule: OutlierRule = parameter(OutlierRule.EVIDENCE, "What makes a vesicle an outlier.")
    p_cut: float = parameter(0.001, "p-values below this are outliers.", low=0.0, high=1.0, advanced=False)
    contrast_cut: float = parameter(
        0.5,
        "Share of the 80th percentile of contrast that a vesicle needs.",
        low=0.0,
        high=1.0,
    )
    correlation_cut: float = parameter(
        0.5,
        "Share of the 80th percentile of correlation with the profile that a vesicle needs.",
        low=0.0,
        high=1.0,
    )
    decoy_margin: float = parameter(
        1.2,
        "A vesicle's correlation must exceed that of places without vesicle by this factor.",
        low=0.0,
        high=10.0,
    )
    merge_overlap: float = parameter(
        0.4,
        "Spheres that share more than this of the smaller one's volume are one vesicle.",
        low=0.05,
        high=1.0,
    )
