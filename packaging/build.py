"""Make the program that needs no Python, and this system's installer: ``python3 packaging/build.py``.

Linux: a .deb and a .tar.gz; Windows: an installer (needs Inno Setup's ``iscc``); macOS: a .dmg. All go to ``dist``
with their checksums. ``--bundle-only`` stops at the frozen program, ``--smoke-test`` starts it and lets it work.

On Windows use a checkout in which ``dev.py`` has not installed training: its ONNX Runtime and the one for graphics
cards (DirectML) overwrite each other.

Where CRYOVES_SIGN names a command, it is called with the path of every program and installer to sign. Where
CRYOVES_RELEASES names a web page, the about box links to it for newer versions.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import debian
import environment
import linux_package
import smoke
from environment import ROOT

WORK = ROOT / "build" / "bundle"
DIST = ROOT / "dist"
EXTRAS = {"gui", "exchange", "build", *(["directml"] if os.name == "nt" else [])}
BUNDLE = DIST / "cryoves"
#: PyInstaller names its working folder after the spec file; icons and licences go there, too.
PARTS = WORK / "cryoves"


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    try:
        if args.smoke_test:
            debian.install(debian.missing_test_packages(), "The smoke test needs system libraries")
        build_bundle()
        installers = [] if args.bundle_only else build_installers()
        report_sizes(installers)
        if args.smoke_test:
            smoke.run(DIST / "CryoVes.app" if sys.platform == "darwin" else BUNDLE)
    except (debian.SetupError, subprocess.CalledProcessError) as error:
        print(str(error), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the frozen program and this system's installer.")
    parser.add_argument("--bundle-only", action="store_true", help="no installer")
    parser.add_argument("--smoke-test", action="store_true", help="start the frozen program and let it work")
    return parser


def build_bundle() -> None:
    """The frozen program in ``dist/cryoves``, with licences, and signed where a command for that is given."""
    python = str(environment.ensure(EXTRAS))
    prefix, number = environment.ask(
        python, code="import sys; print(sys.base_prefix, '%d.%d' % sys.version_info[:2])"
    ).rsplit(" ", 1)
    debian.install(
        debian.missing_build_packages(prefix, number), "Freezing the program needs system packages"
    )
    _run(
        [
            python,
            "packaging/licences.py",
            str(PARTS / "licences"),
            f"cryoves-app[{','.join(EXTRAS - {'build'})}]",
        ]
    )
    _run([python, "packaging/icons.py", str(PARTS)])
    note_releases(PARTS / "releases.txt")
    options = ["--noconfirm", "--log-level", "WARN", "--workpath", str(WORK), "--distpath", str(DIST)]
    _run([python, "-m", "PyInstaller", *options, "packaging/cryoves.spec"])
    if sys.platform.startswith("linux"):
        linux_package.add_system_licences(BUNDLE)
    for program in (*BUNDLE.glob("cryoves*.exe"), *DIST.glob("*.app")):
        sign(program)


def note_releases(path: Path) -> None:
    """Write down where newer versions can be found, if whoever builds says so."""
    address = os.environ.get("CRYOVES_RELEASES")
    if address:
        path.write_text(address + "\n", encoding="utf-8")
    elif path.exists():
        path.unlink()


def build_installers() -> list[Path]:
    """What users of this system download, with ``SHA256SUMS``."""
    if sys.platform == "win32":
        installers = [_windows_installer()]
    elif sys.platform == "darwin":
        installers = [_macos_image()]
    else:
        installers = [linux_package.build_tar(BUNDLE, DIST, version())]
        installers.append(linux_package.build_deb(BUNDLE, PARTS, WORK, DIST, version()))
    for installer in installers:
        sign(installer)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in installers]
    (DIST / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    return installers


def _windows_installer() -> Path:
    script = ROOT / "packaging" / "windows" / "cryoves.iss"
    _run([find_inno_setup(), "/Qp", f"/DVersion={version()}", f"/DRoot={ROOT}", str(script)])
    return DIST / f"cryoves-{version()}-windows-x64.exe"


def find_inno_setup() -> str:
    """Inno Setup's compiler; its own installer does not put it on the path.

    Raises
    ------
    debian.SetupError
        It is not installed.
    """
    folders = [os.environ.get(name, "") for name in ("ProgramFiles(x86)", "ProgramFiles")]
    places = [Path(folder) / "Inno Setup 6" / "ISCC.exe" for folder in folders if folder]
    found = shutil.which("iscc") or next((str(place) for place in places if place.is_file()), None)
    if found is None:
        raise debian.SetupError(
            "The installer needs Inno Setup 6.3 or newer; get it from https://jrsoftware.org."
        )
    return found


def _macos_image() -> Path:
    path = DIST / f"cryoves-{version()}-macos-arm64.dmg"
    _run(["sh", "packaging/macos/make_dmg.sh", str(DIST / "CryoVes.app"), str(path)])
    return path


def sign(path: Path) -> None:
    """Call the signing command of whoever builds, if there is one."""
    command = os.environ.get("CRYOVES_SIGN")
    if command and os.name == "nt":  # Windows takes the line as it is: its paths are full of backslashes
        subprocess.run(f'{command} "{path}"', cwd=str(ROOT), check=True)
    elif command:
        _run([*shlex.split(command), str(path)])


def version() -> str:
    """The program's version."""
    text = (ROOT / "cryoves_app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise debian.SetupError("cryoves_app/__init__.py names no version.")
    return found.group(1)


def report_sizes(installers: list[Path]) -> None:
    size = sum(f.stat().st_size for f in BUNDLE.rglob("*") if f.is_file() and not f.is_symlink())
    print(f"{BUNDLE}: {size / 1e6:.0f} MB")
    for path in installers:
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=str(ROOT), check=True)


if __name__ == "__main__":
    sys.exit(main())
