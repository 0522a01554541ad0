"""A queue of tomograms as a file: one path per line, or TOML with settings.

The TOML form::

    output = "results"                     # relative to the queue file, like all paths in it
    recipe = "default"
    region = "{dir}/{stem}_cell.mod"
    tomograms = ["monday/*.rec", "tuesday/b12.mrc"]

    [[tomogram]]                           # one with settings of its own
    path = "old/b3.mrc"
    voxel_size = 14.69                     # in ångström
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.units import nm_from_angstrom
from cryoves_app.workflow.common.naming import expand, output_folders
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.segment.order import SegmentJob

_TEXTS = ("model", "region", "active_zone", "fit_volume", "engine", "device")
_SWITCHES = ("optional_region", "keep_probability")
_SETTINGS = frozenset({*_TEXTS, *_SWITCHES, "recipe", "voxel_size"})
_TOP = _SETTINGS | {"output", "tomograms", "tomogram"}


def read_queue(path: Path, output: Path | None, base: SegmentJob) -> list[SegmentJob]:
    """The jobs of a queue; what it says goes before ``base``, ``output`` before what it says.

    Raises
    ------
    CryoVesError
        If it can't be read, names unknown settings, or says no output folder and none is given.
    """
    queue = _read(path)
    _check_names(queue, _TOP, path)
    folder = path.parent
    base = _with_settings(base, queue, folder)
    single = list(queue.get("tomogram", []))
    named = expand(str(folder / t) for t in queue.get("tomograms", []))
    own = [(folder / _path_of(entry, path), entry) for entry in single]
    tomograms = [*named, *(tomogram for tomogram, _ in own)]
    if not tomograms:
        raise CryoVesError(f"The queue {path} names no tomogram.")
    bases = [base] * len(named) + [_own_settings(base, entry, path) for _, entry in own]
    return _jobs(tomograms, _output(output, queue, path), bases)


def _jobs(tomograms: Sequence[Path], output: Path, bases: Sequence[SegmentJob]) -> list[SegmentJob]:
    folders = output_folders(tomograms, output)
    return [
        replace(base, tomogram=str(tomogram), folder=str(folder))
        for tomogram, folder, base in zip(tomograms, folders, bases, strict=True)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".toml":
            return tomllib.loads(text)
    except OSError as error:
        raise CryoVesError(f"Cannot read the queue {path}: {error.strerror}.") from error
    except ValueError as error:
        raise CryoVesError(f"{path} is no queue: {error}.") from error
    lines = (line.strip() for line in text.splitlines())
    return {"tomograms": [line for line in lines if line and not line.startswith("#")]}


def _output(output: Path | None, queue: Mapping[str, Any], path: Path) -> Path:
    if output is not None:
        return output
    if "output" not in queue:
        raise CryoVesError(f"The queue {path} says no output folder; give it with -o.")
    return path.parent / str(queue["output"])


def _path_of(entry: Any, path: Path) -> str:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
        raise CryoVesError(f"A [[tomogram]] of the queue {path} lacks its path.")
    return str(entry["path"])


def _own_settings(base: SegmentJob, entry: Mapping[str, Any], path: Path) -> SegmentJob:
    _check_names(entry, _SETTINGS | {"path"}, path)
    return _with_settings(base, entry, path.parent)


def _check_names(table: Mapping[str, Any], known: frozenset[str], path: Path) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CryoVesError(f"The queue {path} names a setting that does not exist: {unknown[0]}.")


def _with_settings(job: SegmentJob, table: Mapping[str, Any], folder: Path) -> SegmentJob:
    changes: dict[str, Any] = {}
    for name in (*_TEXTS, *_SWITCHES):
        if name in table:
            changes[name] = _checked(name, table[name], str if name in _TEXTS else bool)
    if "voxel_size" in table:
        changes["voxel_size_nm"] = nm_from_angstrom(_positive("voxel_size", table["voxel_size"]))
    if "recipe" in table:
        name = str(table["recipe"])
        beside = folder / name
        changes["recipe"] = load_recipe(str(beside) if beside.is_file() else name).to_dict()
    return replace(job, **changes)


def _checked(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        wanted = "text" if kind is str else "true or false"
        raise CryoVesError(f"In the queue, {name} must be {wanted}, not {value!r}.")
    return value


def _positive(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise CryoVesError(f"In the queue, {name} must be a positive number, not {value!r}.")
    return float(value)
