"""The virtual environment in ``.venv``: made once, kept until what it is made from changes.

Standard library only. It has to run, up to its one sentence, on Pythons that are too old for CryoVes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import debian
from debian import SetupError

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "cryoves-stamp.json"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

#: Newest first: the one that a new environment gets when the running Python is none of them.
SUPPORTED = ((3, 13), (3, 12), (3, 11))


def ensure(extras: set[str]) -> Path:
    """The environment's Python, with CryoVes and these extras installed in development mode."""
    stamp = read_stamp(STAMP)
    extras = extras | set(stamp.get("extras", []))
    if stamp != make_stamp(extras):
        _make_venv()
        _install(extras)
        STAMP.write_text(json.dumps(make_stamp(extras)), encoding="utf-8")
    return venv_python()


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_stamp(extras: set[str]) -> dict[str, Any]:
    """What the environment is made from; another stamp means that it must be installed anew."""
    content = hashlib.sha256()
    for source in (ROOT / "pyproject.toml", CONSTRAINTS):
        content.update(source.read_bytes())
    return {"sources": content.hexdigest(), "root": str(ROOT), "extras": sorted(extras)}


def read_stamp(path: Path) -> dict[str, Any]:
    """The stamp of an environment; empty where there is none or it cannot be used."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and _works(venv_python(), "import pip") else {}


def _make_venv() -> None:
    if _works(venv_python(), "import pip") and _version(str(venv_python())) in SUPPORTED:
        return
    python = find_python()
    print(f"Making the environment .venv with Python {dotted(_version(python))}", flush=True)
    _ensure_venv_module(python)
    _run([python, "-m", "venv", "--clear", str(VENV)], "The environment .venv could not be made")


def _install(extras: set[str]) -> None:
    print("Installing CryoVes and what it needs (a few minutes the first time) …", flush=True)
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    pip = [str(venv_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "-c", str(CONSTRAINTS), "-e", target], "Installing failed (see above)")


def _run(command: list[str], failure: str) -> None:
    if subprocess.run(command, cwd=str(ROOT), check=False).returncode:
        raise SetupError(f"{failure}; the command was: {' '.join(command)}")


def find_python() -> str:
    """A Python that CryoVes runs on: this one, another on the path, or a newly installed one.

    Raises
    ------
    SetupError
        There is none and none could be installed.
    """
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    found = _python_on_path()
    if found is None and debian.can_install():
        _install_python()
        found = _python_on_path()
    if found is None:
        raise SetupError(needs_python_sentence(sys.version_info[:2]))
    return found


def needs_python_sentence(version: tuple[int, int]) -> str:
    need = f"CryoVes needs Python 3.11, 3.12 or 3.13, and this is {dotted(version)}"
    if shutil.which("apt-get"):
        return need + "; install one with: sudo apt-get install python3.12 python3.12-venv"
    return need + "; install Python 3.13 from python.org and run this command again with it."


def dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _python_on_path() -> str | None:
    for version in SUPPORTED:
        for command in _spellings(version):
            path = shutil.which(command[0])
            if path and _version(path, *command[1:]) == version:
                return _real_executable(path, *command[1:])
    return None


def _spellings(version: tuple[int, int]) -> list[list[str]]:
    name = dotted(version)
    return [["python" + name], ["py", "-" + name]] if os.name == "nt" else [["python" + name]]


def _version(python: str, *options: str) -> tuple[int, int]:
    """What version answers under that name; (0, 0) for none (a pyenv shim may exist without one)."""
    words = ask(python, *options, code="import sys; print(*sys.version_info[:2])").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)


def _real_executable(python: str, *options: str) -> str:
    return ask(python, *options, code="import sys; print(sys.executable)")


def _works(python: Path, code: str) -> bool:
    return python.exists() and ask(str(python), code=code + "; print('yes')") == "yes"


def ask(python: str, *options: str, code: str) -> str:
    try:
        answer = subprocess.run(
            [python, *options, "-c", code], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return ""
    return answer.stdout.decode().strip() if answer.returncode == 0 else ""


def _install_python() -> None:
    """Install the newest Python of the distribution that CryoVes runs on; nothing happens without one."""
    for version in SUPPORTED:
        name = f"python{dotted(version)}"
        try:
            debian.install([name, name + "-venv"], name)
        except SetupError:
            continue
        return


def _ensure_venv_module(python: str) -> None:
    """Debian and Ubuntu leave the making of environments to a package of its own."""
    if ask(python, code="import ensurepip, venv; print('yes')") != "yes":
        package = f"python{dotted(_version(python))}-venv"
        debian.install([package], "This Python cannot make environments")
