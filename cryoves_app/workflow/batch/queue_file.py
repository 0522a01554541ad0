"""A queue of tomograms as a file: one path per line, a table with a column for each setting, or TOML with settings.

The table has a column ``tomogram`` and any of ``condition``, ``recipe``, ``voxel_size`` and so on, and values of a
recipe by section and name, as ``input.expected_radius_nm``; an empty cell is the value of all others.

The TOML form::

    output = "results"                     # relative to the queue file, like all paths in it
    recipe = "default"
    region = "{dir}/{stem}_cell.mod"
    tomograms = ["monday/*.rec", "tuesday/b12.mrc"]

    [[group]]                              # several with settings of their own
    condition = "treated"
    tomograms = ["wednesday/*.rec", "thursday/*.rec"]

    [[tomogram]]                           # one, or what a pattern names
    path = "old/b3.mrc"
    condition = "control"
    voxel_size = 14.69                     # in ångström
    input.expected_radius_nm = 18          # a value of the recipe
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import read_settings, read_text, reading, shorten_value
from cryoves_app.domain.recipe import Recipe, parameters
from cryoves_app.domain.units import nm_from_angstrom
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.network.engines import ENGINES
from cryoves_app.workflow.common.naming import as_found, as_path, expand, output_folders
from cryoves_app.workflow.common.recipes import load_recipe
from cryoves_app.workflow.segment.order import SegmentJob

_WHAT = "a queue"
_PATTERNS = ("region", "active_zone", "fit_volume", "probability", "labels")
_TEXTS = ("model", *_PATTERNS, "engine", "device", "condition")
_SWITCHES = ("optional_region", "keep_probability", "links")
_SETTINGS = frozenset({*_TEXTS, *_SWITCHES, "recipe", "voxel_size"})
_TOP = _SETTINGS | {"output", "tomograms", "group", "tomogram"}
#: Columns of a table in which the tomograms stand; ``summary.csv`` has the first.
_PATH_COLUMNS = ("tomogram", "path", "file")
_KIND_WORDS = {str: "text", bool: "true or false", list: "a list", dict: "a table of names and values"}
#: Values of a recipe by the names under which a queue changes them.
RECIPE_VALUES: Mapping[str, tuple[str, str]] = {
    f"{section.name}.{value.name}": (section.name, value.name)
    for section in fields(Recipe)
    if section.name != "name"
    for value in parameters(getattr(Recipe(), section.name))
}
_SECTIONS = frozenset(section for section, _ in RECIPE_VALUES.values())
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
#: A table of a queue, still unchecked.
Settings = Mapping[str, object]


def read_queue(path: Path, output: Path | None, base: SegmentJob, *, option: str = "-o") -> list[SegmentJob]:
    """The jobs of a queue; what it says goes before ``base``, ``output`` before what it says.

    ``option`` is what the command line calls ``output``.

    Raises
    ------
    CryoVesError
        If it can't be read, names unknown settings or wrong values, or says no output folder and none is given.
    """
    with reading(path, _WHAT):
        queue = _flat(_read(path))
        _check_names(queue, _TOP, path)
        folder = path.parent
        base = _with_settings(base, queue, folder)
        named = _named(queue, folder)
        groups = [_group(base, _checked("group", entry, dict), path) for entry in _listed(queue, "group")]
        own = [_own(base, _checked("tomogram", entry, dict), path) for entry in _listed(queue, "tomogram")]
        pairs = [*((tomogram, base) for tomogram in named), *chain.from_iterable([*groups, *own])]
        if not pairs:
            raise CryoVesError(f"The queue {path} names no tomogram.")
        tomograms, bases = zip(*pairs, strict=True)
        return _jobs(tomograms, _output(output, queue, path, option), bases)


def _jobs(tomograms: Sequence[Path], output: Path, bases: Sequence[SegmentJob]) -> list[SegmentJob]:
    folders = output_folders(tomograms, output)
    return [
        replace(base, tomogram=str(tomogram), folder=str(folder))
        for tomogram, folder, base in zip(tomograms, folders, bases, strict=True)
    ]


def _read(path: Path) -> Settings:
    if path.suffix.lower() == ".toml":
        return read_settings(path, _WHAT)
    if path.suffix.lower() == ".csv" and (table := _table(path)) is not None:
        return table
    # a spreadsheet program ends the lines of a table with marks for its empty columns
    ends = ";,\t " if path.suffix.lower() == ".csv" else ""
    lines = (line.strip().rstrip(ends) for line in read_text(path, _WHAT).splitlines())
    return {"tomograms": [line for line in lines if line and not line.startswith("#")]}


def _table(path: Path) -> Settings | None:
    """What a table says; ``None`` where no column is called as one of tomograms, and each line is a path."""
    table = read_rows(path, _WHAT)
    column = next((name for name in _PATH_COLUMNS if name in table.names), None)
    if column is None:
        return None
    rows = [row.cells for row in table.rows if column in row.cells]
    if not any(_is_setting(name) for name in table.names):
        return {"tomograms": [cells[column] for cells in rows]}
    return {"tomogram": [{"path": cells[column], **_settings_of(cells)} for cells in rows]}


def _is_setting(name: str) -> bool:
    return name in _SETTINGS or name in RECIPE_VALUES


def _settings_of(cells: Mapping[str, str]) -> dict[str, object]:
    return {name: _value(name, text) for name, text in cells.items() if _is_setting(name)}


def _value(name: str, text: str) -> object:
    """A cell of a table as TOML would have it."""
    if name not in RECIPE_VALUES and name not in (*_SWITCHES, "voxel_size"):
        return text
    for word, value in _WORDS.items():
        if text.lower() == word:
            return value
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _output(output: Path | None, queue: Settings, path: Path, option: str) -> Path:
    if output is not None:
        return output
    if "output" not in queue:
        raise CryoVesError(f"The queue {path} says no output folder; give it with {option}.")
    return path.parent / as_path(_checked("output", queue["output"], str))


def _path_of(entry: Settings, path: Path) -> str:
    if "path" not in entry:
        raise CryoVesError(f"A [[tomogram]] of the queue {path} lacks its path.")
    return str(_checked("path", entry["path"], str))


def _own(base: SegmentJob, entry: Settings, path: Path) -> list[tuple[Path, SegmentJob]]:
    """The tomograms of one entry, with its settings."""
    entry = _flat(entry)
    named = expand([str(path.parent / as_found(_path_of(entry, path), path.parent))])
    _check_names(entry, _SETTINGS | {"path"}, path)
    own = _with_settings(base, entry, path.parent)
    return [(tomogram, own) for tomogram in named]


def _group(base: SegmentJob, entry: Settings, path: Path) -> list[tuple[Path, SegmentJob]]:
    """The tomograms of a group, with its settings."""
    entry = _flat(entry)
    _check_names(entry, _SETTINGS | {"tomograms"}, path)
    named = _named(entry, path.parent)
    if not named:
        raise CryoVesError(
            f"A [[group]] of the queue {path} names no tomogram; give it a list, tomograms = […]."
        )
    own = _with_settings(base, entry, path.parent)
    return [(tomogram, own) for tomogram in named]


def _named(table: Settings, folder: Path) -> list[Path]:
    """What the list ``tomograms`` names."""
    texts = (_checked("a path", text, str) for text in _listed(table, "tomograms"))
    return expand(str(folder / as_found(text, folder)) for text in texts)


def _flat(table: Settings) -> Settings:
    """A table in which values of a recipe stand under their full names, ``input.expected_radius_nm``."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        if name in _SECTIONS and isinstance(value, dict):
            flat |= {f"{name}.{key}": own for key, own in value.items()}
        else:
            flat[name] = value
    return flat


