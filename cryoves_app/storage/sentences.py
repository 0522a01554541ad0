"""Why something could not be written, in one sentence."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.temporary_names import as_named

#: So little space means that a write without a number of its own failed for want of it, in bytes.
_NEXT_TO_NOTHING = 1 << 20

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EACCES: "there is no right to write there",
    errno.EPERM: "there is no right to write there",
    errno.EROFS: "the disk can only be read",
    errno.ENOENT: "its folder does not exist",
    errno.EEXIST: "a file of that name is there",
    errno.EISDIR: "a folder of that name is there",
    errno.ENOTDIR: "its folder is a file",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOMEM: "there is not enough memory",
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into a sentence about ``path``, or the other file that it is about.

    Raises
    ------
    CryoVesError
        For every ``OSError`` inside.
    """
    try:
        yield
    except OSError as error:
        if (other := _other_file(path, error)) is not None:
            why = "it is no longer there" if error.errno == errno.ENOENT else reason(other, error)
            raise CryoVesError(f"{other} cannot be used: {why}.") from error
        raise CryoVesError(f"{as_named(path)} could not be written: {reason(path, error)}.") from error


def _other_file(path: Path, error: OSError) -> Path | None:
    """What was refused, if it is neither on the way to the path nor in it: something that had to be read meanwhile."""
    if not isinstance(error.filename, str):
        return None
    refused = Path(error.filename)
    is_own = path in (refused, *refused.parents) or refused in path.parents
    if is_own or as_named(refused) != refused or not refused.is_absolute():
        return None
    return refused


def reason(path: Path, error: OSError) -> str:
    """What the operating system means."""
    if error.errno is None and _is_full(path):  # numpy's, which counts the bytes that it could not write
        return _REASONS[errno.ENOSPC]
    return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()


def refuse_long_name(path: Path) -> None:
    """Refuse a name that the disk cannot hold, before hours go into the file.

    Raises
    ------
    CryoVesError
        If it is too long.
    """
    length, most = len(os.fsencode(path.name)), _longest_name(path)
    if length > most:
        raise CryoVesError(
            f"The name {path.name[:40]}… is too long by {length - most} letters for this disk; rename the tomogram."
        )


def _longest_name(path: Path) -> int:
    there = next((p for p in path.parents if p.is_dir()), None)
    try:
        return os.pathconf(there, "PC_NAME_MAX") if there and hasattr(os, "pathconf") else 255
    except (OSError, ValueError):
        return 255


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _NEXT_TO_NOTHING
    except OSError:
        return False


def checked_name(path: str | os.PathLike[str]) -> Path:
    """The path, if the system can have a file of that name at all.

    Raises
    ------
    CryoVesError
        If it holds a character that no name may hold.
    """
    name = os.fspath(path)
    try:
        possible = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # half of a character
        possible = False
    if not possible:
        shown = "".join(c if c.isprintable() else "…" for c in name)
        raise CryoVesError(f"“{shown}” is no name of a file: it holds a character that none can have.")
    return Path(name)
