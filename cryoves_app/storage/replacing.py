"""Files and folders appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.removal import is_temporary
from cryoves_app.storage.sentences import checked_name, writing
from cryoves_app.storage.temporary import MOVED_ASIDE, TemporaryFolder, clear_leftovers, clear_leftovers_once

#: What desktops put into every folder that they show.
_OF_DESKTOPS = (".DS_Store", "Thumbs.db", "desktop.ini", ".directory")


@contextmanager
def replacing(path: str | os.PathLike[str], *, waits_for_disk: bool = True) -> Iterator[Path]:
    """A temporary path on the disk of ``path``, which takes its place when the block ends well.

    With ``waits_for_disk`` it is on the disk then, and even a power cut loses nothing.

    A symbolic link is followed, and a file that is replaced hands on its rights. After an error or a cancel
    the temporary file is gone and ``path`` is as it was.

    Raises
    ------
    CryoVesError
        If the operating system refuses, for example without rights or space.
    """
    final = destination(path)
    with writing(final):
        refuse_protected(final)
        clear_leftovers_once(final.parent)
        # what was refused is told while the half of it still lies there: afterwards a full disk is full no more
        with TemporaryFolder(final.parent) as folder, writing(final):
            temporary = folder.path / final.name
            yield temporary
            if waits_for_disk:
                _flush_to_disk(temporary)
            hand_on_rights(final, temporary)
            temporary.replace(final)


@dataclass(frozen=True)
class FolderKind:
    """What may lie in a folder of a kind that the program makes: only such a one may be replaced as a whole.

    Attributes
    ----------
    what
        Its name with the article: ``"a model"``.
    signs
        Files of which each such folder holds one, unless it is empty.
    content
        Patterns of all files and subfolders that it may hold.
    """

    what: str
    signs: tuple[str, ...]
    content: tuple[str, ...]

    def refuse_strangers(self, folder: Path) -> None:
        """Refuse a file, a folder of another kind, and one with anything else in it.

        Raises
        ------
        CryoVesError
            If it is one.
        """
        with writing(folder):
            self._refuse_strangers(folder)

    def _refuse_strangers(self, folder: Path) -> None:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise CryoVesError(f"{folder} is a file, not {self.what}; choose another name.")
        found = [p for p in folder.iterdir() if not _is_nobodys(p)]
        strangers = list(islice(self._strangers(folder, Path()), 4))
        if not strangers and self.signs and found and not any((folder / s).exists() for s in self.signs):
            strangers = found[:4]
        if strangers:
            names = [str(p.relative_to(folder)) for p in strangers[:3]] + ["…"] * (len(strangers) > 3)
            raise CryoVesError(
                f"{folder} holds what does not belong to {self.what} ({', '.join(names)}), so it is left as it is; "
                "choose another name, or move that away."
            )

    def _strangers(self, folder: Path, inside: Path) -> Iterator[Path]:
        """What no pattern fits; only subfolders that are known are looked into."""
        for path in sorted((folder / inside).iterdir()):
            relative = inside / path.name
            if _is_nobodys(path):
                continue
            if not any(relative.match(p) and p.count("/") + 1 == len(relative.parts) for p in self.content):
                yield path
            elif path.is_dir() and not path.is_symlink():
                yield from self._strangers(folder, relative)


def _is_nobodys(path: Path) -> bool:
    """What desktops leave, and the program itself while it writes a file, or after a kill."""
    return path.name in _OF_DESKTOPS or (is_temporary(path) and not path.is_symlink())


@contextmanager
def replacing_folder(
    path: str | os.PathLike[str], kind: FolderKind, *, only_new: bool = False
) -> Iterator[Path]:
    """A temporary folder on the disk of ``path``, which takes its place when the block ends well.

    A folder that was there is moved aside first, and removed only when the new one stands; with ``only_new``
    it stays, also if it appeared meanwhile.

    Raises
    ------
    CryoVesError
        If the folder that is there holds anything that ``kind`` does not know, or anything at all with
        ``only_new``, or the system refuses.
    """
    final = destination(path)
    with writing(final):
        kind.refuse_strangers(final)
        clear_leftovers_once(final.parent)
        clear_leftovers(final)
        with TemporaryFolder(final.parent) as folder, writing(final):
            new = folder.path / final.name
            new.mkdir()
            yield new
            kind.refuse_strangers(final)  # it may have been filled meanwhile
            if only_new:
                take_free_place(new, final)
            else:
                _swap(new, final, folder.path / MOVED_ASIDE)


def discard_folder(path: Path, kind: FolderKind) -> None:
    """Remove a folder of a kind that the program makes.

    Raises
    ------
    CryoVesError
        If it holds anything that ``kind`` does not know, or the system refuses.
    """
    with writing(path):
        if path.exists():
            kind.refuse_strangers(path)
            _discard([path], path.parent)


def discard_content(path: Path, kind: FolderKind, *, keep: str) -> None:
    """Remove all but one file of a folder of a kind that the program makes; raises as ``discard_folder``."""
    with writing(path):
        kind.refuse_strangers(path)
        _discard([inside for inside in path.iterdir() if inside.name != keep], path.parent)


def _discard(paths: list[Path], parent: Path) -> None:
    with TemporaryFolder(parent) as folder:
        for path in paths:
            path.rename(folder.path / path.name)


def make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; what had to be made, innermost first.

    Raises
    ------
    CryoVesError
        If the system refuses.
    """
    checked_name(folder)
    with writing(folder):
        missing = [p for p in [folder, *folder.parents] if not p.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    return missing


def destination(path: str | os.PathLike[str]) -> Path:
    """Where a file of that name really lies.

    Raises
    ------
    CryoVesError
        If no file can have that name, or it is a link that leads nowhere.
    """
    named = checked_name(path)
    if not os.path.islink(named):  # noqa: PTH114 - Path's own fails where one may not look
        return named
    real = Path(os.path.realpath(named))
    if real.is_symlink():
        raise CryoVesError(f"{named} is a link that leads to itself.")
    return real


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[str | os.PathLike[str] | None]) -> None:
    """Refuse to put a result in the place of what it is made from, whatever may be replaced besides.

    Raises
    ------
    CryoVesError
        If an output is one of the inputs, by any name.
    """
    sources = [Path(source) for source in inputs if source]
    for output in outputs:
        for source in sources:
            with writing(output):
                if output.exists() and source.exists() and output.samefile(source):
                    raise CryoVesError(
                        f"{output} is read for this result, so it is not replaced by it; choose another output."
                    )


