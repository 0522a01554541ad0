"""Connectors and tethers of a tomogram's vesicles, where a table beside its project has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.tables.rows import read_rows

#: Tables that may hold them, one row for each vesicle by its ``id``.
LINK_TABLES = ("vesicle_links.csv", "links.csv", "vesicles.csv")
_CONNECTORS, _TETHERS = "n_connectors", "n_tethers"


@dataclass(frozen=True)
class LinkMeasures:
    """Vesicles with links among those of which it is known; ``None`` where nothing is known."""

    known: int = 0
    connected: int | None = None
    tethered: int | None = None
    mean_connectors: float | None = None
    mean_tethers: float | None = None

    @property
    def connected_share(self) -> float | None:
        return self._share(self.connected)

    @property
    def tethered_share(self) -> float | None:
        return self._share(self.tethered)

    def _share(self, count: int | None) -> float | None:
        return None if count is None or not self.known else count / self.known


def read_links(folder: Path, vesicles: Sequence[Vesicle]) -> LinkMeasures:
    """What the tables of a folder say of these vesicles' links; nothing where there is no such table."""
    for name in LINK_TABLES:
        rows = _rows(folder / name)
        if rows:
            return _measured([rows[v.id] for v in vesicles if v.id in rows])
    return LinkMeasures()


def _rows(path: Path) -> dict[int, Mapping[str, int]]:
    """Numbers of links by vesicle; empty where the table has none, or is damaged."""
    if not is_file(path):
        return {}
    try:
        table = read_rows(path, "a table of links")
        if not {"id"} < {"id", _CONNECTORS, _TETHERS} & set(table.names):
            return {}
        return {
            int(row.cells["id"]): {n: int(row.cells[n]) for n in (_CONNECTORS, _TETHERS) if n in row.cells}
            for row in table.rows
            if "id" in row.cells
        }
    except (CryoVesError, ValueError):
        return {}


def _measured(rows: Sequence[Mapping[str, int]]) -> LinkMeasures:
    connectors, tethers = ([row[n] for row in rows if n in row] for n in (_CONNECTORS, _TETHERS))
    return LinkMeasures(
        len(rows),
        sum(n > 0 for n in connectors) if connectors else None,
        sum(n > 0 for n in tethers) if tethers else None,
        sum(connectors) / len(connectors) if connectors else None,
        sum(tethers) / len(tethers) if tethers else None,
    )
