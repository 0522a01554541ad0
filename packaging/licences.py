"""Licence texts of everything that the frozen program carries, one file for each package.

Runs in the environment that is frozen; ``packaging`` here is the library of that name.
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

#: Where a package's licence is told when it brings no text of its own.
NOTES = {
    "pyside6-essentials": "Qt and PySide6 are used under the GNU Lesser General Public License, version 3\n"
    "(LGPL-3.txt and GPL-3.txt in this folder). Their libraries are separate files in the folder PySide6 and\n"
    "may be replaced by other builds of the same version; their source is at https://download.qt.io and\n"
    "https://code.qt.io/pyside/pyside-setup.git.\n",
    "shiboken6": "As PySide6: GNU Lesser General Public License, version 3.\n",
}
TEXTS = Path(__file__).resolve().parent / "licence_texts"
LICENCE_NAMES = ("licen", "copying", "notice", "copyright", "third-party")


def write_licences(folder: Path, roots: list[str]) -> list[str]:
    """Write the texts of these requirements and of all that they need; the packages' names."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = needed(roots)
    for name, package in sorted(packages.items()):
        (folder / f"{name}.txt").write_text(licence_text(name, package), encoding="utf-8")
    for text in TEXTS.glob("*.txt"):
        shutil.copy(text, folder)
    (folder / "python.txt").write_text(_python_licence(), encoding="utf-8")
    return sorted(packages)


def needed(roots: list[str]) -> dict[str, Distribution]:
    """Installed packages that the requirements lead to."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(root) for root in roots]
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        if name not in found or requirement.extras:
            waiting += _requirements(package, requirement.extras)
        found[name] = package
    return found


def _requirements(package: Distribution, extras: set[str]) -> list[Requirement]:
    requirements = [Requirement(text) for text in package.requires or []]
    return [r for r in requirements if _applies(r, extras)]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def licence_text(name: str, package: Distribution) -> str:
    """Name, version, what it says of its licence, and every licence file it brings."""
    meta = package.metadata
    said = (meta.get_all("License-Expression") or meta.get_all("License") or [""])[0].partition("\n")[0]
    parts = [f"{meta['Name']} {package.version}\n{said}\n", NOTES.get(name, "")]
    for file in package.files or []:
        # some packages have the texts of libraries within them in a folder of their own
        told = "dist-info" in file.parts[0] or file.parent.name in ("licenses", "licences")
        if told and file.name.lower().startswith(LICENCE_NAMES):
            parts.append(Path(str(file.locate())).read_text(encoding="utf-8", errors="replace"))
    return "\n".join(part for part in parts if part)


def _python_licence() -> str:
    library = Path(sys.base_prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for path in (library / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"):
        if path.is_file():
            return path.read_text(encoding="utf-8", errors="replace")
    return "Python is used under the Python Software Foundation License, https://docs.python.org/3/license.html\n"


if __name__ == "__main__":
    write_licences(Path(sys.argv[1]), sys.argv[2:])
