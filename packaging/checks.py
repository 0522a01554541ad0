"""All checks, one after the other: lint, types, contracts, tests. Standard library only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from environment import ROOT
from screen import virtual_screen

#: The window's tests draw with OpenGL, which must not share a process with TensorFlow (it crashes).
WINDOW_TESTS = "tests/ui"


def run(python: str, paths: list[str], long: bool) -> int:
    """Run every check, also after a failed one; 0 when all passed. With paths: only those tests."""
    started = time.monotonic()
    commands = [] if paths else _static_checks(python)
    failed = [name for name, command in commands if not _passes(name, command, dict(os.environ))]
    with _test_environment() as env:
        tests = _test_runs(python, paths, long)
        failed += [name for name, command in tests if not _passes(name, command, env)]
    verdict = f"failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"\n{time.monotonic() - started:.0f} s; {verdict}")
    return 1 if failed else 0


def _static_checks(python: str) -> list[tuple[str, list[str]]]:
    contracts = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"
    return [
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("types", [python, "-m", "mypy"]),
        ("contracts", [python, "-c", contracts]),
    ]


def _test_runs(python: str, paths: list[str], long: bool) -> list[tuple[str, list[str]]]:
    """The window's tests and the others, each in a process of its own."""
    pytest = [python, "-m", "pytest", *([] if long else ["-m", "not long"])]
    if not paths:
        return [
            ("tests", [*pytest, "tests", "--ignore", WINDOW_TESTS]),
            ("window tests", [*pytest, WINDOW_TESTS]),
        ]
    window, rest = split_window_tests(paths)
    runs = [("tests", rest), ("window tests", window)]
    return [(name, [*pytest, *chosen]) for name, chosen in runs if chosen]


def split_window_tests(paths: list[str]) -> tuple[list[str], list[str]]:
    """The paths below ``tests/ui``, and the others."""
    folder = ROOT / WINDOW_TESTS
    window = [path for path in paths if folder in (Path(path).resolve() / "any").parents]
    return window, [path for path in paths if path not in window]


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    print(f"\n=== {name} ===", flush=True)
    return subprocess.run(command, cwd=str(ROOT), env=env, check=False).returncode == 0


@contextlib.contextmanager
def _test_environment() -> Iterator[dict[str, str]]:
    """The environment of the tests: an empty folder of user data, and on Linux a screen of their own."""
    with tempfile.TemporaryDirectory(prefix="cryoves-test-") as data, virtual_screen() as screen:
        inherited = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        yield dict(inherited, CRYOVES_DATA=data, QT_API="pyside6", **screen)
