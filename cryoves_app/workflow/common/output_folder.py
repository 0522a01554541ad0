"""An output folder appears under its name when it is complete, or not at all."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError


@contextmanager
def complete_folder(
    target: Path,
    *,
    force: bool,
    announce: Callable[[Path], None],
    announce_parent: Callable[[Path], None] = lambda parent: None,
) -> Iterator[Path]:
    """A new folder beside ``target`` that takes its name on success and vanishes on failure.

    With ``force`` the files of an existing folder are replaced one by one, others in it stay.
    ``announce`` is told the temporary folder, and ``announce_parent`` each folder that had to be made above
    it, for whoever outlives this process.

    Raises
    ------
    CryoVesError
        If the target exists (without ``force``), or its place can't be written to.
    """
    refuse_existing(target, force=force)
    made = _make_parents(target.parent)
    for parent in made:
        announce_parent(parent)
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        announce(partial)
        _make_partial(partial)
        yield partial
        _publish(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(made)
        raise


@contextmanager
def complete_files(target: Path, *, force: bool) -> Iterator[Path]:
    """A hidden folder whose files and folders move into ``target`` together, when all are written.

    Raises
    ------
    CryoVesError
        If one of them exists there (without ``force``), or the place can't be written to; then none moves.
    """
    made = _make_parents(target)
    partial = target / f".partial-{os.getpid()}"
    try:
        _make_partial(partial)
        yield partial
        if not force:
            _refuse_twins(partial, target)
        _merge(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(made)
        raise


def _refuse_twins(partial: Path, target: Path) -> None:
    twins = [p.name for p in sorted(partial.iterdir()) if (target / p.name).exists()]
    if twins:
        raise CryoVesError(f"{target} holds {', '.join(twins)} already; use --force to replace.")


def _merge(partial: Path, target: Path) -> None:
    for path in sorted(partial.iterdir()):
        if path.is_dir() and (target / path.name).is_dir():
            _merge(path, target / path.name)
        else:
            path.replace(target / path.name)
    partial.rmdir()


@contextmanager
def scratch_folder(target: Path, announce: Callable[[Path], None]) -> Iterator[Path]:
    """A hidden folder beside ``target`` for what is needed during the work only: on the same, roomy disk."""
    folder = target.parent / f".{target.name}.work-{os.getpid()}"
    announce(folder)
    _make_partial(folder)
    try:
        yield folder
    finally:
        gc.collect()  # Windows removes no file that an array is still mapped to
        shutil.rmtree(folder, ignore_errors=True)


def refuse_existing(target: Path, *, force: bool) -> None:
    """Refuse a folder that holds something already."""
    if target.exists() and not target.is_dir():
        raise CryoVesError(f"{target} is a file; choose another output folder.")
    if not force and target.is_dir() and any(target.iterdir()):
        raise CryoVesError(
            f"{target} exists already; use --force to replace its files or --skip-done to leave out finished ones."
        )


def _make_parents(folder: Path) -> list[Path]:
    """Create missing folders; those that were created, innermost first."""
    missing = [p for p in [folder, *folder.parents] if not p.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove_empty(missing)
        raise _unwritable(folder, error) from error
    return missing


def _make_partial(partial: Path) -> None:
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
    except OSError as error:
        raise _unwritable(partial.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> CryoVesError:
    return CryoVesError(f"Cannot write to the output folder {folder}: {error.strerror or error}.")


def _publish(partial: Path, target: Path) -> None:
    if not target.exists():
        partial.rename(target)
        return
    _merge(partial, target)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # somebody else's files are in it by now, or it was never made
            return
