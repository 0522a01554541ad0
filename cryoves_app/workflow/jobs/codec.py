"""Frozen dataclasses as lines of JSON, and back with every value checked against the types of the fields.

A line is ``{"type": "Progressed", "job": 1, "body": {…}}``. Vesicles, regions and recipes are written as in project
files. Floats may be NaN. Numpy's numbers are not part of the language; senders turn them into plain ones.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_codec import (
    region_from_plain,
    region_to_plain,
    vesicle_set_from_plain,
    vesicle_set_to_plain,
)

T = TypeVar("T")
_NUMBERS = (int, float)


class NotUnderstood(ValueError):
    """A line or a part of it that is not what it should be. ``job`` is the number of its job, 0 if unknown."""

    def __init__(self, what: str, job: int = 0) -> None:
        super().__init__(what)
        self.job = job


@dataclass(frozen=True)
class Parcel:
    """A value that only its receiver can read, because only it knows the type."""

    content: object

    @classmethod
    def of(cls, value: object) -> Parcel:
        return cls(to_plain(value))

    def opened(self, kind: type[T]) -> T:
        """The value.

        Raises
        ------
        NotUnderstood
            If it is none of this type.
        """
        return from_plain(kind, self.content)


@dataclass(frozen=True)
class _Envelope:
    type: str
    job: int
    body: Parcel


def encode(message: object, job: int = 0) -> str:
    """One line."""
    line = to_plain(_Envelope(type(message).__name__, job, Parcel.of(message)))
    return json.dumps(line, separators=(",", ":")) + "\n"


def decode(line: str, kinds: Mapping[str, type[T]]) -> tuple[int, T]:
    """The job's number and the message of a line.

    Raises
    ------
    NotUnderstood
        If the line is none, or holds none of ``kinds`` (by name) with all that belongs to it.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("no line of JSON") from error
    envelope = from_plain(_Envelope, content)
    kind = kinds.get(envelope.type)
    if kind is None:
        raise NotUnderstood(f"an unknown message {envelope.type:.40}", envelope.job)
    try:
        return envelope.job, envelope.body.opened(kind)
    except NotUnderstood as error:
        raise NotUnderstood(f"{error} in a message {envelope.type}", envelope.job) from error


def to_plain(value: object) -> object:
    """A value as JSON can hold it.

    Raises
    ------
    TypeError
        For a type that is not part of the language.
    """
    if type(value) in _OWN:
        return _OWN[type(value)][0](value)
    if value is None or isinstance(value, str | bool | int | float):
        return value.value if isinstance(value, Enum) else value
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {name: to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no part of the language between the processes")


def from_plain(kind: type[T], plain: object) -> T:
    """The value of a type that ``to_plain`` made this of.

    Raises
    ------
    NotUnderstood
        If it cannot be one.
    """
    return cast(T, _read(kind, plain))


def _read(kind: Any, plain: Any) -> Any:
    if kind in _OWN:
        return _own(_OWN[kind][1], plain)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_option(get_args(kind), plain)
    if origin is tuple:
        return _read_tuple(get_args(kind), plain)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _read_mapping(get_args(kind)[1], plain)
    if is_dataclass(kind):
        return _read_dataclass(kind, plain)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _own(kind, plain)
    return _read_simple(kind, plain)


def _read_simple(kind: Any, plain: Any) -> Any:
    if kind is float and type(plain) in _NUMBERS:
        return float(plain)
    if kind in (str, bool, int) and type(plain) is kind:
        return plain
    raise NotUnderstood(f"{plain!r:.40} instead of {getattr(kind, '__name__', kind)}")


def _read_option(kinds: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and types.NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not types.NoneType]
    for kind in others[:-1]:
        try:
            return _read(kind, plain)
        except NotUnderstood:
            continue
    return _read(others[-1], plain)


def _read_tuple(kinds: tuple[Any, ...], plain: Any) -> Any:
    if not isinstance(plain, list):
        raise NotUnderstood(f"{plain!r:.40} instead of a list")
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in plain)
    if len(plain) != len(kinds):
        raise NotUnderstood(f"{len(plain)} values instead of {len(kinds)}")
    return tuple(_read(kind, item) for kind, item in zip(kinds, plain, strict=True))


def _read_mapping(kind: Any, plain: Any) -> Any:
    if not isinstance(plain, dict):
        raise NotUnderstood(f"{plain!r:.40} instead of names and values")
    return {name: _read(kind, item) for name, item in plain.items()}


def _read_dataclass(kind: Any, plain: Any) -> Any:
    if not isinstance(plain, dict):
        raise NotUnderstood(f"{plain!r:.40} instead of a {kind.__name__}")
    known = _fields(kind)
    missing = [name for name, (_, is_needed) in known.items() if is_needed and name not in plain]
    if missing:
        raise NotUnderstood(f"a {kind.__name__} without {missing[0]}")
    return kind(**{name: _read(known[name][0], value) for name, value in plain.items() if name in known})


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Of each field of a dataclass its type, and whether it has no default."""
    hints = get_type_hints(kind)
    return {
        f.name: (hints[f.name], f.default is MISSING and f.default_factory is MISSING) for f in fields(kind)
    }


def _own(make: Callable[[Any], Any], plain: Any) -> Any:
    try:
        return make(plain)
    except Exception as error:
        raise NotUnderstood(f"{plain!r:.40} instead of what it should be") from error


#: Types that have a codec of their own: to plain values, and back.
_OWN: Mapping[Any, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    VesicleSet: (vesicle_set_to_plain, vesicle_set_from_plain),
    Region: (region_to_plain, region_from_plain),
    Recipe: (Recipe.to_dict, Recipe.from_dict),
    Parcel: (lambda parcel: parcel.content, Parcel),
}
