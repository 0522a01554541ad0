"""The recipe: all parameters of a run, from and to plain values with every value checked.

Three recipes are built in: ``default``, ``paper`` (the manuscript's numbers) and ``published`` (what the published
program does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, get_type_hints

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import shorten_value
from cryoves_app.domain.recipe_settings import (
    Contrast,
    FaceMode,
    FitRule,
    FitSettings,
    InputSettings,
    InstanceSettings,
    NetworkSettings,
    Normalisation,
    OutlierRule,
    OutlierSettings,
    SplitRule,
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
    """A recipe of an earlier version in today's names."""
    return _with_fit_rule(_with_contrast(data)) if isinstance(data, Mapping) else data


def _with_fit_rule(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of before the published program's fit was a rule of its own: ``fit.whole_voxels`` told it."""
    section = data.get("fit")
    if not isinstance(section, Mapping) or not isinstance(section.get("whole_voxels"), bool):
        return data
    section = dict(section)
    if section.pop("whole_voxels") and section.get("rule") == FitRule.CORRELATION:
        section["rule"] = FitRule.PUBLISHED
    return {**data, "fit": section}


def _with_contrast(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of before there were ``input.contrast`` and ``input.look_larger``."""
    section = data.get("input")
    if not isinstance(section, Mapping):
        return data
    built_in = BUILT_IN.get(str(data.get("name")), Recipe()).input
    section = {"look_larger": built_in.look_larger, **section}
    if isinstance(section.get("invert"), bool):
        contrast = Contrast.BRIGHT if section.pop("invert") else Contrast.AUTO
        section = {"contrast": contrast, "normalisation": built_in.normalisation, **section}
    return {**data, "input": section}


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
    input=InputSettings(normalisation=Normalisation.PUBLISHED, look_larger=False),
    # The published program's tiles see 20 zeros beyond the faces.
    network=NetworkSettings(face_mode=FaceMode.ZERO, face_padding_px=20, context_px=24),
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
    instances=replace(_PAPER.instances, split_extent=0.5, expand=False, skip_faces_px=10),
    fit=replace(_PAPER.fit, rule=FitRule.PUBLISHED, refit_rounds=0),
    outliers=OutlierSettings(rule=OutlierRule.DISTANCE),
)

BUILT_IN: Mapping[str, Recipe] = {r.name: r for r in (Recipe(), _PAPER, _PUBLISHED)}
