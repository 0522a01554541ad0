"""Links that another program found in the same tomogram: Pyto's tables and label volumes, or a table of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from cryoves_app.analysis.links.pyto import LinkKind, SizeClass
from cryoves_app.domain.arrays import Labels, Position
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.links.judgement import ACTIVE_ZONE_END
from cryoves_app.domain.reading import is_file, is_folder
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.pyto import ACTIVE_ZONE_ID, read_ids
from cryoves_app.formats.pyto_segments import PytoSegment, read_segment_table
from cryoves_app.formats.tables.numerals import Numerals
from cryoves_app.formats.tables.rows import Row, read_rows
from cryoves_app.formats.volume_file import load_labels
from cryoves_app.workflow.importing.importing import ids_beside
from cryoves_app.workflow.links.names import LINK_TABLE
from cryoves_app.workflow.links.sources import LinkSource

PYTO_TABLE, TABLE, PICKLES = ".dat", ".csv", (".pkl", ".pickle")
#: Of Pyto's tables those of one threshold hold what is counted elsewhere.
_LEVEL = "_thr-"
_VOLUMES = (".mrc", ".rec", ".mrc.gz", ".map", ".tif", ".tiff")
_WHAT = "a table of links"


@dataclass(frozen=True)
class OtherLink:
    """``ends`` are ids as in our own tables (0: a project's active zone), in rising order; ``None`` is not known."""

    number: int
    ends: tuple[int, int] | None
    volume_px: int | None = None


@dataclass(frozen=True)
class OtherLinks:
    """What was found elsewhere, with the voxels ``(z, y, x)`` by the links' numbers where a volume tells them.

    ``inputs`` are the files it was read from, ``kinds`` those of which they tell.
    """

    name: str
    links: tuple[OtherLink, ...]
    volume: Labels | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    inputs: tuple[Path, ...] = ()
    kinds: frozenset[LinkKind] = frozenset(LinkKind)

    @cached_property
    def sizes_px(self) -> Mapping[int, int | None]:
        """Voxels of each number."""
        if self.volume is None:
            return {link.number: link.volume_px for link in self.links}
        return dict(enumerate(np.bincount(self.volume.ravel()).tolist()))

    def centre_px(self, number: int) -> Position | None:
        """Mean of a link's voxels ``z, y, x``; ``None`` where they are not known."""
        if self.volume is None or not self.sizes_px.get(number):
            return None
        z, y, x = np.argwhere(self.volume == number).mean(axis=0)
        return float(z), float(y), float(x)


def read_other_links(path: Path, source: LinkSource) -> OtherLinks:
    """The links of a table, a label volume, or a folder in which such tables lie; of a folder those that count.

    Parameters
    ----------
    path
        Pyto's table of segments (``.dat``), a table with the columns ``a`` and ``b`` (``.csv``), a label volume on the
        tomogram's grid, or a folder. Nothing that could run a command is read.
    source
        In what our own links were found: it tells the vesicles' numbers.

    Raises
    ------
    CryoVesError
        If there is nothing of the kind, it cannot be read, or it speaks of other vesicles.
    """
    if is_folder(path):
        return _of_tables(_tables_in(path), source, path.name)
    kind = path.suffix.lower()
    if kind in PICKLES:
        raise CryoVesError(_pickled(path))
    if kind == PYTO_TABLE:
        return _of_tables([path], source, path.name)
    if kind == TABLE:
        return _with_volume(_of_csv(path), [path], source)
    table = next((p for p in (path.with_suffix(s) for s in (PYTO_TABLE, TABLE)) if is_file(p)), None)
    if table is not None:
        found = _of_csv(table) if table.suffix == TABLE else _of_tables([table], source, path.name, [path])
        return found if found.volume is not None else _with_volume(found, [table], source, [path])
    return _of_volume(path, source)


def _pickled(path: Path) -> str:
    return (
        f"{path} is a pickle, which can run commands when it is opened, so CryoVes does not read it; give the tables "
        "(*.dat) or the label volume (*.mrc) that Pyto writes beside it."
    )


# -- tables


def _tables_in(folder: Path) -> list[Path]:
    """Those of the good segments, in the folder or one floor below; else all that name no other class."""
    files = [p for level in ("*", "*/*") for p in sorted(folder.glob(level)) if is_file(p)]
    if folder / LINK_TABLE in files:
        return [folder / LINK_TABLE]
    tables = [p for p in files if p.suffix.lower() == PYTO_TABLE and _LEVEL not in p.name and _is_segments(p)]
    good = [p for p in tables if p.stem.endswith(f"_{SizeClass.GOOD}")]
    others = [p for p in tables if not p.stem.endswith((f"_{SizeClass.SMALL}", f"_{SizeClass.BIG}"))]
    if good or others:
        return good or others
    pickles = [p for p in files if p.suffix.lower() in PICKLES]
    if pickles:
        raise CryoVesError(_pickled(pickles[0]))
    raise CryoVesError(
        f"{folder} holds no table of segments that Pyto wrote (as tomo_new_connectors_good.dat); give the folder of "
        "its script connectors.py, or a label volume itself."
    )


def _is_segments(path: Path) -> bool:
    try:
        read_segment_table(path)
    except CryoVesError:
        return False  # the same ending has tables of vesicles and layers
    return True


def _of_tables(
    tables: Sequence[Path], source: LinkSource, name: str, volumes: Sequence[Path] = ()
) -> OtherLinks:
    if [p.suffix for p in tables] == [TABLE]:
        return _with_volume(replace(_of_csv(tables[0]), name=name), tables, source)
    id_of = _ids(tables[0], source)
    links = [_of_segment(s, id_of, table) for table in tables for s in read_segment_table(table)]
    numbers = [link.number for link in links]
    if len(set(numbers)) != len(numbers):
        raise CryoVesError(
            f"{tables[0].parent} holds results of several runs of Pyto; give one table of them."
        )
    kinds = frozenset(kind for table in tables for kind in _kinds_of(table))
    return _with_volume(
        OtherLinks(name, tuple(links), inputs=tuple(tables), kinds=kinds), tables, source, volumes
    )


def _kinds_of(table: Path) -> list[LinkKind]:
    """By its name, as Pyto's script gives it; all where it names none."""
    return [kind for kind in LinkKind if f"_{kind}s" in table.stem] or list(LinkKind)


def _of_segment(segment: PytoSegment, id_of: Callable[[int, Path], int], table: Path) -> OtherLink:
    ends = sorted(id_of(label, table) for label in segment.contacts)
    return OtherLink(segment.number, (ends[0], ends[1]) if len(ends) == 2 else None, segment.volume_px)


def _ids(table: Path, source: LinkSource) -> Callable[[int, Path], int]:
    """From Pyto's label to our id: by the table of the folder that was exported, else as the labels are now."""
    if not source.id_of_label:
        return lambda label, _table: label
    beside = ids_beside(table)
    known = dict(source.id_of_label) if beside is None else read_ids(beside)
    known[ACTIVE_ZONE_ID] = ACTIVE_ZONE_END

    def id_of(label: int, table: Path) -> int:
        if label not in known:
            raise CryoVesError(
                f"{table} speaks of label {label}, which no vesicle of {source.name} has; it is of another tomogram "
                "or export (the folder that was exported for Pyto has 3d/ids.csv, which tells the vesicles)."
            )
        return known[label]

    return id_of


def _of_csv(path: Path) -> OtherLinks:
    """Rows that are rejected or of another class than good do not count."""
    table = read_rows(path, _WHAT)
    if not {"a", "b"} <= set(table.names):
        raise CryoVesError(f"{path} has no columns a and b, which name the two vesicles of each link.")
    whole = Numerals.of((), table.delimiter).whole
    counted = [(n, row) for n, row in enumerate(table.rows, 1) if _counts(row)]
    links = tuple(_of_row(n, row, whole, path) for n, row in counted)
    return OtherLinks(path.name, links, inputs=(path,))


def _counts(row: Row) -> bool:
    good = row.cells.get("class", SizeClass.GOOD) == SizeClass.GOOD
    return good and row.cells.get("status") != Status.REJECTED


def _of_row(place: int, row: Row, whole: Callable[[str], int], path: Path) -> OtherLink:
    try:
        a, b = sorted((whole(row.cells["a"]), whole(row.cells["b"])))
        number, volume = (whole(row.cells[name]) if name in row.cells else None for name in ("id", "volume"))
    except (KeyError, ValueError) as error:
        raise CryoVesError(
            f"{path}, line {row.line}: no two numbers of vesicles in the columns a and b."
        ) from error
    return OtherLink(place if number is None else number, (a, b), volume)


# -- volumes


def _with_volume(
    found: OtherLinks, tables: Iterable[Path], source: LinkSource, volumes: Sequence[Path] = ()
) -> OtherLinks:
    """With the voxels, where label volumes beside the tables hold just these segments."""
    known = {link.number: link.volume_px for link in found.links}
    whole: Labels = np.zeros(source.volume.shape, np.uint16)
    notes = list(found.notes)
    places = tuple(volumes or _volumes_beside(tables))
    for path in places:
        try:
            labels, _ = load_labels(path, source.volume.shape)
        except CryoVesError as error:
            notes.append(f"{error} Its voxels are not compared.")
            continue
        wanted = np.zeros(np.iinfo(np.uint16).max + 1, bool)
        wanted[[n for n in known if n < len(wanted)]] = True
        np.copyto(whole, labels, where=wanted[labels])
    counts = np.bincount(whole.ravel(), minlength=1)
    if not known or not counts[1:].any():
        return replace(found, notes=tuple(notes))
    if any(size is not None and (n >= len(counts) or counts[n] != size) for n, size in known.items()):
        notes.append(
            f"The label volume of {found.name} does not hold the table's segments: only pairs are compared."
        )
        return replace(found, notes=tuple(notes))
    return replace(found, volume=whole, notes=tuple(notes), inputs=(*found.inputs, *places))


def _volumes_beside(tables: Iterable[Path]) -> list[Path]:
    """Of each table the volume of its name, else the shortest name that it begins with: Pyto's hierarchy."""
    found: dict[Path, None] = {}
    for table in tables:
        names = table.stem.split("_")
        stems = ["_".join(names[:n]) for n in range(len(names), 0, -1)]
        places = [table.with_name(stem + ending) for stem in stems for ending in _VOLUMES]
        first = next((place for place in places if is_file(place)), None)
        if first is not None:
            found[first] = None
    return list(found)


def _of_volume(path: Path, source: LinkSource) -> OtherLinks:
    """Segments of a label volume alone; what each touches is seen in our own labels."""
    labels, _ = load_labels(path, source.volume.shape)
    space = source.field()
    box = tuple(slice(c, c + n) for c, n in zip(space.corner_px, space.shape, strict=True))
    at_sites = labels[box].reshape(-1)[space.sites.voxels]
    pairs = np.unique(np.stack([at_sites, space.sites.boundaries], axis=1)[at_sites > 0], axis=0)
    touched: dict[int, list[int]] = {}
    for number, boundary in pairs.tolist():
        touched.setdefault(number, []).append(source.id_of(space.ids[boundary - 1]))
    counts = np.bincount(labels.ravel())
    numbers = [int(n) for n in np.flatnonzero(counts) if n]
    if not numbers:
        raise CryoVesError(f"{path} holds no segment.")
    links = [OtherLink(n, _two(touched.get(n, [])), int(counts[n])) for n in numbers]
    note = f"{path.name} stands alone: what its segments touch is seen in the labels of {source.name}."
    return OtherLinks(path.name, tuple(links), labels, (note,), (path,))


def _two(ends: list[int]) -> tuple[int, int] | None:
    a, *rest = sorted(ends) or [0]
    return (a, rest[0]) if len(rest) == 1 else None
