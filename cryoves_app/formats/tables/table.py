"""``vesicles.csv``: one row per vesicle. The order of the columns is a contract with other programs."""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import (
    LARGEST_ID,
    LARGEST_LABEL,
    SHAPE_TERMS,
    Flag,
    Judgement,
    Origin,
    Status,
    Vesicle,
)
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.wording import counted
from cryoves_app.formats.tables.numerals import AmbiguousNumber, Numerals, is_unknown, truth
from cryoves_app.formats.tables.rows import Rows, read_rows
from cryoves_app.storage.replacing import replacing

#: Endings under which people keep tables; workbooks are told how to become one.
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
COLUMNS = (
    "id", "x_px", "y_px", "z_px", "x_nm", "y_nm", "z_nm", "radius_nm", "radius_mid_nm",
    "se_x_nm", "se_y_nm", "se_z_nm", "se_radius_nm", "membrane_thickness_nm", "membrane_density",
    "lumen_density", "contrast", "correlation", "mahalanobis_sq", "p_value", "probability",
    "status", "reason", "flags", "origin", "reviewed", "tags", "inside_region",
    "nn_distance_nm", "az_centre_nm", "az_rim_nm", "pool", "label",
    "leaflet_distance_nm", "se_leaflet_distance_nm", "roundness_nm", "sphere_p_value",
    "long_axis_nm", "middle_axis_nm", "short_axis_nm", "shape_terms_nm",
    "reviewer", "judgements", "agreement",
)  # fmt: skip

#: Decimals of columns whose error must not grow with the position; the others have significant digits.
_DECIMALS = {name: 4 for name in COLUMNS if name.endswith(("_nm", "_px"))}
_SIGNIFICANT_DIGITS = 7
_LIST_SEPARATOR = ";"
_WORDS = {True: "true", False: "false"}


@dataclass(frozen=True)
class VesicleTable:
    """The vesicles of a table, and what could not be understood of it, in sentences."""

    vesicles: VesicleSet
    notes: tuple[str, ...] = ()


