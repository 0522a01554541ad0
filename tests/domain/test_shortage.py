"""What counts as want of memory, and what users are told of it."""

from __future__ import annotations

import errno
import signal

import numpy as np
import pytest

from cryoves_app.domain.shortage import is_shortage, why_died, why_short
from tests.limited import needs_limit, under_limit

_KNOWN = """
import threading
from cryoves_app.domain.shortage import has_room, is_shortage, why_died, why_short
"""


def _under_limit(script: str) -> list[str]:
    return under_limit(_KNOWN + script)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("can't alloc"),
        RuntimeError("OOM when allocating tensor with shape[1,32,64,64,64] and type float"),
        OSError("libdnnl.so.3: cannot map zero-fill pages: Cannot allocate memory"),
        ImportError("libopenblas.so: failed to map segment from shared object: Cannot allocate memory"),
        ImportError(
            "DLL load failed while importing x: The paging file is too small for this operation to complete."
        ),
    ],
)
def test_want_of_memory_is_known_whatever_class_it_has(error: Exception) -> None:
    assert is_shortage(error)
    assert (
        why_short(error) == "There is not enough memory for this; close other programs or use a smaller part."
    )


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow"),
        ImportError("libGL.so.1: cannot open shared object file: No such file or directory"),
        ImportError("libtensorflow_cc.so.2: file too short"),
        ImportError("libtensorflow_cc.so.2: invalid ELF header"),
        ImportError("libgomp.so.1: cannot allocate memory in static TLS block"),
        ImportError("a.so: failed to map segment from shared object: Operation not permitted"),
        ImportError("a.so: failed to map segment from shared object"),  # a disk from which nothing may be run
        FileNotFoundError(errno.ENOENT, "No such file or directory", "out of memory.mrc"),
        OSError(errno.ENOSPC, "No space left on device"),
        SystemError("error return without exception set"),
        ValueError("the header is damaged"),
    ],
)
def test_other_failures_are_not_called_so(error: Exception) -> None:
    assert not is_shortage(error)
    assert why_short(error) is None


def _fail_in_a_library() -> None:
    try:
        np.empty(1 << 60, np.uint8)
    except MemoryError as error:
        raise RuntimeError("the library failed") from error


def test_what_led_to_an_error_counts() -> None:
    with pytest.raises(RuntimeError) as caused:
        _fail_in_a_library()
    assert is_shortage(caused.value)
    hidden = RuntimeError("the library failed")
    hidden.__context__, hidden.__suppress_context__ = MemoryError(), True
    assert not is_shortage(hidden)
    hidden.__suppress_context__, hidden.__context__.__context__ = False, hidden  # a circle comes to an end
    assert is_shortage(hidden)


def test_no_more_threads_without_a_limit_of_memory_is_told_as_that() -> None:
    told = why_short(RuntimeError("can't start new thread"))
    assert told == "The system allows no more threads for this; close other programs, or use fewer threads."


@needs_limit
def test_a_library_that_has_no_room_under_a_limit() -> None:
    told = _under_limit("""
leave(1 << 20)
try:
    import numpy
except ImportError as error:
    print(is_shortage(error))
    print(why_short(error))
""")
    assert told[0] == "True"
    assert "raise the limit of" in told[1]


@needs_limit
def test_a_thread_that_has_no_room_under_a_limit() -> None:
    told = _under_limit("""
threading.stack_size(256 << 20)
leave(128 << 20)
try:
    threading.Thread(target=print).start()
except RuntimeError as error:
    print(why_short(error))
""")
    assert [line.startswith("There is not enough memory for this; raise the limit of") for line in told] == [
        True
    ]


@needs_limit
def test_an_error_of_any_kind_at_the_limit_and_none_far_from_it() -> None:
    odd = 'print(why_short(SystemError("error return without exception set")))'
    near = _under_limit(f"leave(128 << 20)\nheld = mmap.mmap(-1, 100 << 20)\nheld.close()\n{odd}")
    assert near[0].startswith("There is not enough memory")
    assert _under_limit(f"leave(512 << 20)\n{odd}") == ["None"]


ABORTED = ["terminate called after throwing an instance of 'std::bad_alloc'", "  what():  std::bad_alloc"]


def test_last_words_tell_why_a_process_died() -> None:
    ran_out = "The worker process ran out of memory; close other programs or use a smaller part."
    assert why_died(-signal.SIGABRT, ABORTED) == ran_out
    assert (
        why_died(1, ["OpenBLAS error: Memory allocation still failed after 10 retries, giving up."])
        == ran_out
    )
    assert why_died(1, ["Traceback (most recent call last):", "MemoryError"]) == ran_out
    assert why_died(-signal.SIGABRT, [*ABORTED, *["later"] * 50]) is None
    assert why_died(-signal.SIGSEGV, []) is None
    for code in (-9, 137):  # by the system itself, and as a shell tells it
        assert "memory ran out; close other programs, use a smaller part" in (why_died(code, []) or "")
    assert why_died(1, ["ModuleNotFoundError: No module named 'numpy'"]) is None


@needs_limit
def test_a_crash_under_a_tight_limit_is_most_likely_want_of_memory() -> None:
    tight = _under_limit(
        "leave(600 << 20)\nprint(why_died(-11, []), why_died(-15, []), why_died(1, []), sep='\\n')"
    )
    assert tight[0].startswith(
        "The worker process crashed, most likely because memory ran out; raise the limit of"
    )
    assert tight[1:] == ["None", "None"]
    assert _under_limit("leave(8 << 30)\nprint(why_died(-11, []))") == ["None"]


@needs_limit
def test_room_is_what_may_be_mapped_or_was_given_back() -> None:
    told = _under_limit("""
held = [bytearray(100_000) for _ in range(1000)]
keep = held[-1]
leave(4 << 20)
print(has_room(1 << 20), has_room(24 << 20), has_room(24 << 20, in_pieces=True))
held.clear()
print(has_room(24 << 20), has_room(24 << 20, in_pieces=True))
""")
    assert told == ["True False False", "False True"]
