"""Whether Qt can use the display: tried in a process of its own, which Qt may abort."""

from __future__ import annotations

import sys

from PySide6.QtGui import QGuiApplication


def try_display() -> int:
    """Make an application; the exit code, if there still is one to give."""
    _leave_no_core()
    QGuiApplication(sys.argv[:1])
    return 0


def _leave_no_core() -> None:
    """An abort that is expected shall not fill the folder that the user is in."""
    if sys.platform != "win32":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
