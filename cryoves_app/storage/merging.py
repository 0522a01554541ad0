"""New files into a folder that holds others: all of them, or none."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.removal import remove_empty, remove_file
from cryoves_app.storage.replacing import destination, hand_on_rights, refuse_protected, replacing

#: Beside the new files, for the old ones until all new ones stand. Not put back after a kill: ``publishing`` then
#: goes on with the new ones.
_FORMER = ".cryoves-former"


def merge(new: Path, target: Path, *, mark: str = "", obsolete: Collection[str] = ()) -> None:
    """Move all files of a temporary folder into another, in place of those of the same names.

    Should one of them not go, the earlier files come back, the mark last.

    Parameters
    ----------
    new
        The files, in a temporary folder that is removed afterwards; subfolders are merged likewise.
    target
        The folder that takes them. What it holds besides stays.
    mark
        The file that says that all others belong together: it goes first and comes last.
    obsolete
        Files of ``target`` that go as well.

    Raises
    ------
    CryoVesError
        If a file is to take the place of a folder, or the reverse.
    OSError
        If the system refuses; all is as before then.
    """
    files = sorted((p.relative_to(new) for p in new.rglob("*") if p.is_file() or p.is_symlink()), key=str)
    folders = sorted(
        (p.relative_to(new) for p in new.rglob("*") if p.is_dir() and not p.is_symlink()), key=str
    )
    _refuse_other_kinds(files, folders, target)
    steps = _Steps(new.parent / _FORMER)
    try:
        for name in (mark, *obsolete):
            if name:
                steps.move_away(target / name, name)
        for folder in folders:
            steps.make(target / folder)
        for file in sorted(files, key=lambda file: str(file) == mark):
            steps.replace(new / file, target / file, str(file))
    except BaseException:
        steps.take_back()
        raise


class _Steps:
    """What was done so far, and how it is taken back."""

    def __init__(self, former: Path) -> None:
        self._former = former
        self._undo: list[Callable[[], object]] = []

    def move_away(self, place: Path, name: str) -> None:
        if not (place.exists() or place.is_symlink()):
            return
        kept = self._former / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        _move(place, kept)
        self._undo.append(lambda: _move(kept, place))

    def make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir()
            self._undo.append(lambda: remove_empty(folder))

    def replace(self, file: Path, place: Path, name: str) -> None:
        real = destination(place)
        refuse_protected(real)
        hand_on_rights(real, file)
        self.move_away(real, name)
        _move(file, real)
        self._undo.append(lambda: _move(real, file))

    def take_back(self) -> None:
        for undo in reversed(self._undo):
            with suppress(OSError):
                undo()


def _move(file: Path, place: Path) -> None:
    """By renaming; behind a link another disk may lie, where only a copy goes."""
    try:
        file.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with replacing(place) as temporary:
            shutil.copyfile(file, temporary)
        remove_file(file)


def _refuse_other_kinds(files: list[Path], folders: list[Path], target: Path) -> None:
    for wrong in (
        *(target / f for f in files if (target / f).is_dir() and not (target / f).is_symlink()),
        *(target / f for f in folders if (target / f).exists() and not (target / f).is_dir()),
    ):
        kind = "folder" if wrong.is_dir() else "file"
        raise CryoVesError(f"A {kind} is in the way: {wrong}; move it away, or choose another output folder.")
