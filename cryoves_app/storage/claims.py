"""Claims: of several processes that share a list of work, one takes each piece, also if one of them is killed.

A claim is a hidden file beside the result, which its process holds. The system releases it when the process dies,
however it dies; for other computers, which may not see that, the file looks new as long as somebody is at work.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.storage.locks import Lock, lock_in_place
from cryoves_app.storage.removal import remove_empty, remove_file
from cryoves_app.storage.replacing import destination, make_folders
from cryoves_app.storage.temporary import LATELY_S

_BEAT_S = 60.0


@dataclass(frozen=True)
class Claimant:
    """Who claims: computer, process, and since when (seconds since 1970)."""

    host: str
    pid: int
    since: float


class Claim:
    """A piece of work that this process has taken, until ``release``. Without a lock nothing guards it."""

    def __init__(self, path: Path, lock: Lock | None, made: list[Path]) -> None:
        self._path, self._lock, self._made = path, lock, made
        self._released = threading.Event()
        if lock is not None:
            threading.Thread(target=self._beat, args=(lock,), daemon=True).start()

    def release(self) -> None:
        """Let others have it; a folder that was made for it goes if it is still empty."""
        self._released.set()
        if self._lock is not None:
            remove_file(self._path)
            resists = self._lock.is_in_place()  # Windows removes no file that is open
            self._lock.release()
            if resists:
                remove_file(self._path)
        for folder in self._made:
            remove_empty(folder)

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _beat(self, lock: Lock) -> None:
        while not self._released.wait(_BEAT_S):
            with suppress(OSError):
                lock.beat()


def claim_path(target: Path) -> Path:
    """The file by which a result is claimed."""
    return target.with_name(f".{target.name}.cryoves-claim")


def take_claim(target: Path) -> Claim | None:
    """Claim the making of ``target``; ``None`` while another process has it.

    What a killed process of this computer had claimed is free at once; what one of another computer had, when its
    file has not been touched for ten minutes. Where no claim can be written the work may begin without one: it will
    say what is wrong with the place.
    """
    path = claim_path(target)
    try:
        path = claim_path(destination(target))
        made = make_folders(path.parent)
    except CryoVesError:
        return Claim(path, None, [])
    try:
        lock = lock_in_place(path)
    except FileNotFoundError:  # its process is just removing it
        return None
    except OSError:
        return Claim(path, None, made)
    if lock is None:
        return None
    with suppress(OSError):
        if _is_at_work_elsewhere(lock, path):
            lock.release()
            return None
        lock.write_text(json.dumps(asdict(Claimant(platform.node(), os.getpid(), time.time()))))
    return Claim(path, lock, made)


def _is_at_work_elsewhere(lock: Lock, path: Path) -> bool:
    """Whether a process of a computer whose locks this one may not see touched the claim lately."""
    try:
        host = json.loads(lock.read_text())["host"]
    except (
        ValueError,
        KeyError,
        TypeError,
    ):  # a new one, or one whose process was killed before it had written
        return False
    return host != platform.node() and time.time() - path.stat().st_mtime < LATELY_S
