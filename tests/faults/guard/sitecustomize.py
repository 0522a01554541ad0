"""Hurts the process that it runs in, as ``CRYOVES_FAULT`` says; Python runs this at its start, workers inherit it.

``kill N``: the whole group is killed before the N-th change to a folder (a file opened for writing, a rename, …).
``count``: these changes are counted. ``memory N``: so many bytes of address space. ``clock``: set back by ten years
after the twentieth change.
"""

import os
import signal
import sys
import time

_FAULT, _, _NUMBER = os.environ["CRYOVES_FAULT"].partition(" ")
_FOLDER = os.environ["CRYOVES_FAULT_FOLDER"]
_COUNTER = os.open(os.environ["CRYOVES_FAULT_COUNTER"], os.O_RDWR | os.O_CREAT | os.O_APPEND)
_CHANGES = {"os.mkdir": 0, "os.rename": 0, "os.remove": 0, "os.rmdir": 0, "os.link": 0, "os.truncate": 0}
_BACK_S, _BACK_AFTER = 10 * 365 * 86400, 20


def _count(event: str, args: tuple) -> None:
    if event in _CHANGES or (event == "open" and _is_writing(args[2])):
        what = args[_CHANGES.get(event, 0)]
        if isinstance(what, str | bytes | os.PathLike) and os.fsdecode(what).startswith(_FOLDER):
            os.write(_COUNTER, b".")
            if _FAULT == "kill" and os.fstat(_COUNTER).st_size >= int(_NUMBER):
                os.killpg(0, signal.SIGKILL)


def _is_writing(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (int(_NUMBER), int(_NUMBER)))


def _set_clock_back() -> None:
    real, real_ns = time.time, time.time_ns

    def back() -> int:
        return _BACK_S if os.fstat(_COUNTER).st_size > _BACK_AFTER else 0

    time.time = lambda: real() - back()
    time.time_ns = lambda: real_ns() - back() * 10**9


if _FAULT in ("kill", "count", "clock"):
    sys.addaudithook(_count)
if _FAULT == "memory":
    _limit_memory()
if _FAULT == "clock":
    _set_clock_back()
