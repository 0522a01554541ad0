"""All checks, one after the other: lint, types, contracts, tests. Standard library only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from environment import ROOT
from screen import virtual_screen

#: The window's tests draw with OpenGL, which must not share a process with TensorFlow (it crashes).
WINDOW_TESTS = "tests/ui"


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
        failed += _failures(_test_runs(python, chosen), env)
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


def _failures(commands: list[tuple[str, list[str]]], env: dict[str, str]) -> list[str]:
    return [name for name, command in commands if not _passes(name, command, env)]


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
        window, rest = [WINDOW_TESTS], ["tests", "--ignore", WINDOW_TESTS]
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


def _passes(name: str, command: list[str], env: dict[str, str]) -> bool:
    print(f"\n=== {name} ===", flush=True)
    return subprocess.run(command, cwd=str(ROOT), env=env, check=False).returncode == 0


@contextlib.contextmanager
def _test_environment(bare: bool) -> Iterator[dict[str, str]]:
    """The environment of the tests: an empty folder of user data, and on Linux a screen of their own."""
    screens: AbstractContextManager[dict[str, str]] = contextlib.nullcontext({}) if bare else virtual_screen()
    with tempfile.TemporaryDirectory(prefix="cryoves-test-") as data, screens as screen:
        inherited = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        yield dict(inherited, CRYOVES_DATA=data, QT_API="pyside6", **screen)
