"""Annotations of the CryoET Data Portal: points in ndjson, and the JSON that tells whose they are, and how made.

Locations are voxels of the tomogram's own voxel spacing, from the first voxel's centre. A vesicle as an instance is a
number of points on its outer edge, of which centre and radius follow exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cryoves_app.domain.arrays import Array, Indices, Points
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.reading import read_settings, read_text, reading
from cryoves_app.domain.units import are_lengths
from cryoves_app.storage.replacing import replacing

POINT, ORIENTED, INSTANCES = "Point", "OrientedPoint", "InstanceSegmentation"
#: The word in each line of a file of this shape.
_TYPES = {POINT: "point", ORIENTED: "orientedPoint", INSTANCES: "instancePoint"}
_WHAT = "an annotation of the CryoET Data Portal"
_LONGEST_BYTES = 1 << 29
_ORCID = re.compile(r"(\d{4}-){3}\d{3}[\dX]")


@dataclass(frozen=True)
class Author:
    """A person with an ORCID."""

    name: str
    orcid: str


def parse_author(said: str) -> Author:
    """A person from ``Name:ORCID``.

    Raises
    ------
    CryoVesError
        If there is no name, or the ORCID cannot be one: its last sign follows from the others.
    """
    name, _, orcid = (part.strip() for part in said.rpartition(":"))
    if not name or not _ORCID.fullmatch(orcid) or _check_sign(orcid) != orcid[-1]:
        raise CryoVesError(
            f"“{said:.80}” is no author with an ORCID; write them as “Ada Lovelace:0000-0002-1825-0097”."
        )
    return Author(name, orcid)


def _check_sign(orcid: str) -> str:
    """ISO 7064, MOD 11-2."""
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)


@dataclass(frozen=True)
class PortalPoints:
    """Lines of an annotation.

    Attributes
    ----------
    places_px : (n, 3) array
        ``z, y, x`` in voxels.
    instances : (n,) array or None
        Numbers of the objects, where the file tells them.
    matrices : (n, 3, 3) array or None
        Rotations from the object to the tomogram, for vectors x, y, z; no unit.
    """

    places_px: Points
    instances: Indices | None = None
    matrices: Array | None = None


def write_portal_points(path: Path, points: PortalPoints, shape: str) -> None:
    """Writes a line of JSON for each point; ``shape`` is one of the portal's three for points.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text("\n".join(_lines(points, _TYPES[shape])), encoding="utf-8", newline="\n")


def _lines(points: PortalPoints, kind: str) -> Iterator[str]:
    for number, (z, y, x) in enumerate(points.places_px.tolist()):
        line: dict[str, Any] = {"type": kind, "location": {"x": x, "y": y, "z": z}}
        if points.matrices is not None:
            line["xyz_rotation_matrix"] = points.matrices[number].tolist()
        if points.instances is not None:
            line["instance_id"] = int(points.instances[number])
        yield json.dumps(line)


def read_portal_points(path: Path) -> PortalPoints:
    """The points of an ndjson file.

    Raises
    ------
    CryoVesError
        If a line is no point, or only some tell their instance.
    """
    content = read_text(path, _WHAT, _LONGEST_BYTES)
    with reading(path, _WHAT):
        found = [json.loads(line) for line in content.splitlines() if line.strip()]
        places = np.array([[float(f["location"][axis]) for axis in "zyx"] for f in found], float).reshape(
            -1, 3
        )
        numbers = [f["instance_id"] for f in found if "instance_id" in f]
    if not are_lengths(places):
        raise CryoVesError(f"{path} holds a point without a usable place.")
    if numbers and (
        len(numbers) < len(found) or any(type(n) is not int or not 0 <= n < 1 << 31 for n in numbers)
    ):
        raise CryoVesError(f"{path} does not tell of all its points to which instance they belong.")
    return PortalPoints(places, np.array(numbers, np.intp) if numbers else None)


@dataclass(frozen=True)
class Confidence:
    """How far an annotation agrees with a truth: shares from 0 to 1, none where there is nothing to count."""

    precision: float | None
    recall: float | None
    truth: str


@dataclass(frozen=True)
class AnnotationFacts:
    """What the metadata tell besides the files: the method in a sentence, its kind, software, people, date, count."""

    method: str
    method_type: str
    software: str
    authors: Sequence[Author]
    date: str
    count: int
    confidence: Confidence | None = None


def write_metadata(path: Path, facts: AnnotationFacts, files: Iterable[tuple[str, str]]) -> None:
    """Writes the JSON of an annotation of synaptic vesicles; ``files`` are shapes and names.

    By the portal's schema of metadata files, 2.0.0 (``AnnotationMetadata``), without what the portal gives itself: the
    number of the deposition, and when it took the file.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    found: JsonObject = {
        "version": 1.0,
        "annotation_object": {
            "name": "synaptic vesicle",
            "id": "GO:0008021",
            "description": "Synaptic vesicles as spheres to the outer edge of their membrane",
            "state": "",
        },
        "annotation_method": facts.method,
        "method_type": facts.method_type,
        "annotation_software": facts.software,
        "ground_truth_status": False,
        "is_curator_recommended": False,
        "authors": [_author(author, number) for number, author in enumerate(facts.authors)],
        "dates": {
            "deposition_date": facts.date,
            "release_date": facts.date,
            "last_modified_date": facts.date,
        },
        "object_count": facts.count,
        **_confidence(facts.confidence),
        "files": [
            {
                "format": "ndjson",
                "path": name,
                "shape": shape,
                "is_visualization_default": shape == INSTANCES,
            }
            for shape, name in files
        ],
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(found, indent=2, ensure_ascii=False), encoding="utf-8")


def _confidence(found: Confidence | None) -> JsonObject:
    """In percent, as the schema has it."""
    if found is None:
        return {}
    shares = {"precision": found.precision, "recall": found.recall}
    percent: JsonObject = {k: round(100 * v, 2) for k, v in shares.items() if v is not None}
    return {"confidence": {**percent, "ground_truth_used": found.truth}}


def _author(author: Author, number: int) -> JsonObject:
    return {
        "name": author.name,
        "ORCID": author.orcid,
        "primary_author_status": number == 0,
        "corresponding_author_status": number == 0,
    }


def files_of_annotation(path: Path) -> list[tuple[str, Path]]:
    """Shapes and files of an annotation by its JSON; the files lie beside it, wherever the portal has them.

    Raises
    ------
    CryoVesError
        If it is no annotation, a path leads elsewhere, or a file is missing.
    """
    found = read_settings(path, _WHAT)
    listed = found.get("files")
    if not isinstance(listed, list) or "annotation_object" not in found:
        raise CryoVesError(f"{path} is no annotation of the CryoET Data Portal: it lists no files.")
    known = [item for item in listed if isinstance(item, dict) and item.get("shape") in _TYPES]
    return [(str(item["shape"]), _beside(path, item.get("path"))) for item in known]


def _beside(metadata: Path, said: object) -> Path:
    place = said if isinstance(said, str) else ""
    parts = place.split("/")
    if not parts[-1] or ".." in parts or place[:1] == "/" or any(sign in place for sign in "\\:\0"):
        raise CryoVesError(
            f"{metadata} names the path “{place:.100}”, which leads elsewhere; it was not followed."
        )
    file = metadata.with_name(parts[-1])
    if not file.is_file():
        raise CryoVesError(f"{metadata} names the file {file.name}, which does not lie beside it.")
    return file
