"""Working copies of projects on a local disk: what is edited, and what is left after a crash."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.folders import data_folder
from cryoves_app.domain.reading import is_file
from cryoves_app.formats.project.project_file import SUFFIX, ProjectFile, read_project
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.storage.removal import remove_file
from cryoves_app.storage.visible import visible_files
from cryoves_app.workflow.project.overtaken import is_contained

log = logging.getLogger(__name__)

HOME, SAVED_AT, HOME_STAMP = "home", "saved_at", "home_stamp"


def working_folder() -> Path:
    """Where working copies lie; ``CRYOVES_DATA`` moves the data folder."""
    return data_folder() / "working"


def new_working_path(home: Path | None, folder: Path | None = None) -> Path:
    """A free name for the working copy of a project."""
    place = folder or working_folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CryoVesError(f"{place} could not be made: {(error.strerror or str(error)).lower()}.") from error
    stem = home.stem if home else "untitled"
    return place / f"{stem[:60]}-{secrets.token_hex(4)}{SUFFIX}"


@dataclass(frozen=True)
class LeftBehind:
    """A working copy that no running program holds: edits from before a crash."""

    path: Path
    home: Path | None
    tomogram: str
    changed_at: datetime
    steps: int

    def sentence(self) -> str:
        name = self.home.name if self.home else Path(self.tomogram).name
        return f"{name}: edits up to {self.changed_at.astimezone():%Y-%m-%d %H:%M} were not saved."


def left_behind(folder: Path | None = None) -> list[LeftBehind]:
    """Working copies with unsaved edits that a crash left, newest first.

    Those in use by another window are not among them, nor those whose project was saved from elsewhere since. Those
    that hold nothing that is not in the project's file are cleared away; any other stays on the disk.
    """
    place = folder or working_folder()
    found = []
    for path in visible_files(place, f"*{SUFFIX}"):
        # damaged beyond reading, or in use: not ours to offer, and not ours to remove
        with suppress(CryoVesError):
            copy = _looked_at(path)
            if copy is not None:
                found.append(copy)
    return sorted(found, key=lambda copy: copy.changed_at, reverse=True)


def discard(path: Path) -> None:
    """Remove a working copy."""
    for name in (path.name, f"{path.name}-journal"):
        remove_file(path.with_name(name))


def _looked_at(path: Path) -> LeftBehind | None:
    changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with ProjectFile.open(path, exclusive=True) as file:
        if file.is_read_only:
            return None
        home = file.note(HOME)
        steps = len(file.actions())
        tomogram = file.load().tomogram.absolute_path
        stamp = file.note(HOME_STAMP)
        unsaved = file.change_count != file.note(SAVED_AT)
        overtaken = unsaved and bool(home) and _is_overtaken(Path(home), stamp, changed_at)
        new = unsaved and not (overtaken and is_contained(file, Path(home)))
    if not new:
        discard(path)
        return None
    if overtaken:
        log.info("%s holds edits from before %s was saved from elsewhere; it is kept.", path, home)
        return None
    return LeftBehind(path, Path(home) if home else None, tomogram, changed_at, steps)


def _is_overtaken(home: Path, stamp: list[Any] | None, changed_at: datetime) -> bool:
    """Whether the project itself was written after its working copy: going on with that would take edits away.

    A file that is damaged holds nothing that could be taken away.
    """
    if not is_file(home) or list(fingerprint(home)) == stamp:
        return False
    return datetime.fromtimestamp(home.stat().st_mtime, UTC) > changed_at and _can_be_read(home)


def _can_be_read(home: Path) -> bool:
    try:
        read_project(home)
    except CryoVesError:
        return False
    return True