def write_vesicles(
    path: str | os.PathLike[str], vesicles: Iterable[Vesicle], voxel_size_nm: float | None
) -> None:
    """Writes the table, atomically; without a voxel size the ``_px`` columns stay empty.

    Positions and radii keep 0.0001 nm.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for vesicle in vesicles:
            writer.writerow([_written(name, _value(vesicle, name, voxel_size_nm)) for name in COLUMNS])


def read_vesicles(path: str | os.PathLike[str], voxel_size_nm: float | None = None) -> VesicleSet:
    """The vesicles of ``read_table``."""
    return read_table(path, voxel_size_nm).vesicles


def read_table(path: str | os.PathLike[str], voxel_size_nm: float | None = None) -> VesicleTable:
    """Reads a table of vesicles, its own or another one with the same names.

    Unknown columns are ignored and missing ones are unknown, except for the centre and the radius. A
    ``voxel_size_nm`` lets files be read that have ``x_px``, ``y_px``, ``z_px`` (and ``radius_px``) only.

    Raises
    ------
    CryoVesError
        If the file is missing, is no such table, or the place, radius, id or status of a row cannot be understood
        (which one is said). Other columns are left out there, with a note.
    """
    table = read_rows(path, "a table of vesicles")
    _check_columns(path, table.names)
    reader = _RowReader(_numerals(table), voxel_size_nm)
    found: list[Vesicle] = []
    for row in table.rows:
        try:
            found.append(reader.vesicle(row.cells, len(found) + 1))
        except ValueError as error:
            raise CryoVesError(f"{path}, line {row.line}: {_reason(error)}.") from None
    try:
        return VesicleTable(VesicleSet.of(found), reader.notes(path))
    except ValueError:
        raise CryoVesError(f"{path} gives the same id to two vesicles.") from None


def _value(vesicle: Vesicle, name: str, voxel_size_nm: float | None) -> Any:
    if not name.endswith("_px"):
        return getattr(vesicle, name)
    return getattr(vesicle, f"{name[0]}_nm") / voxel_size_nm if voxel_size_nm else None


def _written(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float):
        return _number(name, value)
    if isinstance(value, tuple):
        return _LIST_SEPARATOR.join(_written(name, part) for part in value)
    return str(value)


def _number(name: str, value: float) -> str:
    if not math.isfinite(value):
        return ""
    if name in _DECIMALS:
        return f"{value:.{_DECIMALS[name]}f}"
    return f"{value:.{_SIGNIFICANT_DIGITS}g}"


def _numerals(table: Rows) -> Numerals:
    names = [name for name in table.names if name.endswith(("_nm", "_px")) and name != "shape_terms_nm"]
    return Numerals.of((row.cells[n] for row in table.rows for n in names if n in row.cells), table.delimiter)


def _check_columns(path: str | os.PathLike[str], names: Sequence[str]) -> None:
    for axis in "xyz":
        if not {f"{axis}_nm", f"{axis}_px"} & set(names):
            raise CryoVesError(f"{path} is no table of vesicles: it has no column {axis}_nm.")
    if not {"radius_nm", "radius_px"} & set(names):
        raise CryoVesError(f"{path} is no table of vesicles: it has no column radius_nm.")


class _RowReader:
    """Makes vesicles of rows, and counts what it could not understand."""

    def __init__(self, numerals: Numerals, voxel_size_nm: float | None) -> None:
        self._numerals, self._voxel_size_nm = numerals, voxel_size_nm
        self._left_out: Counter[str] = Counter()
        measure = self._measure
        self._optional: dict[str, Callable[[str], Any]] = {
            **dict.fromkeys(_MEASURES, measure), "reason": str, "flags": _flags, "origin": Origin, "reviewed": truth,
            "tags": _list, "inside_region": self._truth_or_nothing, "pool": str, "label": self._label,
            "shape_terms_nm": self._shape_terms, "judgements": _judgements,
        }  # fmt: skip

    def vesicle(self, cells: Mapping[str, str], fallback_id: int) -> Vesicle:
        fields: dict[str, Any] = {
            f"{name}_nm": self._length(cells, name) for name in ("x", "y", "z", "radius")
        }
        if fields["radius_nm"] <= 0:
            raise ValueError("the radius must be above 0")
        status = _converted("status", cells.get("status", Status.ACCEPTED).lower(), Status)
        number = _converted("id", cells["id"], self._numerals.whole) if "id" in cells else fallback_id
        if number < 1:
            raise ValueError("an id must be above 0")
        if number > LARGEST_ID:
            raise ValueError(f"an id must be below {LARGEST_ID + 1}")
        return Vesicle(id=number, **fields, status=status, **self._others(cells))

    def notes(self, path: str | os.PathLike[str]) -> tuple[str, ...]:
        """One sentence for each column in which something was left out."""
        return tuple(
            f"{Path(path).name}: taken as unknown, not understood: {counted(count, 'value')} of the column {name}."
            for name, count in self._left_out.items()
        )

    def _others(self, cells: Mapping[str, str]) -> dict[str, Any]:
        found = {}
        for name, convert in self._optional.items():
            if name in cells:
                try:
                    found[name] = convert(cells[name])
                except ValueError:
                    self._left_out[name] += 1
        return found

    def _length(self, cells: Mapping[str, str], name: str) -> float:
        if not is_unknown(cells.get(f"{name}_nm", "")):
            return float(_converted(f"{name}_nm", cells[f"{name}_nm"], self._numerals.number))
        if not is_unknown(cells.get(f"{name}_px", "")) and self._voxel_size_nm:
            return (
                float(_converted(f"{name}_px", cells[f"{name}_px"], self._numerals.number))
                * self._voxel_size_nm
            )
        raise ValueError(f"{name}_nm is empty")

    def _measure(self, text: str) -> float | None:
        return None if is_unknown(text) else self._numerals.number(text)

    def _shape_terms(self, text: str) -> tuple[float, ...]:
        terms = tuple(self._numerals.number(part) for part in _list(text))
        if len(terms) not in (0, SHAPE_TERMS) or not all(math.isfinite(term) for term in terms):
            raise ValueError(text)
        return terms

    def _truth_or_nothing(self, text: str) -> bool | None:
        return None if is_unknown(text) else truth(text)

    def _label(self, text: str) -> int | None:
        label = None if is_unknown(text) else self._numerals.whole(text)
        if label is not None and not 0 < label <= LARGEST_LABEL:
            raise ValueError(text)
        return label


def _converted(name: str, text: str, convert: Callable[[str], Any]) -> Any:
    try:
        return convert(text)
    except AmbiguousNumber:
        raise ValueError(
            f"{name} “{text}” may be a decimal number or a large one; write it with a point"
        ) from None
    except ValueError:
        raise ValueError(f"{name} cannot be “{text[:40]}”") from None


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else "not understood"


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(_LIST_SEPARATOR) if part.strip())


def _judgements(text: str) -> tuple[Judgement, ...]:
    return tuple(_judgement(part) for part in _list(text))


def _judgement(text: str) -> Judgement:
    reviewer, _, status = text.rpartition(": ")
    if not reviewer.strip():
        raise ValueError(text)
    return Judgement(reviewer.strip(), Status(status))


def _flags(text: str) -> tuple[Flag, ...]:
    return tuple(Flag(part) for part in _list(text))


_MEASURES = (
    "radius_mid_nm", "se_x_nm", "se_y_nm", "se_z_nm", "se_radius_nm", "membrane_thickness_nm", "membrane_density",
    "lumen_density", "contrast", "correlation", "mahalanobis_sq", "p_value", "probability", "nn_distance_nm",
    "az_centre_nm", "az_rim_nm", "leaflet_distance_nm", "se_leaflet_distance_nm",
    "roundness_nm", "sphere_p_value", "long_axis_nm", "middle_axis_nm", "short_axis_nm",
)  # fmt: skip
