"""Processes that may map little more memory than they have, as by ``ulimit -v``."""

from __future__ import annotations

import sys

import pytest

from tests.cli.program import run_python

needs_limit = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")
_LEAVE = """
import mmap, resource

def leave(count):
    mapped = int(open("/proc/self/statm").read().split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (mapped + count,) * 2)
"""


def under_limit(script: str) -> list[str]:
    """What some code prints; its ``leave`` limits the process to so many bytes beside what it has mapped."""
    done = run_python(_LEAVE + script)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
