"""``vesicles.csv``: one row per vesicle. The order of the columns is a contract with other programs."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Flag, Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.atomic import replacing

COLUMNS = (
    "id", "x_px", "y_px", "z_px", "x_nm", "y_nm", "z_nm", "radius_nm", "radius_mid_nm",
    "se_x_nm", "se_y_nm", "se_z_nm", "se_radius_nm", "membrane_thickness_nm", "membrane_density",
    "lumen_density", "contrast", "correlation", "mahalanobis_sq", "p_value", "probability",
    "status", "reason", "flags", "origin", "reviewed", "tags", "inside_region",
    "nn_distance_nm", "az_centre_nm", "az_rim_nm", "pool", "label",
)  # fmt: skip

#: Decimals of columns whose error must not grow with the position; the others have significant digits.
_DECIMALS = {name: 4 for name in COLUMNS if name.endswith(("_nm", "_px"))}
_SIGNIFICANT_DIGITS = 7
_LIST_SEPARATOR = ";"
_WORDS = {True: "true", False: "false"}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


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
    """Reads a table of vesicles, its own or another one with the same names.

    Unknown columns are ignored and missing ones are unknown, except for the centre and the radius. A
    ``voxel_size_nm`` lets files be read that have ``x_px``, ``y_px``, ``z_px`` (and ``radius_px``) only.

    Raises
    ------
    CryoVesError
        If the file is missing, is no such table, or a row cannot be understood (which one is said).
    """
    rows = _rows(Path(path))
    found: list[Vesicle] = []
    for number, row in rows:
        try:
            found.append(_vesicle(row, len(found) + 1, voxel_size_nm))
        except (ValueError, KeyError) as error:
            raise CryoVesError(f"{path}, line {number}: {_reason(error)}.") from None
    try:
        return VesicleSet.of(found)
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
        return _LIST_SEPARATOR.join(str(part) for part in value)
    return str(value)


def _number(name: str, value: float) -> str:
    if not math.isfinite(value):
        return ""
    if name in _DECIMALS:
        return f"{value:.{_DECIMALS[name]}f}"
    return f"{value:.{_SIGNIFICANT_DIGITS}g}"


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with their line numbers, by column name."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise CryoVesError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CryoVesError(f"{path} could not be read as a table.") from error
    if not text:
        raise CryoVesError(f"{path} is empty.")
    # spreadsheets of some countries save with semicolons
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        rows = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
    except csv.Error as error:
        raise CryoVesError(f"{path} could not be read as a table: {error}.") from error
    _check_columns(path, names)
    return rows


def _check_columns(path: Path, names: list[str]) -> None:
    for axis in "xyz":
        if not {f"{axis}_nm", f"{axis}_px"} & set(names):
            raise CryoVesError(f"{path} is no table of vesicles: it has no column {axis}_nm.")
    if not {"radius_nm", "radius_px"} & set(names):
        raise CryoVesError(f"{path} is no table of vesicles: it has no column radius_nm.")


def _vesicle(row: Mapping[str, str], fallback_id: int, voxel_size_nm: float | None) -> Vesicle:
    values: dict[str, Any] = {name: _length(row, name, voxel_size_nm) for name in ("x", "y", "z", "radius")}
    if values["radius"] <= 0:
        raise ValueError("the radius must be above 0")
    fields = {f"{name}_nm": value for name, value in values.items()}
    for name, convert in _OPTIONAL.items():
        if row.get(name):
            fields[name] = _converted(name, row[name], convert)
    vesicle_id = int(_converted("id", row["id"], int)) if row.get("id") else fallback_id
    if vesicle_id < 1:
        raise ValueError("an id must be above 0")
    return Vesicle(id=vesicle_id, **fields)


def _length(row: Mapping[str, str], name: str, voxel_size_nm: float | None) -> float:
    if row.get(f"{name}_nm"):
        return float(_converted(f"{name}_nm", row[f"{name}_nm"], _finite))
    if row.get(f"{name}_px") and voxel_size_nm:
        return float(_converted(f"{name}_px", row[f"{name}_px"], _finite)) * voxel_size_nm
    raise ValueError(f"{name}_nm is empty")


def _converted(name: str, text: str, convert: Callable[[str], Any]) -> Any:
    try:
        return convert(text)
    except (ValueError, KeyError):
        raise ValueError(f"{name} cannot be “{text[:40]}”") from None


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else "not understood"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _truth(text: str) -> bool:
    return _TRUTH[text.lower()]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(_LIST_SEPARATOR) if part.strip())


def _flags(text: str) -> tuple[Flag, ...]:
    return tuple(Flag(part) for part in _list(text))


_OPTIONAL: Mapping[str, Callable[[str], Any]] = {
    "radius_mid_nm": _finite, "se_x_nm": _finite, "se_y_nm": _finite, "se_z_nm": _finite,
    "se_radius_nm": _finite, "membrane_thickness_nm": _finite, "membrane_density": _finite,
    "lumen_density": _finite, "contrast": _finite, "correlation": _finite, "mahalanobis_sq": _finite,
    "p_value": _finite, "probability": _finite, "status": Status, "reason": str, "flags": _flags,
    "origin": Origin, "reviewed": _truth, "tags": _list, "inside_region": _truth,
    "nn_distance_nm": _finite, "az_centre_nm": _finite, "az_rim_nm": _finite, "pool": str, "label": int,
}  # fmt: skip
