"""What the window remembers between starts. Unreadable settings are forgotten, never in the way."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self, get_type_hints

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import settings_folder
from cryoves_app.domain.reading import exists
from cryoves_app.storage.replacing import replacing

log = logging.getLogger(__name__)

#: Grows when a key means something else than before; then older files are forgotten.
VERSION = 1
FILE_NAME = "window.json"
RECENT_LENGTH = 8


@dataclass(frozen=True)
class Preferences:
    """The settings; what Qt gives as bytes is kept as it is."""

    theme: str = "dark"
    layout: str = ""  # of the views
    folder: str = ""  # where files were opened last
    recent: tuple[str, ...] = ()  # newest first
    tags: tuple[str, ...] = ()
    hidden_panels: tuple[str, ...] = ()
    known_hints: tuple[str, ...] = ()  # steps whose explanation was put away
    reviewer: str = ""  # the name kept with judgements, once the user knows of it
    mouse: str = ""  # whose habits it has
    geometry: bytes = b""
    docks: bytes = b""
    columns: bytes = b""  # of the table of vesicles
    columns_of: int = 0  # how many measures the table had then

    @classmethod
    def from_plain(cls, plain: object) -> Self:
        """From what JSON holds; keys that are unknown or hold something else are dropped and logged."""
        if not isinstance(plain, dict) or plain.get("version") != VERSION:
            log.warning("Settings of another kind are forgotten.")
            return cls()
        kinds = get_type_hints(cls)
        found: dict[str, Any] = {}
        for key, value in plain.items():
            if key == "version":
                continue
            try:
                found[key] = _READERS[kinds[key]](value)
            except (KeyError, TypeError, ValueError):
                log.warning("The setting %r is forgotten: it cannot be read.", key)
        return cls(**found)

    def to_plain(self) -> dict[str, Any]:
        """For JSON; only what differs from the usual is written."""
        usual = Preferences()
        changed = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            "version": VERSION,
            **{
                key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                for key, value in changed.items()
                if value != getattr(usual, key)
            },
        }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(item) for item in value)


def _bytes(value: object) -> bytes:
    return base64.b64decode(_text(value), validate=True)


_READERS: dict[Any, Callable[[object], Any]] = {
    str: _text,
    int: _number,
    tuple[str, ...]: _texts,
    bytes: _bytes,
}


class PreferenceFile:
    """The settings in their file. Every change is written at once, over what another window has written meanwhile."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings_folder()
        self.now = self._read()
        self._is_written = True

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    def change(self, **values: Any) -> None:
        """Change some of the settings; where they cannot be written they hold until the window closes."""
        self._catch_up()
        self.now = replace(self.now, **values)
        self._is_written = self._write()

    @property
    def recent(self) -> list[Path]:
        """Files opened lately that still exist, newest first."""
        return [Path(p) for p in self.now.recent if exists(p)]

    def add_recent(self, path: Path) -> None:
        self._catch_up()
        others = [p for p in self.recent if p != path]
        self.change(recent=tuple(str(p) for p in [path, *others][:RECENT_LENGTH]))

    def _catch_up(self) -> None:
        if self._is_written:
            self.now = self._read()

    def _read(self) -> Preferences:
        try:
            return Preferences.from_plain(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Preferences()
        except (OSError, ValueError, RecursionError) as error:
            log.warning("The settings in %s are forgotten: %s", self.path, error)
            return Preferences()

    def _write(self) -> bool:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(self.path, waits_for_disk=False) as temporary:  # the window waits for it
                temporary.write_text(json.dumps(self.now.to_plain(), indent=1), encoding="utf-8")
        except (OSError, CryoVesError) as error:
            log.warning("The settings could not be written: %s", error)
            return False
        return True
