"""The ``.cryoves`` file: one SQLite database that survives crashes, with its history inside."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Contour, Region
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project import project_schema as schema
from cryoves_app.formats.project.older_file import keep_older
from cryoves_app.formats.project.project_bytes import read_bytes
from cryoves_app.formats.project.project_codec import (
    Plain,
    companions_from_plain,
    companions_to_plain,
    contour_to_plain,
    link_judgements_from_plain,
    link_judgements_to_plain,
    pools_from_plain,
    pools_to_plain,
    reference_from_plain,
    reference_to_plain,
    region_from_plain,
    region_to_plain,
    vesicle_from_plain,
    vesicle_to_plain,
)
from cryoves_app.formats.project.project_database import (
    check_and_migrate,
    check_start,
    connect,
    connect_to_copy,
    explain_read_faults,
    explain_write_faults,
    transaction,
)
from cryoves_app.formats.project.stored_action import Heading, StoredAction, change_of
from cryoves_app.storage.replacing import replacing

SUFFIX = ".cryoves"
_CURSOR, _TIP, _CHANGES = "cursor", "tip", "changes"


@dataclass(frozen=True)
class Update:
    """What one action changes in the file.

    ``vesicles`` are written as they now are, ``regions`` replace all regions
    unless ``None``, ``settings`` are project values by name: recipe, model, pools, companions, link_judgements, views,
    run, tomogram.
    """

    vesicles: tuple[Vesicle, ...] = ()
    removed: tuple[int, ...] = ()
    regions: tuple[Region, ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    next_id: int | None = None

    @cached_property
    def rows(self) -> list[tuple[int, str]]:
        """The vesicles as the file holds them, by id."""
        return [(v.id, _json(vesicle_to_plain(v))) for v in self.vesicles]


class ProjectFile:
    """An open project file. Every change is one transaction that is on the disk when the call returns.

    The history is a path: ``tip`` is its last step and ``cursor`` the last one that is in effect. A new
    action after an undo starts another path from the cursor; the steps of the old one stay in the table.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, notice: str = "", called: Path | None = None
    ) -> None:
        self.path = path
        self._name = called or path
        self.notice = notice
        self._connection = connection

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], project: Project, *, exclusive: bool = False
    ) -> ProjectFile:
        """Makes a new file in place of whatever was there.

        ``exclusive`` keeps other processes out as long as this one lives, even from reading.
        """
        write_project(path, project)
        return cls.open(path, exclusive=exclusive)

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, exclusive: bool = False, called: Path | None = None
    ) -> ProjectFile:
        """Opens a file, brought forward if it is an older one; a newer one can only be read.

        ``called`` is the name that sentences speak of, where the file is a copy of another.

        Raises
        ------
        CryoVesError
            If it is missing, damaged, no project, or in use by another process.
        """
        source = Path(path)
        check_start(source)
        name = called or source
        with explain_read_faults(name):
            connection = connect(source, exclusive=exclusive)
            try:
                return cls(source, connection, check_and_migrate(connection, name), name)
            except BaseException:
                connection.close()
                raise

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be stored; ``notice`` says why."""
        return bool(self.notice)

    def close(self) -> None:
        """End the connection; nothing can be read or stored any more."""
        self._connection.close()

    def __enter__(self) -> ProjectFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self) -> Project:
        """The project as it stands, vesicles by id, every value checked.

        Raises
        ------
        CryoVesError
            If something in the file cannot be what it should be.
        """
        with explain_read_faults(self._name):
            meta = self._meta()
            rows = self._connection.execute("SELECT id, data FROM vesicles ORDER BY id").fetchall()
            regions = self._connection.execute("SELECT data FROM regions ORDER BY place").fetchall()
            return Project(
                tomogram=reference_from_plain(meta["tomogram"]),
                recipe=Recipe.from_dict(meta["recipe"]),
                model=str(meta["model"]),
                vesicles=_vesicle_set(rows, meta["next_id"]),
                regions=tuple(region_from_plain(json.loads(data)) for (data,) in regions),
                companions=companions_from_plain(meta.get("companions", [])),
                link_judgements=link_judgements_from_plain(meta.get("link_judgements", [])),
                views=dict(meta["views"]),
                run=dict(meta["run"]),
                pools=pools_from_plain(meta.get("pools", {})),
            )

    def store(self, project: Project) -> None:
        """Writes the whole project; the history stays as it is."""
        with self._writing():
            self._connection.execute("DELETE FROM vesicles")
            self._write(
                Update(
                    tuple(project.vesicles),
                    regions=project.regions,
                    settings={name: getattr(project, name) for name in _SETTINGS},
                    next_id=project.vesicles.next_id,
                )
            )

    def append_action(
        self,
        kind: str,
        title: str,
        forward: Plain,
        inverse: Plain,
        update: Update,
        texts: tuple[str, str] | None = None,
    ) -> StoredAction:
        """Records a step after the cursor and its effect, in one transaction.

        ``texts`` are ``forward`` and ``inverse`` as the file holds them, from ``step_texts``, where they are ready.
        """
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        texts = texts or step_texts(forward, inverse)
        with self._writing():
            parent = self.cursor
            added = self._connection.execute(
                "INSERT INTO actions (parent, kind, title, time, forward, inverse) VALUES (?, ?, ?, ?, ?, ?)",
                (parent, kind, title, time, *texts),
            )
            number = int(added.lastrowid or 0)
            self._set_meta({_CURSOR: number, _TIP: number})
            self._write(update)
        return StoredAction.of(number, parent, kind, title, time, *texts)

    def move_cursor(self, cursor: int, update: Update) -> None:
        """Records an undo or redo and its effect, in one transaction."""
        with self._writing():
            self._set_meta({_CURSOR: cursor})
            self._write(update)

    def apply_update(self, update: Update) -> None:
        """Writes a change that is no step of the history (measures that were refreshed, views)."""
        with self._writing():
            self._write(update)

    @property
    def cursor(self) -> int:
        """The last step in effect, 0 for none."""
        with explain_read_faults(self._name):
            return int(self._value(_CURSOR, 0))

    def actions(self) -> tuple[StoredAction, ...]:
        """The present path of the history, oldest first, steps that were undone included.

        Raises
        ------
        CryoVesError
            If the history is damaged.
        """
        with explain_read_faults(self._name):
            rows = self._connection.execute("SELECT * FROM actions").fetchall()
            stored = {row[0]: row for row in rows}
            path: list[StoredAction] = []
            number = int(self._value(_TIP, 0))
            while number:
                row = stored.pop(
                    number
                )  # a step that stands twice on its own path is missing the second time
                path.append(StoredAction.of(*row[:7]))
                number = row[1]
            return tuple(reversed(path))

    def stored(self, headings: Sequence[Heading]) -> tuple[StoredAction, ...]:
        """Steps whose headings came from ``actions``, which found them readable; raises as that does."""
        with explain_read_faults(self._name):
            rows = self._connection.execute("SELECT id, parent, time, forward, inverse FROM actions")
            known = {number: row for number, *row in rows}
            return tuple(_stored(heading, *known[heading.id]) for heading in headings)

    def forward(self, number: int) -> Plain:
        """What the step of that number changes; raises as ``actions`` does."""
        return self._change("SELECT forward FROM actions WHERE id = ?", number)

    def inverse(self, number: int) -> Plain:
        """What takes the step of that number back; raises as ``actions`` does."""
        return self._change("SELECT inverse FROM actions WHERE id = ?", number)

    @property
    def change_count(self) -> int:
        """How often the project was written to; notes do not count."""
        with explain_read_faults(self._name):
            return int(self._value(_CHANGES, 0))

    def note(self, key: str) -> Any:
        """A value that belongs to the working copy alone, or ``None``."""
        return self._value(f"note.{key}")

    def set_notes(self, **values: Any) -> None:
        """Write values that belong to the working copy alone."""
        with self._writing():
            self._set_meta({f"note.{key}": value for key, value in values.items()})

    def save_to(self, path: str | os.PathLike[str]) -> None:
        """Copies the file to another place, as ``write_snapshot`` does."""
        write_snapshot(self.snapshot(), path)

    def snapshot(self) -> bytes:
        """The project's file as it is now, without the notes; made in memory, so it takes hardly a moment."""
        with explain_read_faults(self._name), closing(connect(":memory:")) as copy:
            self._connection.backup(copy)
            copy.execute("DELETE FROM meta WHERE key LIKE 'note.%'")
            return copy.serialize()

    def _change(self, question: str, number: int) -> Plain:
        with explain_read_faults(self._name):
            (text,) = self._connection.execute(question, (number,)).fetchone()
            return change_of(text)

    def _meta(self) -> dict[str, Any]:
        rows = self._connection.execute("SELECT key, value FROM meta").fetchall()
        return {key: json.loads(value) for key, value in rows}

    def _value(self, key: str, missing: Any = None) -> Any:
        """One value. A step asks for several, of which the record of a run may be as large as all vesicles."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return missing if row is None else json.loads(row[0])

    def _set_meta(self, values: Mapping[str, Any]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [(key, _json(value)) for key, value in values.items()],
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self.is_read_only:
            raise CryoVesError(self.notice)
        with transaction(self._connection, str(self._name)):
            yield

    def _write(self, update: Update) -> None:
        self._connection.executemany("INSERT OR REPLACE INTO vesicles VALUES (?, ?)", update.rows)
        self._connection.executemany("DELETE FROM vesicles WHERE id = ?", [(i,) for i in update.removed])
        if update.regions is not None:
            self._connection.execute("DELETE FROM regions")
            rows = [(place, _region_text(r)) for place, r in enumerate(update.regions)]
            self._connection.executemany("INSERT INTO regions VALUES (?, ?)", rows)
        meta = {name: _SETTINGS[name](value) for name, value in update.settings.items()}
        if update.next_id is not None:
            meta["next_id"] = update.next_id
        self._set_meta({**meta, _CHANGES: self.change_count + 1})


def _stored(heading: Heading, parent: int, time: str, forward: str, inverse: str) -> StoredAction:
    h = heading
    return StoredAction(h.id, parent, h.kind, h.title, time, h.person, forward, inverse)


def step_texts(forward: Plain, inverse: Plain) -> tuple[str, str]:
    """What a step changes and how it is taken back, as the file holds them.

    Written piece by piece: one call for thousands of vesicles would let no other thread go on.
    """
    return "".join(_ENCODER.iterencode(forward)), "".join(_ENCODER.iterencode(inverse))


@contextmanager
def open_for_reading(path: str | os.PathLike[str]) -> Iterator[ProjectFile]:
    """A project file that is only read.

    Raises
    ------
    CryoVesError
        As ``ProjectFile.open`` and ``ProjectFile.load``.
    """
    source = Path(path)
    check_start(source)
    with explain_read_faults(source), closing(connect_to_copy(read_bytes(source))) as connection:
        yield ProjectFile(source, connection, check_and_migrate(connection, source))


def read_project(path: str | os.PathLike[str]) -> Project:
    """The project in a file, which is only read; raises as ``open_for_reading`` does."""
    with open_for_reading(path) as file:
        return file.load()


def write_project(path: str | os.PathLike[str], project: Project) -> None:
    """Writes a new file in place of whatever was there, without opening it."""
    with replacing(path) as temporary, _new_database(temporary, path) as connection:
        with transaction(connection, str(path)):
            schema.create_tables(connection)
        ProjectFile(temporary, connection).store(project)


_SETTINGS: Mapping[str, Any] = {
    "tomogram": reference_to_plain,
    "recipe": Recipe.to_dict,
    "model": str,
    "pools": pools_to_plain,
    "companions": companions_to_plain,
    "link_judgements": link_judgements_to_plain,
    "views": dict,
    "run": dict,
}


def write_snapshot(snapshot: bytes, path: str | os.PathLike[str]) -> None:
    """Write a project's file, which then is all there or as it was; from any thread.

    What an older version left there is kept beside it.
    """
    keep_older(path)
    with replacing(path) as temporary, explain_write_faults(str(path)):
        temporary.write_bytes(snapshot)


@contextmanager
def _new_database(temporary: Path, final: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    # in memory, because SQLite opens no path longer than 511 bytes, and locks badly on network drives
    with explain_write_faults(str(final)), closing(connect(":memory:")) as connection:
        yield connection
        temporary.write_bytes(connection.serialize())


def _vesicle_set(rows: list[tuple[int, str]], next_id: Any) -> VesicleSet:
    vesicles = [vesicle_from_plain(json.loads(data)) for _, data in rows]
    if [v.id for v in vesicles] != [number for number, _ in rows]:
        raise ValueError("a vesicle under another's number")
    return VesicleSet.of(vesicles, int(next_id))


def _region_text(region: Region) -> str:
    """A region as JSON. Outlines may have thousands of points, of which an edit changes few."""
    head = _json(region_to_plain(replace(region, contours=())))
    contours = ",".join(_contour_text(contour) for contour in region.contours)
    return head.replace('"contours":[]', f'"contours":[{contours}]', 1) if contours else head


@lru_cache(maxsize=50_000)
def _contour_text(contour: Contour) -> str:
    return _json(contour_to_plain(contour))


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_json = _ENCODER.encode
