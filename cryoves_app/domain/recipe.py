"""The recipe: every parameter of a run, with its range, unit and help.

Forms of the window, command line and run record are made from these dataclasses, so a parameter is
declared once. Three recipes are built in: ``default``, ``paper`` (the manuscript's numbers) and
``published`` (what the published program does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, get_type_hints

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import shorten_value


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
    PLAIN = "plain"  # mean and standard deviation of all voxels, as the published program does


class Contrast(StrEnum):
    """What membranes look like against their surroundings."""

    AUTO = "auto"  # measured
    DARK = "dark"
    BRIGHT = "bright"


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
        "brought to one scale; plain is what the published program does.",
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
        "Context around each tile: 24 is exact; with 16 one voxel in 3 000 differs, and no sphere does.",
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
        "Segments this close to a face are never split (published program: 10).",
        low=0,
        high=50,
        unit="voxels",
    )


@dataclass(frozen=True)
class FitSettings:
    """How candidates become spheres (method, section 5)."""

    rule: FitRule = parameter(FitRule.POPULATION, "How a segment becomes a sphere.")
    whole_voxels: bool = parameter(
        False, "Round centre and radius to whole voxels, as the published program does."
    )
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


@dataclass(frozen=True)
class Recipe:
    """All parameters of a run."""

    name: str = "default"
    input: InputSettings = field(default_factory=InputSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    instances: InstanceSettings = field(default_factory=InstanceSettings)
    fit: FitSettings = field(default_factory=FitSettings)
    outliers: OutlierSettings = field(default_factory=OutlierSettings)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """A recipe from plain values, missing ones at their defaults.

        Raises
        ------
        CryoVesError
            For unknown names, wrong types and values outside their range.
        """
        recipe = _filled(cls(), _renewed(data), "recipe")
        assert isinstance(recipe, cls)
        return recipe

    def with_value(self, section: str, name: str, value: Any) -> Recipe:
        """The recipe with one parameter changed, checked."""
        return self.from_dict({**self.to_dict(), section: {**self.to_dict()[section], name: value}})


def parameters(section: Any) -> list[Field[Any]]:
    """The parameters of one section of a recipe, in their order."""
    return [f for f in fields(section) if f.metadata]


def _renewed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recipe of before there was ``input.contrast``, in today's names."""
    section = data.get("input") if isinstance(data, Mapping) else None
    if not isinstance(section, Mapping) or not isinstance(section.get("invert"), bool):
        return data
    known = {name: value for name, value in section.items() if name != "invert"}
    contrast = Contrast.BRIGHT if section["invert"] else Contrast.AUTO
    normalisation = BUILT_IN.get(str(data.get("name")), Recipe()).input.normalisation
    return {**data, "input": {"contrast": contrast, "normalisation": normalisation, **known}}


def _filled(settings: Any, data: Mapping[str, Any], where: str) -> Any:
    if not isinstance(data, Mapping):
        raise CryoVesError(f"The recipe's part “{where}” is not a table of names and values.")
    hints = get_type_hints(type(settings))
    known = {f.name: f for f in fields(settings)}
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise CryoVesError(f"The recipe names a parameter that does not exist: {where}.{unknown[0]}.")
    changes = {}
    for name, value in data.items():
        current = getattr(settings, name)
        place = f"{where}.{name}"
        if is_dataclass(current):
            changes[name] = _filled(current, value, place)
        else:
            changes[name] = _checked(known[name], hints[name], value, place)
    return replace(settings, **changes)


def _checked(spec: Field[Any], kind: type, value: Any, place: str) -> Any:
    converted = _converted(kind, value, place)
    low, high = spec.metadata.get("low"), spec.metadata.get("high")
    if low is not None and not low <= converted <= high:
        unit = f" {spec.metadata['unit']}" if spec.metadata["unit"] else ""
        raise CryoVesError(
            f"{place} is {shorten_value(value)}; it must lie between {low:g} and {high:g}{unit}."
        )
    return converted


def _converted(kind: Any, value: Any, place: str) -> Any:
    if kind is bool:
        return _right_type(value, bool, "true or false", place)
    if kind in (int, float):
        return _number(kind, value, place)
    text = _right_type(value, str, "text", place)
    try:
        return kind(text)
    except ValueError:
        raise CryoVesError(
            f"{place} cannot be {shorten_value(value)}; it can be {', '.join(kind)}."
        ) from None


def _right_type(value: Any, kind: type, words: str, place: str) -> Any:
    if not isinstance(value, kind):
        raise CryoVesError(f"{place} must be {words}, not {shorten_value(value)}.")
    return value


def _number(kind: type[int] | type[float], value: Any, place: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CryoVesError(f"{place} must be a number, not {shorten_value(value)}.")
    try:
        converted = kind(value)
    except (ValueError, OverflowError):  # not a number, infinite, or too large for any
        raise CryoVesError(f"{place} cannot be {shorten_value(value)}; it must be a usual number.") from None
    if kind is int and converted != value:
        raise CryoVesError(f"{place} must be a whole number, not {shorten_value(value)}.")
    return converted


_PAPER = Recipe(
    name="paper",
    input=InputSettings(normalisation=Normalisation.PLAIN),
    network=NetworkSettings(face_mode=FaceMode.ZERO, face_padding_px=0, context_px=24),
    instances=InstanceSettings(
        threshold_low=0.8,
        threshold_high=0.99,
        split_rule=SplitRule.EXTENT,
        split_extent=0.25,
        smallest_fraction=0.216,
        extent_low=0.25,
        extent_high=0.75,
    ),
    fit=FitSettings(
        rule=FitRule.CORRELATION,
        tilt_range_deg=90.0,
        mask_neighbours=False,
        blur_nm=0.0,
        whiten=False,
    ),
    outliers=OutlierSettings(rule=OutlierRule.P_VALUE, p_cut=0.3),
)

_PUBLISHED = Recipe(
    name="published",
    input=_PAPER.input,
    network=_PAPER.network,
    # Without expansion, as many false candidates are left as the published program has (a dozen to 17 per tomogram).
    instances=replace(
        _PAPER.instances, split_extent=0.5, expand=False, extent_low=0.0, extent_high=1.0, skip_faces_px=10
    ),
    fit=replace(_PAPER.fit, whole_voxels=True, refit_rounds=0),
    outliers=OutlierSettings(rule=OutlierRule.DISTANCE),
)

BUILT_IN: Mapping[str, Recipe] = {r.name: r for r in (Recipe(), _PAPER, _PUBLISHED)}
