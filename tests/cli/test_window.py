"""The window where it cannot open: one sentence that names the cause, never an abort."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cryoves_app.cli import window
from tests.cli.program import command, environment
from tests.needs import needs_window

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays as Linux has them")
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def _started(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    """The program with no screen variables but those given."""
    bare = {name: value for name, value in environment().items() if name not in SCREENS}
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**bare, **changes},
        check=False,
        timeout=120,
    )


def _sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


@linux
@needs_window
@pytest.mark.parametrize(
    ("screen", "words"),
    [
        ({}, "There is no display"),
        ({"DISPLAY": ":4242"}, "does not answer (DISPLAY=:4242)"),
        ({"DISPLAY": "localhost:10.0"}, "ssh -X"),
        ({"DISPLAY": "nonsense"}, "does not answer (DISPLAY=nonsense)"),
        ({"WAYLAND_DISPLAY": "wayland-77", "XDG_SESSION_TYPE": "wayland"}, "WAYLAND_DISPLAY=wayland-77"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "unset QT_QPA_PLATFORM"),
        ({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":4242"}, "QT_QPA_PLATFORM=xcb"),
    ],
)
def test_a_display_that_cannot_be_used_is_a_sentence(screen: dict[str, str], words: str) -> None:
    done = _started(**screen)
    assert words in _sentence(done)
    assert "cryoves segment FILE -o DIR" in done.stderr


@linux
@needs_window
def test_the_try_leaves_no_core(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    script = (
        "import resource, sys; from cryoves_app.ui.base.display import _leave_no_core; _leave_no_core();"
        "sys.stdout.write(str(resource.getrlimit(resource.RLIMIT_CORE)[0]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout == "0"
    assert resource.getrlimit(resource.RLIMIT_CORE) == before


@needs_window
@pytest.mark.parametrize(
    "foreign",
    [
        {"PYQTGRAPH_QT_LIB": "PyQt5"},
        {"QT_API": "pyqt5"},
        {"QT_API": "nonsense"},
        {"MPLBACKEND": "nonsense"},
        {"PYQTGRAPH_QT_LIB": "nonsense", "QT_API": "pyside2", "MPLBACKEND": "module://nowhere"},
    ],
)
def test_bindings_that_other_programs_want_do_not_count(foreign: dict[str, str]) -> None:
    done = _started("window", "--opengl", QT_QPA_PLATFORM="offscreen", **foreign)
    assert (done.returncode, done.stderr) == (0, "")


def _broken(tmp_path: Path, package: str, text: str) -> str:
    """A search path that puts a package of another program before ours."""
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text(text + "\n")
    return f"{tmp_path}:{environment()['PYTHONPATH']}"


@linux
@pytest.mark.parametrize(
    ("package", "text", "words"),
    [
        ("PySide6", "", "was found in"),
        ("PySide6", "raise ImportError('libQt6Core.so.6: version Qt_6.8 not found')", "version Qt_6.8"),
        ("PySide6", "print 'for another Python'", "Missing parentheses"),
        ("pyqtgraph", "raise ValueError('numpy.dtype size changed')", "numpy.dtype size changed"),
        ("pyqtgraph", "raise ImportError('another pyqtgraph')", "another pyqtgraph"),
        ("superqt", "", "was found in"),
    ],
)
@needs_window
def test_another_programs_libraries_are_named_as_the_cause(
    tmp_path: Path, package: str, text: str, words: str
) -> None:
    path = _broken(tmp_path, package, text)
    said = _sentence(_started(PYTHONPATH=path, QT_QPA_PLATFORM="offscreen"))
    assert words in said
    assert "start CryoVes without PYTHONPATH" in said
    assert "is not installed" not in said


def test_what_is_not_installed_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = ModuleNotFoundError("No module named 'no_such_package'", name="no_such_package.QtCore")
    assert window.why_not_imported(absent) == (
        "“no_such_package” is not installed; install it with: pip install 'cryoves-app[gui]'"
    )


@linux
def test_missing_system_libraries_are_told_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"libEGL-none.so.1": "libegl1", "libxcb-cursor-none.so.0": "libxcb-cursor0"}
    monkeypatch.setattr(window, "SYSTEM_LIBRARIES", {**names, "libc.so.6": "libc6"})
    assert window.missing_libraries() == list(names)
    said = window.why_not_imported(ImportError("libEGL-none.so.1: cannot open shared object file"))
    assert said == (
        "system libraries are missing (libEGL-none.so.1, libxcb-cursor-none.so.0); on Debian and Ubuntu: "
        "apt-get install libegl1 libxcb-cursor0"
    )


@pytest.mark.parametrize("name", ["mrcfile", "select", "numpy"])
def test_what_lies_in_the_folder_where_it_is_started_is_no_part_of_the_worker(
    tmp_path: Path, name: str
) -> None:
    """People keep scripts beside their tomograms, under any name."""
    (tmp_path / f"{name}.py").write_text("raise RuntimeError('a script of my own')\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cryoves_app", "segment", "none.mrc", "-o", "out"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "none.mrc does not exist.\n"


@linux
@pytest.mark.parametrize("package", ["numpy", "mrcfile"])
def test_the_command_line_names_another_programs_libraries_as_well(tmp_path: Path, package: str) -> None:
    path = _broken(tmp_path, package, "raise ImportError('of another Python')")
    (tmp_path / "a.mrc").touch()
    said = _sentence(_started("segment", tmp_path / "a.mrc", "-o", tmp_path / "out", PYTHONPATH=path))
    assert said.startswith(
        "CryoVes cannot work because its libraries do not fit together (of another Python);"
    )
    assert "start CryoVes without PYTHONPATH" in said
