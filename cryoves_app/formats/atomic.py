"""Files appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError

#: A temporary file this old belongs to no program that still runs.
FORGOTTEN_S = 24 * 3600.0
#: A disk with no more free than this has just failed to take what was written.
_LITTLE_BYTES = 1 << 20


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path in the folder of ``path``, which takes its place when the block ends well.

    After an error or a cancel the temporary file is gone and ``path`` is as it was.

    Raises
    ------
    CryoVesError
        If the operating system refuses, for example without rights or space.
    """
    final = Path(path)
    temporary = _beside(final)
    try:
        yield temporary
        _flush_to_disk(temporary)
        temporary.replace(final)
        _clear_forgotten(final)
    except OSError as error:
        raise CryoVesError(_sentence(final, error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder beside ``path``, which takes its place when the block ends well.

    A folder that was there is moved aside first and removed only after the new one stands.

    Raises
    ------
    CryoVesError
        If the folder cannot be written.
    """
    final = Path(path)
    temporary = _beside(final)
    try:
        temporary.mkdir()
        yield temporary
        _swap_folder(temporary, final)
    except OSError as error:
        raise CryoVesError(_sentence(final, error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _beside(final: Path) -> Path:
    """A name that no other writer uses, hidden, with the same suffix."""
    return final.with_name(f".{final.stem}.{secrets.token_hex(6)}.part{final.suffix}")


def _clear_forgotten(final: Path) -> None:
    """Remove what a killed program left beside this file long ago."""
    for part in final.parent.glob(f".{escape(final.stem)}.*.part{escape(final.suffix)}*"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > FORGOTTEN_S:
                part.unlink()


def _swap_folder(temporary: Path, final: Path) -> None:
    if not final.exists():
        temporary.replace(final)
        return
    old = _beside(final)
    final.replace(old)
    try:
        temporary.replace(final)
    except OSError:
        old.replace(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sentence(path: Path, error: OSError) -> str:
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "no more may be written to this disk by you",
        errno.EACCES: "there is no right to write there",
        errno.EPERM: "there is no right to write there",
        errno.EROFS: "the disk can only be read",
        errno.ENOENT: "its folder does not exist",
        errno.EISDIR: "a folder of that name is there",
        errno.ENOTDIR: "its folder is a file",
    }
    reason = reasons.get(error.errno or 0, (error.strerror or str(error)).lower())
    if error.errno is None and _is_full(path.parent):  # a library counted its bytes and gives no number
        reason = reasons[errno.ENOSPC]
    return f"{path} could not be written: {reason}."


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LITTLE_BYTES
    except OSError:
        return False
