"""All checks, one after the other: lint, types, contracts, tests. Standard library only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from environment import ROOT
from screen import DRAWING

#: The window's tests draw with OpenGL, which must not share a process with TensorFlow (it crashes).
WINDOW_TESTS = "tests/ui"

#: File by file on every processor; each process takes up to 2 GB, so not on all of many. When a process dies the run
#: ends: with a new one in its place the distribution by files may wait for ever.
SIDE_BY_SIDE = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadfile", "--max-worker-restart", "0"]
#: What takes longer than this hangs; with the long tests there is no saying.
LONGEST_SECONDS = 45 * 60.0


class Chosen(NamedTuple):
    """Which tests are to run, and how."""

    paths: list[str]
    long: bool = False
    coverage: bool = False
    bare: bool = False


def run(python: str, chosen: Chosen) -> int:
    """Run every check, also after a failed one; 0 when all passed. With paths: only those tests."""
    started = time.monotonic()
    whole = not chosen.paths and not chosen.bare
    failed = _failures(_static_checks(python) if whole else [], dict(os.environ))
    with _test_environment(chosen.bare) as env:
        failed += _failures(_test_runs(python, chosen), env, None if chosen.long else LONGEST_SECONDS)
        if chosen.coverage:
            failed += _failures(_coverage_checks(python), env)
    return _tell(failed, started)


def run_static(python: str) -> int:
    """Lint, format, types and contracts; 0 when all hold."""
    started = time.monotonic()
    return _tell(_failures(_static_checks(python), dict(os.environ)), started)


def _tell(failed: list[str], started: float) -> int:
    verdict = f"failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"\n{time.monotonic() - started:.0f} s; {verdict}")
    return 1 if failed else 0


def _failures(
    commands: list[tuple[str, list[str]]], env: dict[str, str], seconds: float | None = None
) -> list[str]:
    return [name for name, command in commands if not _passes(name, command, env, seconds)]


def _static_checks(python: str) -> list[tuple[str, list[str]]]:
    contracts = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"
    return [
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("types", [python, "-m", "mypy"]),
        ("contracts", [python, "-c", contracts]),
    ]


def _test_runs(python: str, chosen: Chosen) -> list[tuple[str, list[str]]]:
    """The window's tests and the others, each in a process of its own."""
    counted = [python, "-m", "coverage", "run", "-m"] if chosen.coverage else [python, "-m"]
    options = [*(["-m", ""] if chosen.long else []), *(["-p", "no:pytest-qt"] if chosen.bare else [])]
    pytest = [*counted, "pytest", *options]
    window, rest = split_window_tests(chosen.paths)
    if not chosen.paths:
        window, rest = [*SIDE_BY_SIDE, WINDOW_TESTS], [*SIDE_BY_SIDE, "tests", "--ignore", WINDOW_TESTS]
    runs = [("tests", rest), ("window tests", [] if chosen.bare else window)]
    return [(name, [*pytest, *paths]) for name, paths in runs if paths]


def _coverage_checks(python: str) -> list[tuple[str, list[str]]]:
    """The floor of all, and the files that must stay complete (both in pyproject.toml and complete.txt)."""
    complete = ",".join((ROOT / "tests" / "complete.txt").read_text(encoding="utf-8").split())
    coverage = [python, "-m", "coverage"]
    return [
        ("coverage, all processes", [*coverage, "combine", "--quiet"]),
        ("coverage", [*coverage, "report", "--skip-covered", "--skip-empty"]),
        (
            "complete files",
            [*coverage, "report", f"--include={complete}", "--fail-under=100", "--show-missing"],
        ),
    ]


def split_window_tests(paths: list[str]) -> tuple[list[str], list[str]]:
    """The paths below ``tests/ui``, and the others."""
    folder = ROOT / WINDOW_TESTS
    window = [path for path in paths if folder in (Path(path).resolve() / "any").parents]
    return window, [path for path in paths if path not in window]


def _passes(name: str, command: list[str], env: dict[str, str], seconds: float | None) -> bool:
    print(f"\n=== {name} ===", flush=True)
    try:
        done = subprocess.run(command, cwd=str(ROOT), env=env, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"still not done after {(seconds or 0) / 60:.0f} minutes: stopped", flush=True)
        return False
    return done.returncode == 0


@contextlib.contextmanager
def _test_environment(bare: bool) -> Iterator[dict[str, str]]:
    """An empty folder of user data for the tests; a screen of its own each process gets from pytest-xvfb."""
    with tempfile.TemporaryDirectory(prefix="cryoves-test-") as data:
        inherited = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        drawing = {} if bare or not sys.platform.startswith("linux") else DRAWING
        yield dict(inherited, CRYOVES_DATA=data, QT_API="pyside6", **drawing)
