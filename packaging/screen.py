"""A screen of its own for tests of the window. Standard library only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from debian import SetupError

#: Drawn by X, without a graphics card.
DRAWING = {"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}


@contextlib.contextmanager
def virtual_screen() -> Iterator[dict[str, str]]:
    """The variables that make programs draw on a virtual screen; on Windows and macOS there is nothing to do."""
    if not sys.platform.startswith("linux"):
        yield {}
        return
    read, write = os.pipe()
    options = ["-displayfd", str(write), "-screen", "0", "1680x1050x24", "-nolisten", "tcp"]
    server = subprocess.Popen(["Xvfb", *options], pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        yield _screen_variables(read)
    finally:
        server.terminate()
        server.wait()


def _screen_variables(read: int) -> dict[str, str]:
    """Wait until the server has said which display number it took."""
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    if not number:
        raise SetupError("The virtual screen (Xvfb) did not start.")
    return {"DISPLAY": ":" + number, **DRAWING}