def hand_on_rights(old: Path, new: Path) -> None:
    """Give a file the owner, group, mode and access list of the one that it replaces, as far as one may."""
    try:
        known = old.stat()
    except OSError:  # there is none yet: the user's usual rights
        return
    if hasattr(os, "chown") and (known.st_uid, known.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        for owner in (-1, known.st_uid):
            with suppress(OSError):
                os.chown(new, owner, known.st_gid)
    with suppress(OSError):
        new.chmod(known.st_mode & 0o7777)
    for name in _attributes(old):
        with suppress(OSError):
            os.setxattr(new, name, os.getxattr(old, name))


def _attributes(path: Path) -> list[str]:
    try:
        return os.listxattr(path) if hasattr(os, "listxattr") else []
    except OSError:
        return []


def refuse_protected(final: Path) -> None:
    """Refuse a file that may not be written to: somebody protected it, though renaming would replace it.

    Raises
    ------
    CryoVesError
        If it is one.
    """
    if final.exists() and not (final.is_file() or final.is_dir()):
        raise CryoVesError(
            f"{final} is no file but a device or a pipe, so it is not replaced; choose another name."
        )
    if final.is_file() and not os.access(final, os.W_OK):
        raise CryoVesError(f"{final} is write-protected; save under another name, or allow writing to it.")


def take_free_place(new: Path, final: Path) -> None:
    """Rename a folder to a name under which there is nothing but an empty folder.

    Raises
    ------
    CryoVesError
        If there is more by now.
    """
    try:
        new.rename(final)  # no system does it onto a folder with content
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise CryoVesError(
            f"{final} was written by somebody else meanwhile, and is left as it is; use --force to replace it."
        ) from error


def _swap(new: Path, final: Path, aside: Path) -> None:
    if not final.exists():
        new.rename(final)
        return
    aside.mkdir()
    old = aside / final.name
    final.rename(old)
    try:
        new.rename(final)
    except OSError:
        old.rename(final)
        raise


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
