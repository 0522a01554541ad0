"""The Linux packages, from the frozen program: a .deb with menu entry and file types, and a .tar.gz."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import debian

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

#: The C library of the oldest systems that the program starts on is that of the machine it was built on.
CONTROL = """\
Package: cryoves
Version: {version}
Architecture: amd64
Maintainer: CryoVes developers
Section: science
Priority: optional
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: libgl1-mesa-dri
Description: synaptic vesicles in cryo-electron tomograms
 Finds every synaptic vesicle in a cryo-electron tomogram and fits it as a
 sphere with an exact centre and radius: in a window for looking, correcting,
 measuring and exporting, and on the command line for many tomograms.
"""

#: Libraries that newer Debian and Ubuntu name differently.
RENAMED = {"libglib2.0-0": "libglib2.0-0t64 | libglib2.0-0"}


def build_tar(bundle: Path, dist: Path, version: str) -> Path:
    """The program's folder, to be unpacked anywhere."""
    path = dist / f"cryoves-{version}-linux-x86_64.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=6) as archive:
        archive.add(str(bundle), arcname=f"cryoves-{version}")
    return path


def build_deb(bundle: Path, icons: Path, work: Path, dist: Path, version: str) -> Path:
    """A Debian package that installs the program for all users."""
    tree = work / "deb"
    shutil.rmtree(str(tree), ignore_errors=True)
    _lay_out(tree, bundle, icons)
    _write_control(tree, version)
    path = dist / f"cryoves_{version}_amd64.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(tree), str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def _lay_out(tree: Path, bundle: Path, icons: Path) -> None:
    share = tree / "usr" / "share"
    shutil.copytree(str(bundle), str(tree / "usr" / "lib" / "cryoves"), symlinks=True)
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / "cryoves").symlink_to("../lib/cryoves/cryoves")
    places = {
        HERE / "linux" / "cryoves.desktop": share / "applications" / "cryoves.desktop",
        HERE / "linux" / "cryoves.xml": share / "mime" / "packages" / "cryoves.xml",
        icons / "cryoves.png": share / "icons" / "hicolor" / "256x256" / "apps" / "cryoves.png",
        ROOT / "resources" / "icons" / "cryoves.svg": share
        / "icons"
        / "hicolor"
        / "scalable"
        / "apps"
        / "cryoves.svg",
        ROOT / "LICENSE": share / "doc" / "cryoves" / "copyright",
    }
    for source, target in places.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(source), str(target))
        target.chmod(0o644)
    licences = share / "doc" / "cryoves" / "licences"
    licences.symlink_to("../../../lib/cryoves/_internal/licences")


def _write_control(tree: Path, version: str) -> None:
    size = sum(f.lstat().st_size for f in tree.rglob("*")) // 1024
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir()
    text = CONTROL.format(version=version, kilobytes=size, depends=", ".join(dependencies()))
    control.write_text(text, encoding="utf-8")


def add_system_licences(bundle: Path) -> None:
    """Add the licence texts of libraries that the frozen program took from this Debian or Ubuntu."""
    inside = bundle / "_internal"
    names = {path.name for path in inside.iterdir() if ".so" in path.name and not path.is_symlink()}
    if not names or shutil.which("dpkg-query") is None:
        return
    # It fails for names that no package has, and still tells of all others.
    answer = subprocess.run(
        ["dpkg-query", "--search", *sorted(names)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    for package in owners(answer.stdout.decode(), names):
        text = Path("/usr/share/doc") / package / "copyright"
        if text.is_file():
            shutil.copy(str(text), str(inside / "licences" / f"system-{package}.txt"))


def owners(answer: str, names: set[str]) -> set[str]:
    """The packages that own files of these names, from lines like ``libssl3:amd64: /usr/lib/libssl.so.3``."""
    found = set()
    for line in answer.splitlines():
        packages, _, path = line.rpartition(": ")
        if path.rpartition("/")[2] in names:
            found |= {package.partition(":")[0] for package in packages.split(", ")}
    return found


def dependencies() -> list[str]:
    """Debian packages that the program needs from the system."""
    libraries = [RENAMED.get(name, name) for name in debian.WINDOW_LIBRARIES.values()]
    return [f"libc6 (>= {_libc_version()})", "libstdc++6", "libfreetype6", *libraries]


def _libc_version() -> str:
    answer = subprocess.run(["getconf", "GNU_LIBC_VERSION"], check=True, stdout=subprocess.PIPE)
    return answer.stdout.decode().split()[1]
