"""Temporary folders that know whether their process still lives, so that those of killed ones are cleared away.

All that is unfinished lies inside such a folder. It is hidden, and its content lies one level deeper than
finished files, so that no pattern of finished ones finds half of one.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import secrets
import tempfile
import threading
import time
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType

from cryoves_app.domain.temporary_names import TEMPORARY_NAME
from cryoves_app.storage.locks import Lock, take_lock
from cryoves_app.storage.removal import OWNER_LOCK, remove_empty, remove_temporary

#: Where another computer's process cannot be asked: its folder was touched so lately that it is at work …
LATELY_S = 600.0
#: … or not for so long that it is gone.
FORGOTTEN_S = 7 * 24 * 3600.0
_BEAT_S = 60.0
#: What a temporary folder holds that was moved out of its place, to be put back if nothing took that.
MOVED_ASIDE = ".cryoves-moved-aside"
#: In a temporary folder whose files are just taking their places: ``publishing`` finishes that.
JOURNAL = ".cryoves-publishing"
#: This process's own that still lie somewhere.
_own: set[Path] = set()


class Owner(Enum):
    """What is known of the process that made a temporary folder."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


class TemporaryFolder:
    """A new hidden folder in ``parent``, which goes with ``close`` or is cleared away after a kill.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, parent: Path, *, private: bool = False) -> None:
        self.path, self._lock = _make(parent, 0o700 if private else 0o777)
        self._closed = threading.Event()

    def keep_beating(self) -> None:
        """Show also other computers that somebody is at work here, as long as the folder is open."""
        threading.Thread(target=self._beat, daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        lock, self._lock = self._lock, None  # a window may close twice, and a descriptor must not
        if lock is not None:
            lock.release()
        remove_temporary(self.path)
        if not self.path.exists():  # else a thread is still writing
            _own.discard(self.path)

    def __enter__(self) -> TemporaryFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _beat(self) -> None:
        while not self._closed.wait(_BEAT_S):
            with suppress(OSError):
                if (lock := self._lock) is not None:
                    lock.beat()


def temporary_folders(parent: Path) -> list[Path]:
    """The program's temporary folders in a folder, oldest first."""
    try:
        return sorted(p for p in parent.iterdir() if TEMPORARY_NAME.fullmatch(p.name))
    except OSError:
        return []


def owner_of(folder: Path) -> Owner:
    """What became of the process that made a temporary folder."""
    name = TEMPORARY_NAME.fullmatch(folder.name)
    if name is not None and name["machine"] == _machine():
        with suppress(OSError):  # somebody else's, or a disk without locks
            lock = take_lock(folder / OWNER_LOCK, new=False)
            if lock is None:
                return Owner.ALIVE
            lock.release()
            return Owner.GONE
    return _by_age(folder)


def lock_leftover(folder: Path) -> Lock | None:
    """Take over the temporary folder of a process that is gone; ``None`` where its disk knows no locks.

    Raises
    ------
    OSError
        If another process has taken it over.
    """
    try:
        lock = take_lock(folder / OWNER_LOCK, new=False)
    except OSError:
        return None
    if lock is None:
        raise BlockingIOError(f"{folder} is in use")
    return lock


def clear_leftovers(parent: Path) -> None:
    """Remove what killed processes left in a folder; what they had moved aside and not replaced goes back.

    What one had begun to publish stays for ``publishing.finish_interrupted``.
    """
    for folder in temporary_folders(parent):
        # an empty one was not locked yet when its process was killed; who is just about to lock it makes another
        if remove_empty(folder):
            continue
        if owner_of(folder) is Owner.GONE and not (folder / JOURNAL).exists():
            _put_back(folder / MOVED_ASIDE, parent)
            remove_temporary(folder)


def clear_interrupted() -> None:
    """Remove what is left of this process's own folders; nothing in it may be using one any more.

    An interrupt may come while a folder is made or removed, before and after anybody has to care for it.
    """
    while _own:
        folder = _own.pop()
        if not (folder / JOURNAL).exists():
            _put_back(folder / MOVED_ASIDE, folder.parent)
            remove_temporary(folder)


@functools.lru_cache(maxsize=4096)
def clear_leftovers_once(parent: Path) -> None:
    """As ``clear_leftovers``, but only the first time that this process is about to write there."""
    clear_leftovers(parent)


def clear_local_leftovers() -> None:
    """As ``clear_leftovers``, where ``local_folder`` makes its folders."""
    with suppress(OSError):  # there may be no place for temporary files at all: who needs one says so
        clear_leftovers(Path(tempfile.gettempdir()))


def local_folder() -> TemporaryFolder:
    """A folder on the local disk, for this user alone."""
    parent = Path(tempfile.gettempdir())
    clear_leftovers(parent)
    return TemporaryFolder(parent, private=True)


def _put_back(aside: Path, parent: Path) -> None:
    with suppress(OSError):
        for moved in aside.iterdir():
            if not (parent / moved.name).exists():
                moved.rename(parent / moved.name)


def _by_age(folder: Path) -> Owner:
    times = []
    for path in (folder, folder / OWNER_LOCK):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    age = time.time() - max(times, default=0.0)
    if age < LATELY_S:
        return Owner.ALIVE
    return Owner.GONE if age > FORGOTTEN_S else Owner.UNKNOWN


def _make(parent: Path, mode: int) -> tuple[Path, Lock | None]:
    """A folder and its lock. One that somebody took for a killed one's just before it was locked is given up."""
    while True:
        folder = (
            parent
            / f".cryoves-{time.time_ns() // 1_000_000:011x}-{_machine()}-{secrets.token_hex(3)}.partial"
        )
        _own.add(folder)
        folder.mkdir(mode)
        try:
            lock = take_lock(folder / OWNER_LOCK, new=True)
        except FileNotFoundError:
            continue
        except OSError:  # a disk without locks: its age speaks for it
            return folder, None
        if lock is not None and (folder / OWNER_LOCK).exists():
            return folder, lock
        if lock is not None:
            lock.release()


@functools.cache
def _machine() -> str:
    """A name for this computer since it was started, since locks are known to nobody else."""
    started = ""
    with suppress(OSError):
        started = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    return hashlib.sha256(f"{platform.node()}\0{started}".encode()).hexdigest()[:8]
