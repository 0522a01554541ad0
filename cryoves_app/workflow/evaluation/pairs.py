"""Which results are held against which truths: two files, two folders, or a table of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists, is_file, is_folder
from cryoves_app.domain.tomogram_names import matching_names, stem
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.tables.rows import Row, read_rows
from cryoves_app.formats.tables.table import TABLE_SUFFIXES
from cryoves_app.storage.visible import visible_files
from cryoves_app.workflow.common.naming import as_found, companion
from cryoves_app.workflow.evaluation.steps import MapFile
from cryoves_app.workflow.segment.results import PROBABILITY, RESULT_FILES
from cryoves_app.workflow.study.sources import shortened

#: Columns of a table of pairs; the first two must be there.
PAIR_COLUMNS = ("prediction", "truth", "region", "set", "name", "probability")
#: What may stand behind a tomogram's name in the names of files about its vesicles.
_BEHIND = ("_labels", "_truth", "_vesicles", "_manual", "_spheres", "_gt")
#: Kinds of files that can hold vesicles, the one that knows most of them first.
_KINDS = (SUFFIX, *TABLE_SUFFIXES, ".mod", ".ndjson", ".mrc", ".tif", ".tiff", ".zarr")
#: Kinds that are mostly tomograms: vesicles only under a name that says so.
_VOLUMES = (".mrc", ".tif", ".tiff", ".zarr")


@dataclass(frozen=True)
class EvaluationPair:
    """A result, the truth, and where they count. ``group`` is the set of tomograms that are averaged together."""

    prediction: Path
    truth: Path
    name: str = ""
    group: str = ""
    region: Path | None = None
    probability: Path | None = None

    @property
    def title(self) -> str:
        return self.name or vesicle_file_name(self.prediction)


@dataclass(frozen=True)
class FoundPairs:
    """Pairs, and in sentences what was left out."""

    pairs: tuple[EvaluationPair, ...]
    notes: tuple[str, ...] = ()


def vesicle_file_name(path: Path) -> str:
    """The tomogram's name as a file about its vesicles tells it: ``b1/vesicles.csv`` and ``b1_truth.csv`` are of b1."""
    if path.name in RESULT_FILES:
        return path.resolve().parent.name
    name = stem(path.with_suffix("") if path.suffix.lower() in (*TABLE_SUFFIXES, ".mod", ".ndjson") else path)
    ending = next((e for e in _BEHIND if name.lower().endswith(e) and len(name) > len(e)), "")
    return name[: len(name) - len(ending)]


def pair_folders(predictions: Path, truths: Path, region: str | None = None) -> FoundPairs:
    """The results in one folder with those of the same name in another, and folders in them.

    ``region`` may be a pattern with ``{dir}`` and ``{stem}`` of the truth.

    Raises
    ------
    CryoVesError
        If no result has a truth.
    """
    found, known = (_vesicle_files(folder) for folder in (predictions, truths))
    pairs, alone = [], []
    for name, path in found.items():
        names = matching_names(name, known)
        if len(names) == 1:
            truth = known[names[0]]
            pairs.append(EvaluationPair(path, truth, name, region=_region_of(region, truth, name)))
        else:
            alone.append(name)
    if not pairs:
        raise CryoVesError(
            f"No result in {predictions} has a truth of the same name in {truths}: {shortened(list(found)) or 'none'} "
            f"against {shortened(list(known)) or 'none'}. Give a table of pairs with --pairs."
        )
    used = {pair.truth for pair in pairs}
    unused = [name for name, path in known.items() if path not in used]
    return FoundPairs(tuple(pairs), tuple(_left_out(alone, unused)))


def _left_out(alone: Sequence[str], unused: Sequence[str]) -> Iterable[str]:
    if alone:
        yield f"Left out, as there is no truth of this name: {shortened(alone)}."
    if unused:
        yield f"Truths without a result: {shortened(unused)}."


def _region_of(pattern: str | None, truth: Path, name: str) -> Path | None:
    if pattern is None:
        return None
    return companion(pattern, truth.with_name(f"{name}.mrc"))


def _vesicle_files(folder: Path) -> Mapping[str, Path]:
    """Files of vesicles in a folder and one floor below it by the tomogram's name, the best kind of each."""
    if not is_folder(folder):
        why = (
            "is a file: a folder of results is compared with a folder of truths"
            if exists(folder)
            else "is missing"
        )
        raise CryoVesError(f"{folder} {why}.")
    paths = [p for pattern in ("*", "*/*") for p in visible_files(folder, pattern) if _may_hold_vesicles(p)]
    best: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: (_KINDS.index(p.suffix.lower()), str(p))):
        best.setdefault(vesicle_file_name(path), path)
    return {name: best[name] for name in sorted(best)}


def _may_hold_vesicles(path: Path) -> bool:
    kind = path.suffix.lower()
    if kind in _VOLUMES:
        return path.name in RESULT_FILES or stem(path).lower().endswith(_BEHIND)
    return kind in _KINDS


def read_pairs(table: Path) -> FoundPairs:
    """Pairs of a table with the columns of ``PAIR_COLUMNS``; paths are relative to it.

    Raises
    ------
    CryoVesError
        If it is no such table, holds no pair, or a row lacks a file.
    """
    rows = read_rows(table, "a table of pairs")
    missing = [name for name in PAIR_COLUMNS[:2] if name not in rows.names]
    if missing:
        raise CryoVesError(
            f"{table} has no column “{missing[0]}”; a table of pairs has the columns {', '.join(PAIR_COLUMNS)}, of "
            "which the first two are needed."
        )
    if not rows.rows:
        raise CryoVesError(f"{table} holds no pair.")
    return FoundPairs(tuple(_pair(row, table) for row in rows.rows))


def _pair(row: Row, table: Path) -> EvaluationPair:
    def path(column: str) -> Path | None:
        text = row.cells.get(column)
        return table.parent / as_found(text, table.parent) if text else None

    prediction, truth = path("prediction"), path("truth")
    if prediction is None or truth is None:
        raise CryoVesError(f"{table}, line {row.line}: prediction or truth is missing.")
    cells = row.cells
    return EvaluationPair(
        prediction, truth, cells.get("name", ""), cells.get("set", ""), path("region"), path("probability")
    )


def map_file_of(pair: EvaluationPair) -> MapFile | None:
    """The file of the network's map: the one that was named, else the one that lies beside the result."""
    if pair.probability is not None:
        return MapFile(pair.probability, is_named=True)
    beside = pair.prediction.with_name(PROBABILITY)
    return MapFile(beside) if is_file(beside) else None
