"""Vesicles, regions and references as plain values for JSON, and back with every value checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

from cryoves_app.domain.links.judgement import LinkJudgement, LinkPlace
from cryoves_app.domain.pools import Band, FilterPool, PoolPlan, PoolRule
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import SHAPE_TERMS, Flag, Judgement, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

Plain = dict[str, Any]
#: Lines of regions end here, in voxels: what is filled from numbers beyond would be wrong.
_FARTHEST_PX = 1e9
_E = TypeVar("_E", bound=StrEnum)


def vesicle_to_plain(vesicle: Vesicle) -> Plain:
    """The fields that are not at their defaults; positions, radius and id always."""
    return fields_to_plain(
        {name: value for name, default in _DEFAULTS.items() if (value := getattr(vesicle, name)) != default}
    )


def vesicle_from_plain(data: Any) -> Vesicle:
    """A vesicle from what a file says.

    Raises
    ------
    ValueError
        If a field is missing or cannot be what it is.
    """
    values = fields_from_plain(_mapping(data))
    missing = [name for name, default in _DEFAULTS.items() if default is MISSING and name not in values]
    if missing:
        raise ValueError(f"a vesicle without {missing[0]}")
    vesicle = Vesicle(**values)
    check_vesicle(vesicle)
    return vesicle


def check_vesicle(vesicle: Vesicle) -> None:
    """Raises ``ValueError`` for one without a size or a number."""
    if vesicle.radius_nm <= 0 or vesicle.id < 1:
        raise ValueError("a vesicle of no size or without a number")


def vesicle_set_to_plain(vesicles: VesicleSet) -> Plain:
    """The set as JSON can hold it."""
    return {"next_id": vesicles.next_id, "vesicles": [vesicle_to_plain(v) for v in vesicles]}


def vesicle_set_from_plain(data: Any) -> VesicleSet:
    """The set from what ``vesicle_set_to_plain`` made.

    Raises
    ------
    ValueError
        If a vesicle cannot be what it is.
    """
    content = _mapping(data)
    return VesicleSet.of(
        map(vesicle_from_plain, _list(content.get("vesicles"))), _whole(content.get("next_id"))
    )


def fields_to_plain(values: Mapping[str, Any]) -> Plain:
    """Some fields of a vesicle as plain values; a measure that is no number is unknown."""
    return {name: _plain_value(value) for name, value in values.items()}


def fields_from_plain(data: Mapping[str, Any]) -> Plain:
    """Some fields of a vesicle from plain values; fields of later versions are left out."""
    return {name: _FIELDS[name](value) for name, value in data.items() if name in _FIELDS}


def region_to_plain(region: Region) -> Plain:
    """A region as plain values for a file."""
    return {
        "name": region.name,
        "kind": region.kind,
        "contours": [contour_to_plain(contour) for contour in region.contours],
        "interpolate": region.interpolate,
        "tube_nm": region.tube_nm,
    }


def region_from_plain(data: Any) -> Region:
    """A region from what a file says; raises ``ValueError`` if it cannot be one."""
    values = _mapping(data)
    return Region(
        name=_text(values.get("name")),
        kind=RegionKind(_text(values.get("kind"))),
        contours=tuple(contour_from_plain(item) for item in _list(values.get("contours", []))),
        interpolate=_truth(values.get("interpolate", False)),
        tube_nm=_positive(values.get("tube_nm")),
    )


def region_fields_from_plain(data: Any) -> Plain:
    """Some fields of a region besides its contours, each checked."""
    return {name: check(data[name]) for name, check in _REGION_FIELDS.items() if name in _mapping(data)}


def contour_to_plain(contour: Contour) -> Plain:
    """A contour as plain values for a file."""
    return {"points_px": contour.points_px, "closed": contour.closed}


def contour_from_plain(data: Any) -> Contour:
    """A contour from what a file says; raises ``ValueError`` if it cannot be one."""
    values = _mapping(data)
    return Contour(
        tuple(_point(p) for p in _list(values.get("points_px"))), _truth(values.get("closed", True))
    )


def link_judgements_to_plain(judgements: Sequence[LinkJudgement]) -> list[Plain]:
    """What was decided about links as plain values for a file."""
    return [
        {
            "a": j.place.a,
            "b": j.place.b,
            "centre_nm": j.place.centre_nm,
            "status": j.status,
            "reviewer": j.reviewer,
        }
        for j in judgements
    ]


def link_judgements_from_plain(data: Any) -> tuple[LinkJudgement, ...]:
    """What was decided about links from what a file says; raises ``ValueError`` if it cannot be that."""
    return tuple(_link_judgement(_mapping(item)) for item in _list(data))


def _link_judgement(values: Mapping[str, Any]) -> LinkJudgement:
    place = LinkPlace(_whole(values.get("a")), _whole(values.get("b")), _point(values.get("centre_nm")))
    return LinkJudgement(place, Status(_text(values.get("status"))), _text(values.get("reviewer", "")))


def companions_to_plain(companions: Sequence[TomogramReference]) -> list[Plain]:
    """References as plain values for a file."""
    return [reference_to_plain(reference) for reference in companions]


def companions_from_plain(data: Any) -> tuple[TomogramReference, ...]:
    """References from what a file says; raises ``ValueError`` if they cannot be such."""
    return tuple(reference_from_plain(item) for item in _list(data))


def pools_to_plain(plan: PoolPlan) -> Plain:
    """A plan of pools as plain values for a file."""
    return {
        "rule": str(plan.rule),
        "bands": [[b.name, _plain_value(b.low_nm), _plain_value(b.high_nm)] for b in plan.bands],
        "filters": [[f.name, f.condition] for f in plan.filters],
    }


def pools_from_plain(data: Any) -> PoolPlan:
    """A division into pools from what a file says; the usual one where it says nothing."""
    values = _mapping(data)
    if not values:
        return PoolPlan()
    return PoolPlan(
        PoolRule(_text(values.get("rule"))),
        tuple(_band(*_list(item)) for item in _list(values.get("bands"))),
        tuple(FilterPool(*_texts(item)) for item in _list(values.get("filters"))),
    )


def reference_to_plain(reference: TomogramReference) -> Plain:
    """A tomogram reference as plain values for a file."""
    return asdict(reference)


def reference_from_plain(data: Any) -> TomogramReference:
    """A tomogram reference from what a file says; raises ``ValueError`` if it cannot be one."""
    values = _mapping(data)
    z, y, x = (_whole(n) for n in _list(values.get("shape")))
    if min(z, y, x) < 1:
        raise ValueError("a tomogram without voxels")
    return TomogramReference(
        relative_path=_text(values.get("relative_path")),
        absolute_path=_text(values.get("absolute_path")),
        size_bytes=_whole(values.get("size_bytes")),
        sha256=_text(values.get("sha256")),
        shape=(z, y, x),
        voxel_size_nm=_positive(values.get("voxel_size_nm")),
        voxel_size_source=_text(values.get("voxel_size_source", "header")),
    )


def _plain_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Judgement):
        return [value.reviewer, value.status]
    return [_plain_value(part) for part in value] if isinstance(value, tuple) else value


def _band(name: Any, low: Any, high: Any) -> Band:
    """A band whose open ends are ``None``."""
    return Band(
        _text(name), -math.inf if low is None else _number(low), math.inf if high is None else _number(high)
    )


def _point(data: Any) -> tuple[float, float, float]:
    z, y, x = (_number(value) for value in _list(data))
    if max(abs(z), abs(y), abs(x)) > _FARTHEST_PX:
        raise ValueError("a point far away from any tomogram")
    return z, y, x


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("something that is no table of names and values")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError("something that is no list")
    return list(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} instead of a text")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.40} instead of true or false")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r:.40} instead of a whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} instead of a number")
    return float(value)


def _positive(value: Any) -> float:
    number = _number(value)
    if number <= 0:
        raise ValueError(f"{number} instead of a length")
    return number


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value))


def _shape_terms(value: Any) -> tuple[float, ...]:
    terms = tuple(_number(item) for item in _list(value))
    if len(terms) not in (0, SHAPE_TERMS):
        raise ValueError(f"a shape of {len(terms)} terms instead of {SHAPE_TERMS}")
    return terms


def _flags(value: Any) -> tuple[Flag, ...]:
    return tuple(Flag(item) for item in _list(value))


def _judgements(value: Any) -> tuple[Judgement, ...]:
    return tuple(item if isinstance(item, Judgement) else _judgement(*_list(item)) for item in _list(value))


def _judgement(reviewer: Any, status: Any) -> Judgement:
    return Judgement(_text(reviewer), Status(status))


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _enum(kind: type[_E]) -> Callable[[Any], _E]:
    return lambda value: kind(value)


_SPECIAL: Mapping[str, Callable[[Any], Any]] = {
    "id": _whole,
    "z_nm": _number,
    "y_nm": _number,
    "x_nm": _number,
    "radius_nm": _number,
    "status": _enum(Status),
    "reason": _text,
    "flags": _flags,
    "origin": _enum(Origin),
    "reviewed": _truth,
    "tags": _texts,
    "inside_region": _optional(_truth),
    "pool": _text,
    "label": _optional(_whole),
    "shape_terms_nm": _shape_terms,
    "judgements": _judgements,
}
_REGION_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": _text,
    "kind": _enum(RegionKind),
    "interpolate": _truth,
    "tube_nm": _positive,
}
#: How each field of a vesicle is checked; all others are measures.
_FIELDS = {f.name: _SPECIAL.get(f.name, _optional(_number)) for f in fields(Vesicle)}
_DEFAULTS = {f.name: f.default for f in fields(Vesicle)}
