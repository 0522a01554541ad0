"""Opens the window, or says in one sentence why it cannot open here.

Qt answers a display that it cannot use by aborting the process, so a process of its own tries that first.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from cryoves_app.cli import console
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.program import own_command, own_environment
from cryoves_app.domain.shortage import why_short
from cryoves_app.environment import keep_shaders
from cryoves_app.workflow.jobs.endings import note_endings, stop_if_told

#: Libraries of the system that Qt's own need, and the packages of Debian and Ubuntu that bring them.
SYSTEM_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
#: By these variables other programs' libraries come before the program's own.
_SEARCH_PATHS = (
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
)
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_DISPLAY_SECONDS = 20.0
_WITHOUT = "work without a window: cryoves segment FILE -o DIR"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it, without a help text: ``cryoves FILE`` is the way users know."""
    parser = subparsers.add_parser("window")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--self-test", metavar="DIR", help="try the window and leave a verdict in DIR")
    parser.add_argument(
        "--opengl", action="store_true", help="open no window; say as JSON what OpenGL there is"
    )
    parser.add_argument("--display", action="store_true", help="open no window; only try the display")
    parser.add_argument("--latencies", action="store_true", help="say as JSON how fast the window is")
    parser.set_defaults(run=run, has_own_log=True)


def run(args: argparse.Namespace) -> int:
    """Open the window; its exit code."""
    from cryoves_app.domain.reading import is_missing

    if args.file and is_missing(args.file):
        raise CryoVesError(f"There is neither a file nor a command “{args.file:.200}”; see: cryoves --help")
    if args.display:
        return int(_imported("cryoves_app.ui.base.display").try_display())
    keep_shaders()
    wish = note_endings()
    refuse = _try_display()  # which takes as long as the import
    application = _imported("cryoves_app.ui.application")
    try:
        refuse()
    finally:
        stop_if_told()  # what told this process also ended the one that tries the display
    if args.opengl:
        console.say_json(_imported("cryoves_app.ui.base.opengl").describe_opengl())
        return 0
    if args.latencies:
        console.say_json(_imported("cryoves_app.ui.latencies").measure_latencies())
        return 0
    if args.self_test:
        return int(application.main(["--self-test", args.self_test], wish))
    return int(application.main([args.file] if args.file else [], wish))


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        if why_short(error):
            raise
        if isinstance(error, ImportError) or not _is_ours(error):
            raise CryoVesError(f"The window cannot open because {why_not_imported(error)}") from error
        raise


def _is_ours(error: Exception) -> bool:
    """Whether the program's own code failed, and not a library of another version than it is made for."""
    frames = traceback.extract_tb(error.__traceback__)
    file = error.filename if isinstance(error, SyntaxError) else frames[-1].filename
    return "cryoves_app" in Path(file or "").parts


def why_not_imported(error: Exception, extra: str = "[gui]") -> str:
    """The cause, and what to do: not installed, the system's libraries missing, or others in the way.

    ``extra`` is the part of the package that needs what is missing.
    """
    whole = f"pip install 'cryoves-app{extra}'"
    package = ((error.name if isinstance(error, ImportError) else "") or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package and not _is_there(package):
        return f"“{package}” is not installed; install it with: {whole}"
    missing = missing_libraries() if extra else []
    if missing and isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        return _to_install(missing)
    return f"its libraries do not fit together ({' '.join(str(error).split())}); {_ways_out(package, extra)}"


def missing_libraries() -> list[str]:
    """Those of ``SYSTEM_LIBRARIES`` that this system cannot load."""
    import ctypes

    missing = []
    for name in SYSTEM_LIBRARIES if sys.platform.startswith("linux") else ():
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def _to_install(missing: list[str]) -> str:
    packages = " ".join(SYSTEM_LIBRARIES[name] for name in missing)
    return f"system libraries are missing ({', '.join(missing)}); on Debian and Ubuntu: apt-get install {packages}"


def _ways_out(package: str, extra: str) -> str:
    found = importlib.util.find_spec(package) if package and _is_there(package) else None
    where = f" {package} was found in {Path(found.origin).parent}." if found and found.origin else ""
    others = [name for name in _SEARCH_PATHS if os.environ.get(name)]
    if others:
        return (
            f"those of another program may come first: start CryoVes without {' and '.join(others)}.{where}"
        )
    return f"install them anew: pip install --force-reinstall 'cryoves-app{extra}'.{where}"


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _try_display() -> Callable[[], None]:
    """Begin to try the display; what is returned waits for the end and refuses a display that Qt cannot use."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    if not any(os.environ.get(name) for name in _SCREENS):
        raise CryoVesError(f"There is no display for the window; {_WITHOUT}")
    tried = subprocess.Popen(
        [*own_command(), "window", "--display"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=own_environment(),
    )
    return lambda: _refuse_unusable(tried)


def _refuse_unusable(tried: subprocess.Popen[bytes]) -> None:
    try:
        code = tried.wait(_DISPLAY_SECONDS)
    except subprocess.TimeoutExpired:
        tried.kill()
        code = tried.wait()
    if code:
        raise CryoVesError(f"The window cannot open because {_why_unusable()}")


def _why_unusable() -> str:
    missing = missing_libraries()
    if missing:
        return _to_install(missing)
    screen = ", ".join(f"{name}={os.environ[name]}" for name in _SCREENS if os.environ.get(name))
    if os.environ.get("QT_QPA_PLATFORM"):
        return f"Qt cannot draw with {screen}; unset QT_QPA_PLATFORM, or {_WITHOUT}"
    return f"the display does not answer ({screen}); is its connection closed (ssh -X)? Open a new one, or {_WITHOUT}"
