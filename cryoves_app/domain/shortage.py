"""Want of memory: how it is recognised, whatever library and class an error comes from, and what helps."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.wording import bytes_in_words

#: How libraries, loaders, drivers and cards say that memory is short; 8007000E is Windows' number for it in any
#: language.
_WORDS = (
    "out of memory", "not enough memory", "insufficient memory", "cannot allocate memory", "failed to allocate",
    "bad_alloc", "bad allocation", "alloc_failed", "allocation_failure", "cl_out_of", "max size of memory object",
    "smaller than requested bytes", "8007000e", "unable to allocate", "oom when allocating", "allocation still failed",
    "paging file is too small", "can't alloc", "mmap error: 12",
)  # fmt: skip
#: The loader of the C library means a reserve that it made at its start, whatever is free.
_OTHER_WANT = "static tls block"
#: Without a reason behind it, as of the C library's loader: want of memory where that is limited; otherwise a disk
#: from which no program may be run.
_UNMAPPED = "failed to map segment from shared object"
#: Each thread needs room for its stack. A system may also refuse more threads than it allows.
_NO_THREAD = ("can't start new thread", "pthread_create", "resource temporarily unavailable")
#: Windows' numbers: no memory, no memory for data, no room in the paging file.
_WINDOWS_NUMBERS = (8, 14, 1455)
#: What a process says at its end is within its last lines.
_LAST_LINES = 50
#: How a process ends in which native code does not ask whether it got the memory that it asked for.
_CRASHES = (signal.SIGSEGV, signal.SIGABRT)
#: How a process ends that the system itself killed, and how a shell tells that.
_KILLED = (-9, 137)
#: Below this limit TensorFlow's libraries may not fit.
_TIGHT_BYTES = 4 << 30
#: Requests that no library tells of as such are small; larger ones are told in words.
_NEXT_TO_LIMIT_BYTES = 64 << 20
_RESERVE_BYTES, _PIECE_BYTES = 8 << 20, 1 << 20

_reserve: list[bytearray] = []


def is_shortage(error: BaseException) -> bool:
    """Whether an error, or one that led to it, is want of memory."""
    return any(_is_shortage(one) for one in _with_causes(error))


def why_short(error: BaseException) -> str | None:
    """The sentence for an error that nobody expected, if it is want of memory, or came when memory was at its limit.

    At its limit even Python makes other errors of want of memory.
    """
    if is_shortage(error) or _is_at_limit():
        return f"There is not enough memory for this; {what_helps()}."
    if any(_tells(one, _NO_THREAD) for one in _with_causes(error)):
        return "The system allows no more threads for this; close other programs, or use fewer threads."
    return None


def why_died(code: int, last_words: Sequence[str]) -> str | None:
    """The sentence for a process that ended without an answer, if its last lines, a tight limit or a kill tell why."""
    words = "\n".join(last_words[-_LAST_LINES:])
    if _speak_of_shortage(words) or "MemoryError" in words:
        return f"The worker process ran out of memory; {what_helps()}."
    # what a group of processes may hold in all is no limit that a process could read of itself
    if code in _KILLED:
        return (
            "The worker process was killed by the system, most likely because memory ran out; close other programs, "
            "use a smaller part, or ask for more memory where a queue or a container limits it."
        )
    if -code in _CRASHES and is_tight():
        return f"The worker process crashed, most likely because memory ran out; {what_helps()}."
    return None


def is_tight() -> bool:
    """Whether this process may hold so little that its libraries may not fit."""
    limit = limit_bytes()
    return limit is not None and limit < _TIGHT_BYTES


def what_helps() -> str:
    """What a user can do; others' memory is of no use to a program with a limit of its own."""
    limit = limit_bytes()
    if limit is None:
        return "close other programs or use a smaller part"
    allowed = f"the limit of {bytes_in_words(limit)} for this program (ulimit -v, or a queue's)"
    return f"raise {allowed}, or use a smaller part"


def limit_bytes() -> int | None:
    """The memory that this process may map, if that is limited; processes that it starts may map as much each."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def has_room(count: int, *, in_pieces: bool = False) -> bool:
    """Whether this process may map so many bytes, or in pieces has them among those that were given back to it."""
    limit, mapped = limit_bytes(), _status_bytes("VmSize")
    if limit is None or mapped is None or limit - mapped >= count:
        return True
    return in_pieces and _finds(count)


def _finds(count: int) -> bool:
    try:
        _pieces = [bytearray(_PIECE_BYTES) for _ in range(-(-count // _PIECE_BYTES))]  # all at the same time
    except MemoryError:
        return False
    return True


def keep_reserve() -> None:
    """Where memory is limited, keep some for when there is no more: to tell of it, and to clear up."""
    if limit_bytes() is not None and not _reserve:
        with suppress(MemoryError):
            _reserve.append(bytearray(_RESERVE_BYTES))


def use_reserve() -> None:
    """Give back what ``keep_reserve`` kept."""
    _reserve.clear()


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _is_shortage(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:  # its words may be a file's name
        return error.errno == errno.ENOMEM or getattr(error, "winerror", None) in _WINDOWS_NUMBERS
    return _speak_of_shortage(str(error))


def _speak_of_shortage(words: str) -> bool:
    words = words.lower()
    if _OTHER_WANT in words:
        return False
    if any(known in words for known in _WORDS):
        return True
    is_limited = limit_bytes() is not None
    return is_limited and (
        any(known in words for known in _NO_THREAD) or (_UNMAPPED in words and f"{_UNMAPPED}: " not in words)
    )


def _tells(error: BaseException, known: tuple[str, ...]) -> bool:
    return any(words in str(error).lower() for words in known)


def _is_at_limit() -> bool:
    """Whether this process has ever held nearly all that it may."""
    limit, peak = limit_bytes(), _status_bytes("VmPeak")
    return limit is not None and peak is not None and limit - peak < _NEXT_TO_LIMIT_BYTES


def _status_bytes(name: str) -> int | None:
    """What this process maps (VmSize), or the most that it ever did (VmPeak); only Linux says so."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:")), None)
