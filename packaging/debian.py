"""System packages: what is missing on Debian and Ubuntu, and how to get it. Standard library only."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

#: What the window needs: a library that the loader finds, and the Debian package that brings it.
WINDOW_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class SetupError(Exception):
    """One sentence that says what to do."""


def missing_window_packages() -> list[str]:
    """Debian packages that the window needs and this machine lacks."""
    if not sys.platform.startswith("linux"):
        return []
    packages = [package for library, package in WINDOW_LIBRARIES.items() if not _loads(library)]
    if not any(Path("/usr/lib").glob("*/dri/*swrast*")):
        packages.append("libgl1-mesa-dri")
    if not any(Path("/usr/share/fonts").rglob("*.?tf")):
        packages.append("fonts-dejavu-core")
    return packages


def missing_test_packages() -> list[str]:
    """The same for the tests, which open the window on a screen of their own."""
    packages = missing_window_packages()
    if sys.platform.startswith("linux") and not shutil.which("Xvfb"):
        packages.append("xvfb")
    return packages


def missing_build_packages(python_prefix: str, version: str) -> list[str]:
    """The same for freezing the program with a Python that lives under a prefix."""
    if not sys.platform.startswith("linux"):
        return []
    packages = [] if shutil.which("objdump") else ["binutils"]
    if python_prefix == "/usr" and not _loads(f"libpython{version}.so.1.0"):
        packages.append(f"libpython{version}")  # Debian's own Python leaves it out
    return packages


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install(packages: list[str], why: str) -> None:
    """Install Debian packages when that is possible without asking, else say how.

    Raises
    ------
    SetupError
        They are missing and cannot be installed from here.
    """
    if not packages:
        return
    if not (can_install() and _apt_install(packages)):
        raise SetupError(f"{why}; install it with: {install_command(packages)}")


def can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_command(packages: list[str]) -> str:
    """What the user types; on other systems than Debian's the names differ a little."""
    return "sudo apt-get install " + " ".join(packages)


def _apt_install(packages: list[str]) -> bool:
    print("Installing system packages: " + " ".join(packages), flush=True)
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":  # for builders that may not install packages themselves
    print(" ".join(missing_test_packages()))
