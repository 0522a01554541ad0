"""Vesicles as plain values, for the line between the program and its worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project_codec import vesicle_from_plain, vesicle_to_plain


def to_plain(vesicles: VesicleSet) -> dict[str, Any]:
    """The set as JSON can hold it."""
    return {"next_id": vesicles.next_id, "vesicles": [vesicle_to_plain(v) for v in vesicles]}


def from_plain(data: Mapping[str, Any]) -> VesicleSet:
    """The set from what ``to_plain`` made."""
    return VesicleSet.of((vesicle_from_plain(v) for v in data["vesicles"]), int(data["next_id"]))