def _check_names(table: Settings, known: frozenset[str], path: Path) -> None:
    unknown = sorted(set(table) - known - RECIPE_VALUES.keys())
    if unknown:
        raise CryoVesError(f"The queue {path} names a setting that does not exist: {unknown[0]}.")


def _with_settings(job: SegmentJob, table: Settings, folder: Path) -> SegmentJob:
    changes: dict[str, Any] = {}
    for name in (*_TEXTS, *_SWITCHES):
        if name in table:
            changes[name] = _checked(name, table[name], str if name in _TEXTS else bool)
    changes |= {name: pattern_from(folder, changes[name]) for name in _PATTERNS if name in changes}
    if changes.get("engine", ENGINES[0]) not in ENGINES:
        raise CryoVesError(f"In the queue, engine must be one of {', '.join(ENGINES)}.")
    if Path(changes.get("model", "")).name != changes.get("model", ""):  # a path, not a name
        changes["model"] = _beside(changes["model"], folder)
    if "voxel_size" in table:
        changes["voxel_size_nm"] = nm_from_angstrom(_positive("voxel_size", table["voxel_size"]))
    if "recipe" in table:
        recipe = _checked("recipe", table["recipe"], str)
        changes["recipe"] = load_recipe(_beside(recipe, folder))
    own = {name: value for name, value in table.items() if name in RECIPE_VALUES}
    for name, value in own.items():
        changes["recipe"] = changes.get("recipe", job.recipe).with_value(*RECIPE_VALUES[name], value)
    return replace(job, **changes)


def pattern_from(folder: Path, text: str) -> str:
    """A companion's path, seen from a folder (the queue's, say) unless it begins with the tomogram's."""
    return text if text.startswith("{dir}") else str(folder / as_path(text))


def _beside(text: str, folder: Path) -> str:
    """What lies beside the queue under this name if there is such a file or folder, else the name itself."""
    beside = folder / as_path(text)
    return str(beside) if beside.exists() else text


def _listed(table: Settings, name: str) -> list[Any]:
    return list(_checked(name, table.get(name, []), list))


def _checked(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise CryoVesError(f"In the queue, {name} must be {_KIND_WORDS[kind]}, not {shorten_value(value)}.")
    return value


def _positive(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < 1e9:
        raise CryoVesError(f"In the queue, {name} must be a positive number, not {shorten_value(value)}.")
    return float(value)
