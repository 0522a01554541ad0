"""Locks on files that the system releases when their process dies, however it dies."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

from cryoves_app.domain.errors import CryoVesError

#: Nobody writes more into a file for its lock.
_LONGEST_TEXT = 1 << 16


class Lock:
    """A file that this process holds. Another process, or this one a second time, cannot hold it meanwhile."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    def release(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def is_in_place(self) -> bool:
        """Whether the file still has its name: its folder may have been removed before it was locked."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def read_text(self) -> str:
        """What the file holds."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _LONGEST_TEXT).decode("utf-8", errors="replace")

    def write_text(self, text: str) -> None:
        """Let the file hold this text."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, text.encode("utf-8"))
        os.ftruncate(self._descriptor, len(text.encode("utf-8")))

    def beat(self) -> None:
        """Let the file look new: for other computers, which cannot see the lock."""
        os.utime(self._path)


def take_lock(path: Path, *, new: bool) -> Lock | None:
    """Hold the file; ``None`` if another process holds it.

    Parameters
    ----------
    path
        The file; it is made, and must not be there, if ``new``.
    new
        Whether to make it.

    Raises
    ------
    OSError
        If it cannot be opened, or nothing can be locked on its disk.
    """
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | (os.O_CREAT | os.O_EXCL if new else 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        _lock(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return Lock(path, descriptor)


def hold(path: Path, busy: str) -> AbstractContextManager[object]:
    """Hold a file, which is made if need be, so that no second process does the same meanwhile.

    On a disk where nothing can be locked all may.

    Raises
    ------
    CryoVesError
        With the sentence ``busy``, if another process holds it, or has just removed its folder.
    """
    try:
        lock = lock_in_place(path)
    except FileNotFoundError:
        lock = None
    except OSError:
        return nullcontext()
    if lock is None:
        raise CryoVesError(busy)
    return lock


def lock_in_place(path: Path) -> Lock | None:
    """As ``take_lock``, but whether the file is there or not, and of one that still is when it is locked.

    Raises
    ------
    OSError
        If it cannot be opened, or nothing can be locked on its disk.
    """
    while True:
        try:
            lock = take_lock(path, new=True)
        except FileExistsError:
            lock = take_lock(path, new=False)
        if lock is None or lock.is_in_place():
            return lock
        lock.release()


if sys.platform == "win32":
    import errno
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EDEADLK):
                raise BlockingIOError from error
            raise

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
