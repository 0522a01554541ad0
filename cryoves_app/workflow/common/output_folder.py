"""An output folder appears under its name when it is complete, or not at all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.domain.temporary_names import CONTENT
from cryoves_app.storage.publishing import finish_interrupted, publish
from cryoves_app.storage.removal import remove_empty
from cryoves_app.storage.replacing import destination, make_folders, take_free_place
from cryoves_app.storage.sentences import writing
from cryoves_app.storage.temporary import (
    Owner,
    TemporaryFolder,
    owner_of,
    temporary_folders,
)


class BeingWritten(CryoVesError):
    """Another process is at work on the same output folder."""


@contextmanager
def complete_folder(
    target: Path,
    *,
    force: bool,
    announce: Callable[[Path], None],
    announce_parent: Callable[[Path], None] = lambda parent: None,
    mark: str = "",
    obsolete: Collection[str] = (),
) -> Iterator[Path]:
    """A new folder beside ``target`` that takes its name on success and vanishes on failure.

    With ``force`` the files of an existing folder are replaced, others in it stay; should that fail half-way,
    the earlier ones come back. ``announce`` is told the temporary folder, and ``announce_parent`` each folder
    that had to be made above it, for whoever outlives this process.

    Parameters
    ----------
    mark
        The file that says that the folder is finished: the first to go of an earlier result, and the last to
        come.
    obsolete
        Files of the earlier result that go with ``force`` though no new ones take their place.

    Raises
    ------
    CryoVesError
        If the target exists (without ``force``) or has appeared meanwhile, another process is making it
        (``BeingWritten``), or its place can't be written to.
    """
    final = destination(target)
    refuse_existing(final, force=force)
    made = make_folders(final.parent)
    for parent in made:
        announce_parent(parent)
    try:
        with _folder_of_the_run(final, announce) as folder:
            new = folder.path / final.name
            new.mkdir()
            yield new
            with writing(final):
                _publish(new, final, force=force, mark=mark, obsolete=obsolete)
    except BaseException:
        _remove_empty(made)
        raise


@contextmanager
def complete_files(
    target: Path, *, force: bool, mark: str = "", obsolete: Collection[str] = ()
) -> Iterator[Path]:
    """A hidden folder whose files and folders move into ``target`` together, when all are written.

    ``obsolete`` files of an earlier result go though no new ones take their place.

    Raises
    ------
    CryoVesError
        If one of them exists there (without ``force``), or the place can't be written to; then none moves.
    """
    final = destination(target)
    made = make_folders(final)
    try:
        finish_interrupted(final)
        with writing(final), TemporaryFolder(final) as folder:
            new = folder.path / CONTENT
            new.mkdir()
            yield new
            if not force:
                _refuse_twins(new, final)
            publish(new, final, mark=mark, obsolete=obsolete)
    except BaseException:
        _remove_empty(made)
        raise


@contextmanager
def scratch_folder(target: Path, announce: Callable[[Path], None]) -> Iterator[Path]:
    """A hidden folder beside ``target`` for what is needed during the work only: on the same, roomy disk."""
    parent = destination(target).parent
    with writing(parent), TemporaryFolder(parent) as folder:
        announce(folder.path)
        try:
            yield folder.path
        finally:
            gc.collect()  # Windows removes no file that an array is still mapped to


def refuse_existing(target: Path, *, force: bool) -> None:
    """Refuse a folder that holds something already."""
    with writing(target):
        if target.exists() and not target.is_dir():
            raise CryoVesError(f"{target} is a file; choose another output folder.")
        if not force and target.is_dir() and any(target.iterdir()):
            raise CryoVesError(
                f"{target} exists already and holds other results; choose another output folder, or use --force to "
                "replace its files or --skip-done to leave out finished ones."
            )


def refuse_other_results(target: Path) -> None:
    """Refuse a folder that holds something already, where finished results of the same work are left out anyway."""
    with writing(target):
        if target.is_dir() and any(target.iterdir()):
            raise CryoVesError(
                f"{target} holds results of another recipe, model or input; choose another output folder, or move "
                "this one away."
            )


def refuse_files(folder: Path, names: Iterable[str], what: str) -> None:
    """Keep results of one kind that are in a folder; ``what`` they are, with its article.

    Raises
    ------
    CryoVesError
        If one of the files is there.
    """
    there = [name for name in names if exists(folder / name)]
    if there:
        raise CryoVesError(
            f"{folder / there[0]} exists already; use --force to replace {what}, or give another folder."
        )


def _folder_of_the_run(final: Path, announce: Callable[[Path], None]) -> TemporaryFolder:
    """A temporary folder that shows others which target is being written."""
    with writing(final):
        finish_interrupted(final.parent)
        folder = TemporaryFolder(final.parent)
    announce(folder.path)
    folder.keep_beating()
    try:
        _refuse_busy(final, folder.path)
    except CryoVesError:
        folder.close()
        raise
    return folder


def _refuse_busy(final: Path, own: Path) -> None:
    """Refuse a target that another process began to make before: the older name goes first."""
    for other in temporary_folders(final.parent):
        if other.name < own.name and (other / final.name).is_dir() and owner_of(other) is Owner.ALIVE:
            raise BeingWritten(
                f"Another run is writing {final} just now; wait for it, or choose another output folder."
            )


def _refuse_twins(new: Path, target: Path) -> None:
    twins = [p.name for p in sorted(new.iterdir()) if (target / p.name).exists()]
    if twins:
        raise CryoVesError(f"{target} holds {', '.join(twins)} already; use --force to replace.")


def _publish(new: Path, final: Path, *, force: bool, mark: str, obsolete: Collection[str]) -> None:
    """Give the folder its name; only with ``force`` into one that holds something."""
    if final.is_dir() and (force or not any(final.iterdir())):
        publish(new, final, mark=mark, obsolete=obsolete)
        return
    take_free_place(new, final)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        if not remove_empty(folder):  # somebody else's files are in it by now, or it was never made
            return
