from __future__ import annotations

import configparser
import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.conftest import SCRIPTS

MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "cryoves"
    folder.mkdir()
    program = folder / "cryoves"
    program.write_text("#!/bin/sh\necho started\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


@pytest.fixture
def linux_package(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("linux_package")


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs Debian's packager")
def test_deb_holds_program_menu_entry_icon_and_file_types(linux_package, bundle, tmp_path):
    (tmp_path / "cryoves.png").write_bytes(b"png")
    deb = linux_package.build_deb(bundle, tmp_path, tmp_path / "work", tmp_path, "1.2.3")
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "-x", str(deb), str(unpacked)], check=True)
    share = unpacked / "usr" / "share"
    assert (unpacked / "usr/bin/cryoves").resolve() == unpacked / "usr/lib/cryoves/cryoves"
    assert (share / "doc/cryoves/licences").readlink().name == "licences"
    for path in ("icons/hicolor/256x256/apps/cryoves.png", "icons/hicolor/scalable/apps/cryoves.svg"):
        assert (share / path).is_file()
    fields = subprocess.run(["dpkg-deb", "-f", str(deb)], check=True, capture_output=True, text=True).stdout
    assert "Version: 1.2.3" in fields
    assert "libxcb-cursor0" in fields


def test_tar_unpacks_into_one_folder_and_keeps_the_program_executable(linux_package, bundle, tmp_path):
    path = linux_package.build_tar(bundle, tmp_path, "1.2.3")
    with tarfile.open(path) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert set(members) == {"cryoves-1.2.3", "cryoves-1.2.3/cryoves"}
    assert members["cryoves-1.2.3/cryoves"].mode & 0o100


def test_menu_entry_opens_the_types_that_are_declared():
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(SCRIPTS / "linux" / "cryoves.desktop", encoding="utf-8")
    opened = set(entry["Desktop Entry"]["MimeType"].strip(";").split(";"))
    types = ElementTree.parse(SCRIPTS / "linux" / "cryoves.xml").getroot().findall(f"{MIME}mime-type")
    assert {t.get("type") for t in types} == opened
    globs = {g.get("pattern") for t in types for g in t.findall(f"{MIME}glob")}
    assert globs == {"*.cryoves", "*.mrc", "*.rec"}


def test_system_libraries_are_traced_to_their_packages(linux_package):
    answer = (
        "libssl3:amd64: /usr/lib/x86_64-linux-gnu/libssl.so.3\n"
        "libssl-doc: /usr/share/doc/libssl.so.3.html\n"
        "libffi8:amd64, libffi8:i386: /usr/share/libffi.so.8\n"
    )
    assert linux_package.owners(answer, {"libssl.so.3", "libffi.so.8"}) == {"libssl3", "libffi8"}


@pytest.mark.skipif(not Path("/usr/share/doc/libc6/copyright").is_file(), reason="needs Debian")
def test_texts_of_system_libraries_are_added(linux_package, tmp_path):
    (tmp_path / "_internal" / "licences").mkdir(parents=True)
    (tmp_path / "_internal" / "libc.so.6").touch()
    linux_package.add_system_licences(tmp_path)
    assert [path.name for path in (tmp_path / "_internal" / "licences").iterdir()] == ["system-libc6.txt"]
