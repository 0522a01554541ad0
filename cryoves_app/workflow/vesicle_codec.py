"""Vesicles as plain values, for the line between the program and its worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet


def to_plain(vesicles: VesicleSet) -> dict[str, Any]:
    """The set as JSON can hold it."""
    return {"next_id": vesicles.next_id, "vesicles": [_plain(v) for v in vesicles]}


def from_plain(data: Mapping[str, Any]) -> VesicleSet:
    """The set from what ``to_plain`` made."""
    found: Iterable[Mapping[str, Any]] = data["vesicles"]
    return VesicleSet.of((_vesicle(v) for v in found), int(data["next_id"]))


def _plain(vesicle: Vesicle) -> dict[str, Any]:
    return {f.name: getattr(vesicle, f.name) for f in fields(Vesicle)}


def _vesicle(data: Mapping[str, Any]) -> Vesicle:
    enums = {
        "status": Status(data["status"]),
        "origin": Origin(data["origin"]),
        "flags": tuple(Flag(f) for f in data["flags"]),
        "tags": tuple(data["tags"]),
    }
    return Vesicle(**{**data, **enums})
