"""What a thread waits for while a test watches: files that it opens, folders that it lists, programs that it starts."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SLOW = {
    "open",
    "os.listdir",
    "os.scandir",
    "subprocess.Popen",
    "os.rename",
    "glob.glob",
    "pathlib.Path.glob",
}


class ThreadWatch:
    """Listens to the thread in which it was made."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._on = False
        self._thread = threading.get_ident()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._on and event in _SLOW and threading.get_ident() == self._thread:
            self.seen.append(f"{event} {arguments[:1]}")

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._on = True
        try:
            yield
        finally:
            self._on = False
